"""Chooses the embedder by the setting EMBEDDING_PROVIDER."""

from __future__ import annotations

import threading
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from animal.recognition.embedder import Embedder, OnnxEmbedder

_lock = threading.Lock()
_chosen: dict[tuple[str, str], Embedder] = {}


def get_embedder() -> Embedder:
    """The embedder of this process: ``onnx``, or an instance of the class that a dotted path names.

    Raises ImportError when the path leads nowhere.
    """
    key = (settings.EMBEDDING_PROVIDER, str(settings.MODEL_CACHE_DIR))
    with _lock:
        if key not in _chosen:
            _chosen[key] = _create(*key)
        return _chosen[key]


def _create(provider: str, cache_dir: str) -> Embedder:
    if provider == "onnx":
        return OnnxEmbedder(Path(cache_dir))
    embedder: Embedder = import_string(provider)()
    return embedder

"""Chooses the embedder by the setting EMBEDDING_PROVIDER."""

from __future__ import annotations

import threading
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from animal.recognition.embedder import Embedder, OnnxEmbedder

_lock = threading.Lock()
_chosen: dict[tuple[object, ...], Embedder] = {}


def get_embedder() -> Embedder:
    """The embedder of this process: ``onnx``, ``space``, or an instance of the class that a dotted path names.

    Raises ImportError when the path leads nowhere.
    """
    key: tuple[object, ...] = (settings.EMBEDDING_PROVIDER, str(settings.MODEL_DIR))
    if settings.EMBEDDING_PROVIDER == "space":
        key += (settings.HUGGINGFACE_SPACE, settings.HUGGINGFACE_SPACE_VERSION, settings.HUGGINGFACE_API_TOKEN)
    with _lock:
        if key not in _chosen:
            _chosen[key] = _create(settings.EMBEDDING_PROVIDER)
        return _chosen[key]


def _create(provider: str) -> Embedder:
    if provider == "onnx":
        return OnnxEmbedder(Path(settings.MODEL_DIR))
    if provider == "space":
        return _space()
    embedder: Embedder = import_string(provider)()
    return embedder


def _space() -> Embedder:
    """Unless the operator names another, the Space has to run the model that comes along: deploy/space does."""
    from animal.recognition.space import SpaceEmbedder  # The breaker, which nobody else needs.

    return SpaceEmbedder(
        settings.HUGGINGFACE_SPACE,
        token=settings.HUGGINGFACE_API_TOKEN,
        version=settings.HUGGINGFACE_SPACE_VERSION or OnnxEmbedder(Path(settings.MODEL_DIR)).version,
        trusted=bool(settings.HUGGINGFACE_SPACE_VERSION),
    )

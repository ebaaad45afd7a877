"""Chooses the embedder by the setting EMBEDDING_PROVIDER, and the calibration that belongs to its vectors."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from animal.recognition.calibration import UNMEASURED, Calibration, bundled_calibration, bundled_calibration_values
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


def get_calibration() -> Calibration:
    """What the cosines of this process's embedder mean. Raises ModelUnavailable when the bundled file is damaged."""
    embedder = get_embedder()
    own: Mapping[str, Any] | None = getattr(embedder, "calibration", None)
    if own is not None:
        return Calibration.from_values(own)
    bundled = bundled_calibration()
    return bundled if bundled.embedder == embedder.version else Calibration.from_values(UNMEASURED)


def get_calibration_values() -> Mapping[str, Any]:
    """As the database keeps it: the content of the bundled file when it was fitted with vectors of the version in use,
    which a Space may run as well; of an embedder of one's own, its attribute `calibration`; else UNMEASURED."""
    embedder = get_embedder()
    own: Mapping[str, Any] | None = getattr(embedder, "calibration", None)
    if own is not None:
        return own
    return bundled_calibration_values() if bundled_calibration().embedder == embedder.version else UNMEASURED


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

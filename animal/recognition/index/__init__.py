"""The gallery's index: one interface, two engines. The database is the truth; both are copies of it."""

from __future__ import annotations

import functools

from django.conf import settings

from animal.recognition.index.exact import ExactIndex
from animal.recognition.index.fallback import FallbackIndex
from animal.recognition.index.qdrant import QdrantIndex
from animal.recognition.index.query import Hit, Index, SearchQuery
from animal.recognition.providers import get_embedder

__all__ = ["Hit", "Index", "SearchQuery", "get_index"]


def get_index() -> Index:
    """Qdrant when QDRANT_CLUSTER_ENDPOINT is set, with the exact index behind it, else the exact index alone."""
    return _qdrant() if settings.QDRANT_CLUSTER_ENDPOINT else _exact()


@functools.cache
def _exact() -> ExactIndex:
    return ExactIndex(current_version)


@functools.cache
def _qdrant() -> FallbackIndex:
    return FallbackIndex(QdrantIndex(current_version), lambda: ExactIndex(current_version))


def current_version() -> str:
    return get_embedder().version

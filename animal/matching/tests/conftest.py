"""Fixtures of other apps that tests of matching need too."""

from animal.recognition.tests.conftest import qdrant, qdrant_over_http, qdrant_server

__all__ = ["qdrant", "qdrant_over_http", "qdrant_server"]

"""Fixtures of other apps that tests of matching need too."""

from animal.recognition.tests.conftest import qdrant

__all__ = ["qdrant"]

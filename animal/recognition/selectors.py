"""Reads of recognition."""

from __future__ import annotations

from animal.recognition.models import GalleryEntry


def gallery_count(*, is_test: bool) -> int:
    """How many pets and reports can be found by a photo."""
    return GalleryEntry.objects.filter(slot=0, is_live=True, is_test=is_test).count()

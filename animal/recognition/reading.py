"""One photo to the recogniser and back, counted."""

from __future__ import annotations

import time

from PIL import Image

from animal.core import metrics
from animal.recognition.embedder import Embedder, PhotoReading
from animal.recognition.errors import ModelUnavailable

BREAKER_STATES = ("closed", "open", "half-open")


def photo_reading(embedder: Embedder, picture: Image.Image) -> PhotoReading:
    """Raises ModelUnavailable."""
    started = time.monotonic()
    try:
        reading = embedder.read([picture])[0]
    except ModelUnavailable:
        metrics.PHOTOS.inc("unavailable", embedder.name)
        raise
    else:
        metrics.PHOTOS.inc("no_animal" if reading.vector is None else "completed", embedder.name)
        metrics.PHOTO_SECONDS.observe(time.monotonic() - started, embedder.name)
        return reading
    finally:
        now = breaker_state(embedder)
        for state in BREAKER_STATES:
            metrics.BREAKERS.set(state == now, embedder.name, state)


def breaker_state(embedder: Embedder) -> str:
    """One of BREAKER_STATES: whether this process leaves the recogniser alone for a while. The bundled one, which asks
    nobody, has no breaker and is never left alone."""
    return str(getattr(embedder, "breaker_state", "closed"))

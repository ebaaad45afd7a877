"""Recognition in a hosted Gradio Space instead of this process (EMBEDDING_PROVIDER=space).

A call has one deadline, which a second try shares. After FAILURES_TO_OPEN failed calls in a row the circuit opens:
for OPEN_SECONDS every photo is answered "not now" at once, then one call tries whether the Space is back. Every
process counts for itself. There is no other source of numbers: without a right answer there is no reading.
"""

from __future__ import annotations

import io
import logging
import os
import re
import threading
import time
from collections.abc import Sequence

import numpy as np
import pybreaker
from numpy.typing import NDArray
from PIL import Image

from animal.recognition.embedder import PhotoReading
from animal.recognition.errors import ModelUnavailable
from animal.recognition.space_answer import Classification, Features, WrongAnswer, classification_of, features_of
from animal.recognition.unit_vectors import DIMENSIONS

# Of one photo, all tries together: below the eight seconds that a worker which is told to stop leaves its task.
CALL_SECONDS = 6.0
TRIES = 2
FAILURES_TO_OPEN = 3
OPEN_SECONDS = 30.0

log = logging.getLogger(__name__)


class SpaceEmbedder:
    """Vectors of a Space that states the model `version` with every answer.

    With `trusted` a Space that states none is taken to run that version, as its operator says. One that states
    another version is always refused: its vectors could not be compared with those in the gallery.
    """

    name = "space"

    def __init__(
        self, space: str, *, token: str, version: str, trusted: bool, call_seconds: float = CALL_SECONDS
    ) -> None:
        self.version = version
        self._address, self._token = address_of(space), token
        self._trusted, self._call_seconds = trusted, call_seconds
        self._forget()
        # Whoever forks while another thread is calling would hand its child a lock that nobody opens.
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._turn = threading.Lock()
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=FAILURES_TO_OPEN, reset_timeout=OPEN_SECONDS, throw_new_error_on_trip=False
        )

    @property
    def breaker_state(self) -> str:
        """closed, open or half-open: of this process's own breaker."""
        return str(self._breaker.current_state)

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        vectors = [self._call(image)[0].vector for image in images]
        return np.stack(vectors) if vectors else np.empty((0, DIMENSIONS), np.float32)

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [_reading(*self._call(image)) for image in images]

    def _call(self, image: Image.Image) -> tuple[Features, Classification]:
        deadline = time.monotonic() + self._call_seconds
        # The breaker itself lets one call through at a time, however long the one before takes.
        if not self._turn.acquire(timeout=self._call_seconds / 2):
            raise ModelUnavailable("The Space is busy with other photos of this process.")
        try:
            return self._breaker.call(self._ask, _photo(image), deadline)
        except pybreaker.CircuitBreakerError as error:
            raise ModelUnavailable("The Space failed several times in a row; it is tried again soon.") from error
        except ModelUnavailable as error:
            log.warning("No reading from %s: %s", self._address, error)
            raise
        finally:
            self._turn.release()

    def _ask(self, photo: bytes, deadline: float) -> tuple[Features, Classification]:
        from animal.recognition.space_client import ask

        for tries_left in reversed(range(TRIES)):
            try:
                features, classification = ask(self._address, self._token, photo, deadline=deadline)
                break
            except ModelUnavailable:
                if not tries_left or time.monotonic() >= deadline:
                    raise
        # A wrong answer is not asked for again: the next would be wrong as well.
        known = self._known(features_of(features))
        return known, Classification() if classification is None else classification_of(classification)

    def _known(self, features: Features) -> Features:
        if features.version == self.version or (self._trusted and not features.version):
            return features
        stated = f"the model {features.version[:64]}" if features.version else "a model that it does not name"
        raise WrongAnswer(f"The Space runs {stated}, and not {self.version}.")


def address_of(space: str) -> str:
    """Where a Space answers: the address itself, or that of Hugging Face's owner/name."""
    if space.startswith(("http://", "https://")):
        return space
    return f"https://{re.sub(r'[^a-z0-9]+', '-', space.lower()).strip('-')}.hf.space"


def _photo(image: Image.Image) -> bytes:
    """Pixels and nothing else, in lossless WebP: what JPEG loses at its quality 95 moves a vector by up to 0.02 of
    cosine, and vectors of the Space stand in one gallery with those of this process."""
    bare = Image.frombytes("RGB", image.size, image.convert("RGB").tobytes())
    output = io.BytesIO()
    bare.save(output, "WEBP", lossless=True, quality=0, method=0)
    return output.getvalue()


def _reading(features: Features, classification: Classification) -> PhotoReading:
    if not features.animals:
        return PhotoReading(vector=None)
    return PhotoReading(
        vector=features.vector,
        species=classification.species,
        species_score=classification.species_score,
        box=features.box,
        breeds=classification.breeds,
        animals=features.animals,
    )

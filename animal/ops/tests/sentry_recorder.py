"""The real SDK of Sentry, reporting to a list instead of over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from animal.ops.sentry import sentry_start

DSN = "https://key@sentry.example/1"


class Recorder(Transport):
    """Takes the place of the connection to Sentry. `sent` holds envelopes as they would leave."""

    sent: list[bytes] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize())


@contextmanager
def sentry_recording(settings: Any) -> Iterator[list[bytes]]:
    """Reports of everything that goes wrong in the block, and traces of all requests."""
    settings.SENTRY_DSN, settings.SENTRY_TRACES_SAMPLE_RATE = DSN, 1.0
    Recorder.sent = []
    assert sentry_start(transport=Recorder)
    try:
        yield Recorder.sent
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)

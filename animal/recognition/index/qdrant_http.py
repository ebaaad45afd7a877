"""HTTP to Qdrant under one deadline for all requests of a question. Imported on first use, as httpx is large."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

import httpx

from animal.recognition.errors import IndexUnavailable

T = TypeVar("T")
_deadline = threading.local()


def broke_off(error: object) -> bool:
    """The connection was refused or lost, which a server does that restarts."""
    return isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError))


def in_time(work: Callable[[], T], seconds: float) -> T:
    """The outcome of `work`, which is left behind when it takes longer. It ends soon after, with its next request."""
    outcome: Future[T] = Future()

    def run() -> None:
        _deadline.at = time.monotonic() + seconds
        try:
            outcome.set_result(work())
        except BaseException as error:  # Handed to whoever waits.
            outcome.set_exception(error)

    # httpx limits each read. Only a thread limits an answer that comes byte by byte for ever.
    threading.Thread(target=run, daemon=True, name="qdrant").start()
    try:
        return outcome.result(seconds)
    except TimeoutError as error:
        raise IndexUnavailable(f"Qdrant did not answer within {seconds:g} seconds.") from error


class UntilDeadline(httpx.HTTPTransport):
    """Lets every request of one question last to the question's end and no longer."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        left = _deadline.at - time.monotonic()
        if left <= 0:
            raise httpx.ReadTimeout("The time for this question is over.", request=request)
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), left)
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 (for the type checker)
        response.stream = _Stream(response.stream)
        return response


class _Stream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._inner:
            if time.monotonic() > _deadline.at:
                raise httpx.ReadTimeout("The answer did not end in time.")
            yield chunk

    def close(self) -> None:
        self._inner.close()

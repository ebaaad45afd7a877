"""One photo to a Gradio app and back, through gradio_client, held to a deadline.

gradio_client waits for ever for an answer that does not come, and reads one of any length. httpx's seam for
authentication sees every request that it makes, so the limits are set there: see `Limits`.

Imported on first use: gradio_client costs some 40 MB.
"""

from __future__ import annotations

import functools
import os
import ssl
import tempfile
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from gradio_client import Client, handle_file

from animal.recognition.errors import ModelUnavailable

CONNECT_SECONDS = 3.0
MAX_ANSWER_BYTES = 2_000_000
EXTRACT = "/extract_features_api"
CLASSIFY = "/classify_image"


class Limits(httpx.Auth):
    """Lets every request of one call last to the call's end and no longer, whatever the other side does.

    `reason` is what went wrong first, where gradio_client itself would not say.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self.reason = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpx.ConnectTimeout("The time for this call is over.", request=request)
        request.extensions["timeout"] = {
            "connect": min(CONNECT_SECONDS, left),
            **dict.fromkeys(("read", "write", "pool"), left),
        }
        response = yield request
        kind = response.headers.get("content-type", "")
        if not response.is_success:
            self.note(f"{request.url.path} answered with status {response.status_code}")
        elif "json" not in kind and "event-stream" not in kind:
            self.note(f"{request.url.path} answered with {kind or 'no content type'}")
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 (for the type checker)
        response.stream = _LimitedStream(response.stream, self._deadline, self)

    def note(self, reason: str) -> None:
        self.reason = self.reason or reason


class _LimitedStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, deadline: float, limits: Limits) -> None:
        self._inner, self._deadline, self._limits = inner, deadline, limits

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        try:
            for chunk in self._inner:
                read += len(chunk)
                if time.monotonic() > self._deadline:
                    self._stop("The answer did not end in time")
                if read > MAX_ANSWER_BYTES:
                    self._stop(f"The answer is longer than {MAX_ANSWER_BYTES} bytes")
                yield chunk
        except httpx.TransportError as error:
            self._stop(f"The answer broke off ({type(error).__name__})")

    def _stop(self, reason: str) -> None:
        # gradio_client ends its reading quietly at this class of error, and prints a traceback at any other.
        self._limits.note(reason)
        raise httpx.RemoteProtocolError(reason)

    def close(self) -> None:
        self._inner.close()


@functools.cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates anew for each request would cost 20 ms each time."""
    return httpx.create_ssl_context()


def ask(address: str, token: str, photo: bytes, *, deadline: float) -> tuple[object, object | None]:
    """What the app at this address says of a WebP picture: features, and classification; None where it offers none.

    `deadline` is a time of time.monotonic(). Raises ModelUnavailable when it gives no answer by then.
    """
    limits = Limits(deadline)
    pool = ThreadPoolExecutor(1)
    try:
        work = pool.submit(_ask, address, token, photo, limits)
        return work.result(max(deadline - time.monotonic(), 0.0))
    except TimeoutError as error:
        raise ModelUnavailable(f"The Space did not answer in time. {limits.reason}".strip()) from error
    except Exception as error:  # gradio_client raises whatever its parsing of a strange answer ends in.
        said = limits.reason or f"{type(error).__name__}: {str(error)[:200]}"
        raise ModelUnavailable(f"The Space gives no answer: {said}.") from error
    finally:
        # Not waited for: what still runs there ends at its own limits.
        pool.shutdown(wait=False)


def _ask(address: str, token: str, photo: bytes, limits: Limits) -> tuple[object, object | None]:
    # gradio_client reports its use to its makers unless the environment says no, whatever its parameter says.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    # False: no token. None would send the one that huggingface_hub finds on this machine.
    no_token: Any = False
    client = Client(
        address,
        token=token or no_token,
        max_workers=2,
        verbose=False,
        httpx_kwargs={"auth": limits},
        download_files=False,
        ssl_verify=_tls(),
        analytics_enabled=False,
    )
    try:
        offered = {endpoint.api_name for endpoint in client.endpoints.values()}
        with tempfile.TemporaryDirectory(prefix="pawgle-space-") as folder:
            file = Path(folder) / "photo.webp"
            file.write_bytes(photo)
            features = _result(client.submit(handle_file(file), api_name=EXTRACT))
            classification = None
            if CLASSIFY in offered:
                said = _result(client.submit(handle_file(file), api_name=CLASSIFY))
                classification = "" if said is None else said
        return features, classification
    finally:
        client.close()
        for executor in (client.executor, client.helper_executor, client.stream_executor):
            executor.shutdown(wait=False)


def _result(job: Future[Any]) -> object:
    return job.result()

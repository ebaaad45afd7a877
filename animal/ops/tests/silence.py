"""A service that takes connections and never says a word, as a hanging Redis, S3 or Qdrant does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent_service() -> Iterator[str]:
    """Its host and port. Whoever waits for it is let go at the end."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield "{}:{}".format(*listener.getsockname())

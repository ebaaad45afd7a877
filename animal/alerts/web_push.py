"""Web Push: one encrypted request to the push service of a browser (RFC 8030, RFC 8291, RFC 8292).

Anybody who is signed in names the address that we ask, so it must not lead into our own network: https, the usual port,
a name and no number, and at the moment of asking public addresses alone, of which we connect to one and to no other
that the name may have by then. No redirection is followed.
"""

from __future__ import annotations

import base64
import ipaddress
import socket
import ssl
import time
from contextlib import suppress
from email.utils import parseaddr
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

CURVE = ec.SECP256R1()
POINT_BYTES, AUTH_BYTES = 65, 16
TOKEN_SECONDS = 12 * 3600  # RFC 8292 allows a day.
TIMEOUT_SECONDS, DEADLINE_SECONDS = 5, 10
KEPT_SECONDS = 24 * 3600
MAX_ENDPOINT = 1000
PRIVATE_NAMES = (".local", ".localhost", ".internal", ".home", ".lan", ".arpa", ".test", ".invalid", ".onion")


class EndpointRefused(Exception):
    """The address does not lead to a public host."""


class PushFailed(Exception):
    """The push service did not take it now."""


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def public_key() -> str:
    """What a browser subscribes with; "" where nothing is pushed."""
    key = settings.VAPID_PRIVATE_KEY
    return base64url(_point(_private(key))) if key else ""


@lru_cache(maxsize=4)
def _private(key: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(key), "big"), CURVE)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_browser_key(text: str) -> bool:
    """A point of the curve, uncompressed, as PushSubscription.getKey("p256dh") gives it."""
    try:
        raw = from_base64url(text)
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)
    except ValueError:
        return False
    return len(raw) == POINT_BYTES


def is_browser_secret(text: str) -> bool:
    try:
        return len(from_base64url(text)) == AUTH_BYTES
    except ValueError:
        return False


def is_push_address(url: str) -> bool:
    """Whether it may be the address of a push service, as far as the address itself tells."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if len(url) > MAX_ENDPOINT or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return False
    if f"{parts.scheme}://{parts.netloc}" in settings.PUSH_OWN_SERVICES:
        return True
    if parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc:
        return False
    last = host.rpartition(".")[2]
    return "." in host and not last.isdigit() and not host.endswith(PRIVATE_NAMES) and ":" not in host


def push_deliver(*, endpoint: str, browser_key: str, browser_secret: str, payload: bytes) -> int:
    """The status that the push service answers. Raises EndpointRefused and PushFailed."""
    import http_ece

    if not is_push_address(endpoint):
        raise EndpointRefused("This is no address of a push service.")
    body = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(CURVE),
        dh=from_base64url(browser_key),
        auth_secret=from_base64url(browser_secret),
        version="aes128gcm",
    )
    headers = {
        "Authorization": f"vapid t={_token(endpoint)}, k={public_key()}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "high",
    }
    return _post(endpoint, body, headers)


def _token(endpoint: str) -> str:
    import jwt

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + TOKEN_SECONDS,
        "sub": settings.VAPID_SUBJECT or _subject(),
    }
    return jwt.encode(claims, _private(settings.VAPID_PRIVATE_KEY), algorithm="ES256")


def _subject() -> str:
    if settings.SITE_URL.startswith("https://"):
        return str(settings.SITE_URL)
    return f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"


def _post(endpoint: str, body: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(endpoint)
    connection = _connection(endpoint)
    # A host that sends a byte now and then would keep a worker for ever.
    timer = Timer(DEADLINE_SECONDS, lambda: _cut(connection))
    timer.start()
    try:
        connection.request("POST", parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        return connection.getresponse().status
    except (OSError, HTTPException) as problem:
        raise PushFailed(f"A push service cannot be reached: {type(problem).__name__}") from problem
    finally:
        timer.cancel()
        connection.close()


def _cut(connection: HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


def _connection(endpoint: str) -> HTTPConnection:
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if f"{parts.scheme}://{parts.netloc}" in settings.PUSH_OWN_SERVICES:
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(host, parts.port, timeout=TIMEOUT_SECONDS)
    return _PinnedConnection(host, public_address(host))


def public_address(host: str) -> str:
    """One of the host's addresses, when all are public: one that is not may be the one that is meant."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise PushFailed("A push service's name is not known.") from problem
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(_is_public(address) for address in addresses):
        raise EndpointRefused("This address does not lead to a public host.")
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        # What maps or tunnels an address of IPv4 is as public as that one.
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if parsed in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


class _PinnedConnection(HTTPSConnection):
    """To the address that was looked at; the certificate has to be that of the name."""

    def __init__(self, host: str, address: str) -> None:
        self.tls = ssl.create_default_context()
        super().__init__(host, 443, timeout=TIMEOUT_SECONDS, context=self.tls)
        self.address = address

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)

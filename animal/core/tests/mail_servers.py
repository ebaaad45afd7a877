"""Stand-ins for the two kinds of servers that take mail from us, on real sockets of this machine."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

RESET, SILENCE, PAGE = "reset", "silence", "page"


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)


@dataclass
class ResendStandIn:
    """Answers as https://resend.com/docs/api-reference says: `answer` is a status and an error's name and message,
    or one of RESET, SILENCE (none for 4 s) and PAGE (a proxy's). A key that was seen before delivers nothing more."""

    url: str = ""
    answer: tuple[int, str, str] | str = (200, "", "")
    received: list[Received] = field(default_factory=list)
    delivered: dict[str, bytes] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def resend_stand_in() -> Iterator[ResendStandIn]:
    api = ResendStandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            # HTTP header names have no case.
            request = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, raw)
            api.received.append(request)
            if api.answer == RESET:
                # Closing with a linger time of none sends RST.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            elif api.answer == SILENCE:
                api.over.wait(4)  # A client that is still there then gets the mail taken.
                self.as_resend(request, 200, "", "")
            elif api.answer == PAGE:
                self.say(400, "text/html", b"<h1>Bad Request</h1>")
            else:
                self.as_resend(request, *api.answer)

        def as_resend(self, request: Received, status: int, name: str, message: str) -> None:
            if status == 200:
                api.delivered.setdefault(request.headers["idempotency-key"], request.raw)
                answer: dict[str, Any] = {"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}
            else:
                answer = {"statusCode": status, "name": name, "message": message}
            self.say(status, "application/json; charset=utf-8", json.dumps(answer).encode())

        def say(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # It closes its own connections on purpose.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        api.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailServer:
    """What arrived, who signed in, and what it says to the next recipient."""

    port: int
    certificate: Path
    said_to_recipient: str = "250 OK"
    arrived: list[Envelope] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the names are aiosmtpd's
        self, server: object, session: object, envelope: Envelope, address: str, options: object
    ) -> str:
        if self.said_to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.said_to_recipient

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:  # noqa: N802
        self.arrived.append(envelope)
        return "250 OK"

    def authenticate(self, server: object, session: object, envelope: object, way: str, login: Any) -> AuthResult:
        assert isinstance(login, LoginPassword)
        self.signed_in.append((login.login.decode(), login.password.decode()))
        return AuthResult(success=login.password == b"right", handled=False)


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """A mail server on 127.0.0.1 that insists on STARTTLS and on a password, with a certificate of its own making."""
    certificate, key = self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = MailServer(port, certificate)
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=server.authenticate,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a mail server")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(timezone.now() - timedelta(days=1))
        .not_valid_after(timezone.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "certificate.pem", folder / "key.pem"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_path, key_path

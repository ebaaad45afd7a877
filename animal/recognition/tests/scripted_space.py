"""A Gradio app on a real socket that answers as it is told to, well or ill: the protocol of Gradio 6 (sse_v3)."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import numpy as np

VERSION = "scripted-1"
CLASSIFICATION = "Prediction: Cat\nConfidence: 93.10 %\nBreed: Egyptian Mau (41.20 %)"
Misdeed = Callable[["Handler"], None]


def unit_vector() -> list[float]:
    vector = np.random.default_rng(3).normal(size=512)
    return [float(part) for part in vector / np.linalg.norm(vector)]


def features(**changes: Any) -> str:
    answer = {"success": True, "message": "ok", "features": unit_vector(), "feature_length": 512}
    return json.dumps({**answer, "version": VERSION, **changes})


class ScriptedSpace(ThreadingHTTPServer):
    """`answers` by endpoint; `misdeeds` by path, done in place of what Gradio would do there."""

    daemon_threads = True
    # Hanging handlers wait for `over`, which the end of a test sets.
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {"extract_features_api": features(), "classify_image": CLASSIFICATION}
        self.misdeeds: dict[str, Misdeed] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.uploads: list[bytes] = []
        self.joined: list[int] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def asked(self, path: str) -> int:
        return sum(1 for asked, _ in self.requests if asked == path)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: ScriptedSpace

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def _serve(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        self.server.requests.append((path, {name.lower(): value for name, value in self.headers.items()}))
        if path in self.server.misdeeds:
            self.server.misdeeds[path](self)
        elif path == "/config":
            self.send_json(self._config())
        elif path == UPLOAD:
            self.server.uploads.append(body)
            self.send_json(["/tmp/upload/photo.webp"])  # noqa: S108 - a name that the client hands back
        elif path == JOIN:
            self.server.joined.append(json.loads(body)["fn_index"])
            self.send_json({"event_id": f"event-{len(self.server.joined)}"})
        elif path == DATA:
            self.start_events()
            self.send_event(msg="estimation", rank=0, queue_size=1, rank_eta=0.1)
            answer = list(self.server.answers.values())[self.server.joined[-1]]
            self.send_event(msg="process_completed", success=True, output={"data": [answer]})
            self.send_event(msg="close_stream")
        else:
            self.send_json({"named_endpoints": {}, "unnamed_endpoints": {}})

    def _config(self) -> dict[str, Any]:
        offered = [
            {"id": number, "api_name": name, "inputs": [1], "outputs": [2], "backend_fn": True}
            for number, name in enumerate(self.server.answers)
        ]
        components = [{"id": 1, "type": "file"}, {"id": 2, "type": "textbox"}]
        return {
            "version": "6.31.0",
            "protocol": "sse_v3",
            "api_prefix": "/gradio_api",
            "connect_heartbeat": False,
            "dependencies": offered,
            "components": components,
        }

    def send_json(self, value: Any) -> None:
        self.send_text(json.dumps(value), "application/json")

    def send_text(self, text: str, content_type: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def start_events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def send_event(self, **values: Any) -> None:
        values["event_id"] = f"event-{len(self.server.joined)}"
        self.wfile.write(f"data: {json.dumps(values)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


UPLOAD, JOIN, DATA = "/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/queue/data"


def status(code: int) -> Misdeed:
    return lambda handler: handler.send_text("<h1>No</h1>", "text/html", code)


def html(handler: Handler) -> None:
    handler.send_text("<!doctype html><h1>Your Space is building</h1>", "text/html")


def silent(handler: Handler) -> None:
    handler.server.over.wait(10)


def reset(handler: Handler) -> None:
    """Half an event, and then a reset of the connection."""
    handler.start_events()
    handler.wfile.write(b'data: {"msg": "process_comp')
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.shutdown(socket.SHUT_RD)
    handler.wfile.close()
    handler.connection.close()


def cut_short(handler: Handler) -> None:
    """An event whose JSON breaks off, in an answer that ends in order."""
    handler.start_events()
    handler.wfile.write(b'data: {"msg": "process_completed", "output": {"data": [\n\n')


def endless(handler: Handler) -> None:
    """Signs of life for ever, and never an answer."""
    handler.start_events()
    while not handler.server.over.wait(0.05):
        handler.send_event(msg="heartbeat")


def flood(handler: Handler) -> None:
    handler.start_events()
    while not handler.server.over.is_set():
        handler.wfile.write(b"x" * 65_536)


def header_after_header(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b"X-More: to come\r\n")
        handler.wfile.flush()


def failing(handler: Handler) -> None:
    handler.start_events()
    handler.send_event(msg="process_completed", success=False, output={"error": "CUDA is out of memory"})

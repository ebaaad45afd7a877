"""What goes to Sentry, looked at where it leaves: with the real SDK, and its envelopes as bytes."""

from __future__ import annotations

import gzip
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import RequestFactory
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView
from sentry_sdk.envelope import Envelope

from animal.core.models import BackgroundTask
from animal.core.tasks import background_task, task_enqueue
from animal.ops.sentry import sentry_start
from animal.ops.tests.processes import ROOT
from animal.ops.tests.sentry_recorder import sentry_recording

ADDRESS, NUMBER, PLACE = "canary.person@mail.example", "+49 171 2345678", (48.137154, 11.576124)
TOKEN, TAG = "kZq3vX-w0b9TnUqS5Yt_2Ls8DgHjRfPeXcVbNmQwErT", "ANI7K2MQX9RTVW3BCDF"
NAME = "Canary Wharfinger"  # A name has no shape: it must not get as far as the scrubber.
PERSONAL = [ADDRESS, NUMBER, "48.137154", "11.576124", TOKEN, TAG, NAME, "2345678"]


class CrashApi(APIView):
    permission_classes = (AllowAny,)

    def post(self, request: Request, tag: str) -> None:
        name, body = NAME, request.data  # Locals, which a report must not carry.
        logging.getLogger("animal").warning("wrote to %s", ADDRESS, extra={"name_of_person": name})
        logging.getLogger("animal").error("no answer from %s", NUMBER, extra={"name_of_person": name})
        raise RuntimeError(f"no way to {ADDRESS}, {NUMBER}, at {PLACE}, token={TOKEN} {TAG} {len(body)}")


urlpatterns = [path("api/crash/<str:tag>/", CrashApi.as_view())]


@background_task()
def crash(target: Any) -> None:
    raise RuntimeError(f"no way to {ADDRESS}, {NUMBER}, at {PLACE}, {TAG}, Bearer {TOKEN}")


@pytest.fixture
def sentry(settings: Any) -> Iterator[list[bytes]]:
    with sentry_recording(settings) as sent:
        yield sent


@pytest.fixture
def _no_connection_is_closed() -> Iterator[None]:
    """A request through the WSGI application closes connections to the database, also that of the tests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def events(sent: list[bytes]) -> list[dict[str, Any]]:
    items = [item for envelope in sent for item in Envelope.deserialize(envelope).items]
    return [item.payload.json for item in items if item.type in ("event", "transaction")]


def assert_nothing_personal(sent: list[bytes]) -> None:
    assert sent
    found = {canary for canary in PERSONAL for envelope in sent if canary.encode() in envelope}
    assert found == set()


@pytest.mark.urls(__name__)
@pytest.mark.usefixtures("_no_connection_is_closed")
def test_a_crash_is_reported_without_anything_of_the_person_whom_it_happened_to(sentry: list[bytes]) -> None:
    request = RequestFactory().post(
        f"/api/crash/{TAG}/?token={TOKEN}&near={PLACE[0]},{PLACE[1]}",
        {"email": ADDRESS, "contact_phone": NUMBER, "note": NAME},
        content_type="application/json",
        headers={"Cookie": f"pawgle_refresh={TOKEN}", "Referer": f"https://x.example/?token={TOKEN}", "X-Name": NAME},
        REMOTE_ADDR="203.0.113.7",
    )
    statuses: list[str] = []
    answer = get_wsgi_application()(request.environ, lambda status, headers, problem=None: statuses.append(status))
    answer.close()  # The trace ends with the answer.
    assert statuses == ["500 Internal Server Error"]
    assert_nothing_personal(sentry)
    assert b"203.0.113.7" not in b"".join(sentry)
    reports = events(sentry)
    assert [report["type"] for report in reports if "type" in report] == ["transaction"]
    crashes = [report["exception"]["values"][-1] for report in reports if "exception" in report]
    assert [problem["type"] for problem in crashes] == ["RuntimeError"], "reported once, not also by its log line"
    assert crashes[0]["value"].startswith("no way to [e-mail], [phone], at ([place], [place])")
    frame = crashes[0]["stacktrace"]["frames"][-1]
    assert (frame["function"], "vars" in frame) == ("post", False)
    assert {report["transaction"] for report in reports} == {"/api/crash/{tag}/"}
    assert all(report["request"].keys() <= {"method", "url"} for report in reports)


@pytest.mark.django_db
def test_a_failed_task_is_reported_and_kept_without_anything_personal(sentry: list[bytes], work_off: Any) -> None:
    task_enqueue(crash, 7)
    work_off()
    assert_nothing_personal(sentry)
    assert [report["logentry"]["message"] for report in events(sentry) if "logentry" in report]
    row = BackgroundTask.objects.get()
    assert row.error == "RuntimeError: no way to [e-mail], [phone], at ([place], [place]), [tag], [token]"


def test_nothing_is_reported_without_an_address_to_report_to(settings: Any) -> None:
    settings.SENTRY_DSN = ""
    assert not sentry_start()
    assert not sentry_sdk.is_initialized()


def test_every_process_reports_from_its_start_on_over_http(tmp_path: Path) -> None:
    received: list[bytes] = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Sentry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code = (
        "import sys; sys.modules['brotli'] = None;"  # Where it is installed, the SDK packs with it and not with gzip.
        "import django, logging, sentry_sdk; django.setup();"
        f"logging.getLogger('animal').error('cannot write to %s', {ADDRESS!r});"
        "sentry_sdk.flush(10)"
    )
    environment = {
        "PATH": "",
        "ENV_FILE": "",
        "DEBUG": "true",
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "animal.settings",
        "SENTRY_DSN": f"http://key@127.0.0.1:{server.server_port}/1",
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    assert "cannot write to [e-mail]" in done.stderr
    assert ADDRESS not in done.stderr
    assert_nothing_personal(received)
    assert "cannot write to [e-mail]" in json.dumps(events(received))

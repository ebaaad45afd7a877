"""B68: the id of a request, from its header through the tasks that it asks for to answer, log and error report."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from sentry_sdk.envelope import Envelope

from animal.core.log_formats import ConsoleLines, JsonLines
from animal.core.models import BackgroundTask
from animal.core.scope import current_request_id, request_id_from
from animal.core.tasks import background_task, task_enqueue
from animal.core.tests.worker import work_off
from animal.ops.tests.sentry_recorder import sentry_recording

logger = logging.getLogger("animal.tests")
HEX = "4bf92f3577b34da6a3ce929d0e0e4736"
seen: dict[str, str] = {}


@background_task()
def first(target: object) -> None:
    seen["first"] = current_request_id()
    logger.info("the first task works")
    task_enqueue(second, target)


@background_task()
def second(target: object) -> None:
    seen["second"] = current_request_id()
    if target == "crash":
        raise RuntimeError("the second task breaks down")


class AskApi(APIView):
    permission_classes = (AllowAny,)

    def post(self, request: Request, target: str) -> Response:
        task_enqueue(first, target)
        logger.info("asked")
        return Response({"id": current_request_id()})


class CrashApi(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        raise RuntimeError("no way")


urlpatterns = [path("api/ask/<str:target>/", AskApi.as_view()), path("api/crash/", CrashApi.as_view())]
handler500 = "animal.core.views.server_error"


class Lines(logging.Handler):
    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[dict[str, list[str]]]:
    """What console and collector would get, of everything from INFO."""
    console = ConsoleLines("{levelname} {name}: {message}", style="{")
    handlers = {"console": Lines(console), "json": Lines(JsonLines())}
    root = logging.getLogger()
    for handler in handlers.values():
        root.addHandler(handler)
    yield {name: handler.lines for name, handler in handlers.items()}
    for handler in handlers.values():
        root.removeHandler(handler)


@pytest.mark.parametrize(
    "sent", ["web-42.a_b", "abcdefgh", HEX, str(uuid.UUID(HEX)), str(uuid.UUID(HEX)).upper(), "z-" * 31 + "z0"]
)
def test_an_id_that_a_proxy_sent_comes_back(client: Client, sent: str) -> None:
    assert client.get("/health/", headers={"x-request-id": sent})["X-Request-ID"] == sent


@pytest.mark.parametrize(
    "sent",
    [
        *("", "short", "a" * 65, "white space", "two\nlines-of-it", "-leading", "ünicode-id", "<script>alert</script>"),
        # Ids stand in logs as they came, so what reads like something personal is none.
        *("ada@example.org", "491711234567", "0171-2345678", "kZq3vX-w0b9TnUqS5Yt_2Ls8DgHj", "ANI7K2MQX9RTVW3BCDF"),
    ],
)
def test_an_id_that_is_none_is_replaced(client: Client, sent: str) -> None:
    given = client.get("/health/", headers={"x-request-id": sent})["X-Request-ID"]
    assert given != sent
    assert request_id_from(given) == given, "what we draw would be taken over by the next service"


def test_two_requests_have_two_ids(client: Client) -> None:
    assert client.get("/health/")["X-Request-ID"] != client.get("/health/")["X-Request-ID"]
    assert current_request_id() == "", "nothing is left when a request is over"


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_b68_the_id_goes_through_the_tasks_to_answer_and_log(client: Client, log: dict[str, list[str]]) -> None:
    answer = client.post("/api/ask/one/", headers={"x-request-id": HEX})
    assert (answer.json()["id"], answer["X-Request-ID"]) == (HEX, HEX)
    assert BackgroundTask.objects.get(name__endswith=".first").request_id == HEX
    work_off()
    assert seen == {"first": HEX, "second": HEX}
    lines = [json.loads(line) for line in log["json"]]
    ours = [line for line in lines if line["logger"] in ("animal.tests", "animal.core.tasks")]
    assert {line["request_id"] for line in ours} == {HEX}
    by_message = {line["message"]: line for line in ours}
    assert by_message["asked"]["scope"] == "/api/ask/<str:target>/", "a pattern, which names nobody"
    assert by_message["the first task works"]["scope"].endswith("test_request_ids.first")
    assert f"INFO animal.tests: asked [{HEX}]" in log["console"]


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_a_task_that_is_asked_for_again_belongs_to_who_asked_last(client: Client) -> None:
    for sent in ("first-request", "second-request"):
        client.post("/api/ask/one/", headers={"x-request-id": sent})
    assert BackgroundTask.objects.get(name__endswith=".first").request_id == "second-request"


@pytest.mark.django_db
def test_a_task_that_nobody_asked_for_by_http_has_an_id_of_its_own(log: dict[str, list[str]]) -> None:
    task_enqueue(first, "two")
    work_off()
    assert len(seen["first"]) == 16
    assert seen["second"] == seen["first"]


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_b68_error_reports_carry_the_id(settings: Any) -> None:
    client = Client(raise_request_exception=False)
    with sentry_recording(settings) as sent:
        assert client.get("/api/crash/", headers={"x-request-id": HEX})["X-Request-ID"] == HEX
        client.post("/api/ask/crash/", headers={"x-request-id": "web-7-of-9"})
        work_off()
    items = [item for envelope in sent for item in Envelope.deserialize(envelope).items if item.type == "event"]
    crashes = {str(item.payload.json["exception"]["values"][-1]["value"]): item.payload.json for item in items}
    assert crashes["no way"]["tags"]["request_id"] == HEX
    assert crashes["the second task breaks down"]["tags"]["request_id"] == "web-7-of-9"

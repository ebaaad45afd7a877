"""Reports to talk about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from animal.chat.models import Conversation
from animal.chat.services import conversation_open
from animal.conftest import Actor
from animal.reports.models import Report


def make_report(reporter: Actor, *, side: str = "lost", **fields: Any) -> Report:
    defaults = {
        "pet_name": "Milo",
        "species": "cat",
        "status": side,
        "latitude": 28.61,
        "longitude": 77.2,
        "public_latitude": 28.612,
        "public_longitude": 77.202,
        "cell_r4": 0,
        "cell_r5": 0,
        "cell_r6": 0,
        "cell_r7": 0,
    }
    return Report.objects.create(reporter=reporter.user, side=side, **(defaults | fields))


@pytest.fixture
def report(owner: Actor) -> Report:
    """The owner's open lost report of Milo."""
    return make_report(owner)


@pytest.fixture
def conversation(report: Report, owner: Actor, finder: Actor) -> Conversation:
    return conversation_open(report=report, user_ids=[owner.user.pk, finder.user.pk], is_test=False)


@pytest.fixture
def thread(conversation: Conversation) -> str:
    return f"/api/auth/chat/conversations/{conversation.pk}/messages/"


@pytest.fixture
def write(thread: str) -> Callable[..., dict[str, Any]]:
    """Send a message to the thread as the web client does; returns the message."""

    def send(actor: Actor, body: str = "", **fields: Any) -> dict[str, Any]:
        answer = actor.multipart(thread, {"body": body, **fields})
        assert answer.status_code == 201, answer.data
        return answer.json()

    return send

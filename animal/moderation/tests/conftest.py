"""Two people who talk about a report."""

from __future__ import annotations

from typing import Any

import pytest

from animal.chat.models import Conversation
from animal.chat.services import conversation_open
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor, make_staff
from animal.reports.models import Report

CHATS = "/api/auth/chat/conversations/"


@pytest.fixture
def shelter(db: None) -> Actor:
    return make_staff("shelter", "Shelters")


@pytest.fixture
def support(db: None) -> Actor:
    return make_staff("support", "Support")


@pytest.fixture
def keeper(db: None) -> Actor:
    return make_staff("keeper", "Admins")


@pytest.fixture
def report(owner: Actor) -> Report:
    """The owner's open lost report of Milo."""
    return make_report(owner)


@pytest.fixture
def conversation(report: Report, owner: Actor, finder: Actor) -> Conversation:
    return conversation_open(report=report, user_ids=[owner.user.pk, finder.user.pk], is_test=False)


@pytest.fixture
def thread(conversation: Conversation) -> str:
    return f"{CHATS}{conversation.pk}/messages/"


def say(actor: Actor, thread: str, body: str) -> Any:
    return actor.multipart(thread, {"body": body})


def bodies(actor: Actor, thread: str) -> list[str]:
    return [message["body"] for message in actor.get(thread).json()["messages"]]

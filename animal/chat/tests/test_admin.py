"""Staff see that two people talk, not what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from animal.chat.models import Conversation
from animal.conftest import Actor


@pytest.fixture
def superuser(client: Client, db: None) -> Client:
    """Somebody who may do everything in the admin."""
    client.force_login(User.objects.create_superuser(username="Root", email="root@example.org", password="x"))
    return client


def test_staff_can_look_at_a_conversation_but_neither_read_nor_join_it(
    superuser: Client, finder: Actor, conversation: Conversation, write: Callable[..., dict[str, Any]]
) -> None:
    write(finder, "A very private sentence")
    path = f"/admin/chat/conversation/{conversation.pk}/change/"
    for page in (superuser.get("/admin/chat/conversation/"), superuser.get(path)):
        assert page.status_code == 200
        assert str(conversation.pk) in page.content.decode()
        assert "private sentence" not in page.content.decode()
    joining = {"participants-TOTAL_FORMS": "3", "participants-INITIAL_FORMS": "2", "participants-2-user": "1"}
    assert superuser.post(path, joining).status_code == 403
    assert superuser.get("/admin/chat/message/").status_code == 404

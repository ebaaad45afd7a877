"""The link of a finder without an account: how often it writes, and how either side ends it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create
from animal.chat.models import Conversation, Message, Participant
from animal.chat.tag_reports import follow_up_token
from animal.conftest import Actor
from animal.core.throttles import RequestThrottle
from animal.pets.models import Pet

SECRET = "The key is under the mat."


@pytest.fixture
def link(owner: Actor, picture: Any) -> str:
    """Of somebody who left an address, and whom the owner has answered."""
    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "false"}
    owner.multipart("/api/auth/pets/add/", {**form, "images": picture()})
    scan = {"latitude": 48.1, "longitude": 11.5, "message": "Here", "contact_email": "greta@example.net"}
    filed = APIClient().post(f"/api/v1/found/{Pet.objects.get().animal_id}/report/", scan, format="multipart")
    talk = Conversation.objects.get()
    owner.multipart(f"/api/auth/chat/conversations/{talk.pk}/messages/", {"body": SECRET})
    owner.client.force_login(owner.user)
    return str(filed.json()["follow_up_token"])


def assert_dead(token: str) -> None:
    before = Message.objects.count()
    for each in (token, follow_up_token(Conversation.objects.get())):
        for path in (f"/follow-up/{each}", f"/follow-up/{each}?part=thread", f"/api/v1/follow-up/{each}/"):
            for answer in (Client().get(path), Client().post(path, {"body": "Hello?"})):
                assert (answer.status_code, SECRET in answer.content.decode()) == (404, False)
    for each in (token, "none"):
        again = Client().post(f"/follow-up/{each}/end", follow=True)
        assert (again.redirect_chain, "gone already" in again.content.decode()) == ([("/", 302)], True)
    assert Message.objects.count() == before


def test_the_finder_ends_the_link_and_it_stays_dead_whatever_the_owner_does(owner: Actor, link: str) -> None:
    page = Client().get(f"/follow-up/{link}").content.decode()
    assert SECRET in page
    assert f'action="/follow-up/{link}/end"' in page.partition("<details>")[2], "behind a step that says what follows"
    assert Client().get(f"/follow-up/{link}/end").status_code == 405
    assert Client().post(f"/follow-up/{link}/end")["Location"] == "/"
    assert_dead(link)
    chat = f"/chat/{Conversation.objects.get().pk}"
    assert "The finder ended the link" in owner.client.get(chat).content.decode()
    for step in ("shut-out", "let-in"):
        assert owner.client.post(f"{chat}/{step}").status_code == 302
    assert_dead(link)


def test_the_finder_ends_the_link_through_the_api_and_repeats_it_safely(owner: Actor, link: str) -> None:
    path, chat = f"/api/v1/follow-up/{link}/", f"/chat/{Conversation.objects.get().pk}"
    assert SECRET in Client().get(path).content.decode()
    for forged in (link[:-1] + ("A" if link[-1] != "A" else "B"), "none"):
        assert Client().delete(f"/api/v1/follow-up/{forged}/").status_code == 404
    assert Client().get(path).status_code == 200, "what nobody signed ends nothing"
    assert owner.client.post(f"{chat}/shut-out").status_code == 302
    assert [Client().delete(path).status_code for _ in range(2)] == [204, 204], "whoever had ended it before"
    ended_at = Conversation.objects.get().follow_up_ended_at
    assert Client().delete(path).status_code == 204
    assert Conversation.objects.get().follow_up_ended_at == ended_at
    assert owner.client.post(f"{chat}/let-in").status_code == 302
    assert_dead(link)
    assert "The finder ended the link" in owner.client.get(chat).content.decode()


def test_the_owner_shuts_the_finder_out_by_every_door_and_may_take_it_back(
    owner: Actor, stranger: Actor, link: str
) -> None:
    talk = Conversation.objects.get()
    chat = f"/chat/{talk.pk}"
    assert Participant.objects.filter(conversation=talk).count() == 2, "the address got an account"
    stranger.client.force_login(stranger.user)
    assert stranger.client.post(f"{chat}/shut-out").status_code == 404
    assert f'action="{chat}/shut-out"' in owner.client.get(chat).content.decode()
    assert owner.client.post(f"{chat}/shut-out").status_code == 302
    assert_dead(link)
    assert f'action="{chat}/let-in"' in owner.client.get(chat).content.decode()
    owner.client.post(chat, {"body": "Into the void"})
    assert list(Participant.objects.filter(conversation=talk).values_list("user", flat=True)) == [owner.user.pk]
    assert owner.client.post(f"{chat}/let-in").status_code == 302
    assert Client().post(f"/follow-up/{link}", {"body": "Thank you"}).status_code == 302


def test_messages_by_a_link_are_counted_for_each_conversation_by_both_doors(
    link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RequestThrottle.THROTTLE_RATES, "follow_up", "2/hour")
    other = f"/follow-up/{link[:-1]}x"
    for path in (f"/follow-up/{link}", f"/api/v1/follow-up/{link}/"):
        assert Client().post(path, {"body": "Hello"}).status_code in (201, 302)
    for path in (f"/follow-up/{link}", f"/api/v1/follow-up/{link}/"):
        late = Client().post(path, {"body": "Hello"}, headers={"X-Forwarded-For": "203.0.113.9"})
        assert (late.status_code, "Retry-After" in late) == (429, True)
    assert Client().post(other, {"body": "Hello"}).status_code == 404, "no count of this conversation"
    assert Client().get(f"/follow-up/{link}").status_code == 200


def test_the_owner_finds_the_scan_in_the_list_of_chats_by_the_name_of_the_pet(owner: Actor, link: str) -> None:
    chat = f"/chat/{Conversation.objects.get().pk}"
    for path in ("/chat", chat):
        assert "About Milo" in owner.client.get(path).content.decode()


def test_a_finder_whom_nobody_named_is_called_so_in_the_language_of_the_reader(owner: Actor, link: str) -> None:
    chat = f"/chat/{Conversation.objects.get().pk}"
    guest = User.objects.get(username__startswith="Guest ")
    token = one_time_token_create(user=guest, purpose=OneTimeToken.Purpose.SIGN_IN)
    browser = Client()
    browser.post("/auth/magic", {"token": token})
    german = {"Accept-Language": "de"}

    def called(path: str) -> list[str]:
        page = owner.client.get(path, headers=german).content.decode()
        return re.findall(r"\b(?:Guest|Gast)\b(?: [0-9a-f]{8})?", page.partition("<main")[2])

    assert (called("/chat"), called(chat)) == (["Gast"], ["Gast"])
    browser.post(chat, {"body": "It is me, by the mail"})
    name = guest.username.replace("Guest", "Gast")
    assert called("/chat") == [name]
    assert called(chat) == ["Gast", *[name] * 4], "the thread, and what can be done about them"
    (theirs,) = Message.objects.filter(sender=guest).values_list("pk", flat=True)
    assert called(f"/people/{guest.pk}/complain") == called(f"/messages/{theirs}/complain") == [name]
    owner.client.post(f"/blocks/{guest.pk}")
    assert called("/blocks") == [name] * 2

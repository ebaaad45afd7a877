"""Addresses are exchanged when both sides of a conversation have agreed, each for themselves, and not before."""

from __future__ import annotations

from typing import Any

import pytest

from animal.chat.models import Conversation, Participant
from animal.conftest import Actor
from animal.core.models import OutgoingMail

URL = "/api/auth/api/auth/conversations/share-info/"


def agree(actor: Actor, conversation: Conversation, agrees: bool = True, user_type: str = "owner") -> Any:
    form = {"conversation_id": str(conversation.pk), "user_type": user_type, "share_info": agrees}
    return actor.multipart(URL, form)


@pytest.fixture(autouse=True)
def _proven(owner: Actor, finder: Actor) -> None:
    from django.utils import timezone

    type(owner.user).objects.update(email_verified_at=timezone.now())


def test_both_consents_exchange_the_addresses_by_mail_once(
    owner: Actor, finder: Actor, conversation: Conversation
) -> None:
    assert agree(owner, conversation).json()["success"] is True
    assert OutgoingMail.objects.count() == 0
    assert agree(finder, conversation).status_code == 200
    agree(owner, conversation)
    sent = {mail.to_email: mail.text for mail in OutgoingMail.objects.all()}
    assert set(sent) == {"owner@example.org", "finder@example.org"}
    assert "finder@example.org" in sent["owner@example.org"]
    assert "owner@example.org" in sent["finder@example.org"]


def test_nobody_agrees_for_the_other_side(owner: Actor, conversation: Conversation) -> None:
    agree(owner, conversation, user_type="owner")
    agree(owner, conversation, user_type="reporter")
    assert OutgoingMail.objects.count() == 0
    assert Participant.objects.exclude(shares_address_at=None).count() == 1


def test_a_consent_can_be_taken_back_before_the_other_side_agrees(
    owner: Actor, finder: Actor, conversation: Conversation
) -> None:
    agree(owner, conversation)
    agree(owner, conversation, agrees=False)
    agree(finder, conversation)
    assert OutgoingMail.objects.count() == 0


def test_an_address_that_is_not_proven_is_not_shared(owner: Actor, finder: Actor, conversation: Conversation) -> None:
    type(owner.user).objects.filter(pk=owner.user.pk).update(email_verified_at=None)
    assert agree(owner, conversation).status_code == 404
    agree(finder, conversation)
    assert OutgoingMail.objects.count() == 0


def test_strangers_and_passers_by_change_nothing(
    stranger: Actor, anonymous: Actor, owner: Actor, conversation: Conversation
) -> None:
    path = f"/api/auth/share-contact/{conversation.pk}/owner/yes/"
    assert agree(stranger, conversation).status_code == 404
    assert stranger.post(path).status_code == 404
    assert agree(anonymous, conversation).status_code == anonymous.post(path).status_code == 401
    assert owner.get(path).status_code == owner.get(URL).status_code == 405
    assert anonymous.get(path).status_code in (401, 405)
    assert Participant.objects.exclude(shares_address_at=None).count() == 0


def test_the_path_of_the_link_agrees_by_post_for_oneself_alone(
    owner: Actor, finder: Actor, conversation: Conversation
) -> None:
    assert owner.post(f"/api/auth/share-contact/{conversation.pk}/reporter/yes/").json()["success"] is True
    assert Participant.objects.get(conversation=conversation, user=finder.user).shares_address_at is None
    assert owner.post(f"/api/auth/share-contact/{conversation.pk}/owner/no/").status_code == 200
    assert Participant.objects.exclude(shares_address_at=None).count() == 0

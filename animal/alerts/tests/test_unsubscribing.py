"""Stopping mails from the mail itself: RFC 8058, and a page with a button."""

from __future__ import annotations

import email
from email.policy import default as modern
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client

from accounts.models import User
from animal.alerts import mails
from animal.alerts.models import Channel, Kind, Notification, NotificationChoice
from animal.alerts.services import notification_create
from animal.alerts.unsubscribing import SALT, unsubscribe_token
from animal.conftest import Actor
from animal.core.mail_settings import FILES
from animal.core.models import OutgoingMail
from animal.core.tests.mail_servers import resend_stand_in
from animal.core.throttles import RequestThrottle

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
SITE = "https://pawgle.example"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.SITE_URL = SITE


def tell(actor: Actor, key: str, verb: str = Notification.Verb.NEARBY_ALERT) -> None:
    mail = (
        mails.owner_may_be_here
        if verb == Notification.Verb.AUTO_MATCH
        else partial(mails.reported_nearby, is_lost=True)
    )
    notification_create(recipient_id=actor.user.pk, verb=verb, description="News", dedupe_key=key, mail=mail)


def path_in(header: str) -> str:
    return urlsplit(header.strip("<>")).path


def refused(actor: Actor) -> set[tuple[str, str]]:
    return set(NotificationChoice.objects.filter(user=actor.user, is_on=False).values_list("kind", "channel"))


def test_the_button_of_a_mail_program_stops_mails_of_that_kind_for_that_person_and_nothing_else(
    owner: Actor, finder: Actor, work_off: Any, mailoutbox: Any
) -> None:
    tell(owner, "a")
    work_off()
    headers = mailoutbox[-1].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith(f"<{SITE}/unsubscribe/")
    assert OutgoingMail.objects.get().unsubscribe_url == "", "the link is not kept"
    path = path_in(headers["List-Unsubscribe"])
    assert path in mailoutbox[-1].body

    # As RFC 8058 has it sent: without a cookie and without any token of a form, in either way of encoding one.
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = program.post(path, ONE_CLICK)
        assert (answer.status_code, "Location" in answer, answer.cookies) == (200, False, {})
    assert program.post(path, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded").status_code == 200
    assert refused(owner) == {("nearby", "mail")}
    tell(owner, "b")
    tell(owner, "c", Notification.Verb.AUTO_MATCH)
    tell(finder, "d")
    work_off()
    assert [message.to[0] for message in mailoutbox[1:]] == ["owner@example.org", "finder@example.org"]
    assert owner.get("/api/auth/notifications/").json()["unread_count"] == 3, "the app goes on telling"


def test_what_was_queued_before_somebody_said_stop_does_not_go_out_afterwards(
    owner: Actor, finder: Actor, client: Client, work_off: Any, mailoutbox: Any
) -> None:
    for actor in (owner, finder):
        tell(actor, f"a {actor.user.pk}")
    tell(owner, "b", Notification.Verb.AUTO_MATCH)
    stop = unsubscribe_token(user_id=owner.user.pk, kind=Kind.NEARBY)
    assert client.post(f"/unsubscribe/{stop}", ONE_CLICK).status_code == 200
    owner.client.post("/api/auth/forgot-password/", {"email": "owner@example.org"})
    work_off()
    sent = [(message.to[0], message.subject.split()[0]) for message in mailoutbox]
    assert sorted(sent) == [("finder@example.org", "An"), ("owner@example.org", "Choose"), ("owner@example.org", "The")]
    assert not OutgoingMail.objects.filter(sent_at=None).exists(), "it does not wait for a change of mind"


def test_what_was_queued_goes_to_no_address_that_somebody_left_and_to_no_closed_account(
    owner: Actor, finder: Actor, stranger: Actor, work_off: Any, mailoutbox: Any
) -> None:
    for actor in (owner, finder, stranger):
        tell(actor, f"a {actor.user.pk}")
    User.objects.filter(pk=owner.user.pk).update(email="new@example.org", email_key="new@example.org")
    User.objects.filter(pk=finder.user.pk).update(is_active=False)
    work_off()
    assert [message.to[0] for message in mailoutbox] == ["stranger@example.org"]


def test_opening_the_link_stops_nothing_and_the_button_can_be_taken_back(owner: Actor, client: Client) -> None:
    path = f"/unsubscribe/{unsubscribe_token(user_id=owner.user.pk, kind=Kind.MESSAGE)}"
    for look in (client.get, client.head):
        page = look(path)
        assert (page.status_code, page["X-Robots-Tag"], "no-store" in page["Cache-Control"]) == (200, "noindex", True)
    assert refused(owner) == set()
    assert "owner" not in client.get(path).content.decode(), "who holds a forwarded mail learns no name or address"
    assert "Send them to me again" in client.post(path).content.decode()
    assert refused(owner) == {("message", Channel.MAIL)}
    assert "Stop these mails" in client.post(path, {"again": "yes"}).content.decode()
    assert refused(owner) == set()


def test_a_link_that_we_did_not_make_for_this_does_nothing_and_one_of_nobody_tells_nothing(
    owner: Actor, client: Client, settings: Any
) -> None:
    good = unsubscribe_token(user_id=owner.user.pk, kind=Kind.TAG)
    forged = [
        f"{good[:-2]}xx",
        signing.Signer(salt="animal.chat.follow-up").sign_object([owner.user.pk, "tag"]),
        signing.Signer(salt=SALT).sign_object([owner.user.pk, "everything"]),
        signing.Signer(salt=SALT).sign_object("no pair"),
        "x",
    ]
    for token in forged:
        assert client.post(f"/unsubscribe/{token}", ONE_CLICK).status_code == 404
    assert refused(owner) == set()
    # An account that is gone, and one that is there, are answered alike.
    nobody = unsubscribe_token(user_id=owner.user.pk + 1000, kind=Kind.TAG)
    answers = [client.post(f"/unsubscribe/{token}", ONE_CLICK).content for token in (nobody, good)]
    assert answers[0] == answers[1]
    # Links of years ago work while the key of their time is among the earlier ones.
    NotificationChoice.objects.all().delete()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, long enough to sign with"
    assert unsubscribe_token(user_id=owner.user.pk, kind=Kind.TAG) != good
    assert client.post(f"/unsubscribe/{good}", ONE_CLICK).status_code == 200
    assert refused(owner) == {("tag", "mail")}
    settings.SECRET_KEY_FALLBACKS = []
    assert client.post(f"/unsubscribe/{good}", ONE_CLICK).status_code == 404


def test_one_client_cannot_go_on_for_ever(owner: Actor, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(RequestThrottle, "THROTTLE_RATES", {**RequestThrottle.THROTTLE_RATES, "unsubscribe": "2/min"})
    path = f"/unsubscribe/{unsubscribe_token(user_id=owner.user.pk, kind=Kind.TAG)}"
    answers = [client.post(path, ONE_CLICK) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_both_ways_of_sending_carry_the_headers_whole_and_mails_about_the_account_have_none(
    owner: Actor, settings: Any, work_off: Any, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILES, str(tmp_path)
    tell(owner, "a")
    work_off()
    (file,) = tmp_path.iterdir()
    raw = file.read_bytes().rpartition(b"\n-----")[0]
    message = email.message_from_bytes(raw, policy=modern)
    url = f"{SITE}/unsubscribe/{unsubscribe_token(user_id=owner.user.pk, kind=Kind.NEARBY)}"
    assert message["List-Unsubscribe"].strip() == f"<{url}>", "folded where a header may be, and not within the address"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    with resend_stand_in() as api:
        settings.EMAIL_BACKEND = "animal.core.mail_resend.EmailBackend"
        settings.RESEND_API_KEY, settings.RESEND_API_URL = "re_key", api.url
        tell(owner, "b")
        owner.client.post("/api/auth/forgot-password/", {"email": "owner@example.org"})
        work_off()
        headers = {str(request.body["subject"]): request.body["headers"] for request in api.received}
    assert headers["An animal was reported lost in an area that you watch"].items() >= {
        ("List-Unsubscribe", f"<{url}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    }
    assert set(headers["Choose a new password for PawGle"]) == {"Message-ID"}

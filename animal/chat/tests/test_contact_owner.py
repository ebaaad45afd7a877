"""Writing to a reporter through the public contact form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import user_deactivate
from accounts.tests.steps import PASSWORD
from animal.alerts.models import Notification
from animal.chat.models import Conversation, Message
from animal.conftest import Actor, make_actor
from animal.core.models import OutgoingMail
from animal.images.models import Image
from animal.reports.models import Report

CONTACT = "/api/auth/pets/contact-owner/"
LIST = "/api/auth/chat/conversations/"


def form(report: Report, **changes: Any) -> dict[str, Any]:
    fields = {
        "pet_location_id": str(report.pk),
        "message": "I saw your cat near the station.",
        "contact_name": "Greta Guest",
        "contact_email": "greta@example.net",
        "contact_phone": "555 0100",
    }
    return {key: value for key, value in (fields | changes).items() if value is not None}


def thread_of(actor: Actor) -> list[dict[str, Any]]:
    (item,) = actor.get(LIST).json()
    return actor.get(f"{LIST}{item['id']}/messages/").json()["messages"]


def test_a_guests_message_is_in_the_reporters_thread_without_the_guests_details(
    owner: Actor, anonymous: Actor, report: Report, picture: Callable[..., Any]
) -> None:
    answer = anonymous.multipart(CONTACT, form(report, image=picture()))
    assert (answer.status_code, answer.json()["success"]) == (200, True), answer.content
    assert answer.json()["message"]
    (message,) = thread_of(owner)
    assert (message["body"], message["sender_id"]) == ("I saw your cat near the station.", None)
    assert len(message["attachments"]) == 1
    shown = str(owner.get(LIST).json()) + str(message) + str(owner.get("/api/auth/notifications/").json())
    mail = OutgoingMail.objects.get()
    for private in ("Greta", "greta@example.net", "555 0100"):
        assert private not in shown
        assert private not in mail.subject + mail.text + mail.html
    assert "station" not in mail.text
    assert mail.to_email == owner.user.email
    kept = Conversation.objects.get()
    assert (kept.guest_name, kept.guest_email) == ("Greta Guest", "greta@example.net")


def test_a_guests_unread_message_counts_until_it_is_fetched(owner: Actor, anonymous: Actor, report: Report) -> None:
    anonymous.multipart(CONTACT, form(report))
    assert owner.get(LIST).json()[0]["unread_count"] == 1
    thread_of(owner)
    assert owner.get(LIST).json()[0]["unread_count"] == 0


def test_the_same_guest_stays_in_one_thread_and_another_guest_has_their_own(
    owner: Actor, anonymous: Actor, report: Report
) -> None:
    anonymous.multipart(CONTACT, form(report))
    anonymous.multipart(CONTACT, form(report, contact_email="GRETA@example.net", message="Again"))
    anonymous.multipart(CONTACT, form(report, contact_email="other@example.net"))
    assert len(owner.get(LIST).json()) == 2
    assert sorted(Conversation.objects.values_list("messages__body", flat=True)) == sorted(
        ["Again", "I saw your cat near the station.", "I saw your cat near the station."]
    )


@pytest.mark.parametrize("header", ["Bearer null", "Bearer junk.junk.junk", "Bearer", "Basic abc", ""])
def test_a_stale_or_missing_bearer_makes_the_sender_a_guest(owner: Actor, report: Report, header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.post(CONTACT, form(report), format="multipart")
    assert answer.status_code == 200, answer.content
    assert Message.objects.get().sender is None


def test_a_signed_in_sender_takes_part_and_an_existing_conversation_is_reused(
    owner: Actor, finder: Actor, report: Report
) -> None:
    for text in ("First", "Second"):
        assert finder.multipart(CONTACT, form(report, message=text)).status_code == 200
    assert [message["body"] for message in thread_of(finder)] == ["First", "Second"]
    assert {message["sender_id"] for message in thread_of(owner)} == {finder.user.pk}
    assert Conversation.objects.get().guest_email == ""


def test_a_message_goes_into_the_conversation_that_a_match_opened(
    finder: Actor, report: Report, conversation: Conversation
) -> None:
    finder.multipart(CONTACT, form(report))
    assert Message.objects.get().conversation == conversation


def test_an_answer_brings_the_guest_a_sign_in_link_that_opens_the_thread(
    owner: Actor, anonymous: Actor, report: Report
) -> None:
    anonymous.multipart(CONTACT, form(report))
    chat = Conversation.objects.get()
    assert not User.objects.filter(email_key="greta@example.net").exists(), "no account before anybody answers"
    for body in ("Where exactly was that? My number is 555 0199", "Please answer"):
        assert owner.multipart(f"{LIST}{chat.pk}/messages/", {"body": body}).status_code == 201
    mail = OutgoingMail.objects.get(to_email="greta@example.net")
    assert "555" not in mail.text
    assert "Milo" not in mail.subject + mail.text, "nothing that either side typed goes to an unproven address"
    token = re.search(r"token=([^&\s]+)", mail.text)[1]
    access = anonymous.post("/api/auth/magic/consume/", {"token": token}).json()["access"]
    guest = APIClient()
    guest.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    messages = guest.get(f"{LIST}{chat.pk}/messages/").json()["messages"]
    assert messages[-1]["body"] == "Please answer"
    answer = guest.post(f"{LIST}{chat.pk}/messages/", {"body": "By the pond"}, format="multipart")
    assert answer.status_code == 201
    assert "Greta" not in str(thread_of(owner))
    owner.multipart(f"{LIST}{chat.pk}/messages/", {"body": "Thank you"})
    assert Notification.objects.filter(recipient__email="greta@example.net").count() == 2
    assert OutgoingMail.objects.filter(to_email="greta@example.net").count() == 2


def test_a_guest_whose_address_has_an_account_gets_the_answer_in_it_without_a_sign_in_link(
    owner: Actor, finder: Actor, anonymous: Actor, report: Report
) -> None:
    anonymous.multipart(CONTACT, form(report, contact_email=finder.user.email))
    chat = Conversation.objects.get()
    assert finder.get(f"{LIST}{chat.pk}/").status_code == 404
    owner.multipart(f"{LIST}{chat.pk}/messages/", {"body": "Hello?"})
    assert finder.get(f"{LIST}{chat.pk}/").status_code == 200
    mail = OutgoingMail.objects.get(to_email=finder.user.email)
    assert "token=" not in mail.text
    assert [message["sender_id"] for message in thread_of(finder)] == [None, owner.user.pk]


def test_whoever_signs_up_with_a_guests_address_cannot_read_the_answer_before_proving_it(
    owner: Actor, anonymous: Actor, report: Report
) -> None:
    """The answer waits for whoever reads the mailbox: using the link in it proves the address."""
    anonymous.multipart(CONTACT, form(report, contact_email="squatter@example.org"))
    squatter = make_actor("squatter", email_verified_at=None)
    chat = Conversation.objects.get()
    assert owner.multipart(f"{LIST}{chat.pk}/messages/", {"body": "I live at 1 Main Street"}).status_code == 201
    assert squatter.get(f"{LIST}{chat.pk}/messages/").status_code == 404
    assert squatter.get(LIST).json() == []
    assert squatter.get("/api/auth/notifications/").json() == {"notifications": [], "unread_count": 0}
    mail = OutgoingMail.objects.get(to_email="squatter@example.org")
    token = re.search(r"token=([^&\s]+)", mail.text)[1]
    access = anonymous.post("/api/auth/magic/consume/", {"token": token}).json()["access"]
    reader = APIClient()
    reader.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    assert [told["verb"] for told in reader.get("/api/auth/notifications/").json()["notifications"]] == ["message"]
    assert reader.get(f"{LIST}{chat.pk}/messages/").json()["messages"][-1]["body"] == "I live at 1 Main Street"


@pytest.mark.parametrize("closed", ["before the answer", "between two answers"])
def test_whoever_signs_up_with_a_guests_address_and_closes_the_account_does_not_silence_the_guest(
    owner: Actor, anonymous: Actor, report: Report, closed: str
) -> None:
    squatter = make_actor("squatter", email_verified_at=None)
    anonymous.multipart(CONTACT, form(report, contact_email="squatter@example.org"))
    messages = f"{LIST}{Conversation.objects.get().pk}/messages/"
    if closed == "between two answers":
        owner.multipart(messages, {"body": "A moment please"})
        Notification.objects.filter(recipient=squatter.user).delete()  # So that the next one is told of.
        OutgoingMail.objects.all().delete()
    assert squatter.delete("/api/v1/me/", data={"password": PASSWORD}).status_code == 200
    assert owner.multipart(messages, {"body": "By the pond"}).status_code == 201
    mail = OutgoingMail.objects.get(key__startswith="guest:")
    token = re.search(r"token=([^&\s]+)", mail.text)[1]
    access = anonymous.post("/api/auth/magic/consume/", {"token": token}).json()["access"]
    reader = APIClient()
    reader.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    assert reader.get(messages).json()["messages"][-1]["body"] == "By the pond"
    squatter.user.refresh_from_db()
    assert (squatter.user.is_active, squatter.user.has_usable_password()) == (True, False)


def test_a_guest_whose_account_staff_have_disabled_gets_no_mail(owner: Actor, anonymous: Actor, report: Report) -> None:
    banned = make_actor("banned", email_verified_at=None)
    anonymous.multipart(CONTACT, form(report, contact_email="banned@example.org"))
    banned.delete("/api/v1/me/", data={"password": PASSWORD})
    user_deactivate(user=banned.user)
    OutgoingMail.objects.all().delete()
    owner.multipart(f"{LIST}{Conversation.objects.get().pk}/messages/", {"body": "By the pond"})
    assert not OutgoingMail.objects.exists()


def test_nobody_contacts_oneself(owner: Actor, report: Report) -> None:
    answer = owner.multipart(CONTACT, form(report))
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert Conversation.objects.count() == 0


def test_a_missing_and_a_resolved_report_answer_404_and_open_nothing(anonymous: Actor, report: Report) -> None:
    missing = anonymous.multipart(CONTACT, form(report, pet_location_id="999999"))
    Report.objects.filter(pk=report.pk).update(status="resolved")
    resolved = anonymous.multipart(CONTACT, form(report))
    assert (missing.status_code, resolved.status_code) == (404, 404)
    assert missing.json() == resolved.json()
    assert missing.json()["success"] is False
    assert Conversation.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pet_location_id", "abc"),
        ("pet_location_id", None),
        ("pet_location_id", "NaN"),
        ("pet_location_id", str(2**70)),
        ("message", ""),
        ("message", None),
        ("message", "x" * 4001),
        ("message", "a\0b"),
        ("contact_name", "x" * 10_000),
        ("contact_name", "<img src=x>"),
        ("contact_name", None),
        ("contact_email", "no address"),
        ("contact_email", None),
        ("contact_email", "a@b.example\nBcc: c@d.example"),
        ("contact_phone", "5" * 1000),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    anonymous: Actor, report: Report, field: str, value: str | None
) -> None:
    answer = anonymous.multipart(CONTACT, form(report, **{field: value}))
    assert answer.status_code == 400, answer.content
    body = answer.json()
    assert (body["success"], list(body["errors"])) == (False, [field])
    assert body["message"] == body["detail"] == body["error"]
    assert field not in body["detail"] or field == "message", "people do not know our names of fields"
    assert (Conversation.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_a_file_that_is_no_picture_is_refused_and_opens_no_conversation(anonymous: Actor, report: Report) -> None:
    page = SimpleUploadedFile("photo.jpg", b"not a picture", content_type="image/jpeg")
    answer = anonymous.multipart(CONTACT, form(report, image=page))
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert (Conversation.objects.count(), Image.objects.count()) == (0, 0)


def test_reading_the_form_is_not_allowed_and_json_is_the_wrong_type(anonymous: Actor, report: Report) -> None:
    assert anonymous.get(CONTACT).status_code == 405
    answer = anonymous.post(CONTACT, form(report))
    assert (answer.status_code, answer.json()["success"]) == (415, False)


def test_the_eleventh_message_within_an_hour_has_to_wait(anonymous: Actor, report: Report) -> None:
    for _ in range(10):
        assert anonymous.multipart(CONTACT, form(report)).status_code == 200
    answer = anonymous.multipart(CONTACT, form(report))
    assert (answer.status_code, answer.json()["success"]) == (429, False)
    assert int(answer["Retry-After"]) > 0
    assert Message.objects.count() == 10


def test_one_client_is_three_guests_a_day_to_a_report_however_it_spells_its_address(
    anonymous: Actor, report: Report
) -> None:
    def write(email: str) -> int:
        return int(anonymous.multipart(CONTACT, form(report, contact_email=email)).status_code)

    assert [write(f"greta+{tag}@example.net") for tag in "abcd"] == [200] * 4
    assert [write(f"guest{number}@example.net") for number in range(3)] == [200, 200, 429]
    assert write("GRETA@example.net") == 200
    assert Conversation.objects.filter(guest_email="greta+a@example.net").exists(), "mailed to as they wrote it"

"""Faults A1 to A24 of the older service (contract, section 10): each must not come back.

A4, A5, A7 to A10, A21 and A22 are about accounts: their tests are in accounts/tests, named in the same way.
"""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image as Pillow
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.steps import sign_up
from animal.chat.models import Conversation, Message, Participant
from animal.conftest import Actor
from animal.core.checks import configuration_is_usable
from animal.core.geo import haversine_m
from animal.core.models import OutgoingMail
from animal.core.tests.contract.client import (
    ADD,
    CONTACT,
    MAP,
    MINE,
    REPORT,
    SEARCH,
    contact_form,
    conversation_with,
    pet_added,
    pet_form,
    photo,
    report_filed,
    report_form,
)
from animal.images.models import Image
from animal.images.tests.stored import pictures_at
from animal.pets.models import Pet
from animal.reports.models import Report

MARKUP = "<img src=x onerror=alert(1)>"
LITERAL = "django-insecure-a-key-that-everybody-can-read-in-a-public-repository"


def test_a1_a_token_signed_with_another_key_is_worthless(owner: Actor) -> None:
    payload = jwt.decode(owner.access, options={"verify_signature": False})
    client = APIClient()
    for key, algorithm in ((LITERAL, "HS256"), ("", "none")):
        forged = jwt.encode(payload, key, algorithm=algorithm)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {forged}")
        assert client.get("/api/auth/profile/").status_code == 401
    assert owner.get("/api/auth/profile/").status_code == 200


@pytest.mark.parametrize("key", ["missing", "short", "please-change-me-please-change-me-please-change-me"])
def test_a1_production_does_not_start_with_a_missing_or_example_key(key: str) -> None:
    with override_settings(DEBUG=False, SECRET_KEY=key):
        assert {message.id for message in configuration_is_usable()} & {"pawgle.E002", "pawgle.E003"}


def test_a2_neither_sources_nor_any_host_are_served(client: Any) -> None:
    for path in ("/pawgle/animal/settings.py", "/pawgle/.env", "/media/../animal/settings.py", "/media/%2e%2e/.env"):
        assert client.get(path).status_code == 404, path
    assert "*" not in settings.ALLOWED_HOSTS
    assert client.get("/api/auth/pets/count/", HTTP_HOST="evil.example").status_code == 400


@pytest.mark.parametrize("field", ["animal_name", "type", "breed", "contact_name"])
def test_a3_a_report_cannot_carry_markup_into_the_map(owner: Actor, field: str) -> None:
    answer = owner.multipart(REPORT, report_form(status="lost", **{field: MARKUP}))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert Report.objects.count() == 0


@pytest.mark.parametrize("field", ["name", "type", "breed"])
def test_a3_a_pet_cannot_carry_markup_either(owner: Actor, field: str) -> None:
    assert owner.multipart(ADD, pet_form(**{field: MARKUP})).status_code == 400
    pet = pet_added(owner)
    edit = owner.client.put(f"/api/auth/pets/{pet['id']}/edit/", {field: MARKUP}, format="json")
    assert edit.status_code == 400


def test_a6_one_address_has_one_account_in_any_case_and_an_address_is_required(db: None) -> None:
    assert sign_up(APIClient()).status_code == 201
    assert sign_up(APIClient(), username="Other", email="ZOE@Example.org").status_code == 201, "A21: nobody is told"
    assert sign_up(APIClient(), username="Third", email="").status_code == 400
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["1", "12345678", "password", "zoe@example.org"])
def test_a7_sign_up_refuses_a_password_that_anybody_guesses(db: None, password: str) -> None:
    assert sign_up(APIClient(), password=password, confirm_password=password).status_code == 400
    assert User.objects.count() == 0


def test_a11_forged_forwarding_headers_get_no_free_messages_to_reporters(owner: Actor, anonymous: Actor) -> None:
    report = report_filed(owner)
    sent = [
        anonymous.client.post(
            CONTACT, contact_form(report["id"]), format="multipart", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}"
        ).status_code
        for number in range(11)
    ]
    assert sent == [200] * 10 + [429]


def test_a12_the_contact_form_mails_neither_its_text_nor_the_finders_details(owner: Actor, anonymous: Actor) -> None:
    report = report_filed(owner)
    form = contact_form(report["id"], message=f"{MARKUP} call 555 0100")
    assert anonymous.multipart(CONTACT, form).status_code == 200
    mail = OutgoingMail.objects.get(to_email="owner@example.org")
    for secret in ("onerror", "Greta", "greta@example.net", "555 0100"):
        assert secret not in mail.subject + mail.text + mail.html


def test_a12_a_message_that_reaches_nobody_leaves_no_conversation(anonymous: Actor, db: None) -> None:
    assert anonymous.multipart(CONTACT, contact_form(999)).status_code == 404
    assert Conversation.objects.count() == 0


def test_a13_knowing_a_conversation_shares_nobodys_address(owner: Actor, finder: Actor, anonymous: Actor) -> None:
    conversation_with(finder, report_filed(owner))
    conversation = Conversation.objects.get()
    share = "/api/auth/api/auth/conversations/share-info/"
    for side in ("owner", "reporter"):
        path = f"/api/auth/share-contact/{conversation.pk}/{side}/yes/"
        assert anonymous.get(path).status_code in (401, 405)
        assert owner.get(path).status_code == 405
        form = {"conversation_id": str(conversation.pk), "user_type": side, "share_info": "true"}
        assert anonymous.multipart(share, form).status_code == 401
    assert not Participant.objects.exclude(shares_address_at=None).exists()
    assert OutgoingMail.objects.count() == 0


def test_a14_strangers_see_a_moved_point_and_nobodys_contact(owner: Actor, stranger: Actor) -> None:
    secrets = {"contact_name": "Ada", "contact_phone": "555 0100", "contact_email": "ada@example.net"}
    report_filed(owner, **secrets)
    (seen,) = stranger.get(MAP).json()
    assert {seen[key] for key in (*secrets, "animal_id", "owner_name")} == {""}
    assert seen["latitude"] != 28.6139
    assert seen["longitude"] != 77.2090
    assert 199 < haversine_m(28.6139, 77.2090, seen["latitude"], seen["longitude"]) < 401
    (mine,) = owner.get(MINE).json()
    assert {key: mine[key] for key in secrets} == secrets


def test_a14_every_mail_has_one_recipient(owner: Actor, finder: Actor, mailoutbox: Any, work_off: Any) -> None:
    thread = conversation_with(finder, report_filed(owner))
    finder.multipart(thread, {"body": "Hello"})
    work_off()
    assert mailoutbox
    assert [len(mail.recipients()) for mail in mailoutbox] == [1] * len(mailoutbox)


def test_a15_the_dashboard_holds_no_private_pet_and_nothing_of_the_owner(owner: Actor, anonymous: Actor) -> None:
    public = pet_added(owner)
    pet_added(owner, name="Secret", isPublic="false")
    (shown,) = anonymous.get("/api/auth/dashboard/pets/").json()
    assert (shown["id"], shown["owner"], shown["animal_id"], shown["features"]) == (public["id"], None, "", [])
    assert "shy" not in json.dumps(shown)
    assert len(public["animal_id"]) == len("ANI") + 16


@pytest.mark.parametrize("sent", [["http://169.254.169.254/x.jpg"], [{"url": "x"}], [7], {"a": 1}, ["/etc/passwd"]])
def test_a16_addresses_and_objects_that_are_no_photos_of_ours_are_left_out(
    owner: Actor, anonymous: Actor, sent: Any
) -> None:
    pet = pet_added(owner, existing_images=json.dumps(sent))
    assert len(pet["images"]) == 1
    assert pet["images"][0].startswith(pictures_at())
    assert anonymous.get("/api/auth/dashboard/pets/").status_code == 200
    assert owner.multipart(ADD, pet_form(images=None, existing_images=json.dumps(sent))).status_code == 400


def test_a17_no_door_takes_what_is_no_picture(owner: Actor, finder: Actor) -> None:
    def page() -> SimpleUploadedFile:
        return SimpleUploadedFile("photo.jpg", b"<html><script>alert(1)</script>", content_type="image/jpeg")

    pet = pet_added(owner)
    thread = conversation_with(finder, report_filed(owner))
    kept = Image.objects.count()
    doors = (
        (ADD, pet_form(images=[page()])),
        (REPORT, report_form(image=page())),
        (SEARCH, {"image": page()}),
        (thread, {"body": "x", "attachments": page()}),
        (CONTACT, contact_form(finder_report(finder), image=page())),
        ("/api/auth/edited-pet-images/", {"edited_image": page()}),
    )
    for path, form in doors:
        assert owner.multipart(path, form).status_code == 400, path
    edit = owner.client.put(f"/api/auth/pets/{pet['id']}/edit/", {"image": page()}, format="multipart")
    assert edit.status_code == 400
    assert Image.objects.count() == kept


def finder_report(finder: Actor) -> int:
    return int(report_filed(finder)["id"])


def test_a17_photos_lose_their_place_and_their_names_tell_nothing(owner: Actor) -> None:
    exif = Pillow.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)}
    exif[0x010E] = "taken at home"
    buffer = BytesIO()
    Pillow.new("RGB", (200, 150)).save(buffer, "JPEG", exif=exif)
    pet = pet_added(owner, images=[SimpleUploadedFile("home.jpg", buffer.getvalue())])
    image = Image.objects.get()
    for name in (image.master, image.rendition, image.thumbnail):
        with default_storage.open(str(name)) as file, Pillow.open(file) as stored:
            assert dict(stored.getexif()) == {}
    assert "home" not in pet["images"][0]
    assert f"user_{owner.user.pk}" not in pet["images"][0]


def test_a18_a_contact_address_gives_no_right_and_the_reporter_always_has_it(owner: Actor, stranger: Actor) -> None:
    report = report_filed(owner, contact_email="stranger@example.org")
    blank = report_filed(owner)
    assert stranger.get(MINE).json() == []
    for each in (report, blank):
        path = f"{MAP}{each['id']}/status/"
        assert stranger.post(path, {"status": "resolved"}).status_code == 404
        assert owner.post(path, {"status": "resolved"}).status_code == 200


def test_a19_an_edit_writes_neither_vectors_nor_addresses(owner: Actor) -> None:
    pet = pet_added(owner)
    body = {"features": [[1.0] * 512], "images": ["http://evil.example/x.jpg"], "owner": 999, "animal_id": "ANI1"}
    edited = owner.client.put(f"/api/auth/pets/{pet['id']}/edit/", body, format="json").json()
    assert {key: edited[key] for key in body} == {key: pet[key] for key in body}


def test_a20_feature_status_and_pet_id_are_for_the_owner(owner: Actor, stranger: Actor) -> None:
    pet = pet_added(owner)
    path = "/api/auth/pets/{}/feature-status/"
    denied, missing = stranger.get(path.format(pet["id"])), stranger.get(path.format(999_999))
    assert (denied.status_code, denied.content) == (404, missing.content)
    assert owner.get(path.format(pet["id"])).json()["feature_status"]
    answers = [stranger.multipart(REPORT, report_form(pet_id=pet_id)) for pet_id in (pet["id"], 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a23_an_inbound_mail_needs_the_secret_and_a_known_sender_and_brings_no_html(
    owner: Actor, finder: Actor, anonymous: Actor, settings: Any, caplog: Any
) -> None:
    settings.FORWARD_REPLY_SECRET = "known to both"
    thread = conversation_with(finder, report_filed(owner))
    subject = f"Re: [PawGle-{Conversation.objects.get().pk}]"

    def arrive(secret: str, **changes: Any) -> int:
        mail = {"from": "finder@example.org", "subject": subject, "text": "Words", "html": MARKUP, **changes}
        return int(
            anonymous.post("/api/auth/email/forward-reply/", mail, headers={"X-Forward-Secret": secret}).status_code
        )

    assert [arrive("guess"), arrive("known to both", **{"from": "evil@example.org"})] == [401, 400]
    evil = {"filename": "x.html", "content": "PGh0bWw+", "content_type": "text/html"}
    twice = [arrive("known to both", attachments=[evil]) for _ in range(2)]
    assert twice == [200, 200], "a replay is answered and dropped"
    (message,) = owner.get(thread).json()["messages"]
    assert message["attachments"] == []
    assert MARKUP not in json.dumps(message)
    assert "Words" not in caplog.text


def test_a24_the_other_side_of_a_mailed_answer_gets_a_link_and_no_forwarded_mail(
    owner: Actor, finder: Actor, anonymous: Actor, settings: Any, mailoutbox: Any, work_off: Any
) -> None:
    settings.FORWARD_REPLY_SECRET, settings.REPLIES_EMAIL = "known to both", "replies@pawgle.example"
    conversation_with(finder, report_filed(owner))
    subject = f"Re: [PawGle-{Conversation.objects.get().pk}]"
    data = photo().read()
    part = {"filename": "milo.jpg", "content": base64.b64encode(data).decode(), "contentType": "image/jpeg"}
    mail = {"from": "finder@example.org", "subject": subject, "text": "Words", "attachments": [part]}
    anonymous.post("/api/auth/email/forward-reply/", mail, headers={"X-Forward-Secret": "known to both"})
    work_off()
    (sent,) = [each for each in mailoutbox if each.to == ["owner@example.org"] and "message" in each.subject]
    assert (sent.attachments, sent.reply_to) == ([], ["replies@pawgle.example"])
    assert "Words" not in sent.body
    assert "finder@example.org" not in str(sent.message())
    assert Message.objects.get().attachments.count() == 1
    assert str(Conversation.objects.get().pk) in sent.subject, "an answer to it finds the conversation again"


def test_a15_a_tag_cannot_be_found_by_counting(owner: Actor) -> None:
    tags = {Pet.objects.get(pk=pet_added(owner, name=f"Pet {number}")["id"]).animal_id for number in range(3)}
    assert len(tags) == 3
    assert all(len(tag) == len("ANI") + 16 for tag in tags)

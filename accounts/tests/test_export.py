"""Everything of mine as ZIP files: complete, mine alone, and gone after a week."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.storage import storages
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import DataExport
from accounts.personal_data import sections
from accounts.services import exports
from accounts.tasks import accounts_purge
from accounts.tests.steps import PASSWORD, sign_in
from animal.chat.models import Conversation
from animal.core.tests.bad_input.values import a_browser
from animal.images.models import Image

pytestmark = pytest.mark.django_db
URL = "/api/v1/me/export/"
PET = {"name": "Milo Canary", "type": "Cats", "category": "Domestic", "breed": "Tabby", "isPublic": "false"}
REPORT = {
    "animal_name": "Milo Canary",
    "category": "Domestic",
    "type": "Cats",
    "breed": "Tabby",
    "status": "lost",
    "description": "A canary in a report",
    "latitude": "48.137",
    "longitude": "11.575",
    "contact_phone": "0123 canary",
}


def live(owner: Any, finder: Any, picture: Any) -> None:
    """One of everything."""
    assert owner.multipart("/api/auth/pets/add/", {**PET, "images": picture()}).status_code == 201
    report = owner.multipart("/api/auth/pets/report/", {**REPORT, "image": picture()}).json()["id"]
    area = {"label": "Canary home", "center_lat": 48.1, "center_lon": 11.5, "radius_km": 5, "status_filter": ""}
    owner.post("/api/auth/alerts/", area)
    owner.client.post("/api/v1/push/", a_browser("canary"), format="json")
    chat = finder.post("/api/auth/chat/conversations/start/", {"pet_location_id": report}).json()["id"]
    messages = f"/api/auth/chat/conversations/{chat}/messages/"
    assert finder.multipart(messages, {"body": "Words of the finder"}).status_code == 201
    assert owner.multipart(messages, {"body": "Canary words", "attachments": picture()}).status_code == 201


def fetch(actor: Any, work_off: Any) -> tuple[dict[str, Any], list[zipfile.ZipFile]]:
    asked = actor.post(URL)
    assert (asked.status_code, asked.json()["state"], asked.json()["downloads"]) == (202, "pending", [])
    work_off()
    export = actor.get(URL).json()
    files = []
    for address in export["downloads"]:
        answer = actor.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
        assert "attachment" in answer["Content-Disposition"]
        files.append(zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))))
    return export, files


def test_everything_of_mine_is_in_it_and_nothing_of_others(owner, finder, picture, work_off) -> None:
    live(owner, finder, picture)
    work_off()
    export, (archive,) = fetch(owner, work_off)
    documents = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert export["state"] == "ready"
    assert set(documents) == {
        *(
            f"{name}.json"
            for name in (
                "account",
                "alerts",
                "images",
                "edited_images",
                "pets",
                "reports",
                "chat",
                "matching",
                "moderation",
            )
        )
    }
    assert documents["account.json"]["email"] == "owner@example.org"
    assert documents["pets.json"][0]["name"] == "Milo Canary"
    assert (documents["reports.json"][0]["latitude"], documents["reports.json"][0]["contact_phone"]) == (
        48.137,
        "0123 canary",
    )
    assert [message["text"] for message in documents["chat.json"][0]["messages"]] == [
        "Words of the finder",
        "Canary words",
    ]
    assert documents["alerts.json"]["areas"][0]["label"] == "Canary home"
    pictures = [name for name in archive.namelist() if name.startswith("pictures/")]
    assert len(pictures) == len(set(pictures)) == Image.objects.filter(uploader=owner.user).count() == 3
    assert all(archive.read(name).startswith(b"\xff\xd8") for name in pictures)
    everything = str(documents)
    for secret in ("finder@example.org", "pbkdf2", "md5$", "current_digest"):
        assert secret not in everything


def test_many_pictures_come_in_several_parts(owner, finder, picture, work_off, monkeypatch) -> None:
    live(owner, finder, picture)
    monkeypatch.setattr(exports, "PART_BYTES", 1)
    export, archives = fetch(owner, work_off)
    names = [name for archive in archives for name in archive.namelist()]
    assert (len(archives), len(export["downloads"]), len(names), len(set(names))) == (3, 3, 12, 12)
    assert len(mail.outbox) >= 1


def test_the_person_is_told_by_mail_without_the_archive(owner, work_off) -> None:
    fetch(owner, work_off)
    assert mail.outbox[-1].to == ["owner@example.org"]
    assert (mail.outbox[-1].attachments, "export" in mail.outbox[-1].body) == ([], False)


def test_nobody_else_fetches_it(owner, stranger, anonymous, work_off) -> None:
    export, _ = fetch(owner, work_off)
    (address,) = export["downloads"]
    missing = stranger.get(f"{URL}00000000-0000-4000-8000-000000000000/1/")
    theirs = stranger.get(address)
    assert (theirs.status_code, theirs.content) == (404, missing.content)
    assert (anonymous.get(address).status_code, anonymous.post(URL).status_code) == (401, 401)
    assert stranger.get(URL).status_code == 404
    assert owner.get(address.replace("/1/", "/2/")).status_code == 404
    assert owner.get(address.replace("/1/", "/0/")).status_code == 404


def test_it_is_gone_after_a_week(owner, work_off) -> None:
    export, _ = fetch(owner, work_off)
    row = DataExport.objects.get()
    assert timedelta(days=6) < row.expires_at - timezone.now() <= timedelta(days=7)
    DataExport.objects.update(expires_at=timezone.now())
    assert owner.get(export["downloads"][0]).status_code == 404
    assert owner.get(URL).status_code == 404
    accounts_purge()
    assert not storages["private"].exists(exports.part_name(row, 0))
    assert DataExport.objects.count() == 0


def test_the_export_of_an_account_that_was_closed_meanwhile_is_not_packed(owner, work_off) -> None:
    owner.post(URL)
    assert owner.delete("/api/v1/me/", data={"password": PASSWORD}).status_code == 200
    work_off()
    export = DataExport.objects.get()
    assert (export.state, export.parts) == (DataExport.State.FAILED, 0)
    assert not storages["private"].exists(exports.part_name(export, 0))
    assert not any("ready" in message.subject for message in mail.outbox)
    owner.client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in(APIClient()).json()['access']}")
    assert len(fetch(owner, work_off)[1]) == 1, "whoever comes back may ask again"


def test_asking_twice_packs_once(owner, work_off) -> None:
    assert owner.post(URL).json()["id"] == owner.post(URL).json()["id"]
    work_off()
    assert DataExport.objects.count() == 1


def test_asking_again_and_again_is_throttled_and_looking_is_not(owner) -> None:
    assert [owner.post(URL).status_code for _ in range(6)] == [202] * 5 + [429]
    assert {owner.get(URL).status_code for _ in range(20)} == {200}


def test_a_part_that_a_killed_worker_left_is_written_again(owner, finder, picture, work_off) -> None:
    live(owner, finder, picture)
    owner.post(URL)
    export = DataExport.objects.get()
    from django.core.files.base import ContentFile

    storages["private"].save(exports.part_name(export, 0), ContentFile(b"half a file"))
    work_off()
    answer = owner.get(owner.get(URL).json()["downloads"][0])
    assert zipfile.is_zipfile(io.BytesIO(b"".join(answer.streaming_content)))


def test_a_missing_picture_does_not_spoil_the_rest(owner, finder, picture, work_off) -> None:
    live(owner, finder, picture)
    image = Image.objects.filter(uploader=owner.user).first()
    image.master.storage.delete(str(image.master))
    _, (archive,) = fetch(owner, work_off)
    assert [name for name in archive.namelist() if name.endswith(".missing.txt")] == [
        f"pictures/{image.pk}.jpg.missing.txt"
    ]


def test_whoever_signs_up_with_a_guests_address_gets_nothing_of_what_the_guest_was_told(
    owner, anonymous, unverified, work_off
) -> None:
    report = owner.multipart("/api/auth/pets/report/", REPORT).json()["id"]
    form = {"pet_location_id": report, "message": "Words of the guest", "contact_name": "Greta"}
    sent = anonymous.multipart("/api/auth/pets/contact-owner/", {**form, "contact_email": unverified.user.email})
    assert sent.status_code == 200
    (chat,) = owner.get("/api/auth/chat/conversations/").json()
    owner.multipart(f"/api/auth/chat/conversations/{chat['id']}/messages/", {"body": "Words of the owner"})
    work_off()
    assert [message.to for message in mail.outbox][-1] == [unverified.user.email]
    _, (archive,) = fetch(unverified, work_off)
    assert json.loads(archive.read("chat.json")) == []
    assert json.loads(archive.read("account.json"))["mails"] == []


def test_whoever_signs_up_with_a_guests_address_and_closes_the_account_erases_nothing_of_the_guest(
    owner, anonymous, unverified, work_off
) -> None:
    report = owner.multipart("/api/auth/pets/report/", REPORT).json()["id"]
    form = {"pet_location_id": report, "message": "Words of the guest", "contact_name": "Greta"}
    anonymous.multipart("/api/auth/pets/contact-owner/", {**form, "contact_email": unverified.user.email})
    for section in reversed(sections()):
        while section.erase is not None and section.erase(unverified.user):
            pass
    assert Conversation.objects.get().guest_email == unverified.user.email

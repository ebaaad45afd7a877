"""Nothing that is stored about a person is forgotten: not when it is handed out, and not when it is erased.

Every model from which a path leads to a person is either handed out, and the test looks for the very row in the
archive, or stands in KEPT_BACK with the reason. A new model fails until somebody has decided which.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import storages
from django.db import models
from django.test import TestCase

from accounts.models import GoogleIdentity, OneTimeToken, SignInRequest, User
from accounts.services import one_time_token_create
from accounts.services.lockout import attempt_begin
from accounts.services.passwords import email_change_request
from accounts.tasks import accounts_purge
from accounts.tests.test_deletion import close, let_grace_pass, stored
from accounts.tests.test_export import fetch, live
from accounts.tests.test_unverified import see
from animal.conftest import Actor
from animal.images.models import Image
from animal.images.services import image_store
from animal.images.tests.stored import names_stored
from animal.matching.models import PetMatch
from animal.pets.models import OlderTag, Pet
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
Documents = dict[str, Any]

# What of a model's row the archive must show: of the owner of the story in `lived`.
HANDED_OUT: dict[str, Callable[[Documents], bool]] = {
    "accounts.User": lambda docs: docs["account"]["email"] == "owner@example.org",
    "accounts.Session": lambda docs: docs["account"]["sessions"][0]["user_agent"] == "a fixture",
    "accounts.GoogleIdentity": lambda docs: docs["account"]["google_accounts"][0]["sub"] == "google-canary",
    "accounts.OneTimeToken": lambda docs: "sign_in" in {link["purpose"] for link in docs["account"]["links"]},
    "accounts.DataExport": lambda docs: len(docs["account"]["exports"]) == 1,
    "core.OutgoingMail": lambda docs: any("message" in mail["subject"] for mail in docs["account"]["mails"]),
    "alerts.AlertSubscription": lambda docs: docs["alerts"]["areas"][0]["label"] == "Canary home",
    "alerts.Notification": lambda docs: bool(docs["alerts"]["notifications"]),
    "alerts.NotificationChoice": lambda docs: docs["alerts"]["choices"]["nearby"]["mail"] is False,
    "alerts.PushDevice": lambda docs: docs["alerts"]["browsers"][0]["endpoint"].endswith("/canary"),
    "images.Image": lambda docs: len(docs["images"]) >= 3,
    "images.EditedPetImage": lambda docs: len(docs["edited_images"]) == 1,
    "pets.Pet": lambda docs: docs["pets"][0]["name"] == "Milo Canary",
    "pets.OlderTag": lambda docs: docs["pets"][0]["older_tags"] == ["ANI7CA9"],
    "pets.PetPhoto": lambda docs: bool(docs["pets"][0]["pictures"]),
    "reports.Report": lambda docs: docs["reports"][0]["contact_phone"] == "0123 canary",
    "reports.ReportPhoto": lambda docs: len(docs["reports"][0]["more_pictures"]) == 1,
    "reports.ReportEvent": lambda docs: docs["reports"][0]["timeline"][0]["what"] == "filed",
    "chat.Conversation": lambda docs: bool(docs["chat"][0]["id"]),
    "chat.Participant": lambda docs: "i_share_my_address_since" in docs["chat"][0],
    "chat.Message": lambda docs: "Canary words" in {said["text"] for said in docs["chat"][0]["messages"]},
    "chat.MessageAttachment": lambda docs: any(said["pictures"] for said in docs["chat"][0]["messages"]),
    "chat.MessageReceipt": lambda docs: any(said["read_by_me_at"] for said in docs["chat"][0]["messages"]),
    "matching.PetMatch": lambda docs: docs["matching"][0]["reasons"] == ["A canary of a reason"],
    "moderation.AbuseReport": lambda docs: docs["moderation"]["complaints"][0]["text"] == "A canary complaint",
    "moderation.Block": lambda docs: docs["moderation"]["blocks"][0]["name"] == "Finder",
    "moderation.ModerationAct": lambda docs: docs["moderation"]["decisions"][0]["act"] == "hide",
}
KEPT_BACK: dict[str, str] = {
    "admin.LogEntry": "What staff did in the admin: the operator's audit trail, which staff reads there.",
    "core.IdempotencyRecord": "Copies of answers that the person got, kept for a day to give them again.",
    "recognition.PhotoEmbedding": "Numbers computed from pictures that are handed out; they never leave the server.",
    "recognition.GalleryEntry": "The same numbers, where searches look.",
    "accounts.SignInRequest": "A wish for a link, deleted by the worker within seconds.",
    "accounts.SignInTally": "Keyed digests of addresses that somebody tried: they name nobody.",
}
# Columns that name people or addresses without a foreign key.
LOOSE = {"core.OutgoingMail", "recognition.GalleryEntry", "accounts.SignInRequest", "accounts.SignInTally"}


def about_people() -> set[str]:
    """Models from which foreign keys lead to a person, over however many others; and LOOSE."""
    reached: set[type[models.Model]] = {User}
    while True:
        more = {
            model
            for model in apps.get_models()
            if model not in reached
            and any(field.is_relation and field.related_model in reached for field in model._meta.fields)
        }
        if not more:
            return {model._meta.label for model in reached} | LOOSE
        reached |= more


def test_every_model_about_people_is_handed_out_or_kept_back_for_a_reason() -> None:
    assert about_people() == set(HANDED_OUT) | set(KEPT_BACK)
    assert not set(HANDED_OUT) & set(KEPT_BACK)
    assert all(len(reason) > 30 for reason in KEPT_BACK.values())


def test_columns_that_look_like_people_are_known() -> None:
    """A text or number column that names somebody has no foreign key to be found by."""
    telling = ("email", "owner_id", "user_id", "phone", "username")
    loose = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.fields
        if not field.is_relation and any(word in field.name for word in telling)
    }
    assert loose <= about_people()


@pytest.fixture
def lived(owner: Actor, finder: Actor, moderator: Actor, picture: Any, work_off: Any) -> Report:
    """The owner has a row in every model that is about people."""
    live(owner, finder, picture)
    report = Report.objects.get()
    OlderTag.objects.create(pet_id=report.pet_id or Pet.objects.get().pk, animal_id="ANI7CA9")
    owner.multipart(f"/api/v1/reports/{report.pk}/photos/", {"photos": [picture(color=(1, 2, 3))]})
    owner.client.patch("/api/v1/notifications/choices/", {"nearby": {"mail": False}}, format="json")
    state = json.dumps({"filters": "canary", "objects": {"objects": []}})
    owner.multipart("/api/auth/edited-pet-images/", {"edited_image": picture(), "edit_metadata": state})
    chat = owner.get("/api/auth/chat/conversations/").json()[0]["id"]
    (words,) = [
        said
        for said in owner.get(f"/api/auth/chat/conversations/{chat}/messages/").json()["messages"]
        if said["sender_id"] == finder.user.pk
    ]
    complaint = {"kind": "message", "id": words["id"], "reason": "scam", "text": "A canary complaint"}
    assert owner.post("/api/v1/abuse-reports/", complaint).status_code == 201
    about = {"kind": "user", "id": str(owner.user.pk), "reason": "scam", "text": "About a canary"}
    assert finder.post("/api/v1/abuse-reports/", about).status_code == 201
    assert owner.put(f"/api/v1/blocks/{finder.user.pk}/").status_code == 204
    hide = {"kind": "report", "id": str(report.pk), "reason": "looked like spam"}
    for act in ("hide", "unhide"):
        assert moderator.post(f"/api/v1/moderation/{act}/", hide).status_code == 200
    found = owner.multipart("/api/auth/pets/report/", _found()).json()["id"]
    PetMatch.objects.create(
        pair_key="x",
        lost_report=report,
        found_report_id=found,
        owner=owner.user,
        finder=finder.user,
        similarity=1,
        cosine=1,
        reasons=["A canary of a reason"],
    )
    GoogleIdentity.objects.create(sub="google-canary", user=owner.user)
    one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.SIGN_IN)
    session = owner.user.sessions.first()
    assert session is not None
    email_change_request(
        user=owner.user, session_id=session.pk, new_email="canary@elsewhere.example", password="a long enough Passw0rd"
    )
    SignInRequest.objects.create(email=owner.user.email)
    attempt_begin(email=owner.user.email, client_address="203.0.113.7")
    owner.client.post("/api/auth/pets/report/", _found(), format="multipart", headers={"Idempotency-Key": "canary-key"})
    for image in Image.objects.filter(uploader=owner.user):
        see(image)
    work_off()
    return report


def _found() -> dict[str, str]:
    form = {"animal_name": "N/A", "category": "Domestic", "type": "Cats", "breed": "Tabby", "status": "found"}
    return form | {"latitude": "48.137", "longitude": "11.575"}


def test_what_is_handed_out_is_really_in_the_archive(owner: Actor, finder: Actor, lived: Report, work_off: Any) -> None:
    _, archives = fetch(owner, work_off)
    without = [label for label in HANDED_OUT if not apps.get_model(label).objects.exists()]
    assert without == [], "the story has no row of these, so the test would prove nothing"
    documents = _documents(archives[0])
    missing = [label for label, is_there in HANDED_OUT.items() if not _holds(is_there, documents)]
    assert missing == []
    assert archives[0].read(_edited(archives[0])).startswith(b"\x89PNG")
    everything = json.dumps(documents)
    for secret in ("finder@example.org", "moderator", "Moderator", "About a canary", "looked like spam", "md5$"):
        assert secret not in everything


def _documents(archive: zipfile.ZipFile) -> Documents:
    names = [name for name in archive.namelist() if name.endswith(".json") and "/" not in name]
    return {name.removesuffix(".json"): json.loads(archive.read(name)) for name in names}


def _edited(archive: zipfile.ZipFile) -> str:
    return next(name for name in archive.namelist() if name.startswith("edited/") and name.endswith(".png"))


def _holds(is_there: Callable[[Documents], bool], documents: Documents) -> bool:
    try:
        return is_there(documents)
    except (KeyError, IndexError):
        return False


def test_nobody_else_gets_any_of_it(owner: Actor, finder: Actor, lived: Report, work_off: Any) -> None:
    _, archives = fetch(finder, work_off)
    everything = json.dumps(_documents(archives[0]))
    for secret in ("owner@example.org", "0123 canary", "A canary complaint", "Canary home", "google-canary", "Owner"):
        assert secret not in everything


# --- erased -----------------------------------------------------------------------------------------------------------

# Where the number of an erased account may stay, and why.
NUMBER_MAY_STAY = {
    "BackgroundTask.key": "The erasing itself, forgotten a week later.",
    "BackgroundTask.target": "The erasing itself, forgotten a week later.",
}


@pytest.fixture
def of_other_tests() -> set[str]:
    """Files that were there before: rows are rolled back after a test, files are not."""
    return names_stored()


def test_after_the_grace_period_no_table_file_or_index_knows_the_person(
    of_other_tests: set[str], owner: Actor, finder: Actor, lived: Report, work_off: Any
) -> None:
    fetch(owner, work_off)
    assert len(names_stored() - of_other_tests) > 10
    mine = {str(owner.user.pk)}
    close(owner)
    work_off()
    let_grace_pass()
    assert accounts_purge() == 1
    with TestCase.captureOnCommitCallbacks(execute=True):
        work_off()
    assert not User.objects.filter(pk=owner.user.pk).exists()
    canaries = ["anary", "owner@example.org", "elsewhere.example", "Owner"]
    assert stored(canaries) == []
    assert _people_columns_with(owner.user.pk) == []
    assert {place for place in _texts_with_number(mine) if place not in NUMBER_MAY_STAY} == set()
    # Only what the finder uploaded is left, and nothing in the private storage, where exports lie.
    kept = {str(name) for image in Image.objects.all() for name in (image.master, image.rendition, image.thumbnail)}
    left = names_stored() - of_other_tests
    assert {path for path in left if not any(path.endswith(name) for name in kept)} == set()
    assert not storages["private"].exists("exports") or not storages["private"].listdir("exports")[1]


def _people_columns_with(user_id: int) -> list[str]:
    """Foreign keys to people, whatever the database promises about them, and numbers that stand for one."""
    found = []
    for model in apps.get_models():
        for field in model._meta.fields:
            names_a_person = field.is_relation and field.related_model is User
            if (names_a_person or field.name in ("owner_id", "user_id")) and model._base_manager.filter(
                **{field.attname: user_id}
            ).exists():
                found.append(f"{model.__name__}.{field.name}")
    return found


def _texts_with_number(numbers: set[str]) -> set[str]:
    """Text columns in which the number stands between colons, as in a key made of it."""
    return {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, models.CharField)
        for text in model._base_manager.values_list(field.name, flat=True)
        if ":" in str(text) and numbers & set(str(text).split(":"))
    }


def test_a_picture_of_the_archive_is_what_was_uploaded(owner: Actor, picture: Any, work_off: Any) -> None:
    image = image_store(upload=picture(), uploader=owner.user, source="pet")
    _, archives = fetch(owner, work_off)
    with image.master.storage.open(str(image.master)) as file:
        assert archives[0].read(f"pictures/{image.pk}.jpg") == file.read()

"""Deleting an account: hidden at once, back by signing in, then gone from rows, files, vectors and index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create, user_deactivate
from accounts.tasks import accounts_purge
from accounts.tests.steps import COOKIE, PASSWORD, cookie_of, refresh, sign_in
from accounts.tests.test_export import live
from accounts.tests.test_unverified import see
from animal.chat.personal_data import DELETED
from animal.images.models import Image
from animal.images.tests.stored import names_stored
from animal.recognition.models import GalleryEntry, PhotoEmbedding
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
URL = "/api/v1/me/"
MAP = "/api/auth/pets/locations/"


def close(actor: Any, password: str = PASSWORD) -> Any:
    return actor.delete(URL, data={"password": password})


def let_grace_pass() -> None:
    User.objects.filter(deletion_due_at__isnull=False).update(deletion_due_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def lived(owner, finder, picture, work_off) -> None:
    """The owner has one of everything, and recognition has seen it."""
    live(owner, finder, picture)
    for image in Image.objects.filter(uploader=owner.user):
        see(image)
    work_off()
    assert GalleryEntry.objects.filter(owner_id=owner.user.pk, is_live=True).count() >= 2


def test_a_closed_account_is_signed_out_and_hidden_at_once(owner, finder, lived, work_off) -> None:
    cookie = cookie_of(sign_in(APIClient()))
    answer = close(owner)
    assert (answer.status_code, set(answer.json())) == (200, {"detail", "deletion_due_at"})
    assert answer.cookies[COOKIE]["max-age"] == 0
    assert (owner.get("/api/auth/profile/").status_code, refresh(cookie).status_code) == (401, 401)
    assert finder.get(MAP).json() == []
    report = Report.objects.get()
    assert finder.get(f"/api/v1/reports/{report.pk}/").status_code == 404
    assert APIClient().get(f"/api/auth/found/{report.pet.animal_id}/").status_code == 404
    work_off()
    assert not GalleryEntry.objects.filter(owner_id=owner.user.pk, is_live=True).exists()
    assert mail.outbox[-1].to == ["owner@example.org"]


def test_the_grace_period_is_a_setting(owner, settings) -> None:
    settings.ACCOUNT_DELETION_GRACE_DAYS = 3
    close(owner)
    rest = User.objects.get().deletion_due_at - timezone.now()
    assert timedelta(days=2, hours=23) < rest <= timedelta(days=3)


@pytest.mark.parametrize("door", ["password", "link"])
def test_signing_in_within_the_grace_period_takes_it_back(owner, finder, lived, work_off, door: str) -> None:
    close(owner)
    work_off()
    if door == "password":
        assert sign_in(APIClient()).status_code == 200
    else:
        APIClient().post("/api/auth/magic/request/", {"email": "owner@example.org"})
        work_off()
        from accounts.tests.steps import link_in_mail

        assert APIClient().post("/api/auth/magic/consume/", {"token": link_in_mail()["token"]}).status_code == 200
    work_off()
    assert User.objects.get(pk=owner.user.pk).is_proven
    assert len(finder.get(MAP).json()) == 1
    assert GalleryEntry.objects.filter(owner_id=owner.user.pk, is_live=True).count() >= 2
    let_grace_pass()
    assert accounts_purge() == 0


def test_a_wrong_password_neither_deletes_nor_restores(owner) -> None:
    assert close(owner, "not the Passw0rd").status_code == 400
    assert User.objects.get().is_active
    close(owner)
    assert sign_in(APIClient(), password="not the Passw0rd").status_code == 401
    assert not User.objects.get().is_active


def test_whoever_has_no_password_needs_a_fresh_sign_in(owner) -> None:
    User.objects.update(password="!")
    owner.user.sessions.update(created_at=timezone.now() - timedelta(hours=1))
    assert close(owner, "").json()["code"] == "sign_in_again"
    owner.user.sessions.update(created_at=timezone.now())
    assert close(owner, "").status_code == 200


def test_a_stranger_deletes_nobody(owner, anonymous) -> None:
    assert close(anonymous).status_code == 401
    assert User.objects.get().is_active


def test_a4_an_account_that_staff_disabled_is_not_restored_by_signing_in(owner) -> None:
    User.objects.update(is_active=False)
    assert sign_in(APIClient()).status_code == 401
    token = one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.SIGN_IN)
    assert APIClient().post("/api/auth/magic/consume/", {"token": token}).status_code == 400


def test_a4_closing_ones_account_is_no_way_around_being_disabled(owner) -> None:
    assert owner.client.delete("/api/v1/me/", {"password": PASSWORD}, format="json").status_code == 200
    owner.user.refresh_from_db()
    user_deactivate(user=owner.user)
    assert sign_in(APIClient()).status_code == 401


def test_after_the_grace_period_nobody_signs_in_any_more(owner) -> None:
    close(owner)
    let_grace_pass()
    assert sign_in(APIClient()).status_code == 401


def stored(texts: list[str]) -> list[str]:
    """Where one of these texts still is, in any column of any table or in the name of a file."""
    places = []
    for model in apps.get_models():
        for row in model._base_manager.values():
            places += [
                f"{model.__name__}.{name}" for name, value in row.items() for text in texts if text in str(value)
            ]
    return places


def test_then_it_is_gone_from_rows_files_vectors_and_index(owner, finder, lived, work_off) -> None:
    canaries = ["anary", "owner@example.org", "Owner"]
    assert stored(canaries)
    before, mine = names_stored(), list(Image.objects.filter(uploader=owner.user))
    owner.post("/api/v1/me/export/")
    work_off()
    close(owner)
    work_off()
    let_grace_pass()
    assert accounts_purge() == 1
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        work_off()
    assert not User.objects.filter(pk=owner.user.pk).exists()
    assert stored(canaries) == []
    assert not Image.objects.filter(pk__in=[image.pk for image in mine]).exists()
    assert len(before - names_stored()) >= 3 * len(mine) == 9
    assert PhotoEmbedding.objects.count() == 0
    assert not GalleryEntry.objects.filter(owner_id=owner.user.pk).exists()
    assert {bytes(vector) for vector in GalleryEntry.objects.values_list("vector", flat=True)} <= {b""}
    assert User.objects.get() == finder.user


def test_the_other_side_keeps_a_chat_about_its_own_report_without_what_was_written(
    owner, finder, picture, work_off
) -> None:
    report = {"animal_name": "N/A", "category": "Domestic", "type": "Cats", "breed": "Tabby", "status": "found"}
    report |= {"latitude": "48.137", "longitude": "11.575"}
    number = finder.multipart("/api/auth/pets/report/", report).json()["id"]
    chat = owner.post("/api/auth/chat/conversations/start/", {"pet_location_id": number}).json()["id"]
    messages = f"/api/auth/chat/conversations/{chat}/messages/"
    owner.multipart(messages, {"body": "Canary words", "attachments": picture()})
    finder.multipart(messages, {"body": "Mine"})
    close(owner)
    let_grace_pass()
    accounts_purge()
    work_off()
    shown = finder.get(messages).json()["messages"]
    assert [(message["body"], message["sender_id"]) for message in shown] == [(DELETED, None), ("Mine", finder.user.pk)]
    assert shown[0]["attachments"] == []
    assert stored(["Canary", "owner@example.org"]) == []


def test_a_large_account_is_erased_in_several_steps(owner, monkeypatch, work_off) -> None:
    monkeypatch.setattr("accounts.services.deletion.STEP_SECONDS", 0.0)
    form = {"animal_name": "N/A", "category": "Domestic", "type": "Cats", "breed": "Tabby", "status": "found"}
    for _ in range(3):
        owner.multipart("/api/auth/pets/report/", {**form, "latitude": "48.1", "longitude": "11.5"})
    monkeypatch.setattr("animal.reports.personal_data.BATCH", 1)
    close(owner)
    let_grace_pass()
    accounts_purge()
    work_off()
    assert (User.objects.count(), Report.objects.count()) == (0, 0)

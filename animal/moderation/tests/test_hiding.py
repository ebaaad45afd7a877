"""Staff take a report or a photo out of sight at once, and can bring it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from animal.alerts.models import Notification
from animal.alerts.services import Area, alert_subscription_create
from animal.conftest import Actor, make_actor
from animal.images.models import Image
from animal.images.tests.stored import keep_on_disk
from animal.images.withholding import remove_public_files
from animal.matching.candidates import candidates_for_report
from animal.matching.services import match_offer
from animal.matching.tests import scene
from animal.moderation.models import ModerationAct
from animal.recognition.models import GalleryEntry
from animal.reports.models import Report
from animal.reports.tasks import run_nearby_alerts
from animal.reports.tests.conftest import filed

HIDE, UNHIDE = "/api/v1/moderation/hide/", "/api/v1/moderation/unhide/"
MAP = "/api/auth/pets/locations/"
ADD = "/api/auth/pets/add/"


@pytest.fixture(autouse=True)
def _served_by_ourselves(settings: Any, tmp_path: Path) -> None:
    keep_on_disk(settings, tmp_path)


def hide(actor: Actor, kind: str, object_id: object, url: str = HIDE) -> Any:
    return actor.post(url, {"kind": kind, "id": str(object_id), "reason": "Not allowed"})


def served(url: str) -> int:
    answer = Client().get(url.removeprefix("http://testserver"))
    return 404 if answer.status_code == 404 else 200 if answer["Content-Type"] == "image/jpeg" else 0


@pytest.fixture
def pair(owner: Actor, finder: Actor) -> tuple[Report, Report]:
    face = scene.face(1)
    return scene.lost(owner, face), scene.found(finder, face)


def test_a_hidden_report_leaves_the_map_the_matches_and_the_alerts_and_comes_back(
    moderator: Actor, owner: Actor, finder: Actor, stranger: Actor, anonymous: Actor, pair: tuple[Report, Report]
) -> None:
    lost, found = pair
    (candidate,) = candidates_for_report(found)
    assert match_offer(candidate=candidate) is not None

    def is_on_map() -> bool:
        return f'href="/finds/{found.pk}"' in anonymous.get("/pet/map").content.decode()

    assert is_on_map()
    assert hide(moderator, "report", found.pk).json() == {"hidden": True, "changed": True}
    for url in (MAP, "/api/auth/pets/found/locations/"):
        assert found.pk not in [item["id"] for item in stranger.get(url).json()]
    assert stranger.get(f"/api/v1/reports/{found.pk}/").status_code == 404
    assert not is_on_map()
    assert owner.get("/api/v1/matches/").json()["results"] == []
    found.refresh_from_db()
    assert (candidates_for_report(found), candidates_for_report(lost)) == ([], [])
    assert not GalleryEntry.objects.filter(kind="report", object_id=found.pk, is_live=True).exists()
    assert [item["id"] for item in finder.get("/api/auth/user/pet-locations/").json()] == [found.pk]
    assert hide(moderator, "report", found.pk, UNHIDE).json() == {"hidden": False, "changed": True}
    assert found.pk in [item["id"] for item in stranger.get(MAP).json()]
    assert is_on_map()
    assert len(owner.get("/api/v1/matches/").json()["results"]) == 1


def test_a_hidden_report_alerts_nobody_and_cannot_be_written_about(
    moderator: Actor, stranger: Actor, pair: tuple[Report, Report]
) -> None:
    _, found = pair
    alert_subscription_create(actor=stranger.user, area=Area(center_lat=scene.HOME[0], center_lon=scene.HOME[1]))
    hide(moderator, "report", found.pk)
    run_nearby_alerts(found.pk)
    assert not Notification.objects.filter(verb="nearby_alert").exists()
    start = stranger.post("/api/auth/chat/conversations/start/", {"pet_location_id": found.pk})
    assert start.status_code == 404


def test_its_reporter_cannot_bring_a_hidden_report_back_by_reopening_it(
    moderator: Actor, owner: Actor, finder: Actor, pair: tuple[Report, Report]
) -> None:
    _, found = pair
    hide(moderator, "report", found.pk)
    for status in ("resolved", "found"):
        answer = finder.post(f"{MAP}{found.pk}/status/", {"status": status})
        assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert (answer.json()["resolved_at"] is None) == (status == "found")
    assert found.pk not in [item["id"] for item in owner.get(MAP).json()]
    assert not GalleryEntry.objects.filter(kind="report", object_id=found.pk, is_live=True).exists()


def test_hiding_the_lost_report_of_a_pet_brings_the_pet_home_and_showing_it_marks_it_lost(
    moderator: Actor, owner: Actor
) -> None:
    pet = scene.pet(owner, scene.face(3), lost_at=scene.HOME)
    report = scene.lost(owner, None, pet=pet)
    for url, is_lost in ((HIDE, False), (UNHIDE, True)):
        hide(moderator, "report", report.pk, url)
        pet.refresh_from_db()
        assert pet.is_lost == is_lost


def test_missing_animals_are_listed_for_people_without_an_account_unless_hidden(
    moderator: Actor, anonymous: Actor, owner: Actor, finder: Actor, pair: tuple[Report, Report]
) -> None:
    lost, _ = pair
    (item,) = anonymous.get("/api/lost_pets/").json()
    assert item == {
        "id": lost.pk,
        "latitude": lost.public_latitude,
        "longitude": lost.public_longitude,
        "pet": {"name": "Milo"},
    }
    tester = make_actor("tester", is_test=True)
    scene.lost(tester, None)
    assert len(anonymous.get("/api/lost_pets/").json()) == 1
    hide(moderator, "report", lost.pk)
    assert anonymous.get("/api/lost_pets/").json() == []


def test_a_hidden_photo_is_not_served_and_a_placeholder_stands_in_the_lists(
    moderator: Actor, owner: Actor, picture: Callable[..., Any], django_capture_on_commit_callbacks: Any
) -> None:
    report = filed(owner, status="found", image=picture())
    before = report["image_url"]
    assert served(before) == 200
    image = Image.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert hide(moderator, "photo", image.pk).json() == {"hidden": True, "changed": True}
    for size in ("rendition", "master", "thumbnail"):
        assert served(before.replace("rendition", size)) == 404
    shown = next(item for item in owner.get(MAP).json() if item["id"] == report["id"])["image_url"]
    assert shown.startswith("http://testserver/media/withheld/")
    placeholder = Client().get(shown.removeprefix("http://testserver"))
    assert (placeholder.status_code, placeholder["Content-Type"]) == (200, "image/png")
    image.refresh_from_db()
    secret_name = str(image.master)
    assert default_storage.exists(secret_name)
    assert served(f"http://testserver/media/{image.master}") == 404, "under its new name it is not served either"
    with django_capture_on_commit_callbacks(execute=True):
        assert hide(moderator, "photo", image.pk, UNHIDE).json()["changed"] is True
    assert served(before) == 200
    assert not default_storage.exists(secret_name)


def test_a_process_that_dies_right_after_hiding_leaves_the_files_to_the_worker(
    moderator: Actor, owner: Actor, picture: Callable[..., Any], work_off: Callable[[], int]
) -> None:
    url = filed(owner, status="found", image=picture())["image_url"]
    hide(moderator, "photo", Image.objects.get().pk)  # The test's transaction never commits: nothing is removed yet.
    assert served(url) == 200
    remove_public_files(str(Image.objects.get().pk))
    assert served(url) == 404


def test_the_clients_way_of_editing_a_pet_keeps_a_hidden_photo_hidden(
    moderator: Actor, owner: Actor, picture: Callable[..., Any]
) -> None:
    import json

    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby"}
    pet = owner.multipart(ADD, {**form, "images": [picture()]}).json()["pet"]
    hide(moderator, "photo", Image.objects.get().pk)
    shown = owner.get("/api/auth/profile/").json()["pets"][0]["images"]
    owner.delete(f"/api/auth/pets/{pet['id']}/delete/")
    edited = owner.multipart(ADD, {**form, "existing_images": json.dumps(shown)}).json()["pet"]
    assert (edited["id"], edited["images"]) == (pet["id"], shown)


def test_every_act_is_written_down_once(moderator: Actor, pair: tuple[Report, Report]) -> None:
    _, found = pair
    assert hide(moderator, "report", found.pk).json()["changed"] is True
    assert hide(moderator, "report", found.pk).json()["changed"] is False
    hide(moderator, "report", found.pk, UNHIDE)
    acts = ModerationAct.objects.order_by("pk").values_list("actor_name", "act", "kind", "object_id", "reason")
    assert list(acts) == [
        ("Moderator", "hide", "report", str(found.pk), "Not allowed"),
        ("Moderator", "unhide", "report", str(found.pk), "Not allowed"),
    ]


@pytest.mark.parametrize("url", [HIDE, UNHIDE])
def test_whoever_is_not_staff_finds_nothing_here(
    owner: Actor, stranger: Actor, anonymous: Actor, pair: tuple[Report, Report], url: str
) -> None:
    _, found = pair
    for actor in (owner, stranger):
        denied, missing = hide(actor, "report", found.pk, url), hide(actor, "report", 999999, url)
        assert (denied.status_code, denied.content) == (404, missing.content)
    assert hide(anonymous, "report", found.pk, url).status_code == 401
    found.refresh_from_db()
    assert (found.hidden_at, ModerationAct.objects.count()) == (None, 0)


@pytest.mark.parametrize("object_id", ["abc", "0", "-1", "99999", "9" * 30, str(UUID(int=7))])
@pytest.mark.parametrize("kind", ["report", "photo"])
def test_hiding_what_does_not_exist_is_not_found(moderator: Actor, kind: str, object_id: str) -> None:
    assert hide(moderator, kind, object_id).status_code == 404


def test_staff_hide_from_the_admins_lists(pair: tuple[Report, Report]) -> None:
    _, found = pair
    admin = make_actor("admin", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(admin.user, backend="accounts.backends.EmailBackend")
    for action, hidden in (("hide", True), ("unhide", False)):
        answer = client.post(
            reverse("admin:reports_report_changelist"), {"action": action, "_selected_action": [found.pk]}
        )
        assert answer.status_code == 302, answer.content[:500]
        found.refresh_from_db()
        assert (found.hidden_at is not None) == hidden
    assert list(ModerationAct.objects.order_by("pk").values_list("act", flat=True)) == ["hide", "unhide"]
    for name in ("abusereport", "moderationact", "block"):
        assert client.get(reverse(f"admin:moderation_{name}_changelist")).status_code == 200
    assert client.get(reverse("admin:images_image_changelist")).status_code == 200

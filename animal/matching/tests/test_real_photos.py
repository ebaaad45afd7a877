"""The whole way over HTTP with real photographs and the real model: from the upload to both people being told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from animal.conftest import Actor
from animal.matching.models import PetMatch

pytestmark = pytest.mark.django_db
PHOTOS = Path(settings.BASE_DIR) / "animal" / "demo" / "photos"


def photo(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(Path(name).name, (PHOTOS / name).read_bytes(), content_type="image/jpeg")


def register(actor: Actor, slug: str, kind: str = "Cats") -> dict[str, Any]:
    form = {"name": slug.capitalize(), "category": "Domestic", "type": kind, "breed": "Tabby", "isPublic": "false"}
    answer = actor.multipart("/api/auth/pets/add/", form | {"images": photo(f"{slug}/a.jpg")})
    assert answer.status_code == 201, answer.data
    return answer.json()["pet"]


def file_report(actor: Actor, status: str, upload: SimpleUploadedFile | None = None, **changes: Any) -> dict[str, Any]:
    form = {
        "animal_name": "N/A",
        "category": "Domestic",
        "type": "Cats",
        "breed": "Unknown",
        "status": status,
        "description": "",
        "latitude": "48.137000",
        "longitude": "11.575000",
        "contact_name": "",
        "contact_phone": "",
        "contact_email": "",
        "last_seen_date": "",
        "register_pet": "false",
    } | changes
    answer = actor.multipart("/api/auth/pets/report/", form | ({"image": upload} if upload else {}))
    assert answer.status_code == 201, answer.data
    return answer.json()


def test_a_lost_cat_is_recognised_from_another_photo_and_its_look_alikes_owner_is_left_alone(
    owner: Actor, finder: Actor, stranger: Actor, work_off: Callable[[], int]
) -> None:
    chelsea = register(owner, "chelsea")
    for slug in ("rusty", "minka"):
        register(stranger, slug)
        file_report(stranger, "lost", photo(f"{slug}/a.jpg"), animal_name=slug.capitalize())
    work_off()
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(chelsea["id"]))
    one = file_report(finder, "found", photo("chelsea/b.jpg"), latitude="48.150000")
    work_off()
    match = PetMatch.objects.get()
    assert (match.owner, match.finder, match.found_report_id) == (owner.user, finder.user, one["id"])
    assert match.similarity >= 0.6
    (item,) = owner.get("/api/v1/matches/").json()["results"]
    assert item["lost"]["name"] == "Chelsea"
    for actor in (owner, finder):
        verbs = [n["verb"] for n in actor.get("/api/auth/notifications/").json()["notifications"]]
        assert verbs.count("auto_match") == 1
    theirs = [n["verb"] for n in stranger.get("/api/auth/notifications/").json()["notifications"]]
    assert not {"auto_match", "match_question"} & set(theirs)


def test_a_found_dog_whose_finder_left_it_a_cat_still_meets_its_owner(
    owner: Actor, finder: Actor, stranger: Actor, work_off: Callable[[], int]
) -> None:
    """And the other way round: the photo outweighs a kind that was chosen by mistake, on either side."""
    file_report(finder, "found", photo("bruno/b.jpg"), type="Cats")
    work_off()
    file_report(owner, "lost", photo("bruno/a.jpg"), type="Dogs", animal_name="Bruno")
    work_off()
    assert (PetMatch.objects.get().owner, PetMatch.objects.get().finder) == (owner.user, finder.user)
    file_report(stranger, "lost", photo("bruno/a.jpg"), type="Cats", animal_name="Bruno")
    work_off()
    assert PetMatch.objects.filter(owner=stranger.user).exists()


def test_the_owner_of_a_registered_cat_that_nobody_missed_yet_is_asked(
    owner: Actor, finder: Actor, work_off: Callable[[], int]
) -> None:
    register(owner, "chelsea")
    file_report(finder, "found", photo("chelsea/b.jpg"))
    work_off()
    verbs = [n["verb"] for n in owner.get("/api/auth/notifications/").json()["notifications"]]
    assert verbs.count("match_question") == 1
    assert finder.get("/api/v1/matches/").json()["results"] == []


def test_a_photo_without_an_animal_matches_nothing(owner: Actor, finder: Actor, work_off: Callable[[], int]) -> None:
    chelsea = register(owner, "chelsea")
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(chelsea["id"]))
    file_report(finder, "found", photo("no_animal/coffee.jpg"))
    work_off()
    assert not PetMatch.objects.exists()

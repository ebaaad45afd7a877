"""Pictures over HTTP: serving the files, and what their uploader is told."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from animal.conftest import Actor
from animal.images.models import Image
from animal.images.selectors import image_url
from animal.images.services import image_store
from animal.images.tests.pictures import card, encoded, exif_of_a_phone, upload
from animal.images.tests.stored import keep_on_disk
from animal.images.withholding import image_withhold

pytestmark = pytest.mark.django_db
ORIGIN = "http://localhost:3000"


@pytest.fixture(autouse=True)
def _served_by_ourselves(settings: Any, tmp_path: Path) -> None:
    keep_on_disk(settings, tmp_path)


@pytest.fixture
def image(owner: Actor) -> Image:
    photo = upload(encoded(card(), exif=exif_of_a_phone()))
    return image_store(upload=photo, uploader=owner.user, source="report")


def path_of(image: Image, size: str = "rendition") -> str:
    return urlsplit(image_url(image, size)).path


def test_a_stored_picture_is_served_as_what_it_is_and_kept_by_browsers(client: Client, image: Image) -> None:
    response = client.get(path_of(image))
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8\xff")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=300"
    assert client.head(path_of(image)).status_code == 200
    assert client.post(path_of(image)).status_code == 405


def test_a_browser_that_asks_again_is_told_that_nothing_changed(client: Client, image: Image) -> None:
    etag = client.get(path_of(image))["ETag"]
    again = client.get(path_of(image), headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert client.get(path_of(image), headers={"If-None-Match": '"another"'}).status_code == 200


def test_a_browser_that_asks_again_learns_that_staff_hid_the_picture(
    client: Client, image: Image, work_off: Callable[[], int]
) -> None:
    path = path_of(image)
    etag = client.get(path)["ETag"]
    image_withhold(image_id=image.pk, hidden=True, record=lambda: None)
    work_off()
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 404


def test_the_web_client_may_draw_a_picture_into_its_canvas(client: Client, image: Image) -> None:
    response = client.get(path_of(image), headers={"Origin": ORIGIN})
    assert response["Access-Control-Allow-Origin"] == ORIGIN
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert "Access-Control-Allow-Origin" not in client.get(path_of(image), headers={"Origin": "https://evil.example"})


@pytest.mark.parametrize(
    "path",
    [
        "../pawgle.sqlite3",
        "%2e%2e/pawgle.sqlite3",
        "photos/../../settings.py",
        "photos/aa/..%2f..%2f..%2fetc%2fpasswd",
        "/etc/passwd",
        "photos/",
        "photos/00/" + "0" * 32 + "-master.jpg",
        "photos/00/" + "0" * 32 + "-master.png",
    ],
)
def test_no_path_leads_out_of_the_pictures(client: Client, image: Image, path: str) -> None:
    assert client.get(f"/media/{path}").status_code == 404


def test_the_uploader_is_offered_time_and_place_for_the_report(owner: Actor, image: Image) -> None:
    answer = owner.get(f"/api/v1/images/{image.pk}/").json()
    assert answer["suggestion"] == {
        "last_seen_date": "2026-03-03",
        "last_seen_time": "18:06:07",
        "latitude": -33.8569,
        "longitude": 151.2093,
    }
    assert (answer["camera_make"], answer["width"], answer["height"]) == ("Testmaker", 400, 300)
    assert answer["urls"]["master"] == f"http://testserver{path_of(image, 'master')}"


def test_nobody_else_learns_anything_about_a_picture(
    stranger: Actor, moderator: Actor, anonymous: Actor, image: Image
) -> None:
    missing = stranger.get(f"/api/v1/images/{uuid.uuid4()}/")
    for actor in (stranger, moderator):
        denied = actor.get(f"/api/v1/images/{image.pk}/")
        assert (denied.status_code, denied.json()) == (404, missing.json())
    assert anonymous.get(f"/api/v1/images/{image.pk}/").status_code == 401

"""The map's pages: filters that agree with the map, an empty list that helps, and the search by photo."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from animal.conftest import Actor
from animal.core.tests.lists import rows
from animal.demo.animals import bundled_animals
from animal.matching.candidates import candidates_for_report
from animal.matching.services import match_offer
from animal.matching.tests import scene
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web import map_cards
from animal.web.map_views import COUNTS_KEY
from animal.web.tests.pseudo import pseudo_language, untranslated, words_of
from animal.web.tests.steps import browser_of
from animal.web.tests.test_seeded_pages import seeded, standing_seed  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


def test_the_list_has_pages_and_filters_that_say_what_they_could_not_read(
    client: Client, owner: Actor, anonymous: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_cards, "ON_PAGE", 2)
    cats = [rows.public_report(owner.user).pk for _ in range(3)]
    Report.objects.update(species="cat")
    dog = rows.public_report(owner.user, "found")
    Report.objects.filter(pk=dog.pk).update(species="dog", public_longitude=100)

    def shown(query: str) -> list[int]:
        return [pk for pk in cats if f'href="/lost/{pk}"' in client.get(f"/pet/map?{query}").content.decode()]

    assert shown("species=cat") == cats[1:]
    assert shown("species=cat&page=2") == cats[:1]
    assert shown("page=99") == cats[:2], "behind the last page is the last"
    part = client.get("/pet/map?part=list&bbox=99,0,101,89").content.decode()
    assert "1 report in this part of the map" in part
    assert "<html" not in part
    assert anonymous.get("/api/v1/map/", data={"bbox": "99,0,101,89"}).json()["total"] == 1, "as the map says"
    # A place as people have it at hand, and one that is none.
    link = client.get("/pet/map", {"near": "https://maps.example/?q=48.1,11.5", "distance_km": "5"}).content.decode()
    assert "about 0.0 km away" in link
    wrong = client.get("/pet/map?near=somewhere&days=x&status=nonsense&bbox=1,2").content.decode()
    assert "Please check" in wrong
    assert "4 open reports" in wrong, "what cannot be read is left out"
    none = client.get("/pet/map?species=dog&status=lost").content.decode()
    assert "Nothing is reported that fits" in none
    assert 'href="/pet/map?species=dog">lost and found' in none


def test_the_numbers_of_the_first_page_are_those_of_the_rows(client: Client, owner: Actor) -> None:
    assert "lost now" not in client.get("/").content.decode()
    for side in ("lost", "lost", "found"):
        rows.public_report(owner.user, side)
    Report.objects.filter(pk=rows.public_report(owner.user).pk).update(is_test=True)
    assert "lost now" not in client.get("/").content.decode(), "counted once a minute"
    cache.clear()
    page = client.get("/").content.decode()
    assert "<strong>2</strong> lost now" in page
    assert "<strong>1</strong> found now" in page
    assert "reunion" not in page.split('class="facts"')[1].split("</ul>")[0]


def test_a_photo_finds_the_animals_that_look_like_it_with_words_and_keeps_nothing(
    client: Client,
    seeded: None,  # noqa: F811
    stranger: Actor,
    picture: Any,
) -> None:
    owner = User.objects.get(email="test-owner@pawgle.test")
    assert client.post("/search").status_code == 302, "for people who are signed in"
    before = Report.objects.count()
    chelsea = next(animal for animal in bundled_animals() if animal.name == "Chelsea")
    with chelsea.second_photo.open("rb") as photo:
        page = browser_of(owner).post("/search", {"image": photo}).content.decode()
        photo.seek(0)
        other = browser_of(stranger).post("/search", {"image": photo}).content.decode()
        photo.seek(0)
        finder = User.objects.get(email="test-finder@pawgle.test")
        own = browser_of(finder).post("/search", {"image": photo}).content.decode()
    lost = Report.objects.get(pet__name="Chelsea (TEST)", side="lost")
    assert f'href="/lost/{lost.pk}">Chelsea (TEST)' in page
    assert "very likely the same animal" in page
    assert "Both are cats" in page
    found = Report.objects.filter(side="found", reporter=finder).values_list("pk", flat=True)
    assert any(f'href="/finds/{pk}"' in page for pk in found)
    assert f'href="/reports/{lost.pk}/complain' not in page
    assert not any(f'href="/reports/{pk}/complain' in own for pk in found), "nobody complains of their own"
    assert "Chelsea" not in other, "test data is not for real people"
    with pseudo_language("de"), chelsea.second_photo.open("rb") as photo:
        shown = browser_of(owner).post("/search", {"image": photo}, headers={"Accept-Language": "de"}).content.decode()
        animals = words_of("PawGle TEST", owner.email, owner.username, *Pet.objects.values_list("name", "breed"))
        assert ("Chelsea" in shown, untranslated(shown, content=animals)) == (True, [])
    assert "@" not in page.split("<main")[1]
    assert f"{lost.latitude:.4f}" not in page
    assert Report.objects.count() == before
    assert browser_of(owner).post("/search").status_code == 400
    plain = browser_of(owner).post("/search", {"image": picture()})
    assert (plain.status_code, "could not find an animal" in plain.content.decode()) == (400, True)


def test_reunions_are_cases_closed_after_a_match_or_a_finders_report_by_the_tag(
    client: Client, owner: Actor, finder: Actor, stranger: Actor
) -> None:
    def told() -> int:
        cache.delete(COUNTS_KEY)
        reunions: int = client.get("/").context["counts"].reunions
        return reunions

    def closed(actor: Actor, report: Report) -> None:
        path = f"/api/auth/pets/locations/{report.pk}/status/"
        assert actor.post(path, {"status": "resolved"}).status_code == 200

    lost, found = scene.lost(owner, scene.face(1)), scene.found(finder, scene.face(1))
    (candidate,) = candidates_for_report(found)
    match = match_offer(candidate=candidate)
    closed(stranger, scene.lost(stranger, None))
    assert match is not None
    assert owner.post(f"/api/v1/matches/{match.pk}/confirm/").status_code == 200
    assert told() == 0, "one gave up, the other one knows where it is and has not got it back"
    closed(owner, lost)
    assert told() == 1
    pet = scene.pet(owner, scene.face(3), lost_at=scene.HOME)
    case = scene.lost(owner, None, pet=pet)
    where = {"latitude": scene.HOME[0], "longitude": scene.HOME[1], "message": "On our balcony"}
    assert client.post(f"/api/v1/found/{pet.animal_id}/report/", where).status_code == 201
    assert told() == 1
    closed(owner, case)
    assert told() == 2
    assert "<strong>2</strong> reunions" in client.get("/").content.decode()


def test_the_base_map_is_small_and_has_land_where_land_is() -> None:
    content = Path(str(finders.find("web/basemap.json"))).read_bytes()
    assert len(gzip.compress(content)) < 300_000
    world = json.loads(content)
    rings = []
    for row in world["land"]:
        x = y = 0
        points = []
        for across, down in zip(row[::2], row[1::2], strict=True):
            x, y = x + across, y + down
            points.append((x / world["units"], y / world["units"]))
        rings.append(points)

    def is_land(latitude: float, longitude: float) -> bool:
        inside = False
        for ring in rings:
            for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
                if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1:
                    inside = not inside
        return inside

    for name, place in {"Munich": (48.14, 11.58), "Delhi": (28.6, 77.2), "Uluru": (-25.3, 131.0)}.items():
        assert is_land(*place), name
    for name, place in {"Atlantic": (35.0, -40.0), "Indian Ocean": (-30.0, 80.0), "Baltic": (56.0, 18.5)}.items():
        assert not is_land(*place), name

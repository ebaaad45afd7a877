"""The map's lists and the single report: who sees what, in how many queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from animal.core import paging
from animal.core.cells import RESOLUTIONS, cell_of
from animal.core.geo import haversine_m
from animal.reports import selectors
from animal.reports.models import Report
from animal.reports.selectors import exact_point_rule_add
from animal.reports.tests.conftest import PLACE, filed

ALL, LOST, FOUND = (
    "/api/auth/pets/locations/",
    "/api/auth/pets/lost/locations/",
    "/api/auth/pets/found/locations/",
)
MINE = "/api/auth/user/pet-locations/"


def ids(response) -> list[int]:
    assert response.status_code == 200, response.content
    return [report["id"] for report in response.json()]


def resolve(actor, report_id: int) -> None:
    path = f"/api/auth/pets/locations/{report_id}/status/"
    assert actor.post(path, {"status": "resolved"}).status_code == 200


def test_the_lists_are_bare_arrays_of_open_reports_newest_first(owner, finder, stranger):
    lost, found = filed(owner)["id"], filed(finder, status="found")["id"]
    closed = filed(owner)["id"]
    resolve(owner, closed)
    assert ids(stranger.get(ALL)) == [found, lost]
    assert ids(stranger.get(LOST)) == [lost]
    assert ids(stranger.get(FOUND)) == [found]


def test_mine_are_those_i_filed_in_every_status(owner, finder):
    first, second = filed(owner)["id"], filed(owner)["id"]
    filed(finder)
    resolve(owner, first)
    assert ids(owner.get(MINE)) == [second, first]


def test_a_contact_address_does_not_make_a_report_mine(owner, stranger):
    report = filed(owner, contact_email="stranger@example.org")["id"]
    blank = filed(owner, contact_email="")["id"]
    assert ids(stranger.get(MINE)) == []
    for number in (report, blank):
        path = f"/api/auth/pets/locations/{number}/status/"
        assert stranger.post(path, {"status": "resolved"}).status_code == 404


# --- what a stranger learns -------------------------------------------------------------------------------------------


def test_a_stranger_sees_a_moved_point_and_nobodys_contact(owner, stranger, pet_of):
    pet = pet_of(owner)
    filed(owner, pet_id=pet.pk)
    seen = stranger.get(ALL).json()[0]
    for key in ("contact_name", "contact_phone", "contact_email", "animal_id", "owner_name"):
        assert seen[key] == "", key
    assert 199 < haversine_m(*PLACE, seen["latitude"], seen["longitude"]) < 401
    assert seen["latitude"] != PLACE[0]
    assert seen["longitude"] != PLACE[1]
    again = stranger.get(ALL).json()[0]
    assert (seen["latitude"], seen["longitude"]) == (again["latitude"], again["longitude"]), "averaging would locate it"
    assert (seen["animal_name"], seen["type"], seen["breed"], seen["category"]) == (
        "Milo",
        "Cats",
        "Tabby",
        "Domestic",
    )


def test_the_reporter_sees_the_exact_point_and_the_contact(owner):
    filed(owner)
    seen = owner.get(ALL).json()[0]
    assert (seen["latitude"], seen["longitude"]) == PLACE
    assert seen["contact_email"] == "ada@example.org"


def test_a_rule_may_show_somebody_else_the_point_but_never_the_contact(owner, finder, stranger, monkeypatch):
    monkeypatch.setattr(selectors, "_exact_point_rules", [])
    report, other = filed(owner)["id"], filed(owner)["id"]
    exact_point_rule_add(lambda viewer, reports: {report} if viewer == finder.user else set())
    seen = {card["id"]: card for card in finder.get(ALL).json()}
    assert (seen[report]["latitude"], seen[report]["longitude"]) == PLACE
    assert (seen[other]["latitude"], seen[other]["longitude"]) != PLACE
    assert seen[report]["contact_email"] == ""
    assert all((card["latitude"], card["longitude"]) != PLACE for card in stranger.get(ALL).json())


def test_a_deleted_pet_shows_neither_id_nor_tag_nor_photo_and_the_report_stays(owner, stranger, pet_of):
    pet = pet_of(owner)
    filed(owner, pet_id=pet.pk)
    assert stranger.get(ALL).json()[0]["image_url"] is not None
    owner.delete(f"/api/auth/pets/{pet.pk}/delete/")
    for actor in (owner, stranger):
        card = actor.get(ALL).json()[0]
        assert (card["pet"], card["animal_id"], card["image_url"]) == (None, "", None)
        assert (card["animal_name"], card["type"]) == ("Milo", "Cats")


# --- a part of the map ------------------------------------------------------------------------------------------------


def place(owner, latitude: float, longitude: float) -> int:
    return filed(owner, latitude=str(latitude), longitude=str(longitude))["id"]


def test_a_box_holds_what_lies_in_it(owner):
    delhi, paris = place(owner, *PLACE), place(owner, 48.85, 2.35)
    assert ids(owner.get(f"{ALL}?bbox=77,28,78,29")) == [delhi]
    assert ids(owner.get(f"{ALL}?bbox=-10,40,10,55")) == [paris]
    assert ids(owner.get(f"{LOST}?bbox=-180,-90,180,90")) == [paris, delhi]
    assert ids(owner.get(f"{FOUND}?bbox=-180,-90,180,90")) == []
    assert ids(owner.get(f"{ALL}?bbox=")) == [paris, delhi]


def test_a_box_may_cross_the_date_line(owner):
    fiji, samoa, delhi = place(owner, -17.8, 178.0), place(owner, -13.8, -172.1), place(owner, *PLACE)
    assert ids(owner.get(f"{ALL}?bbox=175,-20,-170,-10")) == [samoa, fiji]
    assert delhi not in ids(owner.get(f"{ALL}?bbox=175,-90,-170,90"))


def test_a_box_is_compared_with_the_public_point(owner, stranger):
    place(owner, *PLACE)
    south, west = PLACE[0] - 0.0005, PLACE[1] - 0.0005
    assert ids(stranger.get(f"{ALL}?bbox={west},{south},{west + 0.001},{south + 0.001}")) == []


@pytest.mark.parametrize(
    "box",
    ["1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "0,0,inf,1", "0,50,1,40", "-181,0,1,1", "0,-91,1,1", ",,,"],
)
def test_a_wrong_box_is_refused_with_a_sentence(owner, box):
    response = owner.get(f"{ALL}?bbox={box}")
    assert response.status_code == 400
    assert "west,south,east,north" in response.json()["detail"]


# --- bounds and queries -----------------------------------------------------------------------------------------------


def copies(report_id: int, count: int) -> None:
    """More reports like this one, without going through the throttle."""
    report = Report.objects.get(pk=report_id)
    for number in range(count):
        report.pk = None
        report._state.adding = True
        report.save()
        Report.objects.filter(pk=report.pk).update(reported_at=timezone.now() - timedelta(minutes=number))


@pytest.mark.parametrize("url", [ALL, LOST, f"{ALL}?bbox=77,28,78,29", MINE])
def test_a_list_takes_as_many_queries_for_thirty_as_for_one(owner, stranger, pet_of, picture, url):
    viewer = owner if url == MINE else stranger

    def queries_for(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(viewer.get(url).json()) == count
        return len(queries)

    filed(owner, pet_id=pet_of(owner).pk, image=picture())
    viewer.get(url)
    for_one = queries_for(1)
    for number in range(3):
        report = filed(owner, pet_id=pet_of(owner, name=f"Pet {number}").pk)["id"]
        copies(report, 9)
    assert queries_for(31) == for_one
    assert for_one <= 5


def test_a_list_ends_with_the_newest_five_hundred(owner, monkeypatch):
    assert selectors.NEWEST_LIMIT == paging.NEWEST_LIMIT == 500
    monkeypatch.setattr(selectors, "NEWEST_LIMIT", 5)
    first = filed(owner)["id"]
    Report.objects.filter(pk=first).update(reported_at=timezone.now() - timedelta(days=1))
    copies(filed(owner)["id"], 6)
    for url in (ALL, MINE):
        listed = ids(owner.get(url))
        assert len(listed) == 5
        assert first not in listed


def test_every_copy_of_the_place_is_indexed_at_its_own_resolution(owner):
    report = Report.objects.get(pk=filed(owner)["id"])
    for resolution in RESOLUTIONS:
        assert getattr(report, f"cell_r{resolution}") == cell_of(*PLACE, resolution)


# --- one report -------------------------------------------------------------------------------------------------------


def test_an_open_report_is_shown_to_everybody_without_private_things(owner, stranger):
    number = filed(owner)["id"]
    Report.objects.filter(pk=number).update(feature_error="No animal.", suggested_species="cat")
    mine, theirs = (actor.get(f"/api/v1/reports/{number}/").json() for actor in (owner, stranger))
    assert (mine["is_mine"], mine["feature_error"], mine["suggested_species"]) == (True, "No animal.", "cat")
    assert (theirs["is_mine"], theirs["feature_error"], theirs["suggested_species"]) == (False, "", "")
    assert theirs["contact_email"] == ""
    assert theirs["side"] == "lost"


def test_a_resolved_report_is_shown_to_its_people_only(owner, stranger):
    number = filed(owner)["id"]
    resolve(owner, number)
    assert owner.get(f"/api/v1/reports/{number}/").status_code == 200
    missing = stranger.get("/api/v1/reports/999999/")
    assert stranger.get(f"/api/v1/reports/{number}/").json() == missing.json()
    assert missing.status_code == 404
    assert owner.get(f"/api/v1/reports/{'9' * 30}/").status_code == 404

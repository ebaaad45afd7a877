"""GET /api/v1/map/: what everybody sees of open reports, filtered and counted, and never a true place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from animal.conftest import Actor
from animal.core.geo import destination, haversine_m
from animal.core.tests.lists import rows
from animal.reports import map_selectors
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
MAP = "/api/v1/map/"
REFUSED: list[dict[str, str]] = [
    *({"bbox": box} for box in ("1,2,3", "0,10,1,5", "nan,0,1,1", "-181,0,0,1")),
    *({"near": near} for near in ("48", "91,0", "0,inf", "a,b", "1,2,3")),
    *({"zoom": zoom} for zoom in ("23", "-1", "1.5")),
    *({"distance_km": km} for km in ("0", "nan", "1e9")),
    {"days": "0"},
    {"status": "resolved"},
    {"species": "unicorn"},
]


def placed(reporter: User | None, latitude: float, longitude: float, **fields: Any) -> Report:
    """Its true point lies 300 m north of the public one."""
    assert reporter is not None
    north = destination(latitude, longitude, 0, 300)
    report = rows.report(reporter, fields.pop("side", "lost"), of_pet=False, has_photo=False)
    points = {"public_latitude": latitude, "public_longitude": longitude, "latitude": north[0], "longitude": north[1]}
    Report.objects.filter(pk=report.pk).update(**{"species": "cat", **points, **fields})
    return Report.objects.get(pk=report.pk)


def ids(actor: Actor, **asked: Any) -> list[int]:
    answer = actor.get(MAP, data=asked)
    assert answer.status_code == 200, answer.content
    return [feature["properties"]["id"] for feature in answer.json()["features"]]


def test_the_filters_of_the_map_leave_what_they_say_and_nothing_else(anonymous: Actor, owner: Actor) -> None:
    cat = placed(owner.user, 48.1, 11.5)
    dog = placed(owner.user, 48.2, 11.5, side="found", species="dog")
    fiji = placed(owner.user, -17.0, 179.9)
    samoa = placed(owner.user, -17.0, -179.9)
    old = placed(owner.user, 48.1, 11.6, reported_at=timezone.now() - timedelta(days=40))
    assert set(ids(anonymous)) == {cat.pk, dog.pk, fiji.pk, samoa.pk, old.pk}
    assert ids(anonymous, status="found") == [dog.pk]
    assert ids(anonymous, species="dog", status="", days="") == [dog.pk], "blank fields of a form ask for nothing"
    assert old.pk not in ids(anonymous, days=30)
    assert old.pk in ids(anonymous, days=60)
    assert set(ids(anonymous, bbox="179,-18,-179,-16")) == {fiji.pk, samoa.pk}
    assert set(ids(anonymous, near="-17,180", distance_km=30)) == {fiji.pk, samoa.pk}
    # 0.1 degrees of latitude are 11.12 km.
    assert cat.pk not in ids(anonymous, near="48.2,11.5", distance_km=11.1)
    assert cat.pk in ids(anonymous, near="48.2,11.5", distance_km=11.2)
    # Where the two poles' meridians run together, distances across the pole count as well.
    pole = placed(owner.user, 89.9, 0.0)
    assert ids(anonymous, near="89.9,180", distance_km=30) == [pole.pk]
    assert ids(anonymous, near="89.9,180", distance_km=20) == []


def test_what_the_map_cannot_be_asked_is_said_in_a_sentence(anonymous: Actor) -> None:
    for asked in REFUSED:
        answer = anonymous.get(MAP, data=asked)
        assert (answer.status_code, [*answer.json()["errors"]]) == (400, [*asked]), asked


def test_close_reports_are_one_feature_whose_box_holds_them_and_the_numbers_are_true(
    anonymous: Actor, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = [placed(owner.user, 48.1 + n / 10_000, 11.5, side=side) for n, side in enumerate(("lost", "lost", "found"))]
    far = placed(owner.user, 52.5, 13.4)
    answer = anonymous.get(MAP, data={"zoom": 8, "bbox": "5,45,15,55"}).json()
    cluster, alone = answer["features"]
    assert (answer["total"], answer["is_whole"]) == (4, True)
    assert cluster["properties"] == {"count": 3, "lost": 2}
    assert alone["properties"]["id"] == far.pk
    assert set(ids(anonymous, bbox=",".join(map(str, cluster["bbox"])))) == {report.pk for report in near}
    assert len(anonymous.get(MAP, data={"zoom": 20, "bbox": "5,45,15,55"}).json()["features"]) == 4
    # Longitude 0 is a line of every grid: what lies on both of its sides is one cluster all the same.
    for longitude in (-0.001, 0.001):
        placed(owner.user, 51.5, longitude)
    (greenwich,) = anonymous.get(MAP, data={"zoom": 8, "bbox": "-1,51,1,52"}).json()["features"]
    assert (greenwich["properties"]["count"], len(ids(anonymous, bbox="-1,51,1,52"))) == (2, 2)
    Report.objects.filter(public_latitude=51.5).delete()
    monkeypatch.setattr(map_selectors, "MAX_FEATURES", 1)
    for asked in ({"zoom": 8}, {}):
        cut = anonymous.get(MAP, data=asked).json()
        assert (len(cut["features"]), cut["total"], cut["is_whole"]) == (1, 4, False)


def test_the_map_shows_no_true_place_no_private_pet_and_nothing_that_was_hidden(anonymous: Actor, owner: Actor) -> None:
    shown = placed(owner.user, 48.1, 11.5, contact_phone="+49 89 123456", pet_name="Milo 0171 2345678")
    private = rows.report(owner.user, of_pet=True)
    Report.objects.filter(pk=private.pk).update(public_latitude=48.1)
    private.pet.is_public = False
    private.pet.save()
    placed(owner.user, 48.1, 11.5, hidden_at=timezone.now())
    placed(owner.user, 48.1, 11.5, status="resolved")
    test_data = placed(owner.user, 48.1, 11.5, is_test=True)
    answer = anonymous.get(MAP)
    (feature,) = answer.json()["features"]
    longitude, latitude = feature["geometry"]["coordinates"]
    assert haversine_m(latitude, longitude, shown.latitude, shown.longitude) > 200
    assert (feature["properties"]["id"], feature["properties"]["name"]) == (shown.pk, "Milo …")
    assert feature["properties"]["url"].endswith(f"/lost/{shown.pk}")
    for secret in ("0171", "+49", "owner@", f"{shown.latitude:.5f}"):
        assert secret not in answer.content.decode()
    assert ids(anonymous, test="true") == [test_data.pk]
    Report.objects.filter(is_test=False).delete()
    assert ids(anonymous) == [test_data.pk], "a demo shows what it has"
    # Nothing of a cluster is finer than the public points that it is made of.
    assert anonymous.get(MAP, data={"zoom": 0}).json()["total"] == 1


def test_the_map_asks_the_database_as_often_for_many_reports_as_for_one(
    anonymous: Actor, owner: Actor, django_assert_num_queries: Any
) -> None:
    for shown in (1, 30):
        while Report.objects.count() < shown:
            rows.public_report(owner.user)
        with django_assert_num_queries(3):
            assert len(ids(anonymous)) == shown
        Report.objects.update(public_longitude=11)
        for report in Report.objects.all()[: shown // 2]:
            Report.objects.filter(pk=report.pk).update(public_longitude=report.pk % 170)
        with django_assert_num_queries(4):
            assert anonymous.get(MAP, data={"zoom": 8}).json()["total"] == shown


def test_a_cache_may_keep_the_map_and_asks_whether_it_still_holds(anonymous: Actor, owner: Actor) -> None:
    placed(owner.user, 48.1, 11.5)
    first = anonymous.get(MAP)
    assert first["Cache-Control"] == "public, max-age=60"
    assert anonymous.get(MAP, headers={"If-None-Match": first["ETag"]}).status_code == 304
    placed(owner.user, 48.1, 11.6)
    assert anonymous.get(MAP, headers={"If-None-Match": first["ETag"]}).status_code == 200

"""Who watches a place: the look-up by cells against measuring every area; and who is told of a report."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from accounts.models import User
from animal.alerts import services
from animal.alerts.models import AlertSubscription, Notification
from animal.alerts.selectors import areas_watching
from animal.alerts.services import Area, alert_area_watchers, alert_subscription_create
from animal.core.geo import destination, haversine_m
from animal.core.models import OutgoingMail

PLACES = {
    "Delhi": (28.6139, 77.209),
    "the equator at the date line": (0.01, 179.999),
    "Fiji, east of the date line": (-16.8, -179.98),
    "Chukotka": (68.0, 180.0),
    "near the North Pole": (89.6, 30.0),
    "the North Pole": (90.0, 0.0),
    "the South Pole": (-90.0, 120.0),
    "a pentagon's centre": (64.7, 10.536),  # H3 has twelve cells with five neighbours; the grid is bent around them.
    "another pentagon": (-3.29, -58.46) ,
}  # fmt: skip


def watch(user: User, lat: float, lon: float, radius_km: float, **extra: object) -> AlertSubscription:
    return alert_subscription_create(
        actor=user, area=Area(center_lat=lat, center_lon=lon, radius_km=radius_km, **extra)
    )


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_the_cells_find_exactly_whom_measuring_every_area_finds(place, db, monkeypatch):
    monkeypatch.setattr(services, "MAX_AREAS_PER_USER", 1000)
    drawn = random.Random(place)
    users = [
        User.objects.create_user(username=f"u{i}", email=f"u{i}@example.org", email_verified_at=timezone.now())
        for i in range(40)
    ]
    lat, lon = PLACES[place]
    areas = []
    for user in users:
        for _ in range(4):
            radius = drawn.choice([0.1, 1.0, 2.0, 2.01, 5.0, 19.9, 20.0, 60.0, 100.0])
            # Centres just inside and just outside of their radius are where a look-up by cells could fail.
            distance = radius * 1000 * drawn.choice([0.0, 0.5, 0.9, 0.999, 1.001, 1.3])
            centre = destination(lat, lon, drawn.uniform(0, 360), distance)
            side = drawn.choice(["", "lost", "found"])
            areas.append(watch(user, *centre, radius, status_filter=side))
    for _ in range(12):
        point = destination(lat, lon, drawn.uniform(0, 360), drawn.choice([0, 50, 500, 3000]))
        expected = {
            area.user_id
            for area in areas
            if area.status_filter in ("", "lost")
            and haversine_m(*point, area.center_lat, area.center_lon) <= area.radius_km * 1000
        }
        found = {w.user_id for w in areas_watching(latitude=point[0], longitude=point[1], status="lost")}
        assert found == expected
    assert expected, "the places are drawn so that somebody watches"


def test_the_lookup_takes_one_query_per_band_however_many_watch(owner, stranger, django_assert_num_queries):
    watch(owner.user, 28.6, 77.2, 5)
    with django_assert_num_queries(4):
        areas_watching(latitude=28.6, longitude=77.2, status="lost")
    for _ in range(9):
        watch(stranger.user, 28.6, 77.2, 50)
    with django_assert_num_queries(4):
        assert len(areas_watching(latitude=28.6, longitude=77.2, status="lost")) == 10


def test_a_person_with_overlapping_areas_is_told_once_of_the_smallest(owner):
    watch(owner.user, 28.6, 77.2, 90, label="City")
    watch(owner.user, 28.6, 77.2, 4, label="Street")
    assert tell() == 1
    assert "Street" in Notification.objects.get().description


def test_paused_areas_and_closed_accounts_are_left_out(owner, stranger):
    watch(owner.user, 28.6, 77.2, 5, is_active=False)
    watch(stranger.user, 28.6, 77.2, 5)
    User.objects.filter(pk=stranger.user.pk).update(is_active=False)
    assert areas_watching(latitude=28.6, longitude=77.2, status="lost") == []


def tell(**changes: object) -> int:
    facts = {
        "report_id": 7,
        "side": "lost",
        "latitude": 28.6,
        "longitude": 77.2,
        "exclude_user_ids": (),
        "animal_name": "Milo",
        "target_id": None,
        "is_test": False,
        "link": "/lost/7",
    }
    return alert_area_watchers(**{**facts, **changes})


def test_each_watcher_is_told_once_however_often_it_runs(owner, stranger):
    for person in (owner, stranger):
        watch(person.user, 28.6, 77.2, 5, label="Home")
    assert tell() == 2
    assert tell() == 0
    told = Notification.objects.get(recipient=owner.user)
    assert told.verb == "nearby_alert"
    assert "Milo" in told.description
    assert "Home" in told.description
    assert OutgoingMail.objects.count() == 2
    assert all("/lost/7" in mail.text for mail in OutgoingMail.objects.all())


def test_those_excluded_are_not_told(owner, stranger):
    for person in (owner, stranger):
        watch(person.user, 28.6, 77.2, 5)
    assert tell(exclude_user_ids={owner.user.pk}) == 1
    assert Notification.objects.get().recipient == stranger.user


@pytest.mark.parametrize(("is_test", "who"), [(False, "owner"), (True, "stranger")])
def test_test_reports_reach_test_accounts_only_and_real_ones_real_accounts(owner, stranger, is_test, who):
    User.objects.filter(pk=stranger.user.pk).update(is_test=True)
    for person in (owner, stranger):
        watch(person.user, 28.6, 77.2, 5)
    assert tell(is_test=is_test) == 1
    assert Notification.objects.get().recipient.email == f"{who}@example.org"


def test_an_area_is_widened_by_what_the_public_point_may_be_off(owner):
    watch(owner.user, 28.6, 77.2, 1)
    just_outside = destination(28.6, 77.2, 90, 1390)
    well_outside = destination(28.6, 77.2, 90, 1410)
    assert tell(latitude=well_outside[0], longitude=well_outside[1]) == 0
    assert tell(latitude=just_outside[0], longitude=just_outside[1]) == 1


def test_many_watchers_are_told_in_steps(owner, finder, stranger, monkeypatch):
    monkeypatch.setattr(services, "WATCHERS_PER_STEP", 2)
    for person in (owner, finder, stranger):
        watch(person.user, 28.6, 77.2, 5)
    assert [tell(), tell(), tell()] == [2, 1, 0]

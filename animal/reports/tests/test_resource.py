"""Reports as a resource: listed, filed with several photos, changed, deleted, and their timeline."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from animal.alerts.models import Notification
from animal.alerts.services import ERASED_AT_A_TIME, Area, alert_subscription_create
from animal.conftest import Actor
from animal.core.geo import BLUR_MAX_M, BLUR_MIN_M, haversine_m, initial_bearing, moved_alike
from animal.core.models import BackgroundTask
from animal.images.models import Image
from animal.images.tests.stored import answer_at, names_stored
from animal.reports.models import Report, ReportEvent
from animal.reports.tests.conftest import PLACE, filed, form

URL = "/api/v1/reports/"


def at(report: dict[str, Any], *rest: str) -> str:
    return "/".join([f"{URL}{report['id']}", *rest]) + "/"


def file_with(actor: Actor, picture: Any, count: int, **changes: Any) -> Any:
    photos = [picture(color=(10 * number, 90, 60)) for number in range(count)]
    return actor.multipart(URL, form(photos=photos, **changes))


def edit(actor: Actor, report: dict[str, Any], **changes: Any) -> Any:
    return actor.client.patch(at(report), changes, format="json")


def timeline(actor: Actor, report: dict[str, Any]) -> list[str]:
    return [event["what"] for event in actor.get(at(report, "timeline")).json()]


# --- filing and photos ------------------------------------------------------------------------------------------------


def test_a_report_is_filed_with_several_photos_in_their_order(owner: Actor, finder: Actor, picture: Any) -> None:
    answer = file_with(owner, picture, 3)
    assert answer.status_code == 201, answer.content
    report = answer.json()
    assert len(report["photos"]) == 3
    assert report["image_url"] == report["photos"][0]["url"]
    assert finder.get(at(report)).json()["photos"] == report["photos"]
    for photo in report["photos"]:
        assert answer_at(photo["url"])[0] == 200


def test_a_report_needs_no_photo(owner: Actor) -> None:
    answer = owner.post(URL, form(photos=None), format="json")
    assert (answer.status_code, answer.json()["photos"]) == (201, [])


def test_a_report_has_ten_photos_at_most_however_they_come(owner: Actor, picture: Any) -> None:
    assert file_with(owner, picture, 11).status_code == 400
    report = file_with(owner, picture, 9).json()
    two = {"photos": [picture(), picture()]}
    assert owner.multipart(at(report, "photos"), two).status_code == 400
    assert Image.objects.count() == 9, "all are added or none"
    answer = owner.multipart(at(report, "photos"), {"photos": [picture()]})
    assert (answer.status_code, len(answer.json()["photos"])) == (201, 10)


def test_a_photo_added_later_is_read_by_the_worker(owner: Actor, picture: Any) -> None:
    report = filed(owner)
    BackgroundTask.objects.all().delete()
    owner.multipart(at(report, "photos"), {"photos": [picture()]})
    assert BackgroundTask.objects.filter(name__endswith="extract_location_features").exists()
    assert Report.objects.get().feature_status == "pending"


def test_the_next_photo_takes_the_place_of_a_first_one_that_is_removed(owner: Actor, picture: Any) -> None:
    report = file_with(owner, picture, 3).json()
    first, second, third = report["photos"]
    assert owner.delete(at(report, "photos", first["id"])).status_code == 204
    shown = owner.get(at(report)).json()
    assert ([photo["id"] for photo in shown["photos"]], shown["image_url"]) == (
        [second["id"], third["id"]],
        second["url"],
    )
    assert not Image.objects.filter(pk=first["id"]).exists()
    owner.delete(at(report, "photos", second["id"]))
    owner.delete(at(report, "photos", third["id"]))
    shown = owner.get(at(report)).json()
    assert (shown["photos"], shown["image_url"], shown["feature_status"]) == ([], None, "completed")


def test_photos_are_the_reporters_alone_to_change(owner: Actor, stranger: Actor, picture: Any) -> None:
    report = file_with(owner, picture, 1).json()
    missing = stranger.delete(f"{URL}999999/photos/{report['photos'][0]['id']}/")
    denied = stranger.delete(at(report, "photos", report["photos"][0]["id"]))
    assert (denied.status_code, denied.content) == (404, missing.content)
    assert stranger.multipart(at(report, "photos"), {"photos": [picture()]}).status_code == 404
    other = file_with(owner, picture, 1).json()
    assert owner.delete(at(report, "photos", other["photos"][0]["id"])).status_code == 404
    assert Image.objects.count() == 2


def test_a_retried_filing_creates_nothing_twice(owner: Actor, picture: Any) -> None:
    body = form(photos=None)
    first, second = (owner.client.post(URL, body, format="json", headers={"Idempotency-Key": "k-1"}) for _ in range(2))
    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == second.json()
    assert Report.objects.count() == 1


# --- editing ----------------------------------------------------------------------------------------------------------


def test_the_reporter_changes_what_it_says(owner: Actor) -> None:
    report = filed(owner)
    answer = edit(owner, report, description="With a red collar", animal_name="Mila", last_seen_date=None)
    assert answer.status_code == 200, answer.content
    shown = owner.get(at(report)).json()
    assert (shown["description"], shown["animal_name"], shown["last_seen_date"]) == ("With a red collar", "Mila", None)
    assert (shown["breed"], shown["contact_name"], shown["status"]) == ("Tabby", "Ada", "lost")
    assert timeline(owner, report) == ["filed", "edited"]


def test_an_edit_that_changes_nothing_leaves_no_trace(owner: Actor) -> None:
    report = filed(owner)
    assert edit(owner, report, description=report["description"]).status_code == 200
    assert timeline(owner, report) == ["filed"]


@pytest.mark.parametrize(
    "change",
    [
        {"latitude": 91},
        {"animal_name": "<b>"},
        {"category": "Spaceship"},
        {"last_seen_date": "2999-01-01"},
        {"description": "x" * 5000},
        {"longitude": "NaN"},
    ],
)
def test_what_filing_refuses_editing_refuses(owner: Actor, change: dict[str, Any]) -> None:
    report = filed(owner)
    before = Report.objects.values().get()
    assert edit(owner, report, **change).status_code == 400
    assert Report.objects.values().get() == before


def test_neither_side_nor_status_nor_owner_can_be_edited(owner: Actor, finder: Actor) -> None:
    report = filed(owner)
    before = Report.objects.values().get()
    answer = edit(owner, report, status="resolved", side="found", reporter=finder.user.pk, description="Other")
    assert (answer.status_code, sorted(answer.json()["errors"])) == (400, ["reporter", "side", "status"])
    assert "/api/auth/pets/locations/<id>/status/" in answer.json()["errors"]["status"][0]
    assert Report.objects.values().get() == before


def test_the_public_point_moves_exactly_as_the_true_one(owner: Actor, stranger: Actor) -> None:
    """Fresh random offsets would average to the truth."""
    report = filed(owner)
    row = Report.objects.get()
    offset = haversine_m(row.latitude, row.longitude, row.public_latitude, row.public_longitude)
    bearing = initial_bearing(row.latitude, row.longitude, row.public_latitude, row.public_longitude)
    for number in range(1, 6):
        edit(owner, report, latitude=PLACE[0] + number / 100, longitude=PLACE[1] - number / 100)
        row.refresh_from_db()
        now = haversine_m(row.latitude, row.longitude, row.public_latitude, row.public_longitude)
        assert now == pytest.approx(offset, abs=0.01)
        assert initial_bearing(row.latitude, row.longitude, row.public_latitude, row.public_longitude) == pytest.approx(
            bearing, abs=0.001
        )
    seen = stranger.get(at(report)).json()
    assert (seen["latitude"], seen["longitude"]) == (row.public_latitude, row.public_longitude)
    assert BLUR_MIN_M - 1 <= offset <= BLUR_MAX_M + 1


@pytest.mark.parametrize("start", [(0.0, 0.0), (89.9, 10.0), (-33.0, 179.999)])
def test_a_point_keeps_distance_and_bearing_anywhere(start: tuple[float, float]) -> None:
    end = (start[0] - 0.5, start[1])
    point = moved_alike((start[0] + 0.002, start[1]), start=start, end=end)
    assert haversine_m(*end, *point) == pytest.approx(haversine_m(*start, start[0] + 0.002, start[1]), abs=0.01)


def test_those_who_watch_the_new_place_are_told_and_nobody_twice(
    owner: Actor, finder: Actor, stranger: Actor, work_off: Any
) -> None:
    far = (PLACE[0] + 1, PLACE[1] + 1)
    for actor, place in ((finder, PLACE), (stranger, far)):
        area = Area(center_lat=place[0], center_lon=place[1], radius_km=5)
        alert_subscription_create(actor=actor.user, area=area)
    report = filed(owner)
    work_off()
    edit(owner, report, latitude=far[0], longitude=far[1])
    work_off()
    edit(owner, report, latitude=PLACE[0], longitude=PLACE[1])
    work_off()
    told = Notification.objects.filter(verb="nearby_alert")
    assert sorted(told.values_list("recipient", flat=True)) == sorted([finder.user.pk, stranger.user.pk])


def test_what_a_report_says_of_a_registered_pet_is_changed_at_the_pet(owner: Actor, pet_of: Any) -> None:
    report = filed(owner, pet_id=pet_of(owner).pk)
    assert edit(owner, report, breed="Siamese").json()["code"] == "pet_says"
    assert edit(owner, report, description="With a collar").status_code == 200


def test_only_who_filed_it_edits_or_deletes(owner: Actor, stranger: Actor, moderator: Actor, anonymous: Actor) -> None:
    report = filed(owner)
    for actor in (stranger, moderator):
        missing = actor.client.patch(f"{URL}999999/", {"description": "x"}, format="json")
        denied = edit(actor, report, description="x")
        assert (denied.status_code, denied.content) == (404, missing.content)
        assert actor.delete(at(report)).status_code == 404
        assert actor.get(at(report, "timeline")).status_code == 404
    assert (edit(anonymous, report, description="x").status_code, anonymous.delete(at(report)).status_code) == (
        401,
        401,
    )
    assert Report.objects.get().description == report["description"]


# --- deleting ---------------------------------------------------------------------------------------------------------


def test_a_deleted_report_is_gone_with_its_photos_and_what_watchers_were_told(
    owner: Actor, finder: Actor, picture: Any, work_off: Any, django_capture_on_commit_callbacks: Any
) -> None:
    before = names_stored()
    alert_subscription_create(actor=finder.user, area=Area(center_lat=PLACE[0], center_lon=PLACE[1], radius_km=5))
    report = file_with(owner, picture, 2).json()
    work_off()
    (told,) = Notification.objects.filter(recipient=finder.user)
    key = told.dedupe_key.rpartition(":")[0]
    others = [Notification(recipient=finder.user, verb=told.verb, dedupe_key=f"{key}:{n}") for n in range(-700, 0)]
    Notification.objects.bulk_create(others)
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.delete(at(report)).status_code == 204
    left = Notification.objects.filter(recipient=finder.user).count()
    assert left == 701 - ERASED_AT_A_TIME, "no request waits for all of them"
    work_off()
    assert finder.get(at(report)).status_code == 404
    assert owner.delete(at(report)).status_code == 404
    assert (Report.objects.count(), ReportEvent.objects.count(), Image.objects.count()) == (0, 0, 0)
    assert names_stored() == before
    assert finder.get("/api/auth/notifications/").json()["notifications"] == []


def test_a_pet_is_home_when_its_lost_report_is_deleted_unless_another_says_otherwise(owner: Actor, pet_of: Any) -> None:
    pet = pet_of(owner)
    first, second = (filed(owner, pet_id=pet.pk) for _ in range(2))
    owner.delete(at(first))
    pet.refresh_from_db()
    assert pet.is_lost
    owner.delete(at(second))
    pet.refresh_from_db()
    assert not pet.is_lost


def test_a_photo_that_a_pet_shows_as_well_stays(owner: Actor, picture: Any) -> None:
    report = filed(owner, image=picture(), register_pet="true")
    assert owner.delete(at(report)).status_code == 204
    assert Image.objects.count() == 1
    assert owner.get("/api/auth/profile/").json()["pets"][0]["images"]


# --- list and timeline ------------------------------------------------------------------------------------------------


def test_the_list_pages_newest_first_and_moves_points(owner: Actor, stranger: Actor) -> None:
    ids = [filed(owner)["id"] for _ in range(3)]
    page = stranger.get(f"{URL}?page_size=2").json()
    assert [report["id"] for report in page["results"]] == ids[:0:-1]
    rest = stranger.get(page["next"]).json()
    assert ([report["id"] for report in rest["results"]], rest["next"]) == (ids[:1], None)
    assert (page["results"][0]["latitude"], page["results"][0]["contact_phone"]) != PLACE
    assert page["results"][0]["contact_phone"] == ""


def test_the_list_can_be_narrowed(owner: Actor, finder: Actor) -> None:
    lost, found = filed(owner), filed(finder, status="found", latitude="48.1", longitude="11.5")
    owner.post(f"/api/auth/pets/locations/{lost['id']}/status/", {"status": "resolved"})

    def ids(actor: Actor, query: str) -> list[int]:
        return [report["id"] for report in actor.get(f"{URL}?{query}").json()["results"]]

    assert (ids(finder, ""), ids(finder, "status=lost"), ids(finder, "status=resolved")) == ([found["id"]], [], [])
    assert (ids(owner, "mine=true"), ids(owner, "mine=true&status=lost")) == ([lost["id"]], [])
    assert (ids(owner, "bbox=11,48,12,49"), ids(owner, "bbox=70,20,80,30")) == ([found["id"]], [])
    assert finder.get(f"{URL}?status=nonsense").status_code == 400
    assert finder.get(f"{URL}?bbox=1,2").status_code == 400


def test_unproven_and_hidden_reports_are_in_nobody_elses_list(owner: Actor, unverified: Actor, stranger: Actor) -> None:
    filed(unverified)
    hidden = filed(owner)
    Report.objects.filter(pk=hidden["id"]).update(hidden_at=timezone.now())
    assert stranger.get(URL).json()["results"] == []
    assert len(unverified.get(f"{URL}?mine=true").json()["results"]) == 1


@pytest.mark.parametrize("query", ["", "mine=true"])
def test_the_list_takes_as_many_queries_for_many_as_for_one(
    owner: Actor, stranger: Actor, pet_of: Any, picture: Any, query: str
) -> None:
    viewer = owner if query else stranger
    taken = []
    for count in (1, 9):
        while Report.objects.count() < count:
            number = Report.objects.count()
            filed(owner, pet_id=pet_of(owner, name=f"Pet {number}").pk, image=picture())
        with CaptureQueriesContext(connection) as queries:
            assert len(viewer.get(f"{URL}?{query}").json()["results"]) == count
        taken.append(len(queries))
    assert taken[0] == taken[1], taken


def test_the_timeline_tells_the_case_and_names_nobody(owner: Actor, finder: Actor, moderator: Actor) -> None:
    report = filed(owner)
    edit(owner, report, description="With a collar")
    status = f"/api/auth/pets/locations/{report['id']}/status/"
    for wanted in ("resolved", "lost"):
        owner.post(status, {"status": wanted})
    moderator.post("/api/v1/moderation/hide/", {"kind": "report", "id": str(report["id"])})
    moderator.post("/api/v1/moderation/unhide/", {"kind": "report", "id": str(report["id"])})
    events = owner.get(at(report, "timeline")).json()
    assert [(event["what"], event["by"]) for event in events] == [
        ("filed", "me"),
        ("edited", "me"),
        ("resolved", "me"),
        ("reopened", "me"),
        ("hidden", "staff"),
        ("shown", "staff"),
    ]
    assert events[1]["sentence"] == "Changed: description."
    assert "collar" not in str(events)
    assert "Moderator" not in str(events)
    assert finder.get(at(report, "timeline")).status_code == 404


def test_every_event_has_a_sentence() -> None:
    from animal.reports.timeline import SENTENCES

    assert set(SENTENCES) == set(ReportEvent.What)


def test_a_date_can_be_cleared_by_a_form_too(owner: Actor) -> None:
    report = filed(owner)
    assert Report.objects.get().last_seen_date == date(2026, 1, 2)
    answer = owner.client.patch(at(report), {"last_seen_date": ""}, format="multipart")
    assert (answer.status_code, answer.json()["last_seen_date"]) == (200, None)

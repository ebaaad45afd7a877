"""People who watch a place hear of a report there, with or without recognition."""

from __future__ import annotations

import pytest

from accounts.models import User
from animal.alerts import services as alerts
from animal.alerts.models import Notification
from animal.core.geo import haversine_m
from animal.core.models import BackgroundTask, OutgoingMail
from animal.core.tasks import task_enqueue
from animal.reports.models import Report
from animal.reports.tasks import run_nearby_alerts
from animal.reports.tests.conftest import PLACE, filed


def watch(actor, **changes) -> None:
    area = {"label": "Home", "center_lat": PLACE[0], "center_lon": PLACE[1], "radius_km": 5, "status_filter": ""}
    assert actor.post("/api/auth/alerts/", area | changes).status_code == 201


def alerts_of(actor) -> list[dict]:
    body = actor.get("/api/auth/notifications/").json()
    return [n for n in body["notifications"] if n["verb"] == "nearby_alert"]


def test_a_watcher_hears_of_a_report_once_by_notification_and_mail(owner, stranger, work_off):
    watch(stranger)
    watch(stranger, radius_km=50)
    number = filed(owner)["id"]
    work_off()
    task_enqueue(run_nearby_alerts, number)
    work_off()
    [alert] = alerts_of(stranger)
    assert "Milo was reported lost" in alert["description"]
    assert alert["link"] == f"/lost/{number}"
    mail = OutgoingMail.objects.get()
    assert mail.to_email == "stranger@example.org"
    assert mail.sent_at is not None


def test_the_alert_needs_no_photo_and_no_model(owner, stranger, work_off, settings, tmp_path, picture):
    (tmp_path / "file").touch()
    settings.MODEL_DIR = tmp_path / "file" / "models"
    watch(stranger)
    filed(owner)
    filed(owner, image=picture())
    work_off()
    assert len(alerts_of(stranger)) == 2


def test_a_watcher_just_inside_the_area_always_hears_although_the_public_point_lies_outside(owner, stranger, work_off):
    watch(stranger, radius_km=0.1)
    for _ in range(8):
        filed(owner)
    work_off()
    assert len(alerts_of(stranger)) == 8


def test_who_hears_follows_from_the_public_point_and_tells_nothing_of_the_true_one(owner, finder, stranger, work_off):
    """From the answers to small areas around somebody's home the true place could be found."""
    report = Report.objects.get(pk=filed(owner)["id"])
    moved_by = haversine_m(*PLACE, report.public_latitude, report.public_longitude)
    step = 350 / moved_by
    north, east = report.public_latitude - PLACE[0], report.public_longitude - PLACE[1]
    # The first area reaches the true point but not the public one, the second the public one only.
    watch(finder, radius_km=0.1, center_lat=PLACE[0] - step * north, center_lon=PLACE[1] - step * east)
    beyond = {"center_lat": report.public_latitude + step * north, "center_lon": report.public_longitude + step * east}
    watch(stranger, radius_km=0.1, **beyond)
    work_off()
    assert (len(alerts_of(finder)), len(alerts_of(stranger))) == (0, 1)


def test_nobody_hears_from_afar_or_of_the_other_side_or_of_their_own(owner, finder, stranger, work_off):
    watch(owner)
    watch(stranger, center_lat=PLACE[0] + 0.1)
    watch(finder, status_filter="found")
    filed(owner)
    work_off()
    assert [alerts_of(actor) for actor in (owner, finder, stranger)] == [[], [], []]


def test_the_owner_of_the_pet_is_not_alerted_when_somebody_else_reports_it(owner, finder, pet_of, work_off):
    watch(owner)
    number = filed(finder, status="found")["id"]
    Report.objects.filter(pk=number).update(pet=pet_of(owner))
    work_off()
    assert alerts_of(owner) == []


@pytest.mark.parametrize(("reporter_is_test", "hears"), [(True, 0), (False, 1)])
def test_real_people_hear_nothing_of_test_reports(owner, stranger, work_off, reporter_is_test, hears):
    User.objects.filter(pk=owner.user.pk).update(is_test=reporter_is_test)
    watch(stranger)
    filed(owner)
    work_off()
    assert len(alerts_of(stranger)) == hears


def test_a_report_resolved_meanwhile_alerts_nobody(owner, stranger, work_off):
    watch(stranger)
    number = filed(owner)["id"]
    owner.post(f"/api/auth/pets/locations/{number}/status/", {"status": "resolved"})
    work_off()
    assert alerts_of(stranger) == []


def test_a_nameless_animal_is_called_by_its_species(finder, stranger, work_off):
    watch(stranger, label="")
    filed(finder, status="found", animal_name="N/A", type="Dogs")
    work_off()
    [alert] = alerts_of(stranger)
    assert alert["description"].startswith("A dog was reported found in an area that you watch.")


def test_very_many_watchers_are_told_in_several_steps_by_one_worker(owner, finder, stranger, work_off, monkeypatch):
    monkeypatch.setattr(alerts, "WATCHERS_PER_STEP", 1)
    for actor in (finder, stranger):
        watch(actor)
    filed(owner)
    work_off()
    assert Notification.objects.filter(verb="nearby_alert").count() == 2
    assert BackgroundTask.objects.get(name__endswith="run_nearby_alerts").state == BackgroundTask.State.DONE

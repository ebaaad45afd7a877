"""The areas that one watches, and what one was told, on pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from animal.alerts.models import AlertSubscription, Notification
from animal.alerts.services import MAX_AREAS_PER_USER, notification_create
from animal.conftest import Actor
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

HERE = {"latitude": "28.6139", "longitude": "77.2090", "radius_km": "5", "status_filter": "", "label": "Home"}


@pytest.fixture
def area(browser: Client) -> AlertSubscription:
    assert browser.post("/alerts", HERE).status_code == 302
    return AlertSubscription.objects.get()


def said(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


# --- areas ------------------------------------------------------------------------------------------------------------


def test_who_watches_an_area_is_told_of_what_is_reported_there_and_nobody_else(
    browser: Client, area: AlertSubscription, finder: Actor, stranger: Actor, work_off: Any
) -> None:
    browser_of(stranger).post("/alerts", {**HERE, "latitude": "48.1", "longitude": "11.5"})
    browser_of(finder).post("/report", {**FORM, "last_seen_date": "2026-01-05"})
    work_off()
    assert "in the area “Home” that you watch" in said(browser.get("/notifications"))
    assert "There is no news yet" in said(browser_of(stranger).get("/notifications"))


def test_a_pasted_place_is_watched_and_shown_with_its_name(browser: Client) -> None:
    assert "You watch no area yet" in said(browser.get("/alerts"))
    form = {**HERE, "latitude": "48.137154, 11.576124", "longitude": "", "status_filter": "lost"}
    assert "You watch this area" in said(browser.post("/alerts", form, follow=True))
    area = AlertSubscription.objects.get()
    assert (area.center_lat, area.center_lon, area.radius_km) == (48.137154, 11.576124, 5.0)
    page = said(browser.get("/alerts"))
    assert "Around 48.13715, 11.57612" in page
    assert '<option value="lost" selected>' in page


def test_what_is_wrong_with_an_area_stands_next_to_its_field(browser: Client) -> None:
    answer = browser.post("/alerts", {**HERE, "latitude": "91", "label": "My street"})
    page = said(answer)
    assert (answer.status_code, AlertSubscription.objects.count()) == (400, 0)
    assert 'id="latitude-error"' in page
    assert 'value="My street"' in page


def test_how_far_an_area_reaches_is_changed_and_it_is_switched_off(browser: Client, area: AlertSubscription) -> None:
    path = f"/alerts/{area.pk}"
    browser.post(path, {"radius_km": "50", "status_filter": "found", "is_active": "false"})
    area.refresh_from_db()
    assert (area.radius_km, area.status_filter, area.is_active, area.label) == (50, "found", False, "Home")
    assert ">Off</span>" in said(browser.get("/alerts"))
    refused = browser.post(path, {"radius_km": "9000"})
    assert (refused.status_code, "Radius: " in said(refused)) == (400, True)
    AlertSubscription.objects.update(radius_km=7.5)
    assert '<option value="7.5" selected>7.5 km' in said(browser.get("/alerts")), "what another client set can stay"


def test_an_area_is_removed_and_no_one_elses_is_touched(
    browser: Client, area: AlertSubscription, stranger: Actor
) -> None:
    other = browser_of(stranger)
    assert "<article" in said(browser.get("/alerts"))
    assert "<article" not in said(other.get("/alerts"))
    assert other.post(f"/alerts/{area.pk}", {"radius_km": "1"}).status_code == 404
    other.post(f"/alerts/{area.pk}/remove")
    assert AlertSubscription.objects.get().radius_km == 5
    assert browser.post(f"/alerts/{area.pk}/remove")["Location"] == "/alerts"
    assert AlertSubscription.objects.count() == 0


def test_no_more_areas_than_one_may_watch_and_a_form_sent_twice_is_one(browser: Client, person: User) -> None:
    for _ in range(2):
        browser.post("/alerts", {**HERE, "csrfmiddlewaretoken": "t" * 64})
    assert AlertSubscription.objects.count() == 1
    for number in range(1, MAX_AREAS_PER_USER):
        browser.post("/alerts", {**HERE, "label": str(number)})
    answer = browser.post("/alerts", {**HERE, "label": "one more"})
    assert (answer.status_code, AlertSubscription.objects.count()) == (400, MAX_AREAS_PER_USER)
    assert "as many as one may watch" in said(answer)


# --- what one was told ------------------------------------------------------------------------------------------------


def told(person: User, key: str, link: str = "") -> Notification:
    notification_create(
        recipient_id=person.pk, verb="auto_match", description=f"About {key}", dedupe_key=key, link=link
    )
    return Notification.objects.get(dedupe_key=key)


def test_opening_news_marks_it_as_read_and_leads_where_it_is_about(browser: Client, person: User) -> None:
    news = told(person, "Milo", link="/pet/map")
    assert said(browser.get("/notifications")).count(">New</span>") == 1
    assert browser.post(f"/notifications/{news.pk}")["Location"] == "/pet/map"
    page = said(browser.get("/notifications"))
    assert ">New</span>" not in page
    assert "About Milo" in page


def test_news_leads_nowhere_else(browser: Client, person: User) -> None:
    assert browser.post(f"/notifications/{told(person, 'x', link='//evil.example').pk}")["Location"] == "/"
    assert browser.post(f"/notifications/{told(person, 'y').pk}")["Location"] == "/notifications"


def test_all_news_is_marked_as_read_at_once_and_only_ones_own(browser: Client, person: User, stranger: Actor) -> None:
    assert stranger.user is not None
    for key in ("Milo", "Rex"):
        told(person, key)
    theirs = told(stranger.user, "Kim")
    assert "Mark all 2 as read" in said(browser.get("/notifications"))
    assert browser.post(f"/notifications/{theirs.pk}").status_code == 404
    browser.post("/notifications/read")
    assert "Mark all" not in said(browser.get("/notifications"))
    theirs.refresh_from_db()
    assert not theirs.is_read
    assert "Kim" not in said(browser.get("/notifications"))


def test_news_and_areas_are_for_who_is_signed_in(client: Client) -> None:
    for path in ("/alerts", "/notifications"):
        assert client.get(path)["Location"] == f"/sign-in?next={path}"

"""Changing and deleting a report of one's own on pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from animal.chat.models import Message
from animal.chat.services import conversation_open
from animal.conftest import Actor
from animal.core.tests.lists import rows
from animal.images.models import Image
from animal.reports.models import Report
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(owner: Actor, picture: Callable[..., Any]) -> Report:
    form = {**FORM, "status": "lost", "animal_name": "Milo", "last_seen_date": "2026-01-05", "image": picture()}
    assert browser_of(owner).post("/report", form).status_code == 302
    return Report.objects.get()


def said(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def typed_on(page: str) -> dict[str, str]:
    """What a browser would send of the form as it stands, but for lists and tokens."""
    form = page.split('enctype="multipart/form-data" data-photos')[0]
    fields = re.findall(r'<input[^>]*\bname="(\w+)"[^>]*\bvalue="([^"]*)"', form)
    words = re.search(r'<textarea[^>]*name="description"[^>]*>([^<]*)<', form)
    known = {name: value for name, value in fields if name not in ("colours", "csrfmiddlewaretoken", "language")}
    return {**known, "type": "Cats", "description": words[1] if words else ""}


def test_words_place_and_time_are_changed_and_what_others_see_follows(
    owner: Actor, client: Client, report: Report
) -> None:
    browser, path = browser_of(owner), f"/reports/{report.pk}/edit"
    assert f'href="{path}"' in said(browser.get(f"/reports/{report.pk}"))
    page = said(browser.get(path))
    assert ("Where and when was it seen last?" in page, ">Its name<" in page) == (True, True), "not as of a stranger's"
    form = typed_on(page)
    assert (form["latitude"], form["last_seen_date"], form["animal_name"]) == ("28.6139", "2026-01-05", "Milo")
    unchanged = browser.post(path, form)
    assert (unchanged.status_code, report.events.filter(what="edited").count()) == (302, 0)
    form = {**form, "latitude": "28.7, 77.1", "longitude": "", "last_seen_time": "18:30", "description": "Shy",
            "sex": "male", "colours": ["", "grey"], "breed": ""}  # fmt: skip
    answer = browser.post(path, form, follow=True)
    assert (answer.redirect_chain, "is kept" in said(answer)) == ([(f"/reports/{report.pk}", 302)], True)
    before = report.public_latitude - report.latitude
    report.refresh_from_db()
    assert (report.latitude, report.longitude, f"{report.last_seen_time}") == (28.7, 77.1, "18:30:00")
    assert (report.sex, report.colours, report.pet_breed) == ("male", ["grey"], "Unknown")
    assert report.public_latitude - report.latitude == pytest.approx(before, abs=1e-3), "moved as the true place is"
    assert "Shy" in said(client.get(f"/lost/{report.pk}"))
    browser.post(path, {**form, "version": "", "last_seen_time": ""})
    report.refresh_from_db()
    assert report.last_seen_time is not None, "a form of no known time is one of an earlier time"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("latitude", "900", "Latitude"),
        ("last_seen_date", "2999-01-01", "This date is in the future."),
        ("last_seen_time", "late", "Last seen time"),
        ("animal_name", "<b>", "Animal name"),
        ("chip_number", "12", "chip number"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(
    owner: Actor, report: Report, field: str, value: str, sentence: str
) -> None:
    answer = browser_of(owner).post(f"/reports/{report.pk}/edit", {**FORM, "description": "Shy", field: value})
    page = said(answer)
    assert (answer.status_code, sentence in page, f'id="{field}-error"' in page, "Shy" in page) == (
        400,
        True,
        True,
        True,
    )
    report.refresh_from_db()
    assert report.description == "In my garden"


def test_a_form_that_others_have_overtaken_says_so_before_it_puts_anything_back(owner: Actor, report: Report) -> None:
    browser, path = browser_of(owner), f"/reports/{report.pk}/edit"
    form = typed_on(said(browser.get(path)))
    assert owner.client.patch(f"/api/v1/reports/{report.pk}/", {"description": "By the app"}, "json").status_code == 200
    answer = browser.post(path, {**form, "animal_name": "Milo II"})
    page = said(answer)
    assert (answer.status_code, "changed in the meantime" in page, "Milo II" in page) == (409, True, True)
    report.refresh_from_db()
    assert (report.description, report.pet_name) == ("By the app", "Milo")
    assert browser.post(path, typed_on(page)).status_code == 302, "who has seen it decides"
    report.refresh_from_db()
    assert (report.description, report.pet_name) == ("In my garden", "Milo II")


def test_a_change_that_comes_between_the_look_and_the_lock_is_not_put_back_either(owner: Actor, report: Report) -> None:
    browser, path = browser_of(owner), f"/reports/{report.pk}/edit"
    form, waiting = typed_on(said(browser.get(path))), ["the app"]
    was_read: list[str] = []

    def the_app_comes_first(execute: Any, sql: str, *rest: Any) -> Any:
        if was_read and sql.startswith("SAVEPOINT") and waiting:
            waiting.clear()
            changed = owner.client.patch(f"/api/v1/reports/{report.pk}/", {"description": "By the app"}, "json")
            assert changed.status_code == 200
        was_read.extend(["the report"] if "reports_report" in sql else [])
        return execute(sql, *rest)

    with connection.execute_wrapper(the_app_comes_first):
        answer = browser.post(path, {**form, "animal_name": "Milo II"})
    assert (answer.status_code, waiting, "changed in the meantime" in said(answer)) == (409, [], True)
    report.refresh_from_db()
    assert (report.description, report.pet_name) == ("By the app", "Milo")
    overtaken = browser.post(path, {**form, "latitude": "900"})
    assert overtaken.status_code == 400
    corrected = {**typed_on(said(overtaken)), "latitude": form["latitude"]}
    assert browser.post(path, corrected).status_code == 409, "correcting a field does not overlook it"


def test_what_is_known_of_a_registered_pet_is_changed_at_the_pet(owner: Actor) -> None:
    report = rows.report(owner.user)
    page = said(browser_of(owner).get(f"/reports/{report.pk}/edit"))
    assert (f"/pets/{report.pet_id}#facts" in page, 'name="animal_name"' in page) == (True, False)
    form = {"description": "Shy", "animal_name": "Not Milo", "version": typed_on(page)["version"]}
    assert browser_of(owner).post(f"/reports/{report.pk}/edit", form).status_code == 302
    report.refresh_from_db()
    assert (report.description, report.pet_name == "Not Milo") == ("Shy", False)


def test_photos_are_added_and_removed_and_sent_twice_they_are_added_once(
    owner: Actor, report: Report, picture: Callable[..., Any]
) -> None:
    browser, path = browser_of(owner), f"/reports/{report.pk}/photos"
    for _ in range(2):
        uploads = [picture(color=(1, 2, 3)), picture(color=(9, 9, 9))]
        assert browser.post(path, {"photos": uploads, "csrfmiddlewaretoken": "x" * 64}).status_code == 302
    page = said(browser.get(f"/reports/{report.pk}/edit"))
    assert page.count("/remove") == 3
    for wrong in ({}, {"photos": [picture(color=(5, 5, number)) for number in range(8)]}):
        refused = browser.post(path, wrong)
        assert (refused.status_code, 'id="photos-error"' in said(refused)) == (400, True)
    problems = browser.post(path, {}, headers={"Accept": "application/json"})
    assert (problems.status_code, problems.json()["problems"]) == (400, ["Please choose a photo."])
    first = f"{path}/{report.image_id}/remove"
    assert browser.post(first)["Location"] == f"/reports/{report.pk}/edit"
    assert said(browser.get(f"/reports/{report.pk}/edit")).count("/remove") == 2


def test_deleting_says_first_what_goes_with_it_and_resolving_is_offered_instead(
    owner: Actor, finder: Actor, client: Client, report: Report
) -> None:
    browser, path = browser_of(owner), f"/reports/{report.pk}/delete"
    assert "together again" in said(browser.get(f"/reports/{report.pk}"))
    conversation_open(report=report, user_ids=[owner.user.pk, finder.user.pk], is_test=False)
    page = said(browser.get(path))
    assert ("deleted for both of you" in page, f"/reports/{report.pk}/status" in page) == (True, True)
    assert Report.objects.exists(), "opening the page deletes nothing"
    answer = browser.post(path, follow=True)
    assert (answer.redirect_chain, "The report is deleted" in said(answer)) == ([("/reports", 302)], True)
    assert (Report.objects.exists(), client.get(f"/lost/{report.pk}").status_code) == (False, 404)


def test_a_report_that_is_deleted_takes_its_photos_out_of_its_authors_messages_too(
    owner: Actor, finder: Actor, report: Report, picture: Callable[..., Any]
) -> None:
    find = rows.report(finder.user, "found", of_pet=False)
    said_of_it = {"message": "Is it Milo?", "lost_report": report.pk, "image": picture(color=(9, 99, 9))}
    talk = browser_of(owner).post(f"/finds/{find.pk}/message", said_of_it)["Location"]
    photo, message = report.image, Message.objects.get()
    assert photo is not None
    assert photo.pk in message.attachments.values_list("image_id", flat=True)
    browser_of(owner).post(f"/reports/{report.pk}/delete")
    read = said(browser_of(finder).get(talk))
    assert ("Is it Milo?" in read, photo.pk.hex in read.replace("-", "")) == (True, False)
    assert (Image.objects.filter(pk=photo.pk).exists(), message.attachments.count()) == (False, 1)


def test_nobody_else_changes_or_deletes_a_report(
    owner: Actor, stranger: Actor, client: Client, report: Report, picture: Callable[..., Any]
) -> None:
    ends = {"/edit": 404, "/delete": 302, "/photos": 404, f"/photos/{report.image_id}/remove": 404}
    for end, status in ends.items():
        assert browser_of(stranger).post(f"/reports/{report.pk}{end}", {"photos": picture()}).status_code == status
        assert Report.objects.exists()
        assert client.post(f"/reports/{report.pk}{end}")["Location"].startswith("/sign-in")
    # The owner of the pet whose tag was scanned sees and resolves what was filed, but it is not theirs to rewrite.
    by_tag = rows.report(stranger.user, "found", of_pet=False)
    by_tag.tag_pet = rows.pet(owner.user)
    by_tag.save()
    page = said(browser_of(owner).get(f"/reports/{by_tag.pk}"))
    assert ("/edit" in page, "/delete" in page) == (False, False)
    assert browser_of(owner).get(f"/reports/{by_tag.pk}/edit").status_code == 404

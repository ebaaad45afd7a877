"""Photos of a form that was refused need not be chosen again, without JavaScript either."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from animal.conftest import Actor
from animal.images.kept import LIFETIME
from animal.images.models import Image
from animal.images.tests.stored import names_stored
from animal.pets.models import Pet
from animal.pets.purge import UNUSED_FOR, purge_step
from animal.reports.models import Report
from animal.reports.selectors import report_photos
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db
RED, BLUE = (200, 1, 2), (1, 2, 200)
JSON = {"Accept": "application/json"}


@pytest.fixture
def tag(owner: Actor, picture: Callable[..., Any]) -> str:
    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "false"}
    owner.multipart("/api/auth/pets/add/", {**form, "images": picture()})
    return f"/found/{Pet.objects.get().animal_id}/report"


def kept_on(answer: Any) -> list[str]:
    assert answer.status_code == 400
    return re.findall(r'name="kept" value="([^"]+)" checked><img class="photo" src="', answer.content.decode())


def test_a_finder_without_an_account_sends_a_refused_form_again_with_its_photos(
    tag: str, picture: Callable[..., Any]
) -> None:
    finder = Client()
    first = finder.post(tag, {"message": "Here", "photos": [picture(color=RED), picture(color=BLUE)]})
    names = kept_on(first)
    again = kept_on(finder.post(tag, {"message": "Here", "kept": names}))
    assert (len(names), len(again), Image.objects.filter(source="report").count()) == (2, 2, 2)
    there = {"message": "Here", "place": "By the bakery"}
    assert finder.post(tag, {**there, "kept": again[1:], "photos": [picture()]}).status_code == 302
    photos = report_photos(Report.objects.get())
    assert (len(photos), {photo.uploader_id for photo in photos}) == (2, {Report.objects.get().reporter_id})
    late = finder.post(tag, {**there, "message": "Again", "kept": again[1:]})
    assert ("choose it again" in late.content.decode(), kept_on(late)) == (True, []), "a report shows it by now"
    left_out = Image.objects.filter(source="report", uploader=None)
    assert left_out.count() == 1
    left_out.update(created_at=timezone.now() - UNUSED_FOR - timedelta(minutes=1))
    purge_step()
    assert left_out.count() == 0
    assert LIFETIME < UNUSED_FOR, "no page offers what is about to go"


def test_ones_own_report_keeps_its_photo_for_oneself_alone(
    owner: Actor, stranger: Actor, picture: Callable[..., Any]
) -> None:
    before, wrong = names_stored(), {**FORM, "latitude": "91"}
    scripted = browser_of(owner).post("/report", {**wrong, "image": picture()}, headers=JSON)
    assert (scripted.status_code, names_stored()) == (400, before), "that form has its photo still"
    (name,) = kept_on(browser_of(owner).post("/report", {**wrong, "image": picture()}))
    for other, brought in ((stranger, name), (owner, f"{name}x"), (owner, "none")):
        assert kept_on(browser_of(other).post("/report", {**FORM, "kept": brought})) == []
    too_many = browser_of(owner).post("/report", {**FORM, "kept": [name] * 11})
    assert (too_many.status_code, "at most 10 photos" in too_many.content.decode()) == (400, True)
    assert Report.objects.count() == 0
    assert browser_of(owner).post("/report", {**FORM, "kept": name}).status_code == 302
    report = Report.objects.get()
    assert (report.image, report.feature_status) == (Image.objects.get(), "pending")

"""Complaints as staff see them: what was reported stands on the page, and is hidden from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from animal.chat.models import MessageAttachment
from animal.conftest import Actor
from animal.core.tests.lists import rows
from animal.images.models import Image
from animal.images.withholding import is_withheld
from animal.moderation.models import AbuseReport, ModerationAct
from animal.moderation.tests.test_roles import desk
from animal.reports.models import Report

COMPLAINTS = "/admin/moderation/abusereport/"
HIDE = 'value="hide_reported"'


@pytest.fixture
def about_a_photo(owner: Actor, finder: Actor, thread: str, picture: Callable[..., Any]) -> AbuseReport:
    """The owner complains about the one message of the finder's that has a photo."""
    finder.multipart(thread, {"body": "Another one", "attachments": picture(color=(1, 200, 1))})
    said = finder.multipart(thread, {"body": "Look at this", "attachments": picture()}).json()
    asked = {"kind": "message", "id": said["id"], "reason": "offensive"}
    assert owner.post("/api/v1/abuse-reports/", asked).status_code == 201
    return AbuseReport.objects.get()


def act(actor: Actor, action: str, complaint: AbuseReport, **extra: str) -> HttpResponse:
    form = {"action": action, "_selected_action": complaint.pk, "from_page": "1", **extra}
    return desk(actor).post(COMPLAINTS, form)


def test_the_photos_of_a_reported_message_are_shown_and_hidden_and_no_others(
    moderator: Actor, about_a_photo: AbuseReport
) -> None:
    other, reported = (one.image for one in MessageAttachment.objects.order_by("pk").select_related("image"))
    page = desk(moderator).get(f"{COMPLAINTS}{about_a_photo.pk}/change/").content.decode()
    assert ("Look at this" in page, str(reported.rendition) in page) == (True, True)
    assert ("Another one" in page, str(other.rendition) in page, HIDE in page) == (False, False, True)
    answer = act(moderator, "hide_reported", about_a_photo, reason="Offensive")
    assert answer["Location"] == f"{COMPLAINTS}{about_a_photo.pk}/change/"
    assert [is_withheld(Image.objects.get(pk=image.pk)) for image in (other, reported)] == [False, True]
    assert HIDE not in desk(moderator).get(f"{COMPLAINTS}{about_a_photo.pk}/change/").content.decode(), "it is done"
    acts = ModerationAct.objects.values_list("act", "kind", "object_id", "reason")
    assert list(acts) == [("hide", "photo", str(reported.pk), "Offensive")]


@pytest.mark.parametrize("role", ["shelter", "support"])
def test_who_does_not_moderate_sees_and_hides_nothing_of_a_complaint(
    request: pytest.FixtureRequest, about_a_photo: AbuseReport, role: str
) -> None:
    member: Actor = request.getfixturevalue(role)
    assert desk(member).get(f"{COMPLAINTS}{about_a_photo.pk}/change/").status_code == 403
    for action in ("hide_reported", "settle"):
        assert act(member, action, about_a_photo).status_code == 403
    about_a_photo.refresh_from_db()
    assert (about_a_photo.state, ModerationAct.objects.count()) == ("open", 0)


def test_a_complaint_about_a_report_shows_it_and_hides_it(moderator: Actor, owner: Actor) -> None:
    report = rows.report(rows.person(), of_pet=False)
    Report.objects.filter(pk=report.pk).update(description="Pay me and you get him back")
    asked = {"kind": "report", "id": str(report.pk), "reason": "scam", "text": "He wants money"}
    assert owner.post("/api/v1/abuse-reports/", asked).status_code == 201
    complaint = AbuseReport.objects.get()
    page = desk(moderator).get(f"{COMPLAINTS}{complaint.pk}/change/").content.decode()
    for shown in ("Pay me and you get him back", "He wants money", str(report.image.rendition), HIDE):
        assert shown in page
    assert "He wants money" in desk(moderator).get(COMPLAINTS).content.decode()
    act(moderator, "hide_reported", complaint)
    report.refresh_from_db()
    assert report.hidden_at is not None
    assert HIDE not in desk(moderator).get(f"{COMPLAINTS}{complaint.pk}/change/").content.decode(), "it is done"
    report.delete()
    page = desk(moderator).get(f"{COMPLAINTS}{complaint.pk}/change/").content.decode()
    assert ("It is gone." in page, "Pay me and you get him back" in page) == (True, True), "the words stay with staff"


def test_a_complaint_whose_report_is_gone_is_still_read_and_settled(moderator: Actor, owner: Actor) -> None:
    complaint = AbuseReport.objects.create(key="x", reporter=owner.user, kind="report", object_id="999", reason="spam")
    page = desk(moderator).get(f"{COMPLAINTS}{complaint.pk}/change/")
    assert (page.status_code, "It is gone." in page.content.decode()) == (200, True)
    assert act(moderator, "hide_reported", complaint).status_code == 302
    act(moderator, "settle", complaint)
    complaint.refresh_from_db()
    assert complaint.state == "settled"
    assert 'value="settle"' not in desk(moderator).get(f"{COMPLAINTS}{complaint.pk}/change/").content.decode()


def test_nothing_is_hidden_of_a_person_or_a_pet_at_a_press(moderator: Actor, owner: Actor) -> None:
    complaint = AbuseReport.objects.create(key="x", reporter=owner.user, kind="user", object_id="1", reason="spam")
    page = desk(moderator).get(f"{COMPLAINTS}{complaint.pk}/change/").content.decode()
    assert ('value="hide_reported"' in page, 'value="settle"' in page) == (False, True)


def test_a_reported_report_without_a_photo_of_its_own_shows_that_of_its_pet(
    moderator: Actor, owner: Actor, finder: Actor, report: Report
) -> None:
    pet = rows.pet(owner.user)
    Report.objects.filter(pk=report.pk).update(pet=pet, image=None)
    assert (
        finder.post("/api/v1/abuse-reports/", {"kind": "report", "id": report.pk, "reason": "spam"}).status_code == 201
    )
    page = desk(moderator).get(f"{COMPLAINTS}{AbuseReport.objects.get().pk}/change/").content.decode()
    assert str(pet.photos.all()[0].image.rendition) in page

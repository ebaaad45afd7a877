"""The start page of staff: what waits, in numbers that are those of the lists behind them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from animal.conftest import Actor, make_actor
from animal.core.models import BackgroundTask
from animal.core.tests.lists import rows
from animal.images.models import Image
from animal.moderation.desk import NEWEST_PHOTOS
from animal.moderation.models import ModerationAct
from animal.moderation.services import abuse_report_settle, content_hide
from animal.moderation.tests.test_roles import desk
from animal.reports.models import Report

MOST_QUERIES = 10


def queues(actor: Actor) -> dict[str, int]:
    return {queue.title: queue.count for queue in desk(actor).get("/admin/").context["queues"]}


@pytest.fixture
def busy(owner: Actor, finder: Actor) -> None:
    """Two complaints of which one is settled, three failed tasks, one who leaves, reports that are open and not."""
    now = timezone.now()
    for reporter in (owner, finder):
        rows.complaint(reporter.user)
    abuse_report_settle(actor=owner.user, complaint=owner.user.abuse_reports.get())
    for n, state in enumerate(["failed", "failed", "failed", "done", "pending"]):
        BackgroundTask.objects.create(key=str(n), name="a", target=str(n), state=state, run_at=now, woken_at=now)
    User.objects.filter(pk=rows.person().pk).update(deletion_due_at=now)
    for side in ("lost", "lost", "found"):
        rows.report(finder.user, side)
    Report.objects.filter(pk=rows.report(finder.user).pk).update(status="resolved")


@pytest.mark.parametrize(
    ("role", "work"),
    [
        ("shelter", ["Open lost reports", "Open found reports"]),
        ("moderator", ["Open complaints", "Open lost reports", "Open found reports"]),
        ("support", ["Accounts to be deleted", "Open lost reports", "Open found reports"]),
        (
            "keeper",
            ["Open complaints", "Failed tasks", "Accounts to be deleted", "Open lost reports", "Open found reports"],
        ),
    ],
)
def test_each_role_sees_its_own_queues(request: pytest.FixtureRequest, busy: None, role: str, work: list[str]) -> None:
    assert list(queues(request.getfixturevalue(role))) == work


def test_a_number_is_that_of_the_list_it_leads_to(busy: None, keeper: Actor) -> None:
    client = desk(keeper)
    found = client.get("/admin/").context["queues"]
    assert [queue.count for queue in found] == [1, 3, 1, 2, 1]
    for queue in found:
        assert client.get(queue.address).context["cl"].result_count == queue.count, queue.title


def test_a_queue_shrinks_with_the_work(busy: None, moderator: Actor, finder: Actor) -> None:
    assert queues(moderator)["Open complaints"] == 1
    form = {"action": "settle", "_selected_action": finder.user.abuse_reports.get().pk}
    desk(moderator).post("/admin/moderation/abusereport/", form)
    assert queues(moderator)["Open complaints"] == 0


def test_the_desk_takes_as_many_queries_however_much_waits(busy: None, keeper: Actor) -> None:
    client, asked = desk(keeper), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/admin/").status_code == 200
        asked.append(len(captured))
        for _ in range(30):
            rows.report(rows.person())
            rows.complaint(rows.person())
    assert asked[0] == asked[1] <= MOST_QUERIES


def test_the_newest_photos_are_those_that_people_show_and_lead_to_their_pages(moderator: Actor) -> None:
    for _ in range(NEWEST_PHOTOS):
        rows.image(rows.person())
    between = rows.image(rows.person())
    Image.objects.filter(pk=between.pk).update(source="chat")
    page = desk(moderator).get("/admin/").content.decode()
    assert page.count('class="photo thumbnail"') == NEWEST_PHOTOS
    newest = Image.objects.exclude(pk=between.pk).latest("created_at")
    assert f"/admin/images/image/{newest.pk}/change/" in page
    assert str(between.pk) not in page


def test_what_staff_did_last_stands_there_for_those_who_may_read_the_audit_trail(
    moderator: Actor, support: Actor, owner: Actor
) -> None:
    report = rows.report(owner.user, of_pet=False, has_photo=False)
    content_hide(actor=moderator.user, kind="report", object_id=str(report.pk), hidden=True, reason="A scam")
    assert "A scam" in desk(moderator).get("/admin/").content.decode()
    assert "A scam" not in desk(support).get("/admin/").content.decode()


def test_staff_without_any_right_see_an_empty_desk(db: None) -> None:
    page = desk(make_actor("clerk", is_staff=True)).get("/admin/")
    assert (page.status_code, page.context["queues"], page.context["photos"], page.context["acts"]) == (200, [], [], [])


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/reports/report/"])
def test_no_page_shows_the_address_of_whoever_looks_at_it(moderator: Actor, path: str) -> None:
    assert moderator.user.email not in desk(moderator).get(path).content.decode()


def _form(client: Any, action: str, pk: Any, **extra: str) -> Any:
    return {"action": action, "_selected_action": pk, "from_page": "1", **extra}


def test_a_report_is_hidden_and_shown_again_from_its_page(moderator: Actor, report: Report) -> None:
    client, page = desk(moderator), f"/admin/reports/report/{report.pk}/change/"
    for action, other, is_hidden in (("hide", "unhide", True), ("unhide", "hide", False)):
        assert f'value="{action}"' in client.get(page).content.decode()
        answer = client.post("/admin/reports/report/", _form(client, action, report.pk, reason="Not an animal"))
        assert answer["Location"] == page
        report.refresh_from_db()
        assert (report.hidden_at is not None) == is_hidden
        assert f'value="{other}"' in client.get(page).content.decode()
    acts = ModerationAct.objects.order_by("pk").values_list("actor", "act", "kind", "object_id", "reason")
    assert list(acts) == [
        (moderator.user.pk, act, "report", str(report.pk), "Not an animal") for act in ("hide", "unhide")
    ]


@pytest.mark.parametrize("role", ["shelter", "support"])
def test_who_does_not_moderate_reads_a_report_and_has_no_button_to_hide_it(
    request: pytest.FixtureRequest, report: Report, role: str
) -> None:
    client = desk(request.getfixturevalue(role))
    page = client.get(f"/admin/reports/report/{report.pk}/change/")
    assert (page.status_code, "_selected_action" in page.content.decode()) == (200, False)
    client.post("/admin/reports/report/", _form(client, "hide", report.pk))
    report.refresh_from_db()
    assert (report.hidden_at, ModerationAct.objects.count()) == (None, 0)


def test_only_superusers_see_the_exact_place_and_how_to_reach_somebody(report: Report, keeper: Actor) -> None:
    private = {
        "latitude": 48.123456,
        "longitude": 11.654321,
        "contact_phone": "0049 170 123",
        "contact_email": "me@x.org",
    }
    Report.objects.filter(pk=report.pk).update(**private)
    boss = make_actor("boss", is_staff=True, is_superuser=True)
    exact = 'data-point="48.123456,11.654321"'
    for actor, is_shown in ((keeper, False), (boss, True)):
        page = desk(actor).get(f"/admin/reports/report/{report.pk}/change/").content.decode()
        assert [str(value) in page for value in private.values()] == [is_shown] * len(private)
        # Where others see it is on a map for both, and leads to the map of the pages, where the report stands.
        moved = f'data-point="{report.public_latitude},{report.public_longitude}" data-around="400"'
        assert (moved in page, exact in page, "data-leaflet=" in page) == (True, is_shown, True)
        leads_to = re.search(r'href="(/pet/map\?[^"]+)"', page)
        assert leads_to is not None
        assert f'href="/lost/{report.pk}"' in desk(actor).get(html.unescape(leads_to[1])).content.decode()


def test_photos_between_people_are_not_among_those_that_moderators_look_through(moderator: Actor) -> None:
    shown, between = rows.image(rows.person()), rows.image(rows.person())
    Image.objects.filter(pk=between.pk).update(source="chat")
    client = desk(moderator)
    assert client.get("/admin/images/image/").context["cl"].result_count == 1
    assert client.get(f"/admin/images/image/{shown.pk}/change/").status_code == 200
    assert client.get(f"/admin/images/image/{between.pk}/change/").status_code == 302


def test_a_match_shows_both_animals_and_why(moderator: Actor) -> None:
    match = rows.match(rows.person(), rows.person())
    page = desk(moderator).get(f"/admin/matching/petmatch/{match.pk}/change/").content.decode()
    for image in (match.lost_report.image, match.found_report.image):
        assert str(image.rendition) in page
    assert "They look alike." in page


def test_a_report_of_a_pet_without_a_photo_of_its_own_shows_the_pets(moderator: Actor) -> None:
    report = rows.report(rows.person(), has_photo=False)
    shown = report.pet.photos.first().image
    for path in ("/admin/reports/report/", f"/admin/reports/report/{report.pk}/change/"):
        assert f"/admin/images/image/{shown.pk}/change/" in desk(moderator).get(path).content.decode()


def test_who_handles_accounts_by_their_address_finds_them_by_it_and_nobody_else_does(
    support: Actor, moderator: Actor, owner: Actor
) -> None:
    path = f"/admin/accounts/user/?q={owner.user.email}"
    assert [user.pk for user in desk(support).get(path).context["cl"].result_list] == [owner.user.pk]
    assert list(desk(moderator).get(path).context["cl"].result_list) == []
    by_name = desk(moderator).get("/admin/accounts/user/?q=OWNER")
    assert [user.pk for user in by_name.context["cl"].result_list] == [owner.user.pk]
    assert owner.user.email not in by_name.content.decode()

"""What moderators may do, and what they may not make of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from animal.chat.models import Conversation, Message
from animal.conftest import Actor, make_actor, make_staff
from animal.moderation.models import AbuseReport, ModerationAct
from animal.moderation.roles import MODERATORS, ROLES
from animal.moderation.tests.conftest import say
from animal.reports.models import Report

HIDE = "/api/v1/moderation/hide/"
COMPLAINTS = "/admin/moderation/abusereport/"


def desk(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def rights_of(user: User) -> set[str]:
    return User.objects.get(pk=user.pk).get_all_permissions()


@pytest.mark.parametrize("group", ROLES)
def test_a_group_has_the_rights_of_its_role_and_no_others(db: None, group: str) -> None:
    assert rights_of(make_staff("somebody", group).user) == ROLES[group]


@pytest.mark.parametrize("group", ROLES)
def test_migrating_gives_a_group_its_rights_again(db: None, group: str) -> None:
    somebody = make_staff("somebody", group)
    wrong = Permission.objects.filter(codename__in=["view_message", "change_group", "view_report"])
    Group.objects.get(name=group).permissions.set(wrong)
    call_command("migrate", verbosity=0)
    assert rights_of(somebody.user) == ROLES[group]


def test_staff_who_are_no_moderators_hide_nothing(report: Report) -> None:
    clerk = make_actor("clerk", is_staff=True)
    clerk.user.user_permissions.set(Permission.objects.filter(codename__in=["view_report", "view_abusereport"]))
    asked = {"kind": "report", "id": str(report.pk)}
    assert clerk.post(HIDE, asked).status_code == 404
    desk(clerk).post("/admin/reports/report/", {"action": "hide", "_selected_action": [report.pk]})
    report.refresh_from_db()
    assert (report.hidden_at, ModerationAct.objects.count()) == (None, 0)


def test_who_leaves_the_staff_moderates_no_more(moderator: Actor, report: Report) -> None:
    User.objects.filter(pk=moderator.user.pk).update(is_staff=False)
    assert moderator.post(HIDE, {"kind": "report", "id": str(report.pk)}).status_code == 404


@pytest.mark.parametrize("whose", ["moderator", "owner"])
def test_a_moderator_makes_nobody_an_administrator(moderator: Actor, owner: Actor, whose: str) -> None:
    user = {"moderator": moderator, "owner": owner}[whose].user
    form: dict[str, Any] = {"username": user.username, "email": "mine@example.org", "is_active": "on"}
    raised = {
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [Group.objects.get(name="Admins").pk],
        "user_permissions": ["1"],
    }
    answer = desk(moderator).post(f"/admin/accounts/user/{user.pk}/change/", {**form, **raised})
    assert answer.status_code == (403 if whose == "moderator" else 302)
    now = User.objects.get(pk=user.pk)
    assert (now.is_staff, now.is_superuser, now.email) == (user.is_staff, False, user.email)
    assert rights_of(now) == (ROLES[MODERATORS] if whose == "moderator" else set())


def test_a_moderator_reads_the_message_that_somebody_complained_about_and_no_other(
    moderator: Actor, owner: Actor, finder: Actor, conversation: Conversation, thread: str
) -> None:
    say(owner, thread, "I live at the old mill")
    scam = say(finder, thread, "Pay me first").json()["id"]
    assert owner.post("/api/v1/abuse-reports/", {"kind": "message", "id": scam, "reason": "scam"}).status_code == 201
    page = desk(moderator).get(f"{COMPLAINTS}{AbuseReport.objects.get().pk}/change/").content.decode()
    assert "Finder: Pay me first" in page
    assert "old mill" not in page
    for address in (f"/admin/chat/conversation/{conversation.pk}/change/", "/admin/chat/conversation/"):
        assert desk(moderator).get(address).status_code == 403
    Message.objects.filter(pk=scam).delete()
    assert desk(moderator).get(f"{COMPLAINTS}{AbuseReport.objects.get().pk}/change/").status_code == 200


@pytest.mark.parametrize(
    ("kind", "leads_to"),
    [("report", "/admin/reports/report/{}/change/"), ("user", "/admin/accounts/user/{}/change/")],
)
def test_a_complaint_leads_to_what_it_is_about(
    moderator: Actor, owner: Actor, finder: Actor, conversation: Conversation, kind: str, leads_to: str
) -> None:
    object_id = {"report": conversation.report_id, "user": owner.user.pk}[kind]
    asked = {"kind": kind, "id": str(object_id), "reason": "spam"}
    assert finder.post("/api/v1/abuse-reports/", asked).status_code == 201
    client = desk(moderator)
    page = client.get(f"{COMPLAINTS}{AbuseReport.objects.get().pk}/change/").content.decode()
    assert leads_to.format(object_id) in page
    assert client.get(leads_to.format(object_id)).status_code == 200

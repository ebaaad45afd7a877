"""The staff's levers on accounts: each writes its row of the audit trail, and none reaches staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create
from accounts.tasks import accounts_purge
from accounts.tests.steps import PASSWORD, cookie_of, refresh, sign_in
from animal.conftest import Actor, make_actor
from animal.moderation.models import ModerationAct
from animal.moderation.tests.test_roles import desk

PROFILE = "/api/auth/profile/"


def act(actor: Actor, action: str, *people: Actor) -> None:
    chosen = [person.user.pk for person in people]
    answer = desk(actor).post("/admin/accounts/user/", {"action": action, "_selected_action": chosen})
    assert answer.status_code in (200, 302)  # The list again for those who are offered no action.


def acts() -> list[tuple[str, str]]:
    assert set(ModerationAct.objects.values_list("kind", flat=True)) <= {"user"}
    return list(ModerationAct.objects.order_by("pk").values_list("act", "object_id"))


def state(actor: Actor) -> tuple[bool, bool, bool]:
    user = User.objects.get(pk=actor.user.pk)
    return user.is_active, user.locked_at is not None, user.deletion_due_at is not None


def leave(actor: Actor) -> None:
    assert actor.delete("/api/v1/me/", data={"password": PASSWORD}).status_code == 200


def test_a_disabled_account_is_out_until_it_is_enabled(moderator: Actor, owner: Actor) -> None:
    act(moderator, "disable", owner)
    assert (owner.get(PROFILE).status_code, sign_in(APIClient()).status_code) == (401, 401)
    assert owner.user.sessions.get().ended_reason == "deactivated"
    act(moderator, "disable", owner)
    act(moderator, "enable", owner)
    act(moderator, "enable", owner)
    assert sign_in(APIClient()).status_code == 200
    assert acts() == [("disable", str(owner.user.pk)), ("enable", str(owner.user.pk))]
    assert ModerationAct.objects.first().actor == moderator.user  # type: ignore[union-attr]


def test_a4_staff_disable_an_account_that_its_owner_has_closed(moderator: Actor, owner: Actor) -> None:
    leave(owner)
    act(moderator, "disable", owner)
    assert sign_in(APIClient()).status_code == 401
    token = one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.SIGN_IN)
    assert APIClient().post("/api/auth/magic/consume/", {"token": token}).status_code == 400
    assert state(owner) == (False, True, True)


def test_a_disabled_account_that_its_owner_has_closed_is_erased_at_its_date(
    moderator: Actor, owner: Actor, work_off: Callable[[], None]
) -> None:
    leave(owner)
    act(moderator, "disable", owner)
    User.objects.filter(pk=owner.user.pk).update(deletion_due_at=timezone.now() - timedelta(seconds=1))
    assert accounts_purge() == 1
    work_off()
    assert not User.objects.filter(pk=owner.user.pk).exists()


def test_enabling_an_account_that_its_owner_has_closed_leaves_it_to_its_owner(moderator: Actor, owner: Actor) -> None:
    leave(owner)
    act(moderator, "enable", owner)
    assert (state(owner), acts()) == ((False, False, True), [])
    act(moderator, "disable", owner)
    act(moderator, "enable", owner)
    assert state(owner) == (False, False, True)
    assert sign_in(APIClient()).status_code == 200
    assert state(owner) == (True, False, False)


def test_ending_sessions_signs_out_everywhere_and_no_more(moderator: Actor, owner: Actor, finder: Actor) -> None:
    cookie = cookie_of(sign_in(APIClient()))
    act(moderator, "end_sessions", owner)
    assert (owner.get(PROFILE).status_code, refresh(cookie).status_code) == (401, 401)
    assert set(owner.user.sessions.values_list("ended_reason", flat=True)) == {"ended_by_staff"}
    assert (finder.get(PROFILE).status_code, sign_in(APIClient()).status_code) == (200, 200)
    assert acts() == [("sign_out", str(owner.user.pk))]


def test_support_closes_an_account_whose_owner_asked_for_it(
    support: Actor, owner: Actor, work_off: Callable[[], None]
) -> None:
    act(support, "close", owner)
    act(support, "close", owner)
    assert (state(owner), acts()) == ((False, False, True), [("close", str(owner.user.pk))])
    assert owner.get(PROFILE).status_code == 401
    work_off()
    assert [(one.to, "simply sign in" in one.body) for one in mail.outbox] == [(["owner@example.org"], True)]
    assert sign_in(APIClient()).status_code == 200, "until the date its owner may take it back"


def test_a_disabled_account_can_be_closed_and_is_not_invited_back(
    moderator: Actor, support: Actor, owner: Actor, work_off: Callable[[], None]
) -> None:
    act(moderator, "disable", owner)
    act(support, "close", owner)
    work_off()
    assert "sign in" not in mail.outbox[-1].body
    assert (state(owner), sign_in(APIClient()).status_code) == ((False, True, True), 401)


@pytest.mark.parametrize("action", ["disable", "enable", "end_sessions", "close"])
def test_nobody_of_a_group_reaches_staff_or_themselves(keeper: Actor, action: str) -> None:
    colleague = make_actor("colleague", is_staff=True)
    before = [state(keeper), state(colleague)]
    act(keeper, action, keeper, colleague)
    assert ([state(keeper), state(colleague)], acts()) == (before, [])
    assert (keeper.get(PROFILE).status_code, colleague.get(PROFILE).status_code) == (200, 200)


@pytest.mark.parametrize(
    ("role", "action"),
    [("moderator", "close"), ("support", "disable"), ("support", "enable"), ("shelter", "end_sessions")],
)
def test_a_role_has_no_act_that_is_not_its_work(
    request: pytest.FixtureRequest, owner: Actor, role: str, action: str
) -> None:
    member: Actor = request.getfixturevalue(role)
    if action == "enable":
        User.objects.filter(pk=owner.user.pk).update(is_active=False, locked_at=timezone.now())
    before = state(owner)
    client, page = desk(member), f"/admin/accounts/user/{owner.user.pk}/change/"
    client.post("/admin/accounts/user/", {"action": action, "_selected_action": [owner.user.pk]})
    assert (state(owner), acts()) == (before, [])
    assert f'value="{action}"' not in client.get(page).content.decode()


def test_a_reason_is_written_down_and_who_acts_on_a_page_comes_back_to_it(moderator: Actor, owner: Actor) -> None:
    client, page = desk(moderator), f"/admin/accounts/user/{owner.user.pk}/change/"
    assert 'value="disable"' in client.get(page).content.decode()
    form = {"action": "disable", "_selected_action": owner.user.pk, "from_page": "1", "reason": "Third scam"}
    answer = client.post("/admin/accounts/user/", form)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert ModerationAct.objects.get().reason == "Third scam"
    now = client.get(page).content.decode()
    assert ('value="enable"' in now, 'value="disable"' in now) == (True, False)


def test_administrators_reach_staff_but_not_themselves(moderator: Actor) -> None:
    boss = make_actor("boss", is_staff=True, is_superuser=True)
    act(boss, "disable", boss, moderator)
    assert (state(boss)[0], state(moderator)[0]) == (True, False)


@pytest.mark.parametrize("action", ["disable", "enable", "end_sessions", "close"])
def test_staff_who_are_no_moderators_have_none_of_these(owner: Actor, action: str) -> None:
    clerk = make_actor("clerk", is_staff=True)
    clerk.user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    act(clerk, action, owner)
    assert (state(owner), acts(), owner.get(PROFILE).status_code) == ((True, False, False), [], 200)


def test_a_new_name_is_written_down_and_a_form_that_changes_nothing_is_not(moderator: Actor, owner: Actor) -> None:
    page = f"/admin/accounts/user/{owner.user.pk}/change/"
    for name in ("Owner", "Somebody else"):
        assert desk(moderator).post(page, {"username": name}).status_code == 302
    assert User.objects.get(pk=owner.user.pk).username == "Somebody else"
    written = ModerationAct.objects.values_list("actor", "act", "kind", "object_id", "reason")
    assert list(written) == [(moderator.user.pk, "edit", "user", str(owner.user.pk), "username")]


def test_whom_a_superuser_makes_staff_is_written_down(owner: Actor) -> None:
    boss = make_actor("boss", is_staff=True, is_superuser=True)
    page, group = f"/admin/accounts/user/{owner.user.pk}/change/", Group.objects.get(name="Support")
    form = {"username": "Owner", "email": owner.user.email, "is_staff": "on", "groups": [group.pk]}
    assert desk(boss).post(page, form).status_code == 302
    assert desk(Actor("owner", owner.client, User.objects.get(pk=owner.user.pk))).get("/admin/").status_code == 200
    act = ModerationAct.objects.get()
    assert (act.actor, act.act, act.reason) == (boss.user, "edit", "is_staff, groups")


def test_the_form_of_an_account_changes_nothing_about_who_may_sign_in(moderator: Actor, owner: Actor) -> None:
    desk(moderator).post(f"/admin/accounts/user/{owner.user.pk}/change/", {"username": "Owner"})
    assert state(owner) == (True, False, False)


def test_the_owner_of_a_closed_account_reads_how_to_restore_it(owner: Actor, moderator: Actor) -> None:
    leave(owner)
    assert "restore" in owner.get(PROFILE).json()["error"]
    act(moderator, "disable", owner)
    assert owner.get(PROFILE).json()["error"] == "This account is disabled."

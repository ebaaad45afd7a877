"""Accounts in the admin: staff may lock people out, but neither take over accounts nor raise their own rights."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from accounts.tests.steps import PASSWORD

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    assert client.login(username=user.email, password=PASSWORD)
    return client


@pytest.fixture
def admin() -> Client:
    return signed_in(User.objects.create_superuser("Ada", "ada@example.org", PASSWORD))


@pytest.fixture
def staff(moderator) -> Client:
    moderator.user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return signed_in(moderator.user)


def page(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/change/"


def fields(user: User, **changes: Any) -> dict[str, Any]:
    return {"username": user.username, "email": user.email, **changes}


def test_staff_sign_in_by_address(moderator) -> None:
    client = Client()
    client.post("/admin/login/", {"username": "MODERATOR@example.org", "password": PASSWORD})
    assert client.get("/admin/").status_code == 200


def test_people_without_staff_rights_stay_outside(owner) -> None:
    assert signed_in(owner.user).get("/admin/accounts/user/").status_code == 302


def test_the_list_takes_as_many_queries_for_forty_accounts_as_for_two(admin, owner, django_assert_max_num_queries):
    for count in (0, 40):
        for number in range(count):
            User.objects.create_user(f"Somebody {number}", f"somebody{number}@example.org")
        with django_assert_max_num_queries(7):
            assert admin.get("/admin/accounts/user/").status_code == 200


def test_search_knows_no_case(admin, owner, finder) -> None:
    shown = admin.get("/admin/accounts/user/?q=OWNER@EXAMPLE.ORG").content.decode()
    assert "owner@example.org" in shown
    assert "finder@example.org" not in shown


def test_no_password_hash_is_shown(admin, owner) -> None:
    assert owner.user.password not in admin.get(page(owner.user)).content.decode()


def test_a_taken_address_is_said_on_the_page(admin, owner, finder) -> None:
    answer = admin.post(page(owner.user), fields(owner.user, email="FINDER@example.org"))
    assert (answer.status_code, b"an account with this address" in answer.content) == (200, True)


def test_an_account_made_here_has_no_password(admin) -> None:
    admin.post("/admin/accounts/user/add/", {"username": "New", "email": "new@example.org"})
    assert not User.objects.get(email_key="new@example.org").has_usable_password()


def test_staff_can_rename_people_and_change_nothing_that_gives_power(staff, owner) -> None:
    changes = fields(owner.user, username="Polite", email="mine@example.org", is_staff="on", is_superuser="on")
    staff.post(page(owner.user), changes)
    user = User.objects.get(pk=owner.user.pk)
    assert (user.username, user.email, user.is_staff, user.is_superuser) == (
        "Polite",
        "owner@example.org",
        False,
        False,
    )
    assert user.is_active, "an account is disabled by the action, which leaves a row of the audit trail"


def test_staff_cannot_touch_other_staff_or_themselves(staff, moderator) -> None:
    boss = User.objects.create_superuser("Ada", "ada@example.org", PASSWORD)
    for user in (boss, moderator.user):
        assert staff.post(page(user), fields(user, username="Other")).status_code == 403
        assert staff.post(page(user).replace("change", "delete"), {"post": "yes"}).status_code == 403
    staff.post("/admin/accounts/user/", {"action": "delete_selected", "_selected_action": boss.pk, "post": "yes"})
    assert User.objects.filter(pk=boss.pk, username="Ada").exists()


def test_staff_cannot_make_accounts(staff) -> None:
    assert staff.get("/admin/accounts/user/add/").status_code == 403

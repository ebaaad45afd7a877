"""The account row itself, and the doors to it that are not HTTP."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import User

pytestmark = pytest.mark.django_db


def create(username: str, email: str) -> User:
    return User.objects.create_user(username=username, email=email)


def test_the_database_itself_refuses_a_second_account_for_an_address_or_a_name(owner) -> None:
    for username, email in [("Other", "OWNER@example.org"), ("oWnEr", "other@example.org")]:
        with pytest.raises(IntegrityError), transaction.atomic():
            create(username, email)


def test_an_account_needs_an_address() -> None:
    with pytest.raises(ValueError):
        create("Nobody", "")


def test_ids_are_integers_because_the_web_client_compares_them_as_numbers(owner) -> None:
    assert isinstance(owner.user.pk, int)


def test_saving_only_the_address_saves_its_key_too(owner) -> None:
    owner.user.email = "Moved@example.org"
    owner.user.save(update_fields=["email"])
    assert User.objects.get_by_natural_key("moved@EXAMPLE.org") == owner.user


def test_accounts_under_dot_test_are_test_accounts_whichever_way_they_are_made() -> None:
    assert create("Tess", "tess@pawgle.test").is_test
    assert User.objects.create_superuser(username="Theo", email="theo@PAWGLE.TEST").is_test
    assert not create("Real", "real@test.example.org").is_test
    assert not create("Contest", "real@contest").is_test


def test_createsuperuser_asks_for_an_address_and_a_name(monkeypatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough Passw0rd")
    call_command("createsuperuser", interactive=False, email="Admin@Example.org", username="Ada", verbosity=0)
    user = User.objects.get()
    assert (user.email, user.email_key) == ("Admin@example.org", "admin@example.org")
    assert user.is_superuser
    assert user.check_password("a long enough Passw0rd")


@pytest.mark.parametrize(
    ("email", "username"),
    [("OWNER@example.org", "Ada"), ("ada@example.org", "oWNER"), ("no address", "Ada"), ("ada@example.org", "<b>")],
)
def test_createsuperuser_says_what_is_wrong_instead_of_failing(owner, monkeypatch, email: str, username: str) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough Passw0rd")
    with pytest.raises(CommandError):
        call_command("createsuperuser", interactive=False, email=email, username=username, verbosity=0)
    assert User.objects.count() == 1


def test_a_name_is_checked_by_the_model_as_by_the_api(owner) -> None:
    for name in ["<b>", "a\x00b", "\u200b", "x" * 151, "\ufdfa" * 100]:
        with pytest.raises(ValidationError):
            User(username=name, email="new@example.org").full_clean(exclude=[*User.DERIVED, "password"])


def test_the_counter_counts_accounts_and_is_open_to_all(owner, finder, anonymous) -> None:
    answer = anonymous.get("/api/auth/users/count/")
    assert (answer.status_code, answer.json()) == (200, {"user_count": 2})
    assert anonymous.get("/api/auth/users/count/", HTTP_AUTHORIZATION="Bearer null").status_code == 200
    assert owner.get("/api/auth/users/count/").json() == {"user_count": 2}

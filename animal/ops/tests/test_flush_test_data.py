"""P20: `flush_test_data` removes accounts at .test addresses and marked rows, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError

from accounts.models import User
from animal.conftest import Actor, make_actor
from animal.images.models import Image
from animal.ops.tests.backups import manage
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.reports.tests.conftest import form

pytestmark = pytest.mark.django_db

PET = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby"}


def live_in(actor: Actor, picture: Callable[..., Any]) -> None:
    """A pet with a photo, and a report with one."""
    assert actor.multipart("/api/auth/pets/add/", {**PET, "images": picture()}).status_code == 201
    assert actor.multipart("/api/auth/pets/report/", form(pet_image=picture())).status_code == 201


@pytest.fixture
def tester(db: None) -> Actor:
    tester = make_actor("tester")
    User.objects.filter(pk=tester.user.pk).update(email="t@pawgle.test", email_key="t@pawgle.test", is_test=True)
    return tester


def everything() -> dict[str, set[Any]]:
    ours = [model for model in apps.get_models() if model.__module__.startswith(("animal.", "accounts."))]
    skipped = {"core.BackgroundTask", "core.OutgoingMail", "ops.OperationLock", "recognition.ChangeCounter"}
    return {
        model._meta.label: set(model._default_manager.values_list("pk", flat=True))
        for model in ours
        if model._meta.label not in skipped
    }


def test_p20_what_is_marked_goes_and_every_other_row_and_file_stays(
    owner: Actor, tester: Actor, picture: Callable[..., Any]
) -> None:
    tester.user.refresh_from_db()
    live_in(owner, picture)
    before, files = everything(), {str(image.master) for image in Image.objects.all()}
    newcomer = make_actor("second")
    User.objects.filter(pk=newcomer.user.pk).update(is_test=True, email_key="s@pawgle.test")
    newcomer.user.refresh_from_db()
    live_in(newcomer, picture)
    live_in(tester, picture)
    assert Pet.objects.filter(is_test=True).count() == Report.objects.filter(is_test=True).count() == 2
    assert "       2 pets" in manage("flush_test_data", "--dry-run")
    assert Pet.objects.count() == 3
    manage("flush_test_data", "--noinput")
    after = everything()
    assert not User.objects.filter(is_test=True).exists()
    assert {label: rows - after[label] for label, rows in before.items() if rows - after[label]} == {
        "accounts.User": {tester.user.pk},
        "accounts.Session": before["accounts.Session"] - after["accounts.Session"],
    }
    assert {str(image.master) for image in Image.objects.all()} == files
    assert all(default_storage.exists(name) for name in files)


def test_p20_staff_stay_whatever_their_address(tester: Actor) -> None:
    User.objects.filter(pk=tester.user.pk).update(is_staff=True)
    assert "       1 staff accounts that stay" in manage("flush_test_data", "--noinput")
    assert User.objects.filter(pk=tester.user.pk).exists()


def test_p20_nothing_goes_unless_somebody_says_yes(tester: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda question: "no")
    with pytest.raises(CommandError, match="Nothing was deleted"):
        manage("flush_test_data")
    assert User.objects.filter(pk=tester.user.pk).exists()

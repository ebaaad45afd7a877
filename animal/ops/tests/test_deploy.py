"""B74: `deploy` with its flags: what each leaves out, what failing leaves behind, and taking a deployment back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import pre_migrate
from django_q.models import Schedule

from accounts.models import User
from animal.conftest import make_actor
from animal.images.models import Image
from animal.ops.locks import only_one
from animal.ops.maintenance import maintenance_end, maintenance_is_on
from animal.ops.models import Deployment
from animal.ops.tests.backups import complete_sets_in, manage

pytestmark = pytest.mark.django_db(transaction=True)

State = Deployment.State


@pytest.fixture(autouse=True)
def _first_release(settings: Any) -> None:
    settings.RELEASE = "1.0"


@contextmanager
def when_migrating(act: Callable[[], None]) -> Iterator[None]:
    """Calls `act` as the tables are about to be changed."""

    def receiver(**kwargs: Any) -> None:
        act()

    sender = apps.get_app_config("ops")
    pre_migrate.connect(receiver, sender=sender)
    try:
        yield
    finally:
        pre_migrate.disconnect(receiver, sender=sender)


def quick(*flags: str) -> str:
    """A deployment without the static files, which take a second."""
    return manage("deploy", "--skip-static", *flags)


def test_b74_a_deployment_backs_up_first_migrates_and_sets_the_schedules(
    photo: Image, sets: Path, settings: Any, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    Schedule.objects.all().delete()
    said = manage("deploy")
    [made] = complete_sets_in(sets)
    assert made in said
    assert "0 migrations were applied" in said
    assert "1.0 is deployed" in said
    assert (settings.STATIC_ROOT / "web" / "site.css").exists()
    assert Schedule.objects.filter(name="tasks_sweep").exists()
    done = Deployment.objects.get()
    assert (done.state, done.release, done.release_before, done.backup) == (State.DONE, "1.0", "", made)
    assert not maintenance_is_on()


def test_b74_each_skip_leaves_out_what_it_names(sets: Path, settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    Schedule.objects.all().delete()
    said = manage("deploy", "--skip-backup", "--skip-migrate", "--skip-static")
    assert "migrations" not in said
    assert (complete_sets_in(sets), settings.STATIC_ROOT.exists(), Schedule.objects.exists()) == ([], False, False)
    assert Deployment.objects.get().state == State.DONE


def test_b74_without_a_place_for_the_backup_nothing_is_done_unless_told_to(settings: Any) -> None:
    settings.BACKUPS_IN = ""
    with pytest.raises(CommandError, match=r"Set BACKUP_DIR, or deploy with --skip-backup"):
        quick()
    assert not Deployment.objects.exists()
    quick("--skip-backup")
    assert Deployment.objects.exists()


def test_b74_a_wrong_setting_stops_the_deployment_before_anything_is_done(sets: Path, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    with pytest.raises(CommandError, match="ALLOWED_HOSTS must name hosts"):
        quick("--maintenance")
    assert (complete_sets_in(sets), maintenance_is_on()) == ([], False)


def test_b74_maintenance_is_on_while_it_deploys_and_off_afterwards(sets: Path) -> None:
    seen: list[bool] = []
    with when_migrating(lambda: seen.append(maintenance_is_on())):
        assert "Maintenance is on." in quick("--maintenance")
        quick()
    assert seen == [True, False]
    assert not maintenance_is_on()


def test_b74_what_fails_half_way_leaves_people_out_and_says_how_to_go_back(sets: Path) -> None:
    def fail() -> None:
        raise RuntimeError("no such table, for owner@example.org")

    half_way = r"half-way: no such table, for \[e-mail\] `deploy --rollback`.*off"
    with when_migrating(fail), pytest.raises(CommandError, match=half_way) as raised:
        quick("--maintenance")
    assert "owner@example.org" not in str(raised.value)
    assert (Deployment.objects.get().state, maintenance_is_on()) == (State.FAILED, True)
    maintenance_end()


def test_b74_one_deployment_at_a_time(sets: Path) -> None:
    with only_one("deploy"), pytest.raises(CommandError, match="Another deploy has been running since"):
        quick()


def test_b74_taking_back_what_changed_no_tables_keeps_all_that_came_since(
    photo: Image, sets: Path, settings: Any
) -> None:
    quick()
    settings.RELEASE = "2.0"
    quick()
    make_actor("newcomer")
    said = manage("deploy", "--rollback")
    assert "rows and files stay" in said
    assert "Start 1.0 now." in said
    assert User.objects.filter(username="Newcomer").exists()
    assert len(complete_sets_in(sets)) == 2
    assert "Start the release that ran before" in manage("deploy", "--rollback"), "one further back"
    with pytest.raises(CommandError, match="no deployment to take back"):
        manage("deploy", "--rollback")


def test_b74_taking_back_what_changed_tables_restores_the_backup_and_keeps_what_came_since(
    photo: Image, sets: Path, settings: Any
) -> None:
    quick()
    settings.RELEASE = "2.0"
    recorder = MigrationRecorder.Migration.objects
    recorder.filter(app="pets", name="0002_ids_above_reports").delete()  # It changes nothing where there are rows.
    assert "1 migrations were applied" in quick()
    make_actor("newcomer")
    said = manage("deploy", "--rollback")
    assert "rows are back" in said
    assert "Maintenance stays on: 2.0 cannot serve" in said
    assert "Start 1.0, then `maintenance off`" in said
    assert maintenance_is_on()
    assert [user.username for user in User.objects.all()] == ["Owner"]
    assert Image.objects.get().pk == photo.pk
    assert not recorder.filter(app="pets", name="0002_ids_above_reports").exists()
    assert Deployment.objects.get().release == "1.0", "and what is known of deployments is as it was then"
    maintenance_end()
    manage("restore", complete_sets_in(sets)[0], "--force", "--discard")
    assert User.objects.filter(username="Newcomer").exists()


def test_b74_what_was_deployed_without_a_backup_is_not_taken_back_blindly(photo: Image, sets: Path) -> None:
    MigrationRecorder.Migration.objects.filter(app="pets", name="0002_ids_above_reports").delete()
    quick("--skip-backup")
    with pytest.raises(CommandError, match=r"--skip-backup and applied pets.0002_ids_above_reports"):
        manage("deploy", "--rollback")
    with pytest.raises(CommandError, match="--skip-static does not go with it"):
        manage("deploy", "--rollback", "--skip-static")
    assert not maintenance_is_on()

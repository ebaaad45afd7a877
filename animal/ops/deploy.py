"""Bringing the data of a service to the release that is installed here, and taking the last time back.

What runs is for whoever starts processes (systemd, containers, App Service) to change; this is what has to happen to
rows and files in between, in an order in which it can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from animal.core.checks import configuration_is_usable
from animal.ops.backup.create import LOCK as BACKUP_LOCK
from animal.ops.backup.create import backup_create
from animal.ops.backup.manifest import migrations_applied
from animal.ops.backup.restore import restore
from animal.ops.database import database_wait
from animal.ops.locks import only_one
from animal.ops.maintenance import maintenance, maintenance_begin
from animal.ops.models import Deployment
from animal.ops.release import release_here
from animal.ops.schedules import schedules_ensure

LOCK = "deploy"
WAIT_SECONDS = 60.0

Say = Callable[[str], None]


class DeployError(Exception):
    """It was not done. The message says why, and how things stand."""


@dataclass(frozen=True)
class Plan:
    backup: bool = True
    migrate: bool = True
    static: bool = True
    maintenance: bool = False


def deploy(plan: Plan, say: Say) -> None:
    """Back up, migrate, collect static files, set the schedules; each once, in this order. Raises DeployError and what
    the steps raise. Should one fail, those after it do not run, and maintenance, if asked for, stays on."""
    problems = [str(message.msg) for message in configuration_is_usable() if message.is_serious()]
    if problems:
        raise DeployError(" ".join(problems))
    if not database_wait(timeout=WAIT_SECONDS, on_wait=lambda error: say(f"Waiting for the database: {error}")):
        raise DeployError(f"The database did not answer for {WAIT_SECONDS:g} s. Nothing was done.")
    _outside_fits(say)
    is_first = Deployment._meta.db_table not in connection.introspection.table_names()
    if plan.backup and not is_first and not settings.BACKUPS_IN:
        raise DeployError("There is no place for the backup. Set BACKUP_DIR, or deploy with --skip-backup.")
    with ExitStack() as stack:
        if not is_first:
            stack.enter_context(only_one(LOCK))
        if plan.maintenance:
            stack.enter_context(maintenance(f"{release_here()} is being deployed."))
            say("Maintenance is on.")
        backup = "" if is_first or not plan.backup else _backed_up(say)
        before = migrations_applied()
        record = None if is_first else _record(before, backup)
        try:
            _carry_out(plan, say, is_first=is_first)
        except BaseException:
            if record is not None:
                _settle(record, Deployment.State.FAILED)
            raise
        _settle(record or _record(before, backup), Deployment.State.DONE)
    say(f"{release_here()} is deployed. Start its processes now.")


def _outside_fits(say: Say) -> None:
    found = run_checks(tags=[Tags.database], databases=["default"])
    if problems := [str(message.msg) for message in found if message.is_serious()]:
        raise DeployError(" ".join(problems))
    for message in found:
        say(str(message.msg))


def _carry_out(plan: Plan, say: Say, *, is_first: bool) -> None:
    if plan.migrate or is_first:
        with ExitStack() as stack:
            if not is_first:
                stack.enter_context(only_one(BACKUP_LOCK))  # No backup of tables that are half of this release.
            before = set(migrations_applied())
            call_command("migrate", interactive=False, verbosity=0)
            say(f"{len(set(migrations_applied()) - before)} migrations were applied.")
        schedules_ensure()
    if plan.static:
        call_command("collectstatic", interactive=False, verbosity=0)
        say("Static files are collected.")


def _backed_up(say: Say) -> str:
    made = backup_create(label=f"before {release_here()}", say=lambda said: None)
    say(f"Everything is backed up as {made.name}.")
    return made.name


def _record(before: list[str], backup: str) -> Deployment:
    earlier = Deployment.objects.filter(state=Deployment.State.DONE).order_by("-started_at", "-pk").first()
    return Deployment.objects.create(
        release=release_here(),
        release_before=earlier.release if earlier else "",
        migrations_before=before,
        backup=backup,
    )


def _settle(record: Deployment, state: Deployment.State) -> None:
    Deployment.objects.filter(pk=record.pk).update(state=state, finished_at=timezone.now())


def rollback(say: Say) -> None:
    """Bring rows and files back to before the last deployment.

    When it applied no migration, they fit the release before as they are, and all that came since stays. Otherwise its
    backup is restored; what came since is backed up first and is no longer served, and maintenance stays on until the
    release before runs. Raises DeployError and what `restore` raises.
    """
    with only_one(LOCK):
        last = Deployment.objects.exclude(state=Deployment.State.TAKEN_BACK).order_by("-started_at", "-pk").first()
        if last is None:
            raise DeployError("There is no deployment to take back.")
        release = last.release_before or "the release that ran before"
        came = sorted(set(migrations_applied()) - set(last.migrations_before))
        if not came:
            _settle(last, Deployment.State.TAKEN_BACK)
            say(
                f"The deployment of {last.release} changed no tables, so rows and files stay, with all that came since."
            )
            say(f"Start {release} now.")
            return
        if not last.backup:
            raise DeployError(
                f"The deployment of {last.release} was made with --skip-backup and applied {', '.join(came)}. Take "
                "these back with `migrate`, or `restore` another backup."
            )
        maintenance_begin(f"The deployment of {last.release} is being taken back.")
        done = restore(name=last.backup, force=True, discard=False, verify=False, migrate=False, say=say)
        if done.faults:
            raise DeployError(f"{last.backup} was restored, but is not as it says: {' '.join(done.faults)}")
        say(f"Rows and files are those of before {last.release}; what came since is kept as {done.safety}.")
        qdrant = " run `sync_qdrant --prune`," if settings.QDRANT_CLUSTER_ENDPOINT else ""
        say(f"Maintenance stays on: {last.release} cannot serve these tables.")
        say(f"Start {release},{qdrant} then `maintenance off`.")

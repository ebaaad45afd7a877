"""How this installation is: what it is made of, what works, what is late. Without secrets and people, so that it may be
handed to whoever helps."""

from __future__ import annotations

import os
import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.core.checks import CheckMessage, Tags, run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone
from django_q.models import Schedule

from animal.core.mail_settings import FILES, RESEND
from animal.core.models import BackgroundTask, OutgoingMail
from animal.ops.backup.create import LOCK
from animal.ops.backup.manifest import manifests
from animal.ops.backup.rows import engine
from animal.ops.backup.store import BackupError, set_made_at, troubles_said
from animal.ops.locks import lock_taken_at
from animal.ops.maintenance import maintenance_notice
from animal.ops.release import release_here
from animal.ops.report import forget_kept, health_report
from animal.ops.schedules import timers

OK, NOTE, FAULT = "ok", "note", "FAULT"
FULL_DISK = 0.95
# The daily one, and some hours for it to be made in.
BACKUP_DUE = timedelta(hours=30)
LATE = timedelta(minutes=15)
MUST_WORK = {"storage", "index", "worker", "queue"}
PACKAGES = ("django", "django-q2", "djangorestframework", "gunicorn", "numpy", "onnxruntime", "pillow", "qdrant-client")


@dataclass(frozen=True)
class Line:
    state: str
    what: str
    said: str


Section = Callable[[], Iterator[Line]]


def diagnosis(*, full: bool) -> Iterator[tuple[str, list[Line]]]:
    """Section by section. One that cannot be looked at says so and keeps no other from being."""
    sections: list[tuple[str, Section]] = [
        ("Installation", _installation),
        ("Parts", _parts),
        ("Settings", _settings),
        ("Database and buckets", _outside),
        ("Work", _work),
        ("Clock", _clock),
        ("Backups", _backups),
        ("Disks", _disks),
    ]
    if full:
        sections += [("Packages", _packages), ("Environment", _environment), ("Tables", _tables), ("Index", _index)]
    for title, section in sections:
        try:
            yield title, list(section())
        except DatabaseError as error:
            connection.close()
            yield title, [Line(FAULT, "database", f"does not answer ({type(error).__name__})")]


def _installation() -> Iterator[Line]:
    yield Line(OK, "release", f"{release_here()}, API {settings.SPECTACULAR_SETTINGS['VERSION']}")
    yield Line(OK, "runs on", f"Python {platform.python_version()}, Django {django.get_version()}, {platform.system()}")
    yield Line(OK, "rows in", connection.display_name)
    yield Line(OK, "pictures in", "an object store" if settings.CLOUDFLARE_S3_API else "a folder")
    yield Line(OK, "index in", "Qdrant" if settings.QDRANT_CLUSTER_ENDPOINT else "memory")
    yield Line(OK, "photos read by", str(settings.EMBEDDING_PROVIDER))
    yield Line(OK, "cache in", "Redis" if settings.REDIS_URL else "each process")
    ways = {RESEND: "Resend", FILES: "files, which nobody gets"}
    yield Line(OK, "mail by", ways.get(settings.EMAIL_BACKEND, "a mail server"))
    yield Line(OK, "errors to", "Sentry" if settings.SENTRY_DSN else "the log")
    if notice := maintenance_notice():
        yield Line(NOTE, "maintenance", f"on since {notice.since}: {notice.reason}")
    if settings.DEBUG:
        yield Line(NOTE, "DEBUG", "is on: never on a server that others reach")


def _parts() -> Iterator[Line]:
    forget_kept()
    for name, finding in health_report().findings.items():
        details = ", ".join(f"{key} {value}" for key, value in finding.details.items())
        state = OK if finding.status == "healthy" else FAULT if finding.status == "unhealthy" else NOTE
        if state == NOTE and name in MUST_WORK:
            state = (
                FAULT  # People are served without, so the probes call it degraded; it has to be mended all the same.
            )
        yield Line(state, name, finding.error or details or "works")


def _settings() -> Iterator[Line]:
    yield from _checked(run_checks(include_deployment_checks=not settings.DEBUG))


def _outside() -> Iterator[Line]:
    yield from _checked(run_checks(tags=[Tags.database], databases=["default"]))


def _checked(found: list[CheckMessage]) -> Iterator[Line]:
    problems = [problem for problem in found if not problem.is_silenced()]
    for problem in problems:
        yield Line(FAULT if problem.is_serious() else NOTE, problem.id or "check", str(problem.msg).splitlines()[0])
    if not problems:
        yield Line(OK, "checks", "have nothing to say")


def _work() -> Iterator[Line]:
    failed = Counter(
        BackgroundTask.objects.filter(state=BackgroundTask.State.FAILED).values_list("name", flat=True).iterator()
    )
    for name, count in failed.most_common(10):
        yield Line(NOTE, name.rpartition(".")[2], f"{count} failed for good; their reasons are in core_backgroundtask")
    waits = OutgoingMail.objects.filter(sent_at=None, created_at__lt=timezone.now() - LATE).count()
    if waits:
        yield Line(NOTE, "mail", f"{waits} mails have waited for more than {LATE.seconds // 60} minutes")
    if not failed and not waits:
        yield Line(OK, "tasks, mail", "none failed, none is late")


def _clock() -> Iterator[Line]:
    rows = {row.name: row for row in Schedule.objects.all()}
    missing = sorted({timer.name for timer in timers()} - rows.keys())
    if missing:
        yield Line(FAULT, "schedules", f"{', '.join(missing)} missing: run `ensure_schedules`")
    late = sorted(name for name, row in rows.items() if row.next_run and row.next_run < timezone.now() - LATE)
    if late:
        yield Line(FAULT, "schedules", f"{', '.join(late)} should have run: does a worker run?")
    if not missing and not late:
        yield Line(OK, "schedules", f"{len(rows)} in place, none is late")


def _backups() -> Iterator[Line]:
    if not settings.BACKUPS_IN:
        yield Line(NOTE, "backups", "are not made: set BACKUP_DIR or BACKUP_BUCKET_NAME")
        return
    try:
        with troubles_said():
            engine()
            complete = manifests()
    except BackupError as error:
        yield Line(FAULT, "backups", str(error))
        return
    newest = set_made_at(complete[0].name) if complete else None
    if newest is None or newest < timezone.now() - BACKUP_DUE:
        yield Line(FAULT, "backups", f"the newest is of {newest:%Y-%m-%d %H:%M} UTC" if newest else "there is none yet")
    else:
        kind = "encrypted" if complete[0].is_encrypted else "not encrypted"
        yield Line(OK, "backups", f"{len(complete)}, the newest of {newest:%Y-%m-%d %H:%M} UTC, {kind}")
    if since := lock_taken_at(LOCK):
        yield Line(NOTE, "backups", f"one is being made or restored since {since}")


def _disks() -> Iterator[Line]:
    for name, folder in (("VAR_DIR", Path(settings.VAR_DIR)), ("temporary files", Path("/tmp"))):  # noqa: S108
        usage = shutil.disk_usage(folder if folder.exists() else folder.anchor)
        state = FAULT if usage.used / usage.total > FULL_DISK else OK
        yield Line(state, name, f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB free")


def _packages() -> Iterator[Line]:
    for name in PACKAGES:
        yield Line(OK, name, version(name))


def _environment() -> Iterator[Line]:
    """Names alone: what they are set to may be a secret."""
    example = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8").splitlines()
    known = {line.partition("=")[0] for line in example if line[:1].isupper()}
    names = sorted(known & {name for name, value in os.environ.items() if value})
    yield Line(OK, "are set", ", ".join(names) or "none")


def _tables() -> Iterator[Line]:
    for table, count in engine_counts().items():
        yield Line(OK, table, str(count))


def engine_counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        counts = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            counts[table] = int(cursor.fetchone()[0])
        return counts


def _index() -> Iterator[Line]:
    if not settings.QDRANT_CLUSTER_ENDPOINT:
        yield Line(OK, "index", "is read from the database by each process")
        return
    try:
        call_command("sync_qdrant", check=True)
        yield Line(OK, "index", "agrees with the database, vector by vector")
    except CommandError as error:
        yield Line(FAULT, "index", str(error))

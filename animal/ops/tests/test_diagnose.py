"""B75: `diagnose [--full]`, `monitor`, `gen_secret`: what they say, what they keep to themselves, how they end."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Error
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone
from django_q.models import Schedule
from pyrage import x25519

from animal.conftest import Actor
from animal.core.checks import configuration_is_usable
from animal.core.mail import mail_queue
from animal.core.metrics import files as metric_files
from animal.core.models import BackgroundTask, OutgoingMail, WorkerHeartbeat
from animal.ops.maintenance import maintenance_begin
from animal.ops.schedules import schedules_ensure
from animal.ops.tests.backups import manage
from animal.ops.watching import Watch

pytestmark = pytest.mark.django_db

SECRET = "a-secret-that-nobody-may-read"


@pytest.fixture(autouse=True)
def _sound(settings: Any, tmp_path: Path) -> None:
    """An installation on which nothing has to be mended."""
    settings.VAR_DIR = tmp_path
    settings.DEBUG = True
    settings.BACKUPS_IN = ""
    schedules_ensure()
    now = timezone.now()
    WorkerHeartbeat.objects.create(cluster="0" * 32, host="here", workers=1, busy=0, started_at=now, beat_at=now)


def diagnosed(*flags: str) -> tuple[int, str]:
    """(how many things have to be mended, all that is said)"""
    output = io.StringIO()
    try:
        call_command("diagnose", *flags, stdout=output)
    except CommandError as error:
        return int(str(error).split()[0]), output.getvalue()
    return 0, output.getvalue()


def test_b75_a_sound_installation_has_nothing_to_mend_and_says_what_it_is_made_of() -> None:
    faults, said = diagnosed()
    assert faults == 0, said
    assert "Nothing has to be mended." in said
    for part in ("rows in", "pictures in", "index in", "database", "migrations", "worker", "schedules", "VAR_DIR"):
        assert re.search(rf"^  (ok|note) +{part} ", said, re.MULTILINE), part


def late_schedule(settings: Any) -> None:
    Schedule.objects.filter(name="tasks_sweep").update(next_run=timezone.now() - timedelta(hours=1))


def missing_schedule(settings: Any) -> None:
    Schedule.objects.filter(name="retention").delete()


def no_worker(settings: Any) -> None:
    WorkerHeartbeat.objects.all().delete()


def late_work(settings: Any) -> None:
    hours_ago = timezone.now() - timedelta(hours=2)
    BackgroundTask.objects.create(key="k", name="n", target="1", run_at=hours_ago, woken_at=hours_ago)


def wrong_setting(settings: Any) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]


def no_backup_yet(settings: Any) -> None:
    settings.BACKUPS_IN = str(settings.VAR_DIR)
    on_disk = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    settings.STORAGES = {**settings.STORAGES, "backups": {**on_disk, "OPTIONS": {"location": settings.VAR_DIR}}}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (late_schedule, "tasks_sweep should have run"),
        (missing_schedule, "retention missing: run `ensure_schedules`"),
        (no_worker, "No worker has given a sign of life"),
        (late_work, "1 tasks wait, the oldest for 72"),
        (wrong_setting, "ALLOWED_HOSTS must name hosts"),
        (no_backup_yet, "there is none yet"),
    ],
)
def test_b75_what_has_to_be_mended_is_named_and_makes_the_exit_code(settings: Any, spoil: Any, said: str) -> None:
    spoil(settings)
    faults, text = diagnosed()
    assert faults >= 1
    assert re.search(rf"^  FAULT .*{re.escape(said)}", text, re.MULTILINE), text


def test_b75_what_is_merely_worth_knowing_is_a_note(settings: Any) -> None:
    BackgroundTask.objects.create(
        key="f", name="animal.x.some_task", state="failed", run_at=timezone.now(), woken_at=timezone.now()
    )
    mail_queue(key="late", to_email="greta@example.net", subject="s", text="t")
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(hours=1))
    BackgroundTask.objects.exclude(key="f").delete()
    maintenance_begin("a new disk")
    faults, said = diagnosed()
    assert faults == 0, said
    for line in ("some_task +1 failed for good", "mail +1 mails have waited", "maintenance +on since .*a new disk"):
        assert re.search(rf"^  note +{line}", said, re.MULTILINE), said


def test_b75_neither_secrets_nor_people_are_in_it(owner: Actor, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "SECRET_KEY",
        "RESEND_API_KEY",
        "EMAIL_HOST_PASSWORD",
        "QDRANT_API_KEY",
        "METRICS_TOKEN",
        "DATABASE_URL",
    ):
        monkeypatch.setenv(name, f"x{SECRET}")
        if hasattr(settings, name) and name != "SECRET_KEY":
            setattr(settings, name, SECRET)
    settings.SENTRY_DSN = f"https://{SECRET}@sentry.example/1"
    settings.BACKUP_ENCRYPTION_KEYS = [str(key := x25519.Identity.generate())]
    BackgroundTask.objects.create(
        key="f", name="x", state="failed", run_at=timezone.now(), woken_at=timezone.now(), error="of owner@example.org"
    )
    _, said = diagnosed("--full")
    assert "RESEND_API_KEY" in said, "the names of what is set"
    for line in ("  ok     django ", "  ok     accounts_user      1", "  ok     index "):
        assert line in said
    for kept in (SECRET, str(key), "owner", "Owner"):
        assert kept not in said


def test_b75_without_a_database_it_still_says_the_rest(settings: Any) -> None:
    def away() -> Any:
        raise DatabaseError("host owner:secret@db is away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Schedule.objects, "all", away)
        faults, said = diagnosed()
    assert faults >= 1
    assert "secret" not in said
    assert "\nDisks" in said
    assert "FAULT  database           does not answer (DatabaseError)" in said


def test_b75_monitor_shows_queue_workers_mail_and_ends_by_itself_when_told_to(settings: Any) -> None:
    mail_queue(key="k", to_email="greta@example.net", subject="s", text="t")
    said = manage("monitor", "--interval", "0.2", "--count", "2")
    assert said.count("1 due, 0 running, 0 later, 0 failed") == 2
    assert said.count("1 to send") == 2
    assert "1, 0 busy, last seen 0 s ago" in said
    assert "greta" not in said
    with pytest.raises(CommandError, match="interval"):
        manage("monitor", "--interval", "0")


def test_b75_monitor_counts_the_requests_between_two_looks(client: Any, settings: Any, tmp_path: Path) -> None:
    settings.METRICS_FOLDER = tmp_path / "metrics"
    watch = Watch()
    assert watch.look()["requests"] == "no web process of this host counts"
    metric_files.share(settings.METRICS_FOLDER)
    try:
        client.get("/ready/")
        assert watch.look()["requests"] == "1 since the start, 0 of them 5xx"
        for _ in range(3):
            client.get("/ready/")
        assert re.fullmatch(r"[\d.]+/s, 0 new 5xx", second := watch.look()["requests"])
        assert not second.startswith("0.0/s")
    finally:
        metric_files.stop_sharing()


def test_b75_gen_secret_makes_another_key_each_time_that_the_start_accepts(settings: Any) -> None:
    first, second = manage("gen_secret").strip(), manage("gen_secret").strip()
    assert first != second
    settings.SECRET_KEY, settings.DEBUG = first, False
    settings.BACKUP_ENCRYPTION_KEYS = [manage("gen_secret", "--backup-key").splitlines()[0]]
    assert [message for message in configuration_is_usable() if isinstance(message, Error)] == []
    secret, public = manage("gen_secret", "--backup-key").splitlines()
    assert public == f"# public: {x25519.Identity.from_str(secret).to_public()}"

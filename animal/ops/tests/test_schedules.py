"""What runs by the clock is there once, is callable, and keeps its next run across restarts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from animal.ops.schedules import TIMERS, schedules_ensure

pytestmark = pytest.mark.django_db


def test_the_command_creates_each_schedule_once() -> None:
    call_command("ensure_schedules")
    call_command("ensure_schedules")
    assert sorted(Schedule.objects.values_list("name", flat=True)) == sorted(timer.name for timer in TIMERS)


def test_every_schedule_names_a_function_that_exists() -> None:
    assert [timer.name for timer in TIMERS if not callable(import_string(timer.function))] == []


def test_a_restart_does_not_put_off_the_daily_work() -> None:
    schedules_ensure()
    soon = timezone.now() + timedelta(minutes=5)
    Schedule.objects.filter(name="pets_purge").update(next_run=soon)
    assert schedules_ensure() == 0
    assert Schedule.objects.get(name="pets_purge").next_run == soon


def test_a_changed_schedule_is_corrected_and_a_double_one_removed() -> None:
    schedules_ensure()
    Schedule.objects.filter(name="tasks_sweep").update(func="animal.old.gone", minutes=7)
    Schedule.objects.create(name="tasks_sweep", func="animal.old.gone", schedule_type=Schedule.DAILY)
    schedules_ensure()
    row = Schedule.objects.get(name="tasks_sweep")
    assert (row.func, row.minutes, row.schedule_type) == ("animal.core.tasks.tasks_sweep", 1, Schedule.MINUTES)


def test_schedules_of_others_are_left_alone() -> None:
    Schedule.objects.create(name="mine", func="math.floor", schedule_type=Schedule.DAILY)
    schedules_ensure()
    assert Schedule.objects.filter(name="mine").exists()


@pytest.mark.django_db
def test_migrating_is_enough_for_a_plain_qcluster_to_find_what_runs_by_the_clock() -> None:
    Schedule.objects.all().delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert set(Schedule.objects.values_list("name", flat=True)) == {timer.name for timer in TIMERS}


def test_b73_a_backup_is_made_every_day_at_two_once_there_is_a_place_for_it(settings: Any) -> None:
    settings.BACKUPS_IN = ""
    schedules_ensure()
    assert not Schedule.objects.filter(name="backup").exists()
    settings.BACKUPS_IN = "/mnt/backups"
    schedules_ensure()
    row = Schedule.objects.get(name="backup")
    assert (row.next_run.strftime("%H:%M:%S"), row.schedule_type) == ("02:00:00", Schedule.DAILY)
    assert timedelta(0) < row.next_run - timezone.now() <= timedelta(days=1)
    assert callable(import_string(row.func))
    settings.BACKUPS_IN = ""
    schedules_ensure()
    assert not Schedule.objects.filter(name="backup").exists()

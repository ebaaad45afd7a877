"""Staff look at work that was given up and ask for it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from animal.conftest import Actor, make_actor, make_staff
from animal.core.models import BackgroundTask
from animal.core.tasks import background_task, task_enqueue
from animal.moderation.models import ModerationAct

pytestmark = pytest.mark.django_db

TASKS = "/admin/core/backgroundtask/"
ran: list[int] = []


@background_task()
def note(target: int) -> None:
    ran.append(target)


@pytest.fixture
def failed() -> BackgroundTask:
    ran.clear()
    task_enqueue(note, 7)
    BackgroundTask.objects.update(
        state="failed", failures=3, error="RuntimeError: no model", finished_at=timezone.now()
    )
    return BackgroundTask.objects.get()


def desk(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def retry(actor: Actor, *tasks: BackgroundTask) -> Any:
    chosen = [task.pk for task in tasks]
    return desk(actor).post(TASKS, {"action": "retry", "_selected_action": chosen, "reason": "The model is back"})


@pytest.fixture
def keeper() -> Actor:
    return make_staff("keeper", "Admins")


def test_a_failed_task_that_is_asked_for_again_runs_and_is_done(
    keeper: Actor, failed: BackgroundTask, work_off: Callable[[], int]
) -> None:
    work_off()
    assert ran == [], "a task that was given up stays so by itself"
    assert retry(keeper, failed).status_code == 302
    failed.refresh_from_db()
    assert (failed.state, failed.failures, failed.error) == ("pending", 0, "")
    work_off()
    failed.refresh_from_db()
    assert (failed.state, ran) == ("done", [7])
    acts = ModerationAct.objects.values_list("actor", "act", "kind", "object_id", "reason")
    assert list(acts) == [(keeper.user.pk, "retry", "task", str(failed.pk), "The model is back")]


def test_a_task_that_has_not_failed_is_left_alone(
    keeper: Actor, failed: BackgroundTask, work_off: Callable[[], int]
) -> None:
    retry(keeper, failed)
    retry(keeper, failed)
    work_off()
    assert (ran, ModerationAct.objects.count()) == ([7], 1)
    retry(keeper, failed)
    work_off()
    assert (ran, ModerationAct.objects.count()) == ([7], 1)


def test_the_page_of_a_failed_task_tells_why_and_has_the_button(keeper: Actor, failed: BackgroundTask) -> None:
    page = desk(keeper).get(f"{TASKS}{failed.pk}/change/").content.decode()
    assert ("RuntimeError: no model" in page, 'value="retry"' in page) == (True, True)
    BackgroundTask.objects.update(state="done")
    assert 'value="retry"' not in desk(keeper).get(f"{TASKS}{failed.pk}/change/").content.decode()


@pytest.mark.parametrize("group", ["Moderators", "Shelters", "Support"])
def test_whose_work_it_is_not_finds_no_tasks(failed: BackgroundTask, group: str) -> None:
    member = make_staff("member", group)
    assert desk(member).get(TASKS).status_code == 403
    assert retry(member, failed).status_code == 403
    failed.refresh_from_db()
    assert (failed.state, ModerationAct.objects.count()) == ("failed", 0)


def test_who_may_look_at_tasks_alone_asks_for_none(failed: BackgroundTask) -> None:
    from django.contrib.auth.models import Permission

    clerk = make_actor("clerk", is_staff=True)
    clerk.user.user_permissions.set(Permission.objects.filter(codename="view_backgroundtask"))
    retry(clerk, failed)
    failed.refresh_from_db()
    assert failed.state == "failed"

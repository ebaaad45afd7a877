"""A change of SECRET_KEY drops no queued work: what the earlier key signed is run, and what no key signed is woken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from animal.core.models import BackgroundTask
from animal.core.queue_keys import queue_drop_unreadable
from animal.core.tasks import background_task, task_enqueue, tasks_sweep

pytestmark = pytest.mark.django_db

EARLIER = "an earlier key, as long as keys have to be for HS256 signatures"
ran: list[int] = []


@background_task()
def note(number: int) -> None:
    ran.append(number)


def ran_too(number: int) -> None:
    ran.append(number)


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


@pytest.fixture
def queued_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queued by processes that ran under the earlier key."""
    monkeypatch.setattr(Conf, "SECRET_KEY", EARLIER)
    task_enqueue(note, 7)
    async_task(ran_too, 8, task_name="a call without a row")
    monkeypatch.setattr(Conf, "SECRET_KEY", django_settings.SECRET_KEY)


def test_what_the_earlier_key_signed_is_run_while_it_is_among_the_fallbacks(
    queued_before: None, settings: Any, work_off: Callable[[], int]
) -> None:
    settings.SECRET_KEY_FALLBACKS = [EARLIER]
    assert queue_drop_unreadable() == 0
    assert tasks_sweep() == 0, "what is queued still is"
    work_off()
    assert (sorted(ran), BackgroundTask.objects.get().state) == ([7, 8], BackgroundTask.State.DONE)


def test_what_no_key_has_signed_is_dropped_and_its_task_woken_and_done(
    queued_before: None, settings: Any, work_off: Callable[[], int]
) -> None:
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(signing.BadSignature):
        SignedPackage.loads(OrmQ.objects.values_list("payload", flat=True)[0])
    assert queue_drop_unreadable() == 2
    async_task(ran_too, 9, task_name="queued as the worker starts")  # So that the queue is not empty.
    assert tasks_sweep() == 1
    work_off()
    assert (sorted(ran), BackgroundTask.objects.get().state) == ([7, 9], BackgroundTask.State.DONE)

"""Q_BROKER=redis: workers are told of work through Redis, and find it without."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection, transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ

from animal.core import checks, queue_wakeup
from animal.core.queue_broker import WokenOrm
from animal.core.tasks import background_task, task_enqueue
from animal.ops import stack

NOWHERE = "redis://127.0.0.1:1/0"


@background_task()
def note_task(target: int) -> None:
    pass


@pytest.fixture(autouse=True)
def _told_through_redis(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.Q_BROKER, settings.REDIS_URL = "redis", NOWHERE
    monkeypatch.setattr(Conf, "POLL", 0)
    monkeypatch.setattr(queue_wakeup, "_left_alone_until", 0.0)


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[redis.Redis]:
    servers: list[subprocess.Popen[bytes]] = []
    try:
        settings.REDIS_URL = stack.start_redis(tmp_path, servers)
        yield redis.Redis.from_url(settings.REDIS_URL)
    finally:
        for process in servers:
            process.kill()
            process.wait()


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_work_is_found_as_ever_and_redis_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []
    monkeypatch.setattr("animal.core.queue_wakeup.time.sleep", looked.append)
    broker = WokenOrm()
    assert broker.dequeue() is None
    assert broker.dequeue() is None
    assert looked == [queue_wakeup.POLL_SECONDS] * 2
    task_enqueue(note_task, 7)
    assert len(broker.dequeue()) == 1
    assert queue_wakeup._left_alone_until > time.monotonic()


@pytest.mark.django_db(transaction=True)
def test_who_lost_the_race_for_a_task_looks_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[bool] = []
    monkeypatch.setattr("animal.core.queue_broker.wakeup_wait", lambda: waited.append(True))
    task_enqueue(note_task, 7)
    broker = WokenOrm()

    def another_is_faster(task: Any) -> Any:
        OrmQ.objects.update(lock=timezone.now() + timedelta(minutes=1))
        return timezone.now()

    monkeypatch.setattr(broker, "timeout", another_is_faster)
    assert (broker.dequeue(), waited) == ([], [])
    assert (broker.dequeue(), waited) == (None, [True]), "nothing is left"


def test_installations_that_share_a_redis_wake_their_own_workers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    here = queue_wakeup.wakeup_key()
    assert queue_wakeup.wakeup_key() == here
    monkeypatch.setitem(connection.settings_dict, "NAME", "another")
    assert queue_wakeup.wakeup_key() != here
    assert "another" not in queue_wakeup.wakeup_key()


@pytest.mark.django_db
def test_without_q_broker_nobody_is_told(settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    settings.Q_BROKER = "orm"
    with django_capture_on_commit_callbacks() as told:
        task_enqueue(note_task, 7)
    assert (told, type(get_broker()).__name__) == ([], "PatientOrm")


@pytest.mark.django_db
def test_work_that_is_put_off_wakes_nobody_now(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as told:
        task_enqueue(note_task, 7, delay=timedelta(minutes=1))
    assert told == []


def test_q_broker_redis_without_a_redis_is_refused_with_a_sentence(settings: Any) -> None:
    settings.REDIS_URL = ""
    said = [message.msg for message in checks.configuration_is_usable()]
    assert "Q_BROKER=redis needs REDIS_URL, through which workers are told." in said


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_word_goes_out_with_the_commit_and_not_before_and_does_not_pile_up(server: redis.Redis) -> None:
    with transaction.atomic():
        task_enqueue(note_task, 7)
        assert server.llen(queue_wakeup.wakeup_key()) == 0
    assert server.llen(queue_wakeup.wakeup_key()) == 1
    for number in range(queue_wakeup.KEPT + 4):
        task_enqueue(note_task, number)
    assert server.llen(queue_wakeup.wakeup_key()) == queue_wakeup.KEPT


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_listens_is_woken_at_once(server: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_wakeup, "LISTEN_SECONDS", 30.0)
    heard = threading.Thread(target=queue_wakeup.wakeup_wait)
    heard.start()
    task_enqueue(note_task, 7)
    heard.join(20)
    assert not heard.is_alive()
    assert OrmQ.objects.count() == 1, "the queue is in the database"


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_who_hears_nothing_looks_all_the_same(server: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_wakeup, "LISTEN_SECONDS", 0.1)
    task_enqueue(note_task, 7)
    server.flushall()
    broker = WokenOrm()
    [(row, _)] = broker.dequeue()
    broker.acknowledge(row)
    assert broker.dequeue() is None
    assert queue_wakeup._left_alone_until == 0.0, "silence is no failure"

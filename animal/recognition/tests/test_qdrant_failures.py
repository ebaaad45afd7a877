"""What could not be written to Qdrant keeps searches off it until it is whole again, and that comes by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone
from qdrant_client import QdrantClient

from animal.core.models import BackgroundTask
from animal.core.tests.test_outages import let_time_pass
from animal.core.tests.worker import work_off
from animal.ops.schedules import timers
from animal.recognition import tasks
from animal.recognition.errors import IndexUnavailable
from animal.recognition.index import SearchQuery, qdrant_connection
from animal.recognition.index.qdrant import QdrantIndex
from animal.recognition.index.qdrant_fill import FILL_TASK, index_mend
from animal.recognition.index.qdrant_points import point_id
from animal.recognition.services import INDEX_TASK, gallery_remove, gallery_update
from animal.recognition.tests.gallery import VERSION, put, unit

pytestmark = pytest.mark.django_db
State = BackgroundTask.State


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def is_broken(qdrant: QdrantClient, rng, settings, monkeypatch) -> Callable[[bool], None]:
    """Seven pets from before Qdrant was switched on. While it is broken, the first five can be written and no more, for
    a reason that is not Qdrant's."""
    settings.QDRANT_CLUSTER_ENDPOINT = ""
    for object_id in range(1, 8):
        put("pet", object_id, unit(rng))
    settings.QDRANT_CLUSTER_ENDPOINT = "http://qdrant.test:6333"
    monkeypatch.setattr(tasks, "FILL_SECONDS", 0.0)
    monkeypatch.setattr(tasks, "UPLOAD_POINTS", 5)
    upload, sync_object = tasks.upload, tasks.sync_object
    broken = True

    def upload_or_fail(*args: Any, after: int, **options: Any) -> Any:
        if broken and after:
            raise TypeError("a fault of ours")
        return upload(*args, after=after, **options)

    def sync_or_fail(*args: Any) -> None:
        if broken:
            raise TypeError("a fault of ours")
        sync_object(*args)

    def switch(value: bool) -> None:
        nonlocal broken
        broken = value

    monkeypatch.setattr(tasks, "upload", upload_or_fail)
    monkeypatch.setattr(tasks, "sync_object", sync_or_fail)
    return switch


@pytest.fixture
def failed_fill(is_broken: Callable[[bool], None]) -> Callable[[bool], None]:
    with pytest.raises(IndexUnavailable, match="no collection"):
        found()
    fail_for_good()
    assert states(FILL_TASK) == {"done", "failed"}
    with pytest.raises(IndexUnavailable, match="being filled"):
        found()
    return is_broken


def found() -> set[int]:
    vectors = unit(np.random.default_rng(1))
    hits = QdrantIndex(lambda: VERSION).search(SearchQuery(vectors=vectors, kinds=["pet"], limit=20))
    return {hit.object_id for hit in hits}


def states(name: str) -> set[str]:
    return set(BackgroundTask.objects.filter(name=name).values_list("state", flat=True))


def fail_for_good() -> None:
    """All four tries."""
    for _ in range(4):
        work_off()
        let_time_pass(minutes=5)


def an_hour_passes() -> None:
    hour = timedelta(hours=1, minutes=1)
    BackgroundTask.objects.filter(finished_at__isnull=False).update(finished_at=models.F("finished_at") - hour)


def test_a_fill_that_failed_for_good_is_tried_again_after_an_hour_until_it_comes_to_its_end(
    failed_fill: Callable[[bool], None],
) -> None:
    assert index_mend() == 0, "it has just been tried"
    an_hour_passes()
    assert index_mend() == 1
    fail_for_good()
    with pytest.raises(IndexUnavailable, match="being filled"):
        found()
    failed_fill(False)
    an_hour_passes()
    assert index_mend() == 1
    assert index_mend() == 0, "it is on its way"
    work_off()
    assert found() == set(range(1, 8))
    assert states(FILL_TASK) == {"done"}
    assert BackgroundTask.objects.filter(name=FILL_TASK).exclude(error="").count() == 0


def test_the_command_that_wrote_everything_puts_qdrant_back_into_use(failed_fill: Callable[[bool], None]) -> None:
    call_command("sync_qdrant", "--only", "reports")
    with pytest.raises(IndexUnavailable, match="being filled"):
        found()
    call_command("sync_qdrant", "--only", "pets")
    assert found() == set(range(1, 8))


def test_a_check_that_finds_nothing_puts_qdrant_back_into_use_and_one_that_does_not_leaves_it_alone(
    failed_fill: Callable[[bool], None], qdrant: QdrantClient
) -> None:
    with pytest.raises(CommandError, match="disagree"):
        call_command("sync_qdrant", "--check")
    with pytest.raises(IndexUnavailable, match="being filled"):
        found()
    list(tasks.upload(qdrant_connection.default_connection(), "pet", 100, after=0))
    call_command("sync_qdrant", "--check")
    assert found() == set(range(1, 8))


def test_what_fails_while_the_command_runs_is_not_settled_by_it(
    failed_fill: Callable[[bool], None],
) -> None:
    later = timezone.now() + timedelta(minutes=1)
    BackgroundTask.objects.filter(name=FILL_TASK, state=State.FAILED).update(finished_at=later)
    call_command("sync_qdrant")
    with pytest.raises(IndexUnavailable, match="being filled"):
        found()


def told_of_everything(is_broken: Callable[[bool], None]) -> None:
    is_broken(False)
    call_command("sync_qdrant")
    work_off()


def test_changes_that_could_not_be_told_are_tried_again_and_searched_from_the_database_until_then(
    is_broken: Callable[[bool], None], qdrant: QdrantClient
) -> None:
    told_of_everything(is_broken)
    is_broken(True)
    gallery_remove(kind="pet", object_id=1)
    gallery_update(kind="pet", object_id=2, side="found")
    fail_for_good()
    assert states(INDEX_TASK) == {"failed"}
    assert found() == set(range(2, 8))
    call_command("sync_qdrant")
    assert states(INDEX_TASK) == {"failed"}, "what was removed is still there"
    an_hour_passes()
    assert index_mend() == 2
    is_broken(False)
    work_off()
    assert states(INDEX_TASK) == {"done"}
    assert qdrant.count("pawgle_pets").count == 6
    assert found() == set(range(2, 8))


@pytest.mark.parametrize("arguments", [["--prune"], ["--check"]])
def test_a_collection_that_agrees_has_been_told_of_every_change(
    is_broken: Callable[[bool], None], arguments: list[str], qdrant: QdrantClient
) -> None:
    told_of_everything(is_broken)
    is_broken(True)
    gallery_remove(kind="pet", object_id=1)
    fail_for_good()
    if arguments == ["--check"]:
        qdrant.delete("pawgle_pets", [point_id("pet", 1, 0)])
    call_command("sync_qdrant", *arguments)
    assert states(INDEX_TASK) == {"done"}


def test_a_collection_that_is_dropped_while_it_is_filled_is_filled_from_the_start(
    is_broken: Callable[[bool], None], qdrant: QdrantClient
) -> None:
    is_broken(False)
    with pytest.raises(IndexUnavailable, match="no collection"):
        found()
    first = BackgroundTask.objects.get(name=FILL_TASK)
    tasks.index_fill(first.target)
    qdrant.delete_collection("pawgle_pets")
    qdrant_connection.default_connection.cache_clear()  # The next slice is another process's.
    BackgroundTask.objects.filter(pk=first.pk).update(state=State.DONE)
    work_off()
    assert found() == set(range(1, 8))


def test_without_qdrant_nothing_is_tried(failed_fill: Callable[[bool], None], settings) -> None:
    an_hour_passes()
    settings.QDRANT_CLUSTER_ENDPOINT = ""
    assert index_mend() == 0


def test_it_runs_by_the_clock() -> None:
    assert any(timer.function.endswith(".index_mend") for timer in timers())

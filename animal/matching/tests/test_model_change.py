"""A new model takes over while the service runs: what is found meanwhile, and that nothing is missed or lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django_q.models import OrmQ

from animal.conftest import Actor
from animal.core.models import BackgroundTask
from animal.core.tasks import task_enqueue, tasks_sweep
from animal.matching.tests.test_real_photos import file_report, photo, register
from animal.recognition import reembedding
from animal.recognition.index import qdrant_connection
from animal.recognition.index.qdrant_sync import compare
from animal.recognition.models import GalleryEntry, ModelVersion, PhotoEmbedding
from animal.recognition.reembedding import EXTRACTION, reembed_watch
from animal.recognition.tests.next_model import NEXT, NEXT_BLIND, NEXT_DOWN, PREVIOUS
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
SEARCH = "/api/auth/pets/search/"
Work = Callable[[], int]


@pytest.fixture
def upgrade(settings: Any, work_off: Work) -> Callable[[str], None]:
    """Restart the service with a release that brings another model."""
    settings.EMBEDDING_PROVIDER = PREVIOUS
    reembed_watch(at_start=True)  # The worker of the old release has run.

    def to(provider: str) -> None:
        work_off()
        settings.EMBEDDING_PROVIDER = provider

    return to


def matches(actor: Actor) -> list[dict[str, Any]]:
    return actor.get("/api/v1/matches/").json()["results"]


def told(actor: Actor, verb: str) -> int:
    notes = actor.get("/api/auth/notifications/").json()["notifications"]
    return [note["verb"] for note in notes].count(verb)


def versions() -> set[str]:
    return set(GalleryEntry.objects.filter(is_live=True).values_list("version", flat=True))


def time_passes(**delay: float) -> None:
    """What happened before happened so much earlier."""
    by = timedelta(**delay)
    OrmQ.objects.update(lock=F("lock") - by)
    BackgroundTask.objects.update(run_at=F("run_at") - by, woken_at=F("woken_at") - by)
    BackgroundTask.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - by)
    ModelVersion.objects.exclude(pass_started_at=None).update(pass_started_at=F("pass_started_at") - by)


def test_animals_that_only_the_old_model_has_read_are_still_matched(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None]
) -> None:
    chelsea = register(owner, "chelsea")
    file_report(finder, "found", photo("chelsea/b.jpg"))
    work_off()
    assert [match["is_question"] for match in matches(owner)] == [True]
    upgrade(NEXT)
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(chelsea["id"]))
    work_off()
    assert [match["is_question"] for match in matches(owner)] == [False]


def test_old_vectors_mean_nothing_without_their_own_calibration(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None]
) -> None:
    chelsea = register(owner, "chelsea")
    work_off()
    upgrade(NEXT)
    ModelVersion.objects.update(calibration={"of": "another form"})
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(chelsea["id"]))
    work_off()
    assert matches(owner) == []


def test_a_report_filed_during_the_pass_meets_its_counterpart_once_that_is_read(
    owner: Actor, finder: Actor, stranger: Actor, work_off: Work, upgrade: Callable[[str], None]
) -> None:
    chelsea = register(owner, "chelsea")
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(chelsea["id"]))
    file_report(stranger, "lost", photo("minka/a.jpg"), animal_name="Minka")
    work_off()
    upgrade(NEXT)
    file_report(finder, "found", photo("chelsea/b.jpg"))
    work_off()
    assert matches(owner) == [], "one side has new vectors only, the other old ones only"
    answer = stranger.multipart(SEARCH, {"image": photo("chelsea/b.jpg")}).json()
    found = answer["search_info"]
    assert (found["total_items_searched"], found["pending_features_count"]) == (1, 2), (
        "who searches is told what is not searched"
    )
    assert answer["message"].startswith("1 animal looks like this one. 2 animals were not compared")
    answer = stranger.multipart(SEARCH, {"image": photo("rusty/a.jpg")}).json()
    assert answer["message"].startswith("None of the animals compared looks like this one. 2 animals were not"), (
        "that nobody has registered it is not known"
    )

    reembed_watch()
    work_off()
    (match,) = matches(owner)
    assert match["lost"]["name"] == "Chelsea"
    assert (told(owner, "auto_match"), told(finder, "auto_match")) == (1, 1)
    assert told(owner, "feature_extraction_complete") == 1, "that the photos were read again is nobody's news"
    assert matches(stranger) == []
    answer = stranger.multipart(SEARCH, {"image": photo("chelsea/b.jpg")}).json()
    found = answer["search_info"]
    assert (found["total_items_searched"], found["pending_features_count"]) == (3, 0)
    assert answer["message"] == "2 animals look like this one."


def test_a_pair_of_which_both_sides_have_new_vectors_is_not_compared_by_old_ones(
    owner: Actor, finder: Actor, stranger: Actor, work_off: Work, upgrade: Callable[[str], None]
) -> None:
    minka = register(owner, "minka")
    found = file_report(finder, "found", photo("chelsea/b.jpg"))
    register(stranger, "rusty")  # Not read again in this test: the old vectors are still needed.
    work_off()
    # As if the old model had taken the two for the same animal, which the new one does not.
    old = GalleryEntry.objects.get(kind="pet", object_id=minka["id"]).vector
    PhotoEmbedding.objects.filter(image__reports__id=found["id"]).update(vector=old)
    upgrade(NEXT)
    task_enqueue(EXTRACTION["pet"], minka["id"])
    task_enqueue(EXTRACTION["report"], found["id"])
    work_off()
    assert versions() == {"previous-1", "next-1"}
    assert set(GalleryEntry.objects.filter(object_id=found["id"], kind="report").values_list("version", flat=True)) == {
        "previous-1",
        "next-1",
    }
    file_report(owner, "lost", animal_name="Minka", pet_id=str(minka["id"]))
    work_off()
    assert matches(owner) == []


def test_when_all_is_read_again_nothing_of_the_old_model_is_left(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None]
) -> None:
    register(owner, "chelsea")
    file_report(finder, "found", photo("rusty/b.jpg"))
    work_off()
    upgrade(NEXT)
    reembed_watch()
    work_off()
    assert versions() == {"next-1"}
    assert set(PhotoEmbedding.objects.values_list("version", flat=True)) == {"next-1"}
    row = ModelVersion.objects.get(version="next-1")
    assert (row.pass_total, row.pass_finished_at is not None) == (2, True)
    before = BackgroundTask.objects.count()
    reembed_watch()
    assert (work_off(), BackgroundTask.objects.count()) == (0, before), "a finished pass costs nothing"


def test_open_reports_come_first_then_lost_pets(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = register(owner, "chelsea")
    home = register(owner, "minka")
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(lost["id"]))
    first = file_report(finder, "found", photo("rusty/b.jpg"))
    second = file_report(finder, "found", photo("rusty/a.jpg"))
    work_off()
    upgrade(NEXT)
    monkeypatch.setattr(reembedding, "TAKEN_AT_ONCE", 1)
    monkeypatch.setattr(reembedding, "STEP_SECONDS", 0)
    reembedding.version_serve(at_start=True)
    reembedding.pass_start("next-1")
    order = []
    while taken := reembedding._pass_take("next-1"):
        order += BackgroundTask.objects.filter(pk__in=taken).values_list("name", "target")
    reports, pets = (EXTRACTION[kind] for kind in ("report", "pet"))
    assert order[:4] == [
        (reports, str(second["id"])),
        (reports, str(first["id"])),
        (pets, str(lost["id"])),
        (pets, str(home["id"])),
    ]


def test_a_worker_killed_in_the_middle_loses_nothing_and_tells_nobody_twice(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    chelsea = register(owner, "chelsea")
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(chelsea["id"]))
    work_off()
    upgrade(NEXT)
    file_report(finder, "found", photo("chelsea/b.jpg"))
    work_off()

    def killed(name: str) -> None:
        if name == "embedded":
            raise SystemExit  # As far as rows go, a kill: nothing after it runs.

    reembed_watch()
    with monkeypatch.context() as patch:
        patch.setattr("animal.pets.tasks.checkpoint", killed)
        with pytest.raises(SystemExit):
            work_off()
    OrmQ.objects.all().delete()
    time_passes(seconds=60)
    tasks_sweep()
    work_off()
    assert versions() == {"next-1"}
    assert len(matches(owner)) == 1
    assert (told(owner, "auto_match"), told(owner, "feature_extraction_complete")) == (1, 1)


def test_while_the_new_model_does_not_work_the_old_vectors_stay_and_the_pass_waits(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None], settings: Any
) -> None:
    file_report(finder, "found", photo("chelsea/b.jpg"))
    chelsea = register(owner, "chelsea")
    for slug in ("minka", "rusty"):
        register(owner, slug)
    for name in ("minka/b.jpg", "rusty/b.jpg", "minka/a.jpg", "rusty/a.jpg"):
        file_report(finder, "found", photo(name))
    work_off()
    old = versions()
    upgrade(NEXT_DOWN)
    reembed_watch()
    work_off()
    asked = BackgroundTask.objects.filter(state="pending", name__contains="extract").count()
    assert asked == reembedding.TAKEN_AT_ONCE, "the others need not find out one by one"
    assert versions() == old
    assert {report.feature_status for report in Report.objects.all()} == {"completed"}, "all can still be found"
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(chelsea["id"]))
    work_off()
    assert [match["is_question"] for match in matches(owner) if match["lost"]["name"] == "Chelsea"] == [False]
    settings.EMBEDDING_PROVIDER = NEXT
    time_passes(minutes=2)
    work_off()
    assert versions() == {"next-1"}


def test_a_pet_on_whose_photo_the_new_model_sees_no_animal_leaves_the_gallery_and_its_owner_is_told(
    owner: Actor, work_off: Work, upgrade: Callable[[str], None]
) -> None:
    pet = register(owner, "chelsea")
    work_off()
    upgrade(NEXT_BLIND)
    reembed_watch()
    work_off()
    assert versions() == set()
    assert owner.get(f"/api/v1/pets/{pet['id']}/").json()["feature_status"] == "failed"
    assert told(owner, "feature_extraction_failed") == 1


def test_a_report_reopened_after_the_pass_is_read_by_a_pass_of_its_own(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None]
) -> None:
    report = file_report(finder, "found", photo("chelsea/b.jpg"))
    register(owner, "minka")
    work_off()
    (old,) = versions()
    url = f"/api/auth/pets/locations/{report['id']}/status/"
    assert finder.post(url, {"status": "resolved"}).status_code == 200
    upgrade(NEXT)
    reembed_watch()
    work_off()
    assert finder.post(url, {"status": "found"}).status_code == 200
    assert versions() == {old, "next-1"}
    time_passes(minutes=10)
    reembed_watch()
    work_off()
    assert versions() == {"next-1"}


def test_an_old_release_that_still_runs_undoes_nothing_and_one_rolled_back_to_takes_over(
    owner: Actor, work_off: Work, upgrade: Callable[[str], None], settings: Any
) -> None:
    register(owner, "chelsea")
    work_off()
    (old,) = versions()
    upgrade(NEXT)
    reembed_watch(at_start=True)
    work_off()
    settings.EMBEDDING_PROVIDER = PREVIOUS
    reembed_watch()
    work_off()
    assert versions() == {"next-1"}
    time_passes(minutes=10)
    reembed_watch(at_start=True)
    work_off()
    assert versions() == {old}


def test_qdrant_follows(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None], qdrant: Any
) -> None:
    chelsea = register(owner, "chelsea")
    file_report(finder, "found", photo("chelsea/b.jpg"))
    work_off()
    upgrade(NEXT)
    file_report(owner, "lost", animal_name="Chelsea", pet_id=str(chelsea["id"]))
    work_off()
    assert [match["is_question"] for match in matches(owner)] == [False], "by the old vectors, which Qdrant holds"
    reembed_watch()
    work_off()
    for kind in ("pet", "report"):
        assert not any(compare(qdrant_connection.default_connection(), kind))
    points, _ = qdrant.scroll("pawgle_pets", with_payload=True)
    assert {point.payload["version"] for point in points} == {"next-1"}


def reembed(*options: str) -> str:
    out = StringIO()
    call_command("reembed", *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_does_it_now_and_says_what_is_left(
    owner: Actor, finder: Actor, work_off: Work, upgrade: Callable[[str], None], settings: Any
) -> None:
    register(owner, "chelsea")
    file_report(finder, "found", photo("rusty/b.jpg"))
    work_off()
    assert "Everything has been read" in reembed()
    upgrade(NEXT_DOWN)
    with pytest.raises(CommandError, match="wait for the worker"):
        reembed("--check")
    with pytest.raises(CommandError, match="damaged"):
        reembed("--threads", "1")
    settings.EMBEDDING_PROVIDER = NEXT
    time_passes(minutes=10)
    assert "2 pets and reports have been read with the model next-1" in reembed("--threads", "1")
    assert versions() == {"next-1"}
    assert "0 pets and reports" in reembed("--check")
    with pytest.raises(CommandError, match="from 1 to"):
        reembed("--threads", "0")

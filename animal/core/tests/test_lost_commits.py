"""A COMMIT whose answer does not come: what is answered is what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from animal.chat.models import Message
from animal.chat.services import conversation_open
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor
from animal.core import idempotency, lost_commits
from animal.core.bodies import _FormStream
from animal.core.lost_commits import answer_due, outcome
from animal.core.models import IdempotencyRecord
from animal.core.scope import Scope, scoped
from animal.images.models import Image
from animal.images.services import image_store
from animal.pets.models import Pet
from animal.pets.services import PetFields, pet_register
from animal.reports.models import Report
from animal.reports.tests.conftest import REPORT_URL, form
from animal.web.tests.steps import browser_of

pytestmark = pytest.mark.django_db(transaction=True)

Refuse = Callable[..., None]
SEEN = {"message": "By the fountain", "contact_name": "Gus", "contact_email": "gus@example.org"}


@pytest.fixture
def commit_refused(monkeypatch: pytest.MonkeyPatch) -> Iterator[Refuse]:
    """The first transaction that writes to a table is rolled back at its COMMIT, as by a server that dies there; or its
    answer is lost."""
    monkeypatch.setattr(idempotency, "_commits_get_lost", lambda: True)

    def refuse(table: str, *, lands: bool = False) -> None:
        written: list[str] = []
        commit = BaseDatabaseWrapper._commit

        def watch(run: Any, sql: str, *rest: Any) -> Any:
            if sql.replace("`", '"').startswith(f'INSERT INTO "{table}"'):
                written.append(sql)
            return run(sql, *rest)

        def cut(self: BaseDatabaseWrapper) -> Any:
            if not written:
                return commit(self)
            monkeypatch.setattr(BaseDatabaseWrapper, "_commit", commit)
            if lands:
                commit(self)
            raise OperationalError(2013, "Lost connection to server during query")

        monkeypatch.setattr(BaseDatabaseWrapper, "_commit", cut)
        watching.enter_context(connection.execute_wrapper(watch))

    with ExitStack() as watching:
        yield refuse


@pytest.fixture
def pet(owner: Actor, picture: Callable[..., Any]) -> Pet:
    fields = PetFields(name="Milo", type="Cats", category="Domestic", breed="Tabby")
    image = image_store(upload=picture(), uploader=owner.user, source="pet")
    return pet_register(owner=owner.user, fields=fields, images=[image])


def test_photos_whose_commit_was_refused_are_not_said_to_be_kept(
    owner: Actor, pet: Pet, picture: Callable[..., Any], commit_refused: Refuse
) -> None:
    browser, path = browser_of(owner), f"/pets/{pet.pk}/photos"
    browser.raise_request_exception = False
    send = lambda: browser.post(path, {"photos": picture(color=(1, 2, 3)), "csrfmiddlewaretoken": "t" * 64})  # noqa: E731
    commit_refused("pets_petphoto")
    answer = send()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert (pet.photos.count(), Image.objects.count()) == (1, 1)
    assert send().status_code == 302
    assert pet.photos.count() == 2, "what was refused may be sent again"
    pet.photos.last().delete()
    assert send().status_code == 404, "what was removed since is not said to be there"


@pytest.mark.parametrize("key", ["", "e7d1a1f0"])
def test_a_message_whose_commit_was_refused_is_not_said_to_be_on_its_way(
    owner: Actor, commit_refused: Refuse, key: str
) -> None:
    body, headers = {"pet_location_id": make_report(owner).pk, **SEEN}, {"Idempotency-Key": key} if key else {}
    client = APIClient(raise_request_exception=False)
    commit_refused("chat_message")
    for expected, count in ((503, 0), (200, 1)):
        answer = client.post("/api/auth/pets/contact-owner/", body, format="multipart", headers=headers)
        assert (answer.status_code, Message.objects.count()) == (expected, count), answer.content


def test_a_message_in_a_talk_whose_commit_was_refused_is_a_503_and_not_missing(
    owner: Actor, finder: Actor, commit_refused: Refuse
) -> None:
    people = [owner.user.pk, finder.user.pk]
    talk = conversation_open(report=make_report(owner), user_ids=people, is_test=False)
    path = f"/api/auth/chat/conversations/{talk.pk}/messages/"
    commit_refused("chat_message")
    for expected, count in ((503, 0), (201, 1)):
        answer = finder.client.post(path, {"body": "Seen"}, format="multipart")
        assert (answer.status_code, Message.objects.count()) == (expected, count), answer.content


def test_a_pet_that_was_to_come_back_is_not_said_to_be_there(
    owner: Actor, pet: Pet, picture: Callable[..., Any], commit_refused: Refuse
) -> None:
    owner.client.delete(f"/api/auth/pets/{pet.pk}/delete/")
    assert Pet.objects.get().deleted_at is not None
    form = {"name": "Milo", "type": "Cats", "category": "Domestic", "breed": "Tabby"}
    commit_refused("pets_petphoto")
    for expected in (503, 201):
        sent = {**form, "images": picture(color=(1, 2, 3))}
        answer = owner.client.post("/api/auth/pets/add/", sent, format="multipart")
        assert (answer.status_code, Pet.objects.get().deleted_at is None) == (expected, expected == 201), answer.content


def test_a_find_by_tag_that_was_deleted_since_is_not_an_error_of_ours(
    pet: Pet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "_keep", lambda *_: None)  # The process died before it kept the answer.
    client = APIClient(raise_request_exception=False)
    for expected in (201, 404):
        said = {"latitude": 1, "longitude": 1, "message": "By the fountain"}
        path, headers = f"/api/v1/found/{pet.animal_id}/report/", {"Idempotency-Key": "e7d1a1f0"}
        assert client.post(path, said, format="multipart", headers=headers).status_code == expected
        Report.objects.all().delete()


def test_what_is_not_there_may_still_come_until_the_old_connection_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended, found = iter([False, False]), iter([None, "the report"])
    monkeypatch.setattr(lost_commits, "left_behind_ended", lambda: next(ended))
    monkeypatch.setattr("animal.core.lost_commits.time.sleep", lambda _: None)
    assert outcome(lambda: next(found), until=time.monotonic() + 60) == ("the report", True)
    monkeypatch.setattr(lost_commits, "left_behind_ended", lambda: True)
    assert outcome(lambda: None, until=time.monotonic() + 60) == (None, True)
    monkeypatch.setattr(lost_commits, "left_behind_ended", lambda: False)
    assert outcome(lambda: None, until=0.0) == (None, False)


def test_where_the_database_does_not_say_the_pictures_stay_and_the_key_is_free(
    owner: Actor, picture: Callable[..., Any], commit_refused: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_commits, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(lost_commits, "left_behind_ended", lambda: False)
    send = lambda: owner.client.post(  # noqa: E731
        REPORT_URL, form(image=picture()), format="multipart", headers={"Idempotency-Key": "e7d1a1f0"}
    )
    commit_refused("reports_report")
    with CaptureQueriesContext(connection) as asked:
        assert send().status_code == 503
    freed = [row["sql"] for row in asked if row["sql"].startswith("DELETE") and "claim" in row["sql"]]
    assert freed == [], "what may still commit has the row of the key locked"
    assert (Image.objects.count(), IdempotencyRecord.objects.count()) == (1, 1)
    assert send().status_code == 201
    assert Report.objects.count() == 1


def test_the_time_for_an_answer_runs_from_when_the_request_has_come() -> None:
    with scoped(Scope("an-id-of-its-own", lambda: "")) as scope:
        scope.begun -= 100
        stream = _FormStream(BytesIO(b"--x\r\n\r\n--x--"), "x")
        stream.read(4)
        assert answer_due() < time.monotonic()
        stream.read(9)
        assert answer_due() > time.monotonic()
    assert answer_due() > time.monotonic()


def test_a_key_whose_reservation_was_committed_without_an_answer_is_free_at_once(
    owner: Actor, commit_refused: Refuse
) -> None:
    send = lambda: owner.client.post(  # noqa: E731
        REPORT_URL, form(), format="multipart", headers={"Idempotency-Key": "e7d1a1f0"}
    )
    commit_refused("core_idempotencyrecord", lands=True)
    assert (send().status_code, IdempotencyRecord.objects.count()) == (503, 1)
    assert (send().status_code, Report.objects.count()) == (201, 1)
    IdempotencyRecord.objects.update(created_object="", status=None)
    assert send().status_code == 409, "the second try is at it, as far as anybody knows"


def test_what_a_slow_commit_wrote_is_still_read_for_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PATIENCE_SECONDS", 1)
    commit = BaseDatabaseWrapper._commit
    with scoped(Scope("an-id-of-its-own", lambda: "")) as scope:

        def slowly(self: BaseDatabaseWrapper) -> Any:
            scope.stalled_seconds = 5.0
            return commit(self)

        monkeypatch.setattr(BaseDatabaseWrapper, "_commit", slowly)
        with transaction.atomic():
            Group.objects.create(name="a")
        assert Group.objects.filter(name="a").exists()
        scope.stalled_seconds = 5.0
        asked = ExitStack() if connection.vendor == "sqlite" else pytest.raises(OperationalError, match="stalled")
        with asked:  # SQLite stalls for nobody.
            Group.objects.create(name="b")
    connection.close()
    assert Group.objects.filter(name="b").exists() == (connection.vendor == "sqlite")

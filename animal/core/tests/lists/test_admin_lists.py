"""Each list of the admin takes as many queries for fifty rows as for one, and its search looks into an index."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from animal.conftest import Actor, make_actor, make_staff
from animal.core.admin import BoundedPaginator, ListAdmin
from animal.core.models import BackgroundTask
from animal.core.tests.lists import rows
from animal.moderation.models import ModerationAct
from animal.recognition.models import GalleryEntry, PhotoEmbedding
from animal.reports.models import Report

pytestmark = pytest.mark.django_db

MOST_QUERIES = 10
_numbers = count(1)


def _task() -> None:
    n, now = next(_numbers), timezone.now()
    BackgroundTask.objects.create(key=f"a.task:{n}", name="a.task", target=str(n), run_at=now, woken_at=now)


def _ran(model: Any, success: bool) -> None:
    n, now = next(_numbers), timezone.now()
    model.objects.create(id=f"{n:032x}", name=str(n), func="a.task", started=now, stopped=now, success=success)


def _act() -> None:
    person = rows.person()
    ModerationAct.objects.create(actor=person, actor_name=person.username, act="hide", kind="report", object_id="1")


def _reading() -> None:
    PhotoEmbedding.objects.create(image=rows.image(rows.person()), model="a", version="1", vector=b"")


def _entry() -> None:
    facts = {"is_public": True, "is_test": False, "is_live": True, "owner_id": 1}
    GalleryEntry.objects.create(
        kind="pet", object_id=next(_numbers), slot=0, version="1", vector=b"", change=next(_numbers), **facts
    )


ADD: dict[str, Callable[[], Any]] = {
    "accounts.user": rows.person,
    "alerts.alertsubscription": lambda: rows.area(rows.person()),
    "alerts.notification": lambda: rows.notification(rows.person()),
    "auth.group": lambda: Group.objects.create(name=f"Group {next(_numbers)}"),
    "chat.conversation": lambda: rows.conversation(rows.person(), rows.person()),
    "core.backgroundtask": _task,
    "django_q.failure": lambda: _ran(Failure, False),
    "django_q.ormq": lambda: OrmQ.objects.create(key="pawgle", payload="", lock=timezone.now()),
    "django_q.schedule": lambda: Schedule.objects.create(func="a.task", name=str(next(_numbers))),
    "django_q.success": lambda: _ran(Success, True),
    "images.image": lambda: rows.image(rows.person()),
    "matching.petmatch": lambda: rows.match(rows.person(), rows.person()),
    "moderation.abusereport": lambda: rows.complaint(rows.person()),
    "moderation.block": lambda: rows.block(rows.person()),
    "moderation.moderationact": _act,
    "pets.pet": lambda: rows.pet(rows.person()),
    "recognition.galleryentry": _entry,
    "recognition.photoembedding": _reading,
    "reports.report": lambda: rows.report(rows.person()),
}
# What a group may look at takes two queries more: the rights of the person, and those of the group.
OF_A_GROUP = (
    "accounts.user",
    "core.backgroundtask",
    "images.image",
    "matching.petmatch",
    "moderation.abusereport",
    "moderation.moderationact",
    "pets.pet",
    "reports.report",
)


def _desk(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def _list(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def _queries(client: Client, path: str) -> tuple[int, list[str]]:
    """How many rows the page shows, and what it asked for."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return len(answer.context["cl"].result_list), [query["sql"] for query in captured]


def test_every_list_of_the_admin_is_looked_at_here() -> None:
    assert sorted(ADD) == sorted(model._meta.label_lower for model in admin.site._registry)


@pytest.mark.parametrize("label", ADD)
def test_a_list_takes_as_many_queries_for_fifty_rows_as_for_one(label: str) -> None:
    is_of_a_group = label in OF_A_GROUP
    client = _desk(
        make_staff("keeper", "Admins") if is_of_a_group else make_actor("admin", is_staff=True, is_superuser=True)
    )
    ADD[label]()
    few, asked_for_one = _queries(client, _list(label))
    for _ in range(50 - few):
        ADD[label]()
    many, asked = _queries(client, _list(label))
    assert many == 50
    assert len(asked) == len(asked_for_one), "\n".join(asked)
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)


@pytest.mark.parametrize("label", OF_A_GROUP)
def test_a_list_of_several_pages_asks_for_the_ids_of_one_page_first(
    monkeypatch: pytest.MonkeyPatch, keeper: Actor, label: str
) -> None:
    monkeypatch.setattr(ListAdmin, "list_per_page", 2)
    for _ in range(5):
        ADD[label]()
    client, everything = _desk(keeper), []
    for page in (1, 2, 3):
        shown, asked = _queries(client, f"{_list(label)}?p={page}")
        everything.append(shown)
        assert len(asked) <= MOST_QUERIES, "\n".join(asked)
    assert everything[:2] == [2, 2]
    assert everything[2] >= 1


def test_pages_follow_each_other_in_the_order_of_the_list(monkeypatch: pytest.MonkeyPatch, keeper: Actor) -> None:
    monkeypatch.setattr(ListAdmin, "list_per_page", 2)
    made = [rows.report(rows.person()).pk for _ in range(5)]
    client = _desk(keeper)
    pages = [client.get(f"{_list('reports.report')}?p={page}").context["cl"].result_list for page in (1, 2, 3)]
    assert [[report.pk for report in page] for page in pages] == [made[4:2:-1], made[2:0:-1], made[:1]]


def test_no_list_counts_further_than_its_pages_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedPaginator, "LIMIT", 3)
    for _ in range(5):
        rows.report(rows.person(), of_pet=False, has_photo=False)
    assert BoundedPaginator(Report.objects.order_by("-pk"), 2).num_pages == 2


def test_our_lists_never_count_a_whole_table(keeper: Actor) -> None:
    client = _desk(keeper)
    for label in OF_A_GROUP:
        _, asked = _queries(client, _list(label))
        counts = [sql for sql in asked if "COUNT(" in sql]
        assert len(counts) == 1, counts
        assert f"LIMIT {BoundedPaginator.LIMIT}" in counts[0]


@pytest.mark.parametrize(
    "label", ["accounts.user", "images.image", "moderation.abusereport", "moderation.moderationact"]
)
def test_the_newest_rows_are_read_off_an_index(keeper: Actor, label: str) -> None:
    """Else each page sorts the whole table, as it does for reports, pets and matches, whose tables people's own lists
    go through by better indexes than one of time, and for tasks, where each step would have to keep it."""
    ADD[label]()
    model = apps.get_model(label)
    newest = model._meta.get_field(admin.site.get_model_admin(model).ordering[0].removeprefix("-")).column
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, model._meta.db_table).values()
    assert newest in [index["columns"][0] for index in indexes if index["index"]]
    if connection.vendor != "sqlite":
        return  # A server sorts a few rows rather than follow an index.
    _, asked = _queries(_desk(keeper), _list(label))
    (page,) = [sql for sql in asked if f'FROM "{model._meta.db_table}"' in sql and "ORDER BY" in sql]
    assert [plan for plan in _plans([page]) if "B-TREE FOR ORDER BY" in plan] == []  # Ties may be sorted.


@pytest.fixture
def keeper() -> Actor:
    return make_staff("keeper", "Admins")


# By list: what is typed, for a row that is there.
SEARCHES: dict[str, Callable[[], tuple[str, ...]]] = {
    "accounts.user": lambda: (rows.person().username.upper(), rows.person().email),
    "core.backgroundtask": lambda: (_task(), str(BackgroundTask.objects.get().key))[1:],
    "images.image": lambda: (str((image := rows.image(rows.person())).pk), image.sha256, image.uploader.username),
    "matching.petmatch": lambda: (
        str((match := rows.match(rows.person(), rows.person())).pk),
        str(match.found_report_id),
        match.finder.username,
    ),
    "moderation.abusereport": lambda: (rows.complaint(rows.person()), "1")[1:],
    "moderation.moderationact": lambda: (_act(), "1", ModerationAct.objects.get().actor_name)[1:],
    "pets.pet": lambda: (str((pet := rows.pet(rows.person())).pk), pet.owner.username),
    "reports.report": lambda: (str((report := rows.report(rows.person())).pk), report.reporter.username),
}


@pytest.mark.parametrize("label", SEARCHES)
def test_a_search_finds_what_is_asked_for_and_reads_no_whole_table(keeper: Actor, label: str) -> None:
    client = _desk(keeper)
    for typed in SEARCHES[label]():
        found, asked = _queries(client, f"{_list(label)}?q={typed}")
        assert found >= 1, (typed, asked)
        assert len(asked) <= MOST_QUERIES
        assert _whole_tables_read(asked, label) == [], typed
    assert _queries(client, f"{_list(label)}?q=no+such+thing")[0] == 0


def _whole_tables_read(asked: list[str], label: str) -> list[str]:
    """Plans of those of these statements that go through all rows of the list's table, or of the people."""
    if connection.vendor != "sqlite":
        return []  # A server that knows how few rows there are reads them all, and is right to.
    tables = [apps.get_model(name)._meta.db_table for name in ("accounts.user", label)]
    plans = _plans(asked)
    assert any(plan.startswith("SEARCH") for plan in plans)
    return [plan for plan in plans if plan.startswith(tuple(f"SCAN {table}" for table in tables))]


def _plans(asked: list[str]) -> list[str]:
    """How SQLite goes about each of these, with the statement."""
    plans = []
    with connection.cursor() as cursor:
        for sql in asked:
            if sql.startswith("SELECT"):
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plans += [f"{row[3]}: {sql}" for row in cursor.fetchall()]
    return plans


def test_a_part_of_a_word_is_not_looked_for_in_every_row(keeper: Actor) -> None:
    person = rows.person()
    client = _desk(keeper)
    assert _queries(client, f"{_list('accounts.user')}?q={person.username[:4]}")[0] == 0
    assert _queries(client, f"{_list('accounts.user')}?q={person.username}")[0] == 1

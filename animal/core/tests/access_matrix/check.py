"""Whether the cells of a row hold, and what an attempt must not do besides."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction

from animal.core.tests.access_matrix.asking import BY_TOKEN, Request, request_for
from animal.core.tests.access_matrix.table import DENIED, Row
from animal.core.tests.access_matrix.world import World
from animal.core.tests.bad_input.scene import rows_written
from animal.images.tests.stored import names_stored

# Tables that any attempt may change though it is denied, and why.
MAY_CHANGE = {
    "accounts_signintally": "counts wrong passwords",
}
# Of single routes.
MAY_CHANGE_BY = {
    "api/token/refresh/": {"accounts_session": "the session of a disabled account ends when it shows up"},
}
# Answers to GET that write, and why.
WRITES_BY_GET = {
    "api/auth/chat/conversations/<uuid:conversation_id>/messages/": "what is fetched is read",
    "chat/<uuid:conversation_id>": "what is shown is read",
    "api/auth/verify-email/": "the older service's links prove the address by GET",
}
# One missing thing is asked for by one of each of these: to all of them it has to be missing in the same words.
KINDS_OF_ACTORS = (
    {"nobody", "guest"},
    {"disabled"},
    {"unproven"},
    {"owner", "other", "stranger", "blocked"},
    {"moderator", "admin"},
)
# Each answer has its own.
OWN_HEADERS = {"Date", "Expires"}
RANDOM = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")\w+')

Rows = dict[str, list[Any]]
Twins = dict[tuple[str, str], tuple[Any, Request]]


# --- what is stored ---------------------------------------------------------------------------------------------------


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back, and counts against nobody's limits."""
    cache.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Snapshot:
    """`writes` is how many rows were ever written; None where the database does not say."""

    rows: Rows
    writes: int | None


def snapshot(known: Rows | None = None) -> Snapshot:
    """Of now. `known` spares the reading of rows that nothing has touched since."""
    return Snapshot(everything_stored() if known is None else known, rows_written())


def changes(before: Snapshot, *, may: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """The tables that are not as they were, in words; those in `may` are allowed."""
    if before.writes is not None and rows_written() == before.writes:
        return []
    after = everything_stored()
    changed = [table for table in after if after[table] != before.rows[table] and table not in may]
    return [f"changed {', '.join(changed)}"] if changed else []


def everything_stored() -> Rows:
    """Every row of every table, whoever it belongs to, but for those of MAY_CHANGE."""
    stored: Rows = {}
    with connection.cursor() as cursor:
        for table, statement in _tables():
            cursor.execute(statement)
            stored[table] = list(cursor.fetchall())
    return stored


@functools.cache
def _tables() -> list[tuple[str, str]]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    quoted = connection.ops.quote_name
    keys = {model._meta.db_table: model._meta.pk.column for model in models}
    return [
        (table, f"SELECT * FROM {quoted(table)} ORDER BY {quoted(key)}")  # noqa: S608 (names of our tables)
        for table, key in keys.items()
        if table not in MAY_CHANGE
    ]


# --- the cells of one row ---------------------------------------------------------------------------------------------


def row_problems(world: World, standing: Rows, row: Row) -> list[str]:
    """What is wrong with this row's cells, in words; nothing when they hold."""
    files, twins = names_stored(), Twins()
    denied = _problems(world, standing, row, row.denied, twins)
    left = ["those who are denied left files behind"] if names_stored() != files else []
    return denied + left + _problems(world, standing, row, row.admitted, twins)


def _problems(world: World, standing: Rows, row: Row, actors: list[str], twins: Twins) -> list[str]:
    said = {actor: _cell_problems(world, standing, row, actor, twins) for actor in actors}
    return [f"{actor} {problem}" for actor, problems in said.items() for problem in problems]


def _cell_problems(world: World, standing: Rows, row: Row, actor: str, twins: Twins) -> list[str]:
    person, expected = world.people[actor], row.cells[actor]
    with undone():
        request = request_for(world, row, person)
        before = snapshot_for(row, standing)
        answer = request.sent_by(person)
        if shown(answer) != expected.rstrip("="):
            return [f"got {shown(answer)} instead of {expected}: {body_of(answer)[:200]!r}"]
        problems = []
        if expected in DENIED and request.names_an_object:
            # A page that comes back with a sentence greets its reader by name; of several ids, different people may
            # be kept from different ones.
            is_own = expected == "400=" or "only" in world.things.get(row.thing, {})
            key = (expected, actor if is_own else _kind_of(actor))
            if key not in twins:
                missing = request_for(world, row, person, missing=True)
                twins[key] = missing.sent_by(person), missing
            problems += _differences(answer, request, *twins[key])
        if expected in DENIED or (row.method == "GET" and row.route not in WRITES_BY_GET):
            problems += changes(before, may=MAY_CHANGE_BY.get(row.route, {}))
    return problems


def snapshot_for(row: Row, standing: Rows) -> Snapshot:
    """Once the request is made: a link from a mail is a row that is made for the one who uses it."""
    return snapshot(None if row.route in BY_TOKEN else standing)


def shown(answer: Any) -> str:
    """As the table writes it."""
    if answer.status_code == 302 and answer["Location"].startswith(("/sign-in?next=", "/admin/login/?next=")):
        return "in"
    return str(answer.status_code)


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def _kind_of(actor: str) -> str:
    return next(" ".join(sorted(kind)) for kind in KINDS_OF_ACTORS if actor in kind)


def _differences(answer: Any, request: Request, twin: Any, twin_request: Request) -> list[str]:
    """By what somebody could tell that what is kept from them exists."""
    found = []
    if answer.status_code != twin.status_code:
        found.append(f"{answer.status_code} for what is there, {twin.status_code} for what is not")
    body, other = (RANDOM.sub(b"", content.content) for content in (answer, twin))
    if body != other:
        at = next((at for at, pair in enumerate(zip(body, other, strict=False)) if len({*pair}) > 1), 0)
        found.append(f"...{body[at:][:150]!r} for what is there, ...{other[at:][:150]!r} for what is not")
    headers, others = _headers(answer, request), _headers(twin, twin_request)
    return found + [
        f"{name}: {headers.get(name)!r} for what is there, {others.get(name)!r} for what is not"
        for name in sorted(headers.keys() | others.keys())
        if headers.get(name) != others.get(name)
    ]


def _headers(answer: Any, request: Request) -> dict[str, str]:
    """The path that was asked for stands in the address of the sign-in page; values of cookies are random."""
    headers = {name: value for name, value in answer.headers.items() if name not in OWN_HEADERS}
    if "Location" in headers:
        headers["Location"] = headers["Location"].replace(quote(request.path), "PATH")
    return headers | {"Set-Cookie": str(sorted(answer.cookies))}

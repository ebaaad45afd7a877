"""A list of fifty takes as many queries as a list of one. The table names the lists; a walk finds those it forgot."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from animal.conftest import Actor
from animal.core.tests.lists.table import API, PAGES, SINGLE_PAGES, List
from animal.web import urls as web_urls

pytestmark = pytest.mark.django_db


def _asked(actor: Actor, path: str) -> tuple[Any, list[str]]:
    cache.clear()  # A page that is asked for often is throttled.
    with CaptureQueriesContext(connection) as captured:
        answer = actor.get(path)
    assert answer.status_code == 200, answer.content[:300]
    body = answer.json() if answer["Content-Type"] == "application/json" else answer.content.decode()
    return body, [query["sql"] for query in captured]


def _shown(listed: List, body: Any) -> int:
    return body.count(listed.shown) if isinstance(listed.shown, str) else len(listed.shown(body))


def _grows(listed: List, template: str, owner: Actor, stranger: Actor) -> None:
    place = listed.prepare(owner, stranger)
    path = template
    if place is not None:
        head, _, rest = template.partition("{" if "{" in template else "<")
        path = f"{head}{listed.key(place)}{rest.partition('}' if '}' in rest else '>')[2]}"
    before = _shown(listed, _asked(owner, path)[0])
    taken: dict[int, list[str]] = {}
    for count in (1, listed.rows):
        for _ in range(count - max(taken, default=0)):
            listed.add(owner, stranger, place)
        body, taken[count] = _asked(owner, path)
        assert _shown(listed, body) == min(before + count, max(listed.rows, before + 1))
    few, many = taken.values()
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= listed.most_queries, "\n".join(many)


@pytest.mark.parametrize("path", API)
def test_a_list_takes_as_many_queries_for_fifty_as_for_one(path: str, owner: Actor, stranger: Actor) -> None:
    _grows(API[path], path.split(" ")[0], owner, stranger)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "home")
def test_a_page_takes_as_many_queries_for_many_rows_as_for_one(path: str, owner: Actor, stranger: Actor) -> None:
    owner.client.force_login(owner.user)
    _grows(PAGES[path], f"/{path}", owner, stranger)


def test_every_list_is_in_the_table() -> None:
    """Whatever the API's description says to answer with objects in an array, at any depth."""
    schema = SchemaGenerator().get_schema(public=True)
    shapes = schema["components"]["schemas"]
    lists = set()
    for path, operations in schema["paths"].items():
        for status, answer in operations.get("get", {}).get("responses", {}).items():
            content = answer.get("content", {}).get("application/json", {}) if str(status)[0] == "2" else {}
            if _has_objects_in_array(content.get("schema", {}), shapes):
                lists.add(path)
    assert lists == {path.split(" ")[0] for path in API}


def _has_objects_in_array(shape: Any, shapes: dict[str, Any]) -> bool:
    if "$ref" in shape:
        return _has_objects_in_array(shapes[shape["$ref"].rpartition("/")[2]], shapes)
    if shape.get("type") == "array":
        items = shape["items"]
        return "$ref" in items or items.get("type") == "object"
    parts = [*shape.get("properties", {}).values()]
    for union in ("allOf", "oneOf", "anyOf"):
        parts += shape.get(union, [])
    return any(_has_objects_in_array(part, shapes) for part in parts)


def test_every_page_is_in_the_table() -> None:
    assert {str(route.pattern) for route in web_urls.urlpatterns} == {*PAGES, *SINGLE_PAGES}

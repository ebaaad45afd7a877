"""What SQLite lets pass and databases of the MySQL family refuse, skip in silence or answer differently.

TiDB runs in no test of ours: it has no server on PyPI or in Debian. Its rules are held against the models and the code.
https://docs.pingcap.com/tidb/stable/mysql-compatibility/
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

ROOT = Path(settings.BASE_DIR)
OUR_MODELS = [model for model in apps.get_models() if model.__module__.split(".")[0] in ("animal", "accounts")]
JSON_FIELDS = {
    field.name for model in OUR_MODELS for field in model._meta.get_fields() if isinstance(field, models.JSONField)
}
# By which order of ids would be time's; a server of TiDB hands out its ids in blocks of 30,000.
BY_ID = ("-pk", "-id")


def sources() -> list[Path]:
    files = [path for app in ("animal", "accounts") for path in sorted((ROOT / app).rglob("*.py"))]
    return [path for path in files if not {"tests", "migrations"} & set(path.parts)]


def problems(code: str) -> list[str]:
    return [f"line {node.lineno}: {problem}" for node in ast.walk(ast.parse(code)) for problem in _problems(node)]


def _problems(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        for keyword in node.keywords:
            if keyword.arg in ("skip_locked", "nowait"):
                yield f"{keyword.arg} of select_for_update"
            yield from _json_lookups(keyword.arg or "")
        first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        if (name == "order_by" and first in BY_ID) or (name in ("latest", "earliest") and first in ("pk", "id")):
            yield "ids taken for the order of time"
        for word in [part.value for part in node.args if isinstance(part, ast.Constant)]:
            yield from _json_lookups(str(word))
    if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "ordering" for name in node.targets):
        words = getattr(node.value, "elts", [])
        if words and getattr(words[0], "value", "") in BY_ID:
            yield "ids taken for the order of time"


def _json_lookups(word: str) -> Iterator[str]:
    parts = word.lstrip("-").split("__")
    for place, part in enumerate(parts[:-1]):
        if part in JSON_FIELDS and parts[place + 1] != "isnull":
            yield f"a look into JSON: {word}"


def is_plain(rule: models.BaseConstraint | models.Index) -> bool:
    """Whether every database keeps it. MariaDB and TiDB skip conditional and functional ones in silence."""
    if isinstance(rule, models.CheckConstraint):
        return True
    more = ("condition", "expressions", "include", "deferrable", "nulls_distinct")
    return not any(getattr(rule, name, None) for name in more)


def test_uniqueness_and_indexes_are_of_plain_columns() -> None:
    rules = [rule for model in OUR_MODELS for rule in (*model._meta.constraints, *model._meta.indexes)]
    assert len(rules) > 20
    assert [rule.name for rule in rules if not is_plain(rule)] == []
    open_only = models.UniqueConstraint(fields=["pet"], condition=models.Q(status="lost"), name="one_open")
    assert not is_plain(open_only)
    assert not is_plain(models.UniqueConstraint(Lower("email"), name="email_once"))


def test_the_code_asks_for_nothing_that_tidb_lacks() -> None:
    found = {str(path.relative_to(ROOT)): problems(path.read_text()) for path in sources()}
    assert len(found) > 200
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("rows.select_for_update(skip_locked=True)", "line 1: skip_locked of select_for_update"),
        ("rows.select_for_update(nowait=True)", "line 1: nowait of select_for_update"),
        ("pets.filter(additional_info__weight='4')", "line 1: a look into JSON: additional_info__weight"),
        ("reports.values('pet__additional_info__weight')", "line 1: a look into JSON: pet__additional_info__weight"),
        ("reports.order_by('-pk').first()", "line 1: ids taken for the order of time"),
        ("reports.latest('id')", "line 1: ids taken for the order of time"),
        ("class Meta:\n    ordering = ['-id']", "line 2: ids taken for the order of time"),
    ],
)
def test_what_tidb_lacks_is_found(code: str, problem: str) -> None:
    assert problems(code) == [problem]


@pytest.mark.parametrize(
    "code",
    [
        "rows.select_for_update(of=('self',))",
        "pets.filter(additional_info__isnull=True)",
        "reports.order_by('-reported_at', '-pk').first()",
        "rows.filter(pk__gt=after).order_by('pk')",
    ],
)
def test_what_tidb_has_is_let_pass(code: str) -> None:
    assert problems(code) == []


def test_nothing_spatial_is_asked_of_the_database() -> None:
    assert not [app for app in settings.INSTALLED_APPS if "gis" in app.split(".")]

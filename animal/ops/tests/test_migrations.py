"""Migrations go forward under a running service and back with the rows that there are, or say what is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from animal.conftest import make_actor
from animal.ops.tests.processes import House
from animal.pets.models import Pet

OURS = sorted(app.label for app in apps.get_app_configs() if app.name.split(".")[0] in ("animal", "accounts"))
LATER = [
    migration
    for (label, _), migration in sorted(MigrationLoader(None, ignore_no_migrations=True).disk_migrations.items())
    if label in OURS and not migration.initial and migration.dependencies
]
# What the release before does not notice while it still runs: new tables and indexes, columns that it need not fill in,
# and rows that are changed where they lie.
UNNOTICED = (migrations.CreateModel, migrations.AddIndex, migrations.RunPython, migrations.SeparateDatabaseAndState)
# "app.name": why the release before may be stopped first, or what going back loses. docs/operations.md tells it too.
STATED: dict[str, str] = {}


def is_unnoticed(operation: Any) -> bool:
    if isinstance(operation, migrations.AddField):
        field: models.Field[Any, Any] = operation.field
        return field.null or field.has_db_default() or field.many_to_many is True
    return isinstance(operation, UNNOTICED)


def troubles(migration: migrations.Migration) -> list[str]:
    name = f"{migration.app_label}.{migration.name}"
    if name in STATED:
        return []
    return [
        f"{name}: {operation.describe()}"
        for operation in migration.operations
        if not (is_unnoticed(operation) and operation.reversible)
    ]


def test_every_migration_after_the_first_lets_the_release_before_go_on_and_can_be_taken_back() -> None:
    assert LATER, "there is one at least"
    assert [trouble for migration in LATER for trouble in troubles(migration)] == []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("pet", "name"),
        migrations.RenameField("pet", "name", "called"),
        migrations.AddField("pet", "called", models.CharField(max_length=9)),
        migrations.RunPython(lambda apps, editor: None),
        migrations.RunSQL("DELETE FROM pets_pet"),
    ],
    ids=["a column goes", "a column has another name", "a column that has to be filled in", "no way back", "SQL"],
)
def test_what_a_running_release_trips_over_or_nobody_can_take_back_is_found(operation: Any) -> None:
    migration = migrations.Migration("0099_trouble", "pets")
    migration.operations = [operation]
    assert len(troubles(migration)) == 1
    optional = migrations.AddField("pet", "called", models.CharField(max_length=9, db_default=""))
    migration.operations = [optional]
    assert troubles(migration) == []


# --- pets: 0002 ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pets_at() -> Iterator[Any]:
    def migrate(name: str) -> None:
        MigrationExecutor(connection).migrate([("pets", name)])

    yield migrate
    migrate("0002_ids_above_reports")


def pet_named(name: str, owner: Any) -> Pet:
    return Pet.objects.create(owner=owner, name=name, type="Cats", breed="x")


@pytest.mark.django_db(transaction=True)
def test_pets_keep_their_numbers_and_all_else_back_and_forth(pets_at: Any) -> None:
    owner = make_actor("owner").user
    before = pet_named("Milo", owner)
    row = Pet.objects.filter(pk=before.pk).values().get()
    pets_at("0001_initial")
    assert Pet.objects.filter(pk=before.pk).values().get() == row
    between = pet_named("Berta", owner)
    pets_at("0002_ids_above_reports")
    assert Pet.objects.filter(pk=before.pk).values().get() == row
    assert pet_named("Rex", owner).pk > between.pk > before.pk, "no number is given twice"
    Pet.objects.all().delete()
    pets_at("0001_initial")
    pets_at("0002_ids_above_reports")
    assert pet_named("Minka", owner).pk >= 100_000


# --- to zero and back ------------------------------------------------------------------------------------------------


def tables_of(folder: Path) -> dict[str, str]:
    """Tables and indexes, with the statements that make them."""
    with sqlite3.connect(folder / "pawgle.sqlite3") as rows:
        return dict(rows.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())


ROWS_AND_ZERO = """
from accounts.models import User
from animal.pets.models import Pet
from django.apps import apps
from django.core.management import call_command
from django_q.models import Schedule

Schedule.objects.create(name="kept", func="x")
Pet.objects.create(owner=User.objects.create_user(username="O", email="o@example.org"), name="Milo", type="Cats")
for app in apps.get_app_configs():
    if app.name.startswith(("animal.", "accounts")) and list(app.get_models()):
        call_command("migrate", app.label, "zero", verbosity=0)
"""
FORWARD_AND_ROWS = """
from animal.pets.models import Pet
from django.core.management import call_command
from django_q.models import Schedule

call_command("migrate", verbosity=0)
print("rows:", Schedule.objects.filter(name="kept").count(), Pet.objects.count())
"""


@pytest.mark.stack
def test_all_tables_go_with_zero_and_come_back_the_same(house: House, tmp_path: Path) -> None:
    """Going back to zero loses our rows: that is what it is for. What other apps keep stays."""
    before = tables_of(tmp_path)
    ours = {model._meta.db_table for label in OURS for model in apps.get_app_config(label).get_models()}
    assert ours <= before.keys()
    house.python(ROWS_AND_ZERO)
    assert not ours & tables_of(tmp_path).keys()
    assert "rows: 1 0" in house.python(FORWARD_AND_ROWS)
    assert tables_of(tmp_path) == before

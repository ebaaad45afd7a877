"""System checks of what lies outside of the settings: the database that they name, and the buckets.

They ask it, so they run only where somebody names a database: `migrate`, and with it every start of startup.sh;
`deploy`; `diagnose`; `check --database default`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from animal.core.bucket_trouble import buckets_in_trouble

BYTEWISE = "_bin"
NAMED = 5


@register(Tags.database)
def text_is_compared_byte_by_byte(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Other collations take josé for jose, and one person's key for another's. TiDB's own is utf8mb4_bin."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor == "mysql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT DATABASE(), @@character_set_database, @@collation_database")
                database, characters, collation = cursor.fetchone()
                cursor.execute(
                    "SELECT DISTINCT table_name FROM information_schema.columns "
                    "WHERE table_schema = DATABASE() AND collation_name NOT LIKE %s ORDER BY table_name",
                    [rf"%\{BYTEWISE}"],
                )
                others = [str(name) for (name,) in cursor.fetchall()]
            ours = {*connection.introspection.django_table_names(only_existing=False)}
            messages += text_problems(database, characters, collation, [name for name in others if name in ours])
    return messages


def text_problems(database: str, characters: str, collation: str, tables: Sequence[str]) -> list[CheckMessage]:
    """`tables` are those with a column of another collation than a `_bin` one."""
    messages: list[CheckMessage] = []
    if characters != "utf8mb4" or not collation.endswith(BYTEWISE):
        messages.append(
            Error(
                f"The database {database} has the collation {collation}, which takes different texts for equal. Run: "
                f"ALTER DATABASE `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                id="pawgle.E101",
            )
        )
    if tables:
        more = f" and {len(tables) - NAMED} more" if len(tables) > NAMED else ""
        messages.append(
            Error(
                f"Tables were made with a collation that takes different texts for equal: {', '.join(tables[:NAMED])}"
                f"{more}. Run for each: ALTER TABLE `{tables[0]}` CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                id="pawgle.E102",
            )
        )
    return messages


@register(Tags.database)
def buckets_take_files(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A warning, not an error: pages, reports and alerts work while pictures cannot be kept."""
    return [Warning(trouble, id="pawgle.W101") for trouble in buckets_in_trouble()] if databases else []

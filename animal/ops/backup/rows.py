"""The rows of whichever database is configured."""

from __future__ import annotations

from types import ModuleType

from django.db import DatabaseError, connection

from animal.ops.backup import rows_mysql, rows_sqlite
from animal.ops.backup.store import BackupError

# What `migrate` itself fills, and what only says that somebody looked.
NOBODYS = {
    *("django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"),
    *("django_q_schedule", "django_q_ormq", "django_q_task", "django_session", "ops_operationlock"),
    *("recognition_changecounter", "recognition_modelversion"),
}


def engine() -> ModuleType:
    """The module that dumps and loads this database."""
    if connection.vendor not in ("sqlite", "mysql"):
        raise BackupError(f"No backups are made of {connection.display_name} databases. Use the tools of its own.")
    return rows_sqlite if connection.vendor == "sqlite" else rows_mysql


def tables_in_use() -> dict[str, int]:
    """Tables that hold something of somebody, with a lower bound of how much; {"?": 0} of what cannot be read."""
    try:
        with connection.cursor() as cursor:
            found = {}
            for table in sorted(set(connection.introspection.table_names(cursor)) - NOBODYS):
                cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
                if count := int(cursor.fetchone()[0]):
                    found[table] = count
            return found
    except DatabaseError:
        connection.close()
        return {"?": 0}

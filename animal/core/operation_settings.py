"""Backups, how long what nobody needs any more is kept, and clients that are too old, read from the environment."""

from __future__ import annotations

from dataclasses import dataclass

from animal.core.env import env_bool, env_int, env_list, env_str, env_version

TEN_YEARS = 3650


@dataclass(frozen=True)
class OperationSettings:
    """`keep_days` and `keep_count` are of backups. `encryption_keys`: the first encrypts, all decrypt. `clients`: the
    oldest version that is spoken with, and the oldest that has everything; "" for any."""

    release: str
    pictures: bool
    encryption_keys: list[str]
    keep_days: int
    keep_count: int
    retention_days: dict[str, int]
    clients: tuple[str, str]


def operation_settings() -> OperationSettings:
    return OperationSettings(
        release=env_str("RELEASE"),
        pictures=env_bool("BACKUP_PICTURES", True),
        encryption_keys=env_list("BACKUP_ENCRYPTION_KEY", []),
        keep_days=env_int("BACKUP_KEEP_DAYS", 30, minimum=1, maximum=TEN_YEARS),
        keep_count=env_int("BACKUP_KEEP_COUNT", 30, minimum=1, maximum=1000),
        retention_days={
            "sent_mail": env_int("KEEP_SENT_MAIL_DAYS", 30, minimum=1, maximum=TEN_YEARS),
            "notifications": env_int("KEEP_NOTIFICATIONS_DAYS", 365, minimum=7, maximum=TEN_YEARS),
            "used_links": env_int("KEEP_USED_LINKS_DAYS", 7, minimum=0, maximum=TEN_YEARS),
            "ended_sessions": env_int("KEEP_ENDED_SESSIONS_DAYS", 90, minimum=1, maximum=TEN_YEARS),
            "failed_tasks": env_int("KEEP_FAILED_TASKS_DAYS", 90, minimum=7, maximum=TEN_YEARS),
            "audit": env_int("KEEP_AUDIT_DAYS", 1095, minimum=30, maximum=TEN_YEARS),
            # A scanned tag's link, good for 60 days, is all that a finder without an account has.
            "guests": env_int("KEEP_GUESTS_DAYS", 180, minimum=60, maximum=TEN_YEARS),
        },
        clients=(env_version("CLIENT_VERSION_REQUIRED"), env_version("CLIENT_VERSION_RECOMMENDED")),
    )

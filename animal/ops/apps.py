from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class OpsConfig(AppConfig):
    name = "animal.ops"

    def ready(self) -> None:
        # Sent once for each app that has models; these rows are django-q2's.
        post_migrate.connect(_ensure_schedules, sender=apps.get_app_config("django_q"))

        from animal.ops.sentry import sentry_start

        sentry_start()  # In web, worker and commands alike: each sets up the apps first.


def _ensure_schedules(**kwargs: Any) -> None:
    """So that a plain `qcluster`, too, finds what runs by the clock."""
    from animal.ops.schedules import schedules_ensure

    if kwargs["using"] == "default":
        schedules_ensure()

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "animal.reports"

    def ready(self) -> None:
        from animal.reports import signals  # noqa: F401 - connects them

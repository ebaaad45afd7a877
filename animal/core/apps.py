from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "animal.core"

    def ready(self) -> None:
        from animal.core import checks  # noqa: F401 - registers the checks

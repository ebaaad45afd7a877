from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "animal.core"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from animal.core import checks, database_checks  # noqa: F401 - registers the checks
        from animal.core.queries import watch_connection
        from animal.core.queue_keys import accept_earlier_keys

        connection_created.connect(watch_connection)
        accept_earlier_keys()

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "animal.core"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from django.utils.module_loading import autodiscover_modules

        from animal.core import checks, database_checks  # noqa: F401 - registers the checks
        from animal.core.queries import watch_connection
        from animal.core.queue_keys import accept_earlier_keys

        connection_created.connect(watch_connection)
        accept_earlier_keys()
        # What background work stores for people to read later, which a web process has to know as well.
        autodiscover_modules("told")

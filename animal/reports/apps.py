from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "animal.reports"

    def ready(self) -> None:
        from accounts.publication import steps_register
        from animal.reports import signals  # noqa: F401 - connects them
        from animal.reports.publication import reports_publish, reports_withdraw

        steps_register("reports", publish=reports_publish, withdraw=reports_withdraw)

        from accounts.personal_data import Section, section_register
        from animal.reports import personal_data

        section_register(Section("reports", personal_data.collect, personal_data.erase))

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "animal.alerts"

    def ready(self) -> None:
        from accounts.personal_data import Section, section_register
        from animal.alerts import personal_data

        section_register(Section("alerts", personal_data.collect, personal_data.erase))

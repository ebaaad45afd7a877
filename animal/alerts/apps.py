from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "animal.alerts"

    def ready(self) -> None:
        from accounts.personal_data import Section, section_register
        from animal.alerts import personal_data
        from animal.alerts.selectors import mails_wanted
        from animal.core.mail import mail_wish_reader_set

        mail_wish_reader_set(mails_wanted)

        section_register(Section("alerts", personal_data.collect, personal_data.erase))

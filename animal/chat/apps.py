from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "animal.chat"

    def ready(self) -> None:
        from accounts.personal_data import Section, section_register
        from animal.chat import personal_data

        section_register(Section("chat", personal_data.collect, personal_data.erase))

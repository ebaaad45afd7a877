from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "animal.chat"

    def ready(self) -> None:
        from accounts.personal_data import Section, section_register
        from animal.chat import personal_data

        section_register(Section("chat", personal_data.collect, personal_data.erase))

        from animal.chat.services import photos_take_off
        from animal.reports.editing import photo_removal_add

        photo_removal_add(photos_take_off)

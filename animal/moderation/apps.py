from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "animal.moderation"

    def ready(self) -> None:
        from animal.core.blocks import blocks_reader_set
        from animal.moderation.selectors import blocks_by_and_of

        blocks_reader_set(blocks_by_and_of)

        from accounts.personal_data import Section, section_register
        from animal.moderation import personal_data

        section_register(Section("moderation", personal_data.collect, personal_data.erase))

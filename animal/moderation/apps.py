from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ModerationConfig(AppConfig):
    name = "animal.moderation"

    def ready(self) -> None:
        from animal.core.blocks import blocks_reader_set
        from animal.moderation.selectors import blocks_by_and_of

        blocks_reader_set(blocks_by_and_of)

        from accounts.personal_data import Section, section_register
        from animal.moderation import personal_data

        section_register(Section("moderation", personal_data.collect, personal_data.erase))

        # Sent for the apps in their order: the permissions of those below are there by then.
        post_migrate.connect(_ensure_roles, sender=self)


def _ensure_roles(**kwargs: Any) -> None:
    from animal.moderation.roles import roles_ensure

    if kwargs["using"] == "default":
        roles_ensure()

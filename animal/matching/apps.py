from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "animal.matching"

    def ready(self) -> None:
        from animal.chat.selectors import subject_rule_add
        from animal.matching.selectors import name_matched, reports_opened_to
        from animal.reports.selectors import exact_point_rule_add

        exact_point_rule_add(reports_opened_to)
        subject_rule_add(name_matched)

        from django.db.models.signals import pre_delete

        pre_delete.connect(_pet_goes, sender="pets.Pet", dispatch_uid="matches_of_purged_pet_keep")
        pre_delete.connect(_report_goes, sender="reports.Report", dispatch_uid="matches_close")

        from accounts.personal_data import Section, section_register
        from animal.matching import personal_data

        section_register(Section("matching", personal_data.collect))


def _report_goes(*, instance: Any, **_: Any) -> None:
    from animal.matching.outcomes import matches_close

    matches_close(report=instance)


def _pet_goes(*, instance: Any, **_: Any) -> None:
    from animal.matching.services import matches_of_purged_pet_keep

    matches_of_purged_pet_keep(pet=instance)

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "animal.matching"

    def ready(self) -> None:
        from animal.matching.selectors import reports_opened_to
        from animal.reports.selectors import exact_point_rule_add

        exact_point_rule_add(reports_opened_to)

        from accounts.personal_data import Section, section_register
        from animal.matching import personal_data

        section_register(Section("matching", personal_data.collect))

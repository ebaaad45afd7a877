from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import (
            account_data,
            schema,  # noqa: F401 - registers the scheme
        )
        from accounts.personal_data import Section, section_register

        section_register(Section("account", account_data.collect))

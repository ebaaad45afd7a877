from django.apps import AppConfig


class PetsConfig(AppConfig):
    name = "animal.pets"

    def ready(self) -> None:
        from accounts.publication import steps_register
        from animal.pets.publication import pets_publish, pets_withdraw

        steps_register("pets", publish=pets_publish, withdraw=pets_withdraw)

        from accounts.personal_data import Section, section_register
        from animal.pets import personal_data

        section_register(Section("pets", personal_data.collect, personal_data.erase))

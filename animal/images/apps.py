from __future__ import annotations

import warnings

from django.apps import AppConfig
from django.conf import settings


class ImagesConfig(AppConfig):
    name = "animal.images"

    def ready(self) -> None:
        from PIL import Image

        # Pillow's own guard, for all that decodes pictures anywhere in this process. Set once: changing warning
        # filters around each call would not be thread-safe.
        Image.MAX_IMAGE_PIXELS = settings.MAX_IMAGE_MEGAPIXELS * 1_000_000
        warnings.simplefilter("error", Image.DecompressionBombWarning)

        from accounts.personal_data import Section, section_register
        from animal.images import edited_personal_data as edited
        from animal.images import personal_data

        section_register(Section("images", personal_data.collect, personal_data.erase, personal_data.pictures))
        section_register(Section("edited_images", edited.collect, edited.erase, edited.pictures))

"""Pictures that people made in the editor, with what the editor needs to go on from there."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class EditedPetImage(models.Model):
    """A PNG and its editor's state. The state holds photos as data URLs, so it is often several megabytes: above
    `edited_services.INLINE_BYTES` it lies in a file, because databases refuse or suffer rows of that size."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="edited_images")
    owner_id: int
    file_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="In the names of its files.")
    edited_image = models.FileField(max_length=200)
    metadata = models.JSONField(default=dict, blank=True, help_text="The editor's state, unless it is in the file.")
    metadata_file = models.FileField(max_length=200, blank=True)
    summary = models.JSONField(default=dict, blank=True, help_text="What lists show of the state.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-created_at"], name="edited_owner_newest")]

    def file_names(self) -> list[str]:
        return [str(name) for name in (self.edited_image, self.metadata_file) if name]

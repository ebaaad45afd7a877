"""Keeps the gallery in step with reports that disappear: deleted in the admin, or with their reporter's account."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from animal.recognition.services import gallery_remove
from animal.reports.models import Report


@receiver(post_delete, sender=Report)
def report_leaves_gallery(instance: Report, **kwargs: Any) -> None:
    gallery_remove(kind="report", object_id=instance.pk)

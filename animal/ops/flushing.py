"""Removing test data: marked accounts, such as those at .test addresses, with all that is theirs, and marked rows."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.services.deletion import account_erase
from animal.chat.models import Conversation
from animal.images.models import Image
from animal.images.services import image_discard
from animal.pets.models import Pet
from animal.recognition.models import GalleryEntry
from animal.recognition.services import gallery_remove
from animal.reports.models import Report
from animal.reports.selectors import report_photos


def flushable_count() -> dict[str, int]:
    return {
        "accounts": _accounts().count(),
        "pets": Pet.objects.filter(is_test=True).count(),
        "reports": Report.objects.filter(is_test=True).count(),
        "conversations": Conversation.objects.filter(is_test=True).count(),
        "staff accounts that stay": User.objects.filter(is_test=True, is_staff=True).count(),
    }


def flush() -> None:
    """Each account as any that is deleted, then what is marked as test data and belongs to nobody of them."""
    for user in _accounts():
        while User.objects.filter(pk=user.pk).exists():
            # Each time anew: signing in would take it back.
            User.objects.filter(pk=user.pk).update(is_active=False, deletion_due_at=timezone.now())
            account_erase(user.pk)
    for report in Report.objects.filter(is_test=True).select_related("image"):
        _delete(report, GalleryEntry.Kind.REPORT, report_photos(report))
    for pet in Pet.objects.filter(is_test=True):
        _delete(pet, GalleryEntry.Kind.PET, [photo.image for photo in pet.photos.select_related("image")])
    Conversation.objects.filter(is_test=True).delete()


def _delete(row: Report | Pet, kind: GalleryEntry.Kind, images: list[Image]) -> None:
    with transaction.atomic():
        gallery_remove(kind=kind, object_id=row.pk)
        row.delete()
    for image in images:
        with suppress(ProtectedError):  # Something else shows it, too.
            image_discard(image=image)


def _accounts() -> QuerySet[User]:
    return User.objects.filter(is_test=True, is_staff=False, is_superuser=False)

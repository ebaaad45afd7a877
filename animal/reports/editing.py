"""Writes on a report that is filed: its words, its place, its photos, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from accounts.models import User
from animal.alerts.services import notifications_erase_of_report
from animal.core.cells import RESOLUTIONS, cell_of
from animal.core.errors import Conflict, InvalidInput, NotFound
from animal.core.geo import moved_alike
from animal.core.idempotency import created
from animal.core.tasks import task_enqueue
from animal.images.models import Image
from animal.images.services import image_discard, images_stored
from animal.pets.marks import MARKS
from animal.pets.models import FeatureStatus
from animal.pets.services import pet_mark_lost
from animal.recognition.labels import species_of
from animal.reports.gallery import report_gallery_put
from animal.reports.models import Report, ReportEvent, ReportPhoto
from animal.reports.selectors import live_pet, report_photos
from animal.reports.services import report_pet_follow
from animal.reports.tasks import MATCH_TASK, erase_nearby_alerts, extract_location_features, run_nearby_alerts
from animal.reports.timeline import report_event

MAX_PHOTOS = 10
What = ReportEvent.What
# The names of the wire, and the columns.
COLUMNS = {"animal_name": "pet_name", "type": "pet_type", "breed": "pet_breed", "category": "pet_category"}
PLACE = ("latitude", "longitude")
# (author, photos) -> takes these photos off what else the author shows them in, in the caller's transaction.
PhotoRemoval = Callable[[User, Sequence[Image]], object]
_photo_removals: list[PhotoRemoval] = []


def photo_removal_add(removal: PhotoRemoval) -> None:
    """Let an app above this one show a report's photos, and no longer than the report does. Call it in
    AppConfig.ready()."""
    if removal not in _photo_removals:
        _photo_removals.append(removal)


@transaction.atomic
def report_edit(
    *, actor: User, report: Report, changes: Mapping[str, Any], is_as_seen: Callable[[Report], bool] | None = None
) -> Report:
    """Change what the report says; `changes` holds fields of ReportData. What follows from them follows here too.

    `is_as_seen` is asked whether the report, by now locked, is still what the actor saw; if not, Conflict is raised.

    The point that others see moves exactly as the true one does: a new random offset for each edit would let them
    average the truth out. Raises InvalidInput for what a report says of a registered pet, which is changed there.
    """
    current = _locked(report)
    if is_as_seen is not None and not is_as_seen(current):
        said = _("The report was changed in the meantime, in another window or by an app. Please look at it, then "
                 "keep what you typed here, or leave it.")  # fmt: skip
        raise Conflict(said, code="overtaken")
    if live_pet(current) is not None and (own := sorted((COLUMNS.keys() | set(MARKS)) & changes.keys())):
        raise InvalidInput(
            _("This report is about a pet of yours: please change %(facts)s at the pet.") % {"facts": _words(own)},
            code="pet_says",
        )
    changed = [name for name, value in changes.items() if getattr(current, COLUMNS.get(name, name)) != value]
    if not changed:
        return current
    if any(name in PLACE for name in changed):
        _move(current, changes.get("latitude", current.latitude), changes.get("longitude", current.longitude))
    for name in changed:
        setattr(current, COLUMNS.get(name, name), changes[name])
    if "type" in changed:
        current.species = species_of(current.pet_type)
    current.save()
    report_event(report_id=current.pk, what=What.EDITED, actor_id=actor.pk, detail=_words(changed))
    if current.is_open:
        _follow(current, moved=any(name in PLACE for name in changed))
    return current


def _move(report: Report, latitude: float, longitude: float) -> None:
    report.public_latitude, report.public_longitude = moved_alike(
        report.public_point,
        start=report.point,
        end=(latitude, longitude),
    )
    for resolution in RESOLUTIONS:
        setattr(report, f"cell_r{resolution}", cell_of(latitude, longitude, resolution))


def _follow(report: Report, *, moved: bool) -> None:
    pet = live_pet(report)
    if pet is not None and report.side == Report.Side.LOST:
        pet_mark_lost(pet=pet, latitude=report.public_point[0], longitude=report.public_point[1])
    report_gallery_put(report)
    task_enqueue(MATCH_TASK, report.pk)
    if moved:
        task_enqueue(run_nearby_alerts, report.pk)  # Those who watch the new place; nobody is told twice.


def _words(names: Sequence[str]) -> str:
    return ", ".join(sorted(name.replace("_", " ") for name in names))


def report_photos_add(*, actor: User, report: Report, uploads: Sequence[UploadedFile[Any]]) -> Report:
    """Add photos, of which a report has at most MAX_PHOTOS. Raises InvalidInput, and then none is added."""
    if not uploads:
        raise InvalidInput(_("Please choose a photo."), code="no_photo")
    _require_room(len(report_photos(report)) + len(uploads))  # Before they are decoded, which is the expensive part.
    with images_stored(uploads=uploads, uploader=actor, source=Image.Source.REPORT) as images, transaction.atomic():
        current = _locked(report)
        _require_room(len(report_photos(current)) + len(images))
        photos_attach(current, images)
        for _image in images:
            report_event(report_id=current.pk, what=What.PHOTO_ADDED, actor_id=actor.pk)
        _read_again(current)
        created("report_photos", images[-1].pk)  # Not the report, which was there before.
    return current


def photos_attach(report: Report, images: Sequence[Image]) -> None:
    """Make these the report's last photos, the first one its first if it has none; in the caller's transaction."""
    rest = list(images)
    if report.image is None and rest:
        report.image = rest.pop(0)
        report.save(update_fields=["image"])
    last = ReportPhoto.objects.filter(report=report).aggregate(last=Max("position"))["last"] or 0
    ReportPhoto.objects.bulk_create(
        [ReportPhoto(report=report, image=image, position=last + 1 + place) for place, image in enumerate(rest)]
    )


def _require_room(count: int) -> None:
    if count > MAX_PHOTOS:
        raise InvalidInput(_("A report has at most %(most)s photos.") % {"most": MAX_PHOTOS}, code="too_many_photos")


@transaction.atomic
def report_photo_remove(*, actor: User, report: Report, image_id: UUID) -> Report:
    """Take a photo off a report and its author's messages, and delete it if no pet shows it. Raises NotFound."""
    current = _locked(report)
    photo = next((image for image in report_photos(current) if image.pk == image_id), None)
    if photo is None:
        raise NotFound(_("This report has no such photo."))
    if current.image_id == photo.pk:
        following = ReportPhoto.objects.filter(report=current).select_related("image").first()
        current.image = following.image if following is not None else None
        current.save(update_fields=["image"])
        if following is not None:
            following.delete()
    else:
        ReportPhoto.objects.filter(report=current, image=photo).delete()
    _discard([photo], author=current.reporter)
    report_event(report_id=current.pk, what=What.PHOTO_REMOVED, actor_id=actor.pk)
    _read_again(current)
    return current


def _read_again(report: Report) -> None:
    """The photos are others now. Without any there is nothing to read."""
    report.feature_status = FeatureStatus.PENDING if report.image is not None else FeatureStatus.COMPLETED
    report.feature_error = ""
    report.save(update_fields=["feature_status", "feature_error"])
    if report.image is not None:
        task_enqueue(extract_location_features, report.pk)
    elif report.is_open:
        report_gallery_put(report)


@transaction.atomic
def report_delete(*, report: Report) -> None:
    """Delete a report with its conversations and matches, whose other side is told, and its photos.

    A pet that it said was lost is home, unless another report says so.
    """
    current = _locked(report)
    photos = report_photos(current)
    report_pet_follow(current, closed=True)
    # There may be thousands: the first of them go at once, the others in the background, a batch in each transaction.
    notifications_erase_of_report(report_id=current.pk)
    task_enqueue(erase_nearby_alerts, current.pk)
    current.delete()  # Leaves the gallery and tells the other side by signals.
    _discard(photos, author=current.reporter)


def _discard(photos: Sequence[Image], *, author: User) -> None:
    for removal in _photo_removals if photos else ():
        removal(author, photos)
    for photo in photos:
        if Image.objects.filter(pk=photo.pk, reports=None).exists():
            with suppress(ProtectedError), transaction.atomic():
                image_discard(image=photo)  # Protected while a pet shows it.


def _locked(report: Report) -> Report:
    current = Report.objects.select_for_update().filter(pk=report.pk).first()
    if current is None:
        raise NotFound(_("This report does not exist."))
    return current

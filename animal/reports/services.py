"""Writes of reports: file, resolve, reopen. Each is one transaction with all that it sets in motion."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from animal.alerts.models import Notification
from animal.alerts.services import notification_create
from animal.core.cells import RESOLUTIONS, cell_of
from animal.core.errors import InvalidInput, NotFound, Said
from animal.core.geo import blurred_point, haversine_m, moved_alike
from animal.core.idempotency import created
from animal.core.sentences import sentence
from animal.core.tasks import task_enqueue
from animal.images.kept import photos_claim
from animal.images.models import Image
from animal.images.services import images_stored
from animal.pets.marks import MARKS
from animal.pets.models import FeatureStatus, Pet
from animal.pets.selectors import access_pet_as_owner
from animal.pets.services import PetFields, pet_mark_home, pet_mark_lost, pet_register
from animal.recognition.labels import species_of
from animal.recognition.services import gallery_remove
from animal.reports.gallery import report_gallery_put
from animal.reports.models import Report, ReportEvent, ReportPhoto
from animal.reports.selectors import display_name
from animal.reports.tasks import MATCH_TASK, extract_location_features, run_nearby_alerts
from animal.reports.timeline import report_event

logger = logging.getLogger(__name__)

OUTCOME_TASK = "animal.matching.tasks.report_outcome"

# Two measurements of one place, by a phone between houses, differ by less.
NOW_LOST = sentence("%(name)s is reported lost. We will tell you as soon as somebody reports an animal like it.")
WRONG_TURN: dict[str, Said] = {
    Report.Side.LOST: gettext_lazy(
        "This is a lost report: it can be resolved or reopened, but not become %(status)s. "
        "Please file a new report instead."
    ),
    Report.Side.FOUND: gettext_lazy(
        "This is a found report: it can be resolved or reopened, but not become %(status)s. "
        "Please file a new report instead."
    ),
}
SAME_PLACE_M = 150
EARLIER_LOOKED_AT = 100

# By the report's side, from -> to. A report never changes sides: what was lost is resolved when it is found.
TRANSITIONS: dict[str, dict[str, str]] = {
    Report.Side.LOST: {Report.Status.LOST: Report.Status.RESOLVED, Report.Status.RESOLVED: Report.Status.LOST},
    Report.Side.FOUND: {Report.Status.FOUND: Report.Status.RESOLVED, Report.Status.RESOLVED: Report.Status.FOUND},
}


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """What a person says about an animal that was lost or found. Latitude and longitude in degrees, the true place; no
    value in both where a finder said it in words alone."""

    status: str
    animal_name: str
    type: str
    breed: str
    category: str
    latitude: float | None
    longitude: float | None
    description: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    last_seen_date: date | None = None
    last_seen_time: time | None = None
    pet_id: int | None = None
    register_pet: bool = False
    chip_number: str = ""
    sex: str = ""
    size: str = ""
    colours: list[str] = field(default_factory=list)


def report_file(
    *,
    actor: User,
    data: ReportData,
    upload: UploadedFile[Any] | None = None,
    more_uploads: Sequence[UploadedFile[Any]] = (),
    kept: Sequence[Image] = (),
    tag_pet: Pet | None = None,
    then: Callable[[Report], None] | None = None,
) -> Report:
    """File a report. When this returns, the report, its pet's state and all work that follows are committed together.

    Raises NotFound for a `pet_id` that is not one of the actor's pets, InvalidInput or ServiceUnavailable for a photo
    that cannot be taken in; then nothing stays. `kept` are photos of a form that was refused before. `tag_pet` is the
    pet by whose tag the animal was found; `then` is called in the transaction, for what belongs to the report and lies
    in an app above.
    """
    if data.pet_id is not None:
        access_pet_as_owner(actor, data.pet_id)  # Before the photo is worked on, which is the expensive part.
    uploads = [*([] if upload is None else [upload]), *more_uploads]
    with images_stored(uploads=uploads, uploader=actor, source=Image.Source.REPORT) as images, transaction.atomic():
        photos = [*photos_claim(kept=kept, uploader=actor), *images] if kept else images
        report = _write(actor, data, photos, tag_pet)
        if then is not None:
            then(report)
        return report


def _write(actor: User, data: ReportData, images: Sequence[Image], tag_pet: Pet | None) -> Report:
    image = images[0] if images else None
    pet = _pet_concerned(actor, data, image)
    report = _new_report(actor, data, pet, image)
    report.tag_pet = tag_pet
    report.save()
    ReportPhoto.objects.bulk_create(
        [ReportPhoto(report=report, image=more, position=place) for place, more in enumerate(images[1:], start=1)]
    )
    report_event(report_id=report.pk, what=ReportEvent.What.FILED, actor_id=actor.pk)
    created("report", report.pk)
    if pet is not None and report.side == Report.Side.LOST:
        pet_mark_lost(pet=pet, latitude=report.public_point[0], longitude=report.public_point[1])
    if report.side == Report.Side.LOST:
        _confirm_to_reporter(report)
    if report.latitude is not None:
        task_enqueue(run_nearby_alerts, report.pk)
    if image is not None:
        task_enqueue(extract_location_features, report.pk)
    if pet is not None or report.chip_number:
        # What is known of the animal need not wait for the new photo; matching runs again when that is read.
        task_enqueue(MATCH_TASK, report.pk)
    return report


def _pet_concerned(actor: User, data: ReportData, image: Image | None) -> Pet | None:
    """The actor's pet that the report names, by id or, for a lost one, by exactly its name, type and breed; or a newly
    registered one. Never a pet without a photo: nobody could recognise it."""
    if data.pet_id is not None:
        return access_pet_as_owner(actor, data.pet_id)
    if data.status == Report.Side.LOST or data.register_pet:
        named = Pet.objects.filter(
            owner=actor, deleted_at=None, name=data.animal_name, type=data.type, breed=data.breed
        )
        candidates = list(named[:2])
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            return None  # Two of the same name: which one is meant, only a pet_id can say.
    if not data.register_pet or image is None:
        return None
    marks = {name: getattr(data, name) for name in MARKS}
    fields = PetFields(name=data.animal_name, type=data.type, category=data.category, breed=data.breed, **marks)
    return pet_register(owner=actor, fields=fields, images=[image])


def _new_report(actor: User, data: ReportData, pet: Pet | None, image: Image | None) -> Report:
    report = Report(
        reporter=actor,
        pet=pet,
        side=data.status,
        status=data.status,
        # Of a linked pet the report keeps its own copy, which stays when the pet is deleted.
        pet_name=pet.name if pet is not None else data.animal_name,
        pet_type=pet.type if pet is not None else data.type,
        pet_breed=pet.breed if pet is not None else data.breed,
        pet_category=pet.category if pet is not None else data.category,
        species=pet.species if pet is not None else species_of(data.type),
        description=data.description,
        last_seen_date=data.last_seen_date,
        last_seen_time=data.last_seen_time,
        contact_name=data.contact_name,
        contact_phone=data.contact_phone,
        contact_email=data.contact_email,
        image=image,
        # Without a photo there is nothing to read, and nobody shall wait for it.
        feature_status=FeatureStatus.COMPLETED if image is None else FeatureStatus.PENDING,
        is_test=actor.is_test,
        **{name: (pet is not None and getattr(pet, name)) or getattr(data, name) for name in MARKS},
    )
    if data.latitude is not None and data.longitude is not None:
        _place(report, data.latitude, data.longitude)
    return report


def _place(report: Report, latitude: float, longitude: float) -> None:
    report.latitude, report.longitude = latitude, longitude
    report.public_latitude, report.public_longitude = _public_point(report.reporter, latitude, longitude)
    for resolution in RESOLUTIONS:
        setattr(report, f"cell_r{resolution}", cell_of(latitude, longitude, resolution))


def _public_point(actor: User, latitude: float, longitude: float) -> tuple[float, float]:
    """The point that others see of a report from there: 200 to 400 m away, in the direction of this person's last
    report from the same place. Somebody who reports from home every other week would else show a new point around it
    each time, and all of them together average to the true one."""
    here = latitude, longitude
    earlier = Report.objects.filter(reporter=actor).exclude(latitude=None).order_by("-reported_at")[:EARLIER_LOOKED_AT]
    for report in earlier.only("latitude", "longitude", "public_latitude", "public_longitude"):
        there = report.point
        if haversine_m(*here, *there) <= SAME_PLACE_M:
            return moved_alike(report.public_point, start=there, end=here)
    return blurred_point(*here)


def _confirm_to_reporter(report: Report) -> None:
    name = display_name(report)
    notification_create(
        recipient_id=report.reporter_id,
        verb=Notification.Verb.MARKED_LOST,
        description=NOW_LOST % {"name": name},
        dedupe_key=f"lost:{report.pk}",
        target_id=report.pet_id,
        target_name=name,
        link="/pet/map",
    )


@transaction.atomic
def report_set_status(*, actor: User, report: Report, status: str) -> Report:
    """Resolve or reopen a report. The status that it has already is answered as done.

    Raises InvalidInput for a change of sides. Whether the actor may do this is asked by `access_report_as_reporter`.
    """
    current = Report.objects.select_for_update().filter(pk=report.pk).first()
    if current is None:
        raise NotFound(_("This report does not exist."))
    if status == current.status:
        return current
    if TRANSITIONS[current.side].get(current.status) != status:
        raise InvalidInput(
            str(WRONG_TURN[current.side]) % {"status": repr(status)},
            code="wrong_transition",
        )
    current.status = status
    resolved = status == Report.Status.RESOLVED
    current.resolved_at = timezone.now() if resolved else None
    current.save(update_fields=["status", "resolved_at"])
    what = ReportEvent.What.RESOLVED if resolved else ReportEvent.What.REOPENED
    report_event(report_id=current.pk, what=what, actor_id=actor.pk)
    _follow(current)
    task_enqueue(OUTCOME_TASK, current.pk)
    logger.info("report %s is %s, by user %s", current.pk, status, actor.pk)
    return current


def _follow(report: Report) -> None:
    """Make the pet, the gallery and matching follow from whether the report is open, in the caller's transaction."""
    if report.is_open:
        _reopened(report)
    else:
        _resolved(report)


@transaction.atomic
def report_hide(*, report_id: int, hidden: bool) -> bool:
    """Take a report off the map, gallery, matches and alerts at once, or bring it back; its people keep seeing it.

    False when it is so already. Who may do this is asked by the caller. Raises NotFound.
    """
    report = Report.objects.select_for_update().filter(pk=report_id).first()
    if report is None:
        raise NotFound(_("This report does not exist."))
    if (report.hidden_at is not None) == hidden:
        return False
    report.hidden_at = timezone.now() if hidden else None
    report.save(update_fields=["hidden_at"])
    report_event(report_id=report.pk, what=ReportEvent.What.HIDDEN if hidden else ReportEvent.What.SHOWN)
    _follow(report)
    if report.is_open:
        task_enqueue(run_nearby_alerts, report.pk)  # Watchers who were told before are not told again.
    return True


# Both write the pet before the gallery, as the services of pets do: writers that lock in one order never deadlock.


def _resolved(report: Report) -> None:
    report_pet_follow(report, closed=True)
    gallery_remove(kind="report", object_id=report.pk)


def report_pet_follow(report: Report, *, closed: bool) -> None:
    """A lost report of a pet is closed: it is home, or still lost according to another one. Or it is open again."""
    pet = report.pet
    if pet is None or report.side != Report.Side.LOST:
        return
    if not closed:
        pet_mark_lost(pet=pet, latitude=report.public_point[0], longitude=report.public_point[1])
        return
    still_lost = Report.objects.filter(pet=pet, status=Report.Status.LOST, hidden_at=None).exclude(pk=report.pk)
    other = still_lost.order_by("-reported_at", "-pk").first()
    if other is None:
        pet_mark_home(pet=pet)
    else:
        pet_mark_lost(pet=pet, latitude=other.public_point[0], longitude=other.public_point[1])


def _reopened(report: Report) -> None:
    report_pet_follow(report, closed=False)
    report_gallery_put(report)
    task_enqueue(MATCH_TASK, report.pk)


@transaction.atomic
def report_retry_features(*, report: Report) -> None:
    """Look at the photo again. Raises InvalidInput unless the last attempt failed."""
    failed = Report.objects.filter(pk=report.pk, image__isnull=False, feature_status=FeatureStatus.FAILED)
    if not failed.update(feature_status=FeatureStatus.PENDING, feature_error=""):
        raise InvalidInput(_("The photo of this report is not in need of another attempt."), code="not_failed")
    task_enqueue(extract_location_features, report.pk)

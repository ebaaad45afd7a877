"""Background work of reports: reading the photo, and telling those who watch the place."""

from __future__ import annotations

import time

from django.conf import settings
from django.db import transaction

from animal.alerts import services as alerts
from animal.alerts.models import Notification
from animal.core.blocks import blocks_of
from animal.core.faults import checkpoint
from animal.core.sentences import sentence
from animal.core.tasks import Permanent, background_task, task_enqueue
from animal.images.models import Image
from animal.pets.models import FeatureStatus
from animal.recognition.models import PhotoEmbedding
from animal.recognition.services import gallery_remove, photo_read
from animal.reports.cases import public_page
from animal.reports.gallery import report_gallery_put
from animal.reports.map_selectors import map_around
from animal.reports.models import Report
from animal.reports.selectors import display_name, live_pet, report_photos

# With a model in this process a photo takes a tenth of a second, with a hosted one some seconds.
STEP_SECONDS = 8.0
MATCH_TASK = "animal.matching.tasks.run_auto_match"
NO_ANIMAL = sentence(
    "We could not find an animal in the photo. Please file the report again with a photo on which the animal is larger."
)
UNREADABLE = sentence("We could not read this photo. Please file the report again with another one.")
LOST_NOT_COMPARED = sentence("Your lost report is on the map, but cannot be compared with others. %(why_sentence)s")
FOUND_NOT_COMPARED = sentence("Your found report is on the map, but cannot be compared with others. %(why_sentence)s")


def extraction_failed(location_id: int, reason: str) -> None:
    """`reason` is for the operator and stands with the task; the reporter reads a sentence."""
    report = Report.objects.filter(pk=location_id).first()
    if report is not None:
        _fail(report, UNREADABLE)


@background_task(on_failed=extraction_failed)
def extract_location_features(location_id: int) -> None:
    """Read the report's photos, put them into the gallery, and have it matched."""
    report = Report.objects.select_related("image", "pet").filter(pk=location_id).first()
    if report is None or report.image is None:
        return
    # A report whose photo is read again with a newer model stays what it was: its old vectors go on serving.
    unread = Report.objects.filter(pk=location_id).exclude(feature_status=FeatureStatus.COMPLETED)
    unread.update(feature_status=FeatureStatus.PROCESSING)
    try:
        _read_photos(report, report_photos(report))
    except Exception:
        # Until the task comes back, nobody looks at the photo.
        unread = Report.objects.filter(pk=location_id, feature_status=FeatureStatus.PROCESSING)
        unread.update(feature_status=FeatureStatus.PENDING)
        raise


def _read_photos(report: Report, photos: list[Image]) -> None:
    """What a photo shows is kept with it, so that a step that is cut short goes on where it was."""
    started, shown, reason = time.monotonic(), [], NO_ANIMAL
    for photo in photos:
        if time.monotonic() - started > STEP_SECONDS:
            task_enqueue(extract_location_features, report.pk)
            return
        try:
            reading = photo_read(photo)
        except Permanent as error:
            reason = str(error)
            continue
        if reading.vector:
            shown.append(reading)
    checkpoint("embedded")
    if not shown:
        _fail(report, reason)
        return
    _keep_reading(report.pk, shown[0])
    checkpoint("indexed")


@transaction.atomic
def _keep_reading(location_id: int, reading: PhotoEmbedding) -> None:
    # Locked, so that a report resolved meanwhile does not come back into the gallery.
    report = Report.objects.select_for_update().filter(pk=location_id).first()
    if report is None:
        return
    report.suggested_species = reading.species
    report.suggested_breeds = reading.breeds
    report.feature_status, report.feature_error = FeatureStatus.COMPLETED, ""
    report.save(update_fields=["suggested_species", "suggested_breeds", "feature_status", "feature_error"])
    if report.is_open:
        report_gallery_put(report)
        task_enqueue(MATCH_TASK, report.pk)


@transaction.atomic
def _fail(report: Report, why: str) -> None:
    """Say so to the reporter, once. A pet that is linked to the report is still matched by its own photos."""
    Report.objects.filter(pk=report.pk).update(feature_status=FeatureStatus.FAILED, feature_error=why[:300])
    gallery_remove(kind="report", object_id=report.pk)
    _tell_failed(report, why)
    if live_pet(report) is not None and report.is_open:
        task_enqueue(MATCH_TASK, report.pk)


def _tell_failed(report: Report, why: str) -> None:
    said = LOST_NOT_COMPARED if report.side == Report.Side.LOST else FOUND_NOT_COMPARED
    alerts.notification_create(
        recipient_id=report.reporter_id,
        verb=Notification.Verb.FEATURES_FAILED,
        description=said % {"why_sentence": why},
        dedupe_key=f"report-photo-failed:{report.pk}:{report.image_id}",
        target_id=report.pet_id,
        target_name=display_name(report),
        link="/pet/map",
    )


@background_task()
def run_nearby_alerts(location_id: int) -> None:
    """Tell the people who watch the place, whether or not recognition works."""
    report = Report.objects.select_related("pet", "reporter").filter(pk=location_id).first()
    if report is None or not report.is_open or not report.reporter.is_proven or report.public_latitude is None:
        return
    pet = live_pet(report)
    told = alerts.alert_area_watchers(
        report_id=report.pk,
        side=report.side,
        latitude=report.public_point[0],
        longitude=report.public_point[1],
        exclude_user_ids={report.reporter_id}
        | blocks_of(report.reporter_id).either
        | ({pet.owner_id} if pet is not None else set()),
        animal_name=display_name(report),
        target_id=pet.pk if pet is not None else None,
        is_test=report.is_test,
        link=_watchers_led_to(report),
    )
    checkpoint("alerted")
    if told >= alerts.WATCHERS_PER_STEP:
        task_enqueue(run_nearby_alerts, report.pk)  # The rest in another step, each of which stays short.


@background_task()
def erase_nearby_alerts(location_id: int) -> None:
    """Forget what watchers were told of a report that is deleted, a batch in each step; also what a step that told
    them at the same time wrote after it was gone."""
    if alerts.notifications_erase_of_report(report_id=location_id):
        task_enqueue(erase_nearby_alerts, location_id)


def _watchers_led_to(report: Report) -> str:
    """The page of the report if everybody may see it, else the map around. A separate web client has only the map."""
    page = "" if settings.FRONTEND_URL else public_page(report)
    return page or map_around(report)

"""Photo search: which registered pets and open reports look like the animal in a photo."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import proven
from animal.core.errors import InvalidInput, ServiceUnavailable
from animal.images.hints import Hints
from animal.images.selectors import decode_upload
from animal.matching.fusion import Description, Fused, fused
from animal.matching.pairs import described
from animal.pets.models import FeatureStatus, Pet, PetPhoto
from animal.pets.selectors import pets_live, with_photos
from animal.recognition.embedder import PhotoReading
from animal.recognition.errors import IndexUnavailable, ModelUnavailable
from animal.recognition.index import SearchQuery, get_index
from animal.recognition.models import GalleryEntry
from animal.recognition.networks import memory_trimmed
from animal.recognition.photo_hints import reading_hints
from animal.recognition.providers import get_calibration, get_embedder
from animal.recognition.reading import photo_reading
from animal.recognition.selectors import gallery_count, gallery_outdated
from animal.reports.models import Report
from animal.reports.selectors import OPEN_STATUSES, live_pet, shown_to_others

CANDIDATES_PER_KIND = 30
MIN_SIMILARITY = 0.3
RESULTS = 10
# Stated, not measured: nobody knows how many animals there are like the one in the photo, nor whether it is among them.
# Each begins as one of the ten that are shown.
BEFORE = -float(np.log(RESULTS - 1))

# Reading a photo keeps a core busy and needs tens of megabytes: a few at once, so that the process goes on answering.
READINGS_AT_ONCE = 1
WAIT_SECONDS = 5.0
_reading_slots = threading.BoundedSemaphore(READINGS_AT_ONCE)

Kind = GalleryEntry.Kind


@dataclass(frozen=True)
class Lookalike:
    """A pet with its newest open report, if there is one; or, without a pet, a report whose pet is not in the list.

    `weighed`: the pet, the report or both, whose words were held against the photo; an earlier one's come before a
    later one's. The reasons are worded from these and no other. `fused`: what speaks for and against its being the
    animal in the photo.
    """

    pet: Pet | None
    report: Report | None
    weighed: tuple[Pet | Report, ...]
    fused: Fused

    @property
    def similarity(self) -> float:
        """The probability that it is this animal."""
        return self.fused.probability


@dataclass(frozen=True)
class SearchOutcome:
    """``unread``: animals that were not compared, since only an older model has read their photos; they are among those
    that are ``pending``."""

    lookalikes: list[Lookalike]
    searched: int
    pending: int
    unread: int
    hints: Hints


def photo_search(*, actor: User, upload: UploadedFile) -> SearchOutcome:
    """The ten best look-alikes that this person may see. Nothing of the photo is kept.

    Raises InvalidInput for a bad picture or one without an animal, ServiceUnavailable when recognition is down or
    busy. Call it outside any transaction.
    """
    reading, hints = _read(upload)
    if reading.vector is None:
        raise InvalidInput(
            _("We could not find an animal in this photo. Please try one in which the animal is larger and well lit."),
            code="no_animal",
        )
    try:
        cosines = {kind: _cosines(actor, reading, kind) for kind in Kind}
        found = _lookalikes(actor, reading, cosines[Kind.PET], cosines[Kind.REPORT])
    except (IndexUnavailable, ModelUnavailable) as error:
        raise _recognition_is_down() from error
    unread = gallery_outdated().filter(is_test=actor.is_test).count()
    return SearchOutcome(
        lookalikes=[one for one in found if one.similarity >= MIN_SIMILARITY][:RESULTS],
        searched=gallery_count(is_test=actor.is_test),
        pending=_waiting_count(actor) + unread,
        unread=unread,
        hints=hints,
    )


def _read(upload: UploadedFile) -> tuple[PhotoReading, Hints]:
    with reading_slot():
        return _read_in_slot(upload)


def _read_in_slot(upload: UploadedFile) -> tuple[PhotoReading, Hints]:
    """In a function of its own, so that the decoded picture is gone when the slot gives the memory back."""
    picture = decode_upload(upload)
    try:
        reading = photo_reading(get_embedder(), picture)
    except ModelUnavailable as error:
        raise _recognition_is_down() from error
    return reading, reading_hints(reading, picture)


@contextmanager
def reading_slot() -> Iterator[None]:
    """A place among the few photos that this process looks at. Raises ServiceUnavailable when none gets free soon."""
    if not _reading_slots.acquire(timeout=WAIT_SECONDS):
        raise ServiceUnavailable(_("Many photos are being looked at right now. Please try again."), retry_after=5)
    try:
        # Searches by photo are rare beside other requests: the process that answers those stays small between them.
        with memory_trimmed():
            yield
    finally:
        _reading_slots.release()


def _recognition_is_down() -> ServiceUnavailable:
    return ServiceUnavailable(
        _("Photo search is not available at the moment. Reports, alerts and chats work as usual."), retry_after=60
    )


def _cosines(actor: User, reading: PhotoReading, kind: str) -> dict[int, float]:
    """The best cosine by object id. The species is no filter here: a person looks at the results."""
    assert reading.vector is not None  # noqa: S101 (for the type checker)
    query = SearchQuery(
        vectors=reading.vector,
        kinds=[kind],
        limit=CANDIDATES_PER_KIND,
        is_test=actor.is_test,
        visible_to=actor.pk,
    )
    return {hit.object_id: hit.cosine for hit in get_index().search(query)}


def _lookalikes(
    actor: User, reading: PhotoReading, of_pets: dict[int, float], of_reports: dict[int, float]
) -> list[Lookalike]:
    """Best first. A report of a listed pet is not a result of its own, but lends the pet its better cosine."""
    pets = _visible_pets(actor, of_pets)
    newest = _newest_open_reports(pets)
    best = {pet_id: of_pets[pet_id] for pet_id in pets}
    petless = []
    for report in _open_reports(actor, of_reports):
        cosine = of_reports[report.pk]
        if report.pet_id in best:
            best[report.pet_id] = max(best[report.pet_id], cosine)
        else:
            known = live_pet(report)
            weighed = (report,) if known is None else (known, report)
            petless.append((cosine, _weighed(reading, cosine, weighed, report=report)))
    listed = [
        (best[pet_id], _weighed(reading, best[pet_id], (pet,), pet=pet, report=newest.get(pet_id)))
        for pet_id, pet in pets.items()
    ]
    return [one for _, one in sorted(listed + petless, key=lambda item: (-item[1].similarity, -item[0]))]


def _weighed(
    reading: PhotoReading,
    cosine: float,
    weighed: tuple[Pet | Report, ...],
    *,
    pet: Pet | None = None,
    report: Report | None = None,
) -> Lookalike:
    said = described(*weighed)
    # A breed that a network suggests speaks for an animal of that breed, and against none: it knows few of them.
    suggested = {breed.label.casefold() for breed in reading.breeds}
    in_photo = Description(species=reading.species, breed=said.breed if said.breed in suggested else "")
    # Where the two species differ, that has a weight of its own.
    evidence = float(get_calibration().evidence(cosine, reading.species or said.species))
    return Lookalike(pet, report, weighed, fused(in_photo, said, photos=evidence, before=BEFORE))


def _visible_pets(actor: User, pet_ids: dict[int, float]) -> dict[int, Pet]:
    """The database has the last word on who may see what."""
    pets = with_photos(pets_live().filter(proven("owner"), pk__in=pet_ids, is_test=actor.is_test))
    return {pet.pk: pet for pet in pets if pet.is_public or pet.is_lost or pet.owner_id == actor.pk}


def _open_reports(actor: User, report_ids: dict[int, float]) -> list[Report]:
    reports = Report.objects.filter(
        shown_to_others(), pk__in=report_ids, status__in=OPEN_STATUSES, is_test=actor.is_test
    )
    photos = PetPhoto.objects.select_related("image").order_by("position", "pk")
    return list(reports.select_related("pet", "image").prefetch_related(Prefetch("pet__photos", queryset=photos)))


def _newest_open_reports(pets: dict[int, Pet]) -> dict[int, Report]:
    """By pet id."""
    reports = Report.objects.filter(shown_to_others(), pet_id__in=pets, status__in=OPEN_STATUSES).select_related(
        "image"
    )
    newest: dict[int, Report] = {}
    for report in reports.order_by("reported_at", "pk"):
        if report.pet_id is not None:
            report.pet = pets[report.pet_id]  # With its photos, which a report without one of its own shows.
            newest[report.pet_id] = report
    return newest


def _waiting_count(actor: User) -> int:
    """Pets and open reports with photos that no model has read yet: they may be missing from the results."""
    waiting = {"feature_status__in": [FeatureStatus.PENDING, FeatureStatus.PROCESSING], "is_test": actor.is_test}
    pets = pets_live().filter(**waiting).count()
    reports = Report.objects.filter(**waiting, image__isnull=False, status__in=OPEN_STATUSES).count()
    return pets + reports

"""One's own pets as the pages show them, as plain values: templates decide nothing and query nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from accounts.models import User
from animal.core.sentences import restated
from animal.images.hints import hints_said
from animal.images.models import Image
from animal.images.selectors import image_address
from animal.pets.models import FeatureStatus, Pet
from animal.pets.selectors import pets_owned
from animal.pets.tags import tag_grouped
from animal.recognition.labels import species_compatible
from animal.reports.cases import UNKNOWN_BREEDS
from animal.reports.models import Report
from animal.reports.selectors import reports_open_of_pets
from animal.web.words import kind_said

LEAST_PERCENT = 20
# How far recognition is, for the owner; what went wrong has a sentence of its own.
READ = {
    FeatureStatus.PENDING: gettext_lazy("We are looking at the photos. That takes a minute or two."),
    FeatureStatus.PROCESSING: gettext_lazy("We are looking at the photos. That takes a minute or two."),
    FeatureStatus.COMPLETED: gettext_lazy("Can be recognised by its photos."),
}


@dataclass(frozen=True)
class PhotoCard:
    id: UUID
    url: str
    hints: list[str]


@dataclass(frozen=True)
class OpenReport:
    """An open report about the pet; `is_lost` says which of the two, and `may_print` whether there is a poster."""

    id: int
    is_lost: bool
    seen: str
    may_print: bool


@dataclass(frozen=True)
class PetCard:
    id: int
    name: str
    kind: str
    image: str
    is_lost: bool
    is_public: bool
    recognition: str
    is_failed: bool
    is_being_read: bool
    has_hints: bool
    is_test: bool
    reports: list[OpenReport]

    @property
    def lost_report(self) -> OpenReport | None:
        return next((report for report in self.reports if report.is_lost), None)

    @property
    def poster_report(self) -> OpenReport | None:
        return next((report for report in self.reports if report.may_print), None)


@dataclass(frozen=True)
class PetPage:
    card: PetCard
    photos: list[PhotoCard]
    suggestions: list[tuple[str, int]]
    """Breeds that the photos look like and that are not the pet's, with percents."""
    tag: str
    tag_id: str
    older_tags: list[str]
    """Printed by the service before ours; they lead here until the pet gets a new tag."""


def pet_cards_of(actor: User) -> list[PetCard]:
    """Newest first. One query for the reports, however many pets."""
    pets = list(pets_owned(actor))
    reports = reports_open_of_pets(pets)
    return [pet_card(pet, reports.get(pet.pk, [])) for pet in pets]


def pet_page(pet: Pet) -> PetPage:
    """Expects `photos` with their images to be prefetched."""
    return PetPage(
        card=pet_card(pet, reports_open_of_pets([pet]).get(pet.pk, [])),
        photos=[_photo(photo.image) for photo in pet.photos.all()],
        suggestions=_suggestions(pet),
        tag=tag_grouped(pet.animal_id),
        tag_id=pet.animal_id,
        older_tags=list(pet.older_tags.order_by("pk").values_list("animal_id", flat=True)),
    )


def pet_card(pet: Pet, reports: list[Report]) -> PetCard:
    images = [photo.image for photo in pet.photos.all()]
    is_failed = pet.feature_status == FeatureStatus.FAILED
    return PetCard(
        id=pet.pk,
        name=pet.name,
        kind=f"{kind_said(pet.type)}, {pet.breed}" if has_breed(pet) else kind_said(pet.type),
        image=image_address(images[0]) if images else "",
        is_lost=pet.is_lost,
        is_public=pet.is_public,
        recognition=restated(pet.feature_error) if is_failed else str(READ[FeatureStatus(pet.feature_status)]),
        is_failed=is_failed,
        is_being_read=pet.feature_status in (FeatureStatus.PENDING, FeatureStatus.PROCESSING),
        has_hints=any(hints_said(image.hints) for image in images),
        is_test=pet.is_test,
        reports=[_open_report(report) for report in reports],
    )


def has_breed(pet: Pet) -> bool:
    return pet.breed.strip().casefold() not in UNKNOWN_BREEDS


def _photo(image: Image) -> PhotoCard:
    said = [hint["message"] for hint in hints_said(image.hints)]
    return PhotoCard(id=image.pk, url=image_address(image), hints=said)


def _open_report(report: Report) -> OpenReport:
    is_lost, seen = report.status == Report.Status.LOST, report.last_seen_date
    return OpenReport(
        id=report.pk,
        is_lost=is_lost,
        seen=date_format(seen) if seen else "",
        may_print=is_lost and report.hidden_at is None,
    )


def _suggestions(pet: Pet) -> list[tuple[str, int]]:
    """None of another kind than the owner says, and no mere guess: of several photos each breed has its mean."""
    if not species_compatible(pet.species, pet.suggested_species):
        return []
    said = [(str(breed["label"]), round(float(breed["score"]) * 100)) for breed in pet.suggested_breeds]
    known = pet.breed.strip().casefold()
    return [(label, percent) for label, percent in said if label.casefold() != known and percent >= LEAST_PERCENT]

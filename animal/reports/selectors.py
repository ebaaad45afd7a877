"""Reads of reports. Whoever asks is named, because a stranger sees neither the exact place nor anybody's contact."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from accounts.models import User
from accounts.selectors import proven
from animal.core.errors import NotFound
from animal.core.paging import NEWEST_LIMIT
from animal.core.sentences import stand_in
from animal.images.models import Image
from animal.pets.models import Pet, PetPhoto
from animal.pets.selectors import pet_vectors
from animal.recognition.models import GalleryEntry
from animal.recognition.providers import get_embedder
from animal.recognition.selectors import object_vectors
from animal.recognition.species_words import one_of
from animal.reports.bbox import BoundingBox
from animal.reports.models import Report, ReportPhoto

OPEN_STATUSES = (Report.Status.LOST, Report.Status.FOUND)
# What people write when they do not know an animal's name; the web client's form starts with the first.
AN_ANIMAL = stand_in("An animal")
NAMELESS = frozenset({"n/a", "", "-", "?", "none", "unknown"})

# What `animal.reports.cards` shows, and what an animal that nobody named is called by.
_ON_CARDS = (
    *("reporter_id", "side", "status", "description", "reported_at", "resolved_at", "hidden_at", "is_test"),
    *("latitude", "longitude", "public_latitude", "public_longitude", "last_seen_date", "last_seen_time"),
    *("contact_name", "contact_phone", "contact_email", "feature_status"),
    *("pet_name", "pet_type", "pet_breed", "pet_category", "species", "suggested_species"),
    *("pet__name", "pet__animal_id", "pet__type", "pet__breed", "pet__category", "pet__deleted_at"),
    *("pet__owner__username", "image__master", "image__rendition"),
    *("tag_pet__owner_id", "tag_pet__deleted_at"),
)

# (viewer, ids of reports) -> those whose exact place the viewer may see, though they are not theirs.
ExactPointRule = Callable[[User, Collection[int]], set[int]]
_exact_point_rules: list[ExactPointRule] = []


def exact_point_rule_add(rule: ExactPointRule) -> None:
    """Let an app above this one say who else sees exact places. Call it in AppConfig.ready()."""
    if rule not in _exact_point_rules:
        _exact_point_rules.append(rule)


def exact_points_shown_to(actor: User, reports: Collection[Report]) -> set[int]:
    """Ids of those reports whose exact place the actor may see: their own, those by the tag of a pet of theirs, and
    what the rules allow."""
    mine = {report.pk for report in reports if is_mine(actor, report) or is_about_my_tag(actor, report)}
    others = [report.pk for report in reports if report.pk not in mine]
    for rule in _exact_point_rules if others else ():
        mine |= rule(actor, others) & set(others)
    return mine


def live_pet(report: Report) -> Pet | None:
    """The pet that the report is about, unless its owner deleted it (the row stays for a while: it may come back)."""
    pet = report.pet
    return pet if pet is not None and pet.deleted_at is None else None


def shown_to_others() -> Q:
    """Reports that staff did not hide, of people whose address is proven and whose account is open."""
    return Q(hidden_at=None) & proven("reporter")


def is_mine(actor: User, report: Report) -> bool:
    pet = live_pet(report)
    return report.reporter_id == actor.pk or (pet is not None and pet.owner_id == actor.pk)


def is_about_my_tag(actor: User, report: Report) -> bool:
    """Whether somebody filed it by the tag of the actor's pet."""
    pet = report.tag_pet
    return pet is not None and pet.owner_id == actor.pk and pet.deleted_at is None


def display_name(report: Report) -> str:
    """What to call the animal in a sentence: "Milo", or "A cat" when nobody knows its name."""
    pet = live_pet(report)
    name = pet.name if pet is not None else report.pet_name
    if name.strip().casefold() not in NAMELESS:
        return name
    return one_of(report.species) if report.species else AN_ANIMAL


def first_photo(report: Report) -> Image | None:
    """The report's own photo, else the first one of its pet."""
    if report.image is not None:
        return report.image
    pet = live_pet(report)
    return next((photo.image for photo in pet.photos.all()), None) if pet is not None else None


def report_photos(report: Report) -> list[Image]:
    """The report's own photos in their order, without those of its pet."""
    more = [photo.image for photo in report.more_photos.all()]
    return ([report.image] if report.image is not None else []) + more


def reports_on_map(*, statuses: Collection[str], bbox: BoundingBox | None = None) -> QuerySet[Report]:
    """The newest NEWEST_LIMIT of these statuses.

    A box is compared with the public points: with the true ones, ever smaller boxes would find out the true place.
    """
    reports = _as_listed(Report.objects.filter(shown_to_others(), status__in=statuses))
    if bbox is not None:
        reports = reports.filter(bbox.contains(latitude="public_latitude", longitude="public_longitude"))
    return reports[:NEWEST_LIMIT]


def my_reports(actor: User) -> QuerySet[Report]:
    """Those that the actor filed or whose pet is the actor's, open and resolved, newest first."""
    mine = Q(reporter=actor) | Q(pet__owner=actor, pet__deleted_at=None)
    return _as_listed(Report.objects.filter(mine))[:NEWEST_LIMIT]


def reports_open_of_pets(pets: Collection[Pet]) -> dict[int, list[Report]]:
    """What is not resolved about these pets, by their ids, newest first. Whose pets they are is asked by the caller."""
    found: dict[int, list[Report]] = {}
    reports = Report.objects.filter(pet__in=[pet.pk for pet in pets], status__in=OPEN_STATUSES)
    for report in reports.order_by("-reported_at", "-pk"):
        found.setdefault(report.pet_id or 0, []).append(report)
    return found


def access_report(actor: User, report_id: int) -> Report:
    """An open report, or one of the actor's own, or one whose exact place the actor was allowed to see."""
    report = complete(Report.objects.filter(pk=report_id)).first()
    if report is None:
        raise NotFound(_("This report does not exist."))
    concerned = is_mine(actor, report) or is_about_my_tag(actor, report)
    if (report.hidden_at is not None or not report.reporter.is_proven) and not concerned:
        raise NotFound(_("This report does not exist."))
    if not report.is_open and report.pk not in exact_points_shown_to(actor, [report]):
        raise NotFound(_("This report does not exist."))
    return report


def lost_reports_of(actor: User) -> QuerySet[Report]:
    """The open lost reports that the actor filed, newest first."""
    lost = Report.objects.filter(reporter=actor, status=Report.Status.LOST, hidden_at=None)
    return lost.select_related("pet").order_by("-reported_at", "-pk")[:NEWEST_LIMIT]


def lost_places() -> QuerySet[Report]:
    """The newest open lost reports of real animals, for people without an account. Show the public points only."""
    lost = Report.objects.filter(shown_to_others(), status=Report.Status.LOST, is_test=False)
    return lost.select_related("pet").order_by("-reported_at", "-pk")[:NEWEST_LIMIT]


def reports_listed(actor: User, *, mine: bool, statuses: Collection[str], bbox: BoundingBox | None) -> QuerySet[Report]:
    """The actor's reports, or everybody's that are open; no bound. Of both only those of these statuses, if any."""
    if mine:
        reports = Report.objects.filter(Q(reporter=actor) | Q(pet__owner=actor, pet__deleted_at=None))
    else:
        reports = Report.objects.filter(shown_to_others(), status__in=OPEN_STATUSES)
    if statuses:
        reports = reports.filter(status__in=statuses)
    if bbox is not None:
        reports = reports.filter(bbox.contains(latitude="public_latitude", longitude="public_longitude"))
    return _as_listed(reports)


def access_report_as_author(actor: User, report_id: int) -> Report:
    """For whoever filed it, and nobody else: the pet's owner may resolve it, but not rewrite it."""
    report = complete(Report.objects.filter(pk=report_id, reporter=actor)).first()
    if report is None:
        raise NotFound(_("This report does not exist."))
    return report


def access_report_as_reporter(actor: User, report_id: int) -> Report:
    """For the reporter, for the owner of the report's pet, and for the owner of the pet by whose tag it was filed.
    A contact address on it gives nobody any right."""
    report = complete(Report.objects.filter(pk=report_id)).first()
    if report is None or not (is_mine(actor, report) or is_about_my_tag(actor, report)):
        raise NotFound(_("This report does not exist."))
    return report


def report_vectors(report: Report) -> dict[str, NDArray[np.float32]]:
    """What the gallery holds of the report's own photo, then of its pet: [k,512] for each version of the model."""
    own = object_vectors(GalleryEntry.Kind.REPORT, report.pk)
    pet = live_pet(report)
    of_pet = pet_vectors(pet) if pet is not None else {}
    newest_first = sorted({*own, *of_pet}, key=lambda version: version != get_embedder().version)
    return {v: np.concatenate([part[v] for part in (own, of_pet) if v in part]) for v in newest_first}


def complete(reports: QuerySet[Report]) -> QuerySet[Report]:
    """With all that an answer shows, in two queries."""
    related = reports.select_related("pet__owner", "image", "reporter", "tag_pet")
    more = Prefetch("more_photos", queryset=ReportPhoto.objects.select_related("image"))
    return related.prefetch_related(_photos(PetPhoto.objects.select_related("image")), more)


def _as_listed(reports: QuerySet[Report]) -> QuerySet[Report]:
    """With what their cards show and nothing else, in two queries: the rows are wide, and a list has 500 of them."""
    photos = PetPhoto.objects.select_related("image").only("pet_id", "position", "image__master", "image__rendition")
    related = reports.select_related("pet__owner", "image", "tag_pet").only(*_ON_CARDS)
    return related.prefetch_related(_photos(photos)).order_by("-reported_at", "-pk")


def _photos(photos: QuerySet[PetPhoto]) -> Prefetch:
    return Prefetch("pet__photos", queryset=photos.order_by("position", "pk"))

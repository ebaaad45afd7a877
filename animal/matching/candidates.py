"""Which lost and found animals may be the same: a pure search, which writes nothing.

    found report  ->  lost pets and lost reports near by, and registered pets that nobody reported lost
    lost report   ->  found reports near by, by the report's photo and by the photos of its pet
    pet at home   ->  found reports, at the stricter threshold

The index filters on blurred points, species, side, owner and test data; what decides is checked again in the database,
because the index is a copy. What makes a pair likely, and how likely, stands in `fusion`.

Distances are those between blurred points everywhere, also where a limit or an order depends on them: whoever files
reports here and there and watches which of them match would otherwise find out the true place of the other side, and
the index, which may be a third party's, would be told it with every question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from accounts.selectors import proven
from animal.core.geo import BLUR_MAX_M
from animal.matching.models import PetMatch
from animal.matching.pairs import Candidate, days_apart, species_said
from animal.pets.models import Pet
from animal.pets.selectors import pet_vectors
from animal.recognition.index.versions import Likeness, search_versions
from animal.recognition.labels import species_compatible
from animal.recognition.models import GalleryEntry
from animal.recognition.providers import get_calibration
from animal.reports.models import Report
from animal.reports.selectors import live_pet, report_vectors, shown_to_others

Kind, Side = GalleryEntry.Kind, GalleryEntry.Side
BLUR_KM = BLUR_MAX_M / 1000
# The checks after the search drop some hits; so many times the limit are looked at.
OVERSAMPLING = 5
# People are a day or two off when they remember dates; a date further back than that is another animal.
DATE_SLACK_DAYS = 2
# One number is on one animal; somebody may still have written it down twice.
CHIP_LIMIT = 10

# The best likeness by kind and id.
Scores = dict[tuple[str, int], Likeness]


@dataclass(frozen=True)
class _Species:
    """`detected`: nobody declared it, a network read it off a photo."""

    name: str
    detected: bool


def candidates_for_report(report: Report) -> list[Candidate]:
    """Best first, at most AUTOMATCH_CANDIDATE_LIMIT. Raises IndexUnavailable, ModelUnavailable."""
    return _for_found(report) if report.side == Report.Side.FOUND else _for_lost(report)


def candidates_for_pet(pet: Pet) -> list[Candidate]:
    """The found reports that the owner of a pet at home is to be asked about; for a lost pet, those of its reports."""
    if pet.deleted_at is not None or not pet.owner.is_proven:
        return []
    reports = list(_lost_reports_of([pet.pk]))
    if reports:
        return [candidate for lost in reports for candidate in _for_lost(lost)]
    near = None
    if pet.place_latitude is not None and pet.place_longitude is not None:
        near = (pet.place_latitude, pet.place_longitude, _reach_km())
    scores = _search(pet_vectors(pet), (Kind.REPORT,), Side.FOUND, owner_id=pet.owner_id, of=[pet], near=near)
    return _chosen(
        _candidate(found, likeness=scores[Kind.REPORT, found.pk], lost=None, pet=pet)
        for found in _open_reports(Report.Side.FOUND, scores)
    )


# --- from each side ---------------------------------------------------------------------------------------------------


def _for_found(found: Report) -> list[Candidate]:
    if not found.is_open:
        return []
    probe = report_vectors(found)
    near = (*found.public_point, _reach_km())
    lost = _search(probe, (Kind.PET, Kind.REPORT), Side.LOST, owner_id=found.reporter_id, of=[found], near=near)
    home = _search(probe, (Kind.PET,), Side.HOME, owner_id=found.reporter_id, of=[found], near=near)
    return _chosen(_animals(found, home | lost))


def _for_lost(lost: Report) -> list[Candidate]:
    if not lost.is_open:
        return []
    pet = live_pet(lost)  # Without it the report's own photo is left to go by.
    near = (*lost.public_point, _reach_km())
    probe = report_vectors(lost)  # Those of its pet as well.
    of: list[Report | Pet] = [pet, lost] if pet else [lost]
    scores = _search(probe, (Kind.REPORT,), Side.FOUND, owner_id=lost.reporter_id, of=of, near=near)
    return _chosen(
        _candidate(found, likeness=scores[Kind.REPORT, found.pk], lost=lost, pet=pet)
        for found in _open_reports(Report.Side.FOUND, scores)
    )


def _animals(found: Report, scores: Scores) -> Iterator[Candidate | None]:
    """The animals behind hits on pets and lost reports. The database says which pets are lost, not the index."""
    pet_ids = [object_id for kind, object_id in scores if kind == Kind.PET]
    pets = Pet.objects.filter(proven("owner"), pk__in=pet_ids, deleted_at=None)
    reports_of: dict[int, list[Report]] = {}
    for lost in _lost_reports_of(pet_ids):
        reports_of.setdefault(lost.pet_id or 0, []).append(lost)
    for pet in pets:
        likeness = scores[Kind.PET, pet.pk]
        lost_reports = reports_of.get(pet.pk, [])
        if not lost_reports:
            yield _candidate(found, likeness=likeness, lost=None, pet=pet)
        for lost in lost_reports:
            yield _candidate(found, likeness=likeness, lost=lost, pet=pet)
    for lost in _open_reports(Report.Side.LOST, scores):
        yield _candidate(found, likeness=scores[Kind.REPORT, lost.pk], lost=lost, pet=live_pet(lost))


# --- by the chip ------------------------------------------------------------------------------------------------------


def chip_candidates_for_report(report: Report) -> list[Candidate]:
    """The pairs whose chips bear the same number, wherever and whenever; no photo, model or index is needed."""
    if not report.is_open:
        return []
    if report.side == Report.Side.FOUND:
        return _chosen(_chip_animals(report)) if report.chip_number else []
    return _chip_finds(report, live_pet(report))


def chip_candidates_for_pet(pet: Pet) -> list[Candidate]:
    if pet.deleted_at is not None or not pet.owner.is_proven or not pet.chip_number:
        return []
    reports: list[Report | None] = [*_lost_reports_of([pet.pk])]
    return [candidate for lost in reports or [None] for candidate in _chip_finds(lost, pet)]


def _chip_finds(lost: Report | None, pet: Pet | None) -> list[Candidate]:
    """The open found reports of an animal's number."""
    number = (pet.chip_number if pet else "") or (lost.chip_number if lost else "")
    if not number:
        return []
    side = Report.Side.FOUND
    reports = Report.objects.filter(shown_to_others(), chip_number=number, side=side, status=side)
    newest = reports.order_by("-reported_at", "-pk")[:CHIP_LIMIT]
    return _chosen(_candidate(found, likeness=None, lost=lost, pet=pet) for found in newest)


def _chip_animals(found: Report) -> Iterator[Candidate | None]:
    number, side = found.chip_number, Report.Side.LOST
    pets = Pet.objects.filter(proven("owner"), chip_number=number, deleted_at=None)
    own = Report.objects.filter(shown_to_others(), chip_number=number, side=side, status=side).select_related("pet")
    for pet in pets.order_by("-registered_at", "-pk")[:CHIP_LIMIT]:
        lost_reports: list[Report | None] = [*_lost_reports_of([pet.pk])]
        for lost in lost_reports or [None]:
            yield _candidate(found, likeness=None, lost=lost, pet=pet)
    for lost in own.order_by("-reported_at", "-pk")[:CHIP_LIMIT]:
        yield _candidate(found, likeness=None, lost=lost, pet=live_pet(lost))


# --- searching --------------------------------------------------------------------------------------------------------


def _reach_km() -> float:
    """Both ends are blurred, so that no pair within AUTOMATCH_MAX_DISTANCE_KM is missed."""
    return settings.AUTOMATCH_MAX_DISTANCE_KM + 2 * BLUR_KM


def _search(
    probes: Mapping[str, NDArray[np.float32]],
    kinds: Sequence[str],
    side: str,
    *,
    owner_id: int,
    of: Sequence[Report | Pet],
    near: tuple[float, float, float] | None,
) -> Scores:
    """The likenesses of what lies near and looks alike, of other people's animals; {} when there is nothing to go by.

    `of` is what is compared: a report, a pet, or a report with its pet.
    """
    species = _species(*of)
    likenesses = search_versions(
        probes,
        kinds=kinds,
        sides=(side,),
        near=near,
        # Most registered pets were never anywhere that we know of.
        allow_placeless=side == Side.HOME,
        limit=settings.AUTOMATCH_CANDIDATE_LIMIT * OVERSAMPLING,
        is_test=of[0].is_test,
        exclude_owner=owner_id,
        species=species.name or None,
        species_detected=species.detected,
    )
    return {(likeness.kind, likeness.object_id): likeness for likeness in likenesses}


def _open_reports(side: str, scores: Scores) -> QuerySet[Report]:
    ids = [object_id for kind, object_id in scores if kind == Kind.REPORT]
    # An open report's status is its side.
    return Report.objects.filter(shown_to_others(), pk__in=ids, side=side, status=side).select_related("pet")


def _lost_reports_of(pet_ids: Sequence[int]) -> QuerySet[Report]:
    lost = Report.Side.LOST
    return Report.objects.filter(shown_to_others(), pet_id__in=pet_ids, side=lost, status=lost).select_related("pet")


# --- deciding ---------------------------------------------------------------------------------------------------------


def _candidate(found: Report, *, likeness: Likeness | None, lost: Report | None, pet: Pet | None) -> Candidate | None:
    """None when likeness, place, time, species or people rule it out. A chip that agrees overrules all but people."""
    candidate = Candidate(found=found, lost=lost, pet=pet, likeness=likeness)
    if candidate.owner_id == found.reporter_id or any(part.is_test != found.is_test for part in candidate.animal):
        return None
    if candidate.fused.is_settled_by_chip:
        return candidate
    threshold = settings.AUTOMATCH_MIN_SIMILARITY
    if candidate.is_question:
        threshold = max(threshold, get_calibration().registered_pet_threshold)
    ruled_out = (
        candidate.similarity < threshold
        or not _may_be_one_species(_species(found), _species(*candidate.animal))
        or (lost is not None and not _plausible(candidate))
    )
    return None if ruled_out else candidate


def _plausible(candidate: Candidate) -> bool:
    """Near enough, and not found before it was lost."""
    days = days_apart(candidate.lost, candidate.found)
    return (candidate.distance_m or 0) <= _reach_km() * 1000 and (days is None or days >= -DATE_SLACK_DAYS)


def _species(*parts: Report | Pet) -> _Species:
    """What somebody declared counts before what a network read off a photo, and an earlier part before a later one.

    A pet comes before its report, which keeps a copy of what the pet's type was when it was filed. Where a photo
    speaks against what was chosen, it may be either, and so any.
    """
    for part in parts:
        if part.species:
            declared = species_said(part)
            return _Species(declared, detected=not declared)
    return _Species(next((part.suggested_species for part in parts if part.suggested_species), ""), detected=True)


def _may_be_one_species(first: _Species, second: _Species) -> bool:
    return species_compatible(first.name, second.name, detected=first.detected or second.detected)


def _chosen(candidates: Iterable[Candidate | None]) -> list[Candidate]:
    """The best of each animal and found report, without pairs that somebody dismissed, best first."""
    best: dict[str, Candidate] = {}
    for candidate in candidates:
        if candidate is not None and _beats(candidate, best.get(candidate.pair_key)):
            best[candidate.pair_key] = candidate
    dismissed = known_matches(best.values()).filter(status=PetMatch.Status.DISMISSED)
    for pair_key, *reports in dismissed.values_list("pair_key", "lost_report_id", "found_report_id"):
        best = {k: c for k, c in best.items() if k != pair_key and reports != [c.lost and c.lost.pk, c.found.pk]}
    reported = _owners_with_a_report(best.values())
    # Somebody whose lost animal matches is not asked about their other animals, nor about the same one again.
    sensible = [c for c in best.values() if not c.is_question or (c.found.pk, c.owner_id) not in reported]
    sensible.sort(key=lambda candidate: (*(-part for part in candidate.rank), candidate.pair_key))
    return sensible[: settings.AUTOMATCH_CANDIDATE_LIMIT]


def known_matches(candidates: Collection[Candidate]) -> QuerySet[PetMatch]:
    """The matches there are of these pairs: of the same animal, or of the same two reports.

    The reports still say which pair it was when the lost report has lost its pet, or got one, since.
    """
    known = Q(pair_key__in=[candidate.pair_key for candidate in candidates])
    for candidate in candidates:
        if candidate.lost is not None:
            known |= Q(lost_report=candidate.lost, found_report=candidate.found)
    return PetMatch.objects.filter(known)


def _beats(candidate: Candidate, other: Candidate | None) -> bool:
    """The likelier of two ways to the same animal; of two lost reports of it, the nearer one."""
    if other is None:
        return True
    return (candidate.rank, -(candidate.distance_m or 0)) > (other.rank, -(other.distance_m or 0))


def _owners_with_a_report(candidates: Collection[Candidate]) -> set[tuple[int, int]]:
    """(found report, owner) for whom a lost report matches, now or before."""
    now = {(candidate.found.pk, candidate.owner_id) for candidate in candidates if not candidate.is_question}
    found_ids = {candidate.found.pk for candidate in candidates}
    owner_ids = {candidate.owner_id for candidate in candidates if candidate.is_question}
    before = PetMatch.objects.filter(found_report_id__in=found_ids, owner_id__in=owner_ids, is_question=False)
    return now | set(before.values_list("found_report_id", "owner_id"))

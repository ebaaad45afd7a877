"""Background work of matching. Both tasks may run any number of times: a pair meets once."""

from __future__ import annotations

from animal.core.faults import checkpoint
from animal.core.tasks import DependencyDown, background_task
from animal.matching.candidates import (
    candidates_for_pet,
    candidates_for_report,
    chip_candidates_for_pet,
    chip_candidates_for_report,
)
from animal.matching.outcomes import matches_follow_report
from animal.matching.pairs import Candidate
from animal.matching.rescoring import matches_of_pet_rescore, matches_of_report_rescore
from animal.matching.services import match_offer
from animal.pets.models import Pet
from animal.recognition.errors import IndexUnavailable, ModelUnavailable
from animal.reports.models import Report


@background_task()
def run_auto_match(location_id: int) -> None:
    """Offer the pairs that a report makes. A report that is gone, closed or not yet read makes none."""
    report = Report.objects.select_related("pet", "reporter").filter(pk=location_id).first()
    if report is None or not report.reporter.is_proven:
        return
    _offer(chip_candidates_for_report(report))  # First, and also while recognition is down.
    try:
        matches_of_report_rescore(report)
        candidates = candidates_for_report(report)
    except (IndexUnavailable, ModelUnavailable) as error:
        raise DependencyDown(str(error)) from error
    checkpoint("searched")
    _offer(candidates)


@background_task()
def run_pet_match(pet_id: int) -> None:
    """Offer the pairs that a registered pet makes with found reports."""
    pet = Pet.objects.select_related("owner").filter(pk=pet_id).first()
    if pet is None:
        return
    _offer(chip_candidates_for_pet(pet))
    try:
        matches_of_pet_rescore(pet)
        candidates = candidates_for_pet(pet)
    except (IndexUnavailable, ModelUnavailable) as error:
        raise DependencyDown(str(error)) from error
    checkpoint("searched")
    _offer(candidates)


@background_task()
def report_outcome(report_id: int) -> None:
    """Bring a report's matches in line with whether it is resolved. What it is now counts, not what it was."""
    report = Report.objects.filter(pk=report_id).first()
    if report is not None:
        matches_follow_report(report=report)


def _offer(candidates: list[Candidate]) -> None:
    for candidate in candidates:
        match_offer(candidate=candidate)

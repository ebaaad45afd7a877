"""Why a pet or a report may be the animal in a photo that somebody searches with, in words."""

from __future__ import annotations

from animal.matching.pairs import breed_said, described
from animal.matching.reasons import heaviest_first, kind_sentence, photos_sentence
from animal.matching.search import BEFORE, Lookalike
from animal.pets.models import Pet
from animal.reports.models import Report


def lookalike_reasons(found: Lookalike) -> list[str]:
    """For and against, what weighs most first, then where it is; nothing that its card and the map do not show."""
    animal: list[Pet | Report] = [part for part in (found.pet, found.report) if part is not None]
    species = described(*animal).species
    sentences = {
        "species_same": kind_sentence(species),
        "species_differs": f"The animal in your photo looks like another species, this is a {species}",
        "species_unsure": "It is not sure that both are of one species",
        "breed_same": f"Looks like its breed: {breed_said(*animal)}",
    }
    reasons = []
    for part in heaviest_first(found.fused.contributions):
        if part.about == "photos":
            reasons.append(photos_sentence(part.evidence, BEFORE))
        elif part.about in sentences:
            reasons.append(sentences[part.about])
    return [*reasons, _whereabouts(found.report)]


def _whereabouts(report: Report | None) -> str:
    if report is None:
        return "Nobody has reported it lost"
    day = report.last_seen_date or report.reported_at.date()
    verb = "last seen" if report.side == Report.Side.LOST else "found"
    return f"Reported {report.side}, {verb} on {day.day} {day:%B %Y}, near the place on the map"

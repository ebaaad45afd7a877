"""Why a pet or a report may be the animal in a photo that somebody searches with, in words."""

from __future__ import annotations

from django.utils.formats import date_format

from animal.core.sentences import restated, sentence
from animal.matching.pairs import breed_said, described
from animal.matching.reasons import heaviest_first, kind_sentence, photos_sentence
from animal.matching.search import BEFORE, Lookalike
from animal.reports.models import Report

OTHER_SPECIES = sentence("The animal in your photo looks like another species, this is %(one_word)s")
UNSURE_SPECIES = sentence("It is not sure that both are of one species")
LIKE_ITS_BREED = sentence("Looks like its breed: %(breed)s")
NOT_REPORTED = sentence("Nobody has reported it lost")
LOST_ON = sentence("Reported lost, last seen on %(date)s, near the place on the map")
FOUND_ON = sentence("Reported found, found on %(date)s, near the place on the map")


def lookalike_reasons(found: Lookalike) -> list[str]:
    """For and against, what weighs most first, then where it is; nothing that its card and the map do not show."""
    species = described(*found.weighed).species
    sentences = {
        "species_same": kind_sentence(species),
        "species_differs": OTHER_SPECIES % {"one_word": f"a {species}"},
        "species_unsure": UNSURE_SPECIES,
        "breed_same": LIKE_ITS_BREED % {"breed": breed_said(*found.weighed)},
    }
    reasons = []
    for part in heaviest_first(found.fused.contributions):
        if part.about == "photos":
            reasons.append(photos_sentence(part.evidence, BEFORE))
        elif part.about in sentences:
            reasons.append(sentences[part.about])
    return [restated(reason) for reason in [*reasons, _whereabouts(found.report)]]


def _whereabouts(report: Report | None) -> str:
    if report is None:
        return NOT_REPORTED
    day = report.last_seen_date or report.reported_at.date()
    said = LOST_ON if report.side == Report.Side.LOST else FOUND_ON
    return said % {"date": date_format(day)}

"""The poster of an open lost report, as an answer with a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from animal.pets.printing.serializers import PDF, PosterQuery, asked_for, document
from animal.reports.cases import case_address, case_facts
from animal.reports.models import Report


def poster_file(request: HttpRequest, report: Report) -> HttpResponse:
    """Takes paper, language and place from the query. Raises ValidationError for what there is not, Conflict where
    there is no page that the code could lead to, ServiceUnavailable while pictures cannot be read."""
    from animal.pets.printing.poster import poster_pdf  # On first use: what sets pages is large.

    asked = asked_for(PosterQuery, request)
    facts = case_facts(report, place=asked.pop("place"))
    poster = poster_pdf(facts, address=case_address(report), **asked)
    return document(poster, PDF, f"pawgle-poster-{asked['paper']}-{asked['language']}.pdf")

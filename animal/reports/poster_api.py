"""The poster of a lost animal, for whoever looks for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.actor import actor_of
from animal.core.serializers import ErrorSerializer
from animal.pets.printing.serializers import PDF, UNKNOWN_PAPER_EXAMPLE, PosterQuery, file_answer
from animal.pets.selectors import access_pet_as_owner
from animal.reports.cases import case_of_pet, require_lost
from animal.reports.examples import NO_POSTER_EXAMPLE, NOT_LOST_EXAMPLE
from animal.reports.posters import poster_file
from animal.reports.selectors import access_report_as_author

DESCRIPTION = (
    "One page to print: photo, name, facts, and a large QR code with strips to tear off. The code leads to the case's "
    "public page, or to the tag's for a pet that is not public. Nobody's contact details and no exact place are on it."
)
ANSWERS: dict[Any, Any] = {**file_answer(PDF, "A PDF document"), **dict.fromkeys((400, 409, 503), ErrorSerializer)}


class PetPosterApi(APIView):
    throttle_scope = "pet_write"  # Each takes a good deal longer to make than other answers.

    @extend_schema(
        operation_id="pet_poster",
        summary="The poster of a pet that is reported lost",
        description=DESCRIPTION,
        parameters=[PosterQuery],
        responses=ANSWERS,
        examples=[NOT_LOST_EXAMPLE, UNKNOWN_PAPER_EXAMPLE],
        tags=["pets"],
    )
    def get(self, request: Request, pet_id: int) -> HttpResponse:
        return poster_file(request._request, case_of_pet(access_pet_as_owner(actor_of(request), pet_id)))


class ReportPosterApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="report_poster",
        summary="The poster of a lost animal that is not registered",
        description=f"For whoever filed the report. {DESCRIPTION}",
        parameters=[PosterQuery],
        responses=ANSWERS,
        examples=[NO_POSTER_EXAMPLE, UNKNOWN_PAPER_EXAMPLE],
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int) -> HttpResponse:
        return poster_file(request._request, require_lost(access_report_as_author(actor_of(request), report_id)))

"""An owner's tags as files."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.actor import actor_of
from animal.core.serializers import ErrorSerializer
from animal.pets.printing.files import tag_sheet_file, tag_svg_file
from animal.pets.printing.serializers import (
    PDF,
    SVG,
    UNKNOWN_SIZE_EXAMPLE,
    TagSheetQuery,
    TagSizeQuery,
    file_answer,
)
from animal.pets.selectors import access_pet_as_owner


class TagSvgApi(APIView):
    @extend_schema(
        operation_id="pet_tag_svg",
        summary="The QR code of a pet's tag, as a vector picture",
        description="For an engraver or a print shop: in millimetres, with the white around it that readers need.",
        parameters=[TagSizeQuery],
        responses={**file_answer(SVG, "An SVG picture"), 400: ErrorSerializer},
        examples=[UNKNOWN_SIZE_EXAMPLE],
        tags=["pets"],
    )
    def get(self, request: Request, pet_id: int) -> HttpResponse:
        return tag_svg_file(request._request, access_pet_as_owner(actor_of(request), pet_id))


class TagSheetApi(APIView):
    throttle_scope = "pet_write"  # Each takes a good deal longer to make than other answers.

    @extend_schema(
        operation_id="pet_tag_sheet",
        summary="A sheet of a pet's tags, to print and cut out",
        description="As many as the paper holds, with marks to cut along, and a ruler that shows whether the printer "
        "has scaled the page. The code reads on with 30 % of it worn off.",
        parameters=[TagSheetQuery],
        responses={**file_answer(PDF, "A PDF document"), 400: ErrorSerializer},
        examples=[UNKNOWN_SIZE_EXAMPLE],
        tags=["pets"],
    )
    def get(self, request: Request, pet_id: int) -> HttpResponse:
        return tag_sheet_file(request._request, access_pet_as_owner(actor_of(request), pet_id))

"""What may be asked of the routes that print, and their answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from animal.core.examples import FILE, error_example
from animal.core.languages import accepted_language
from animal.core.text import PlainTextField
from animal.pets.printing.choices import LANGUAGES, PAPERS, TAG_SIZES

PDF, SVG, PNG, JPEG = "application/pdf", "image/svg+xml", "image/png", "image/jpeg"
PLACE_HELP = (
    "Where, in words for the neighbourhood: a park, a quarter. Without digits, so that it is nobody's address. "
    "Left out, no place is printed: the page of the code shows it on a map."
)
LANGUAGE_HELP = "Of the printed words. Left out, the first of Accept-Language that there is, else English."
_EXACT = re.compile(r"[\d@]|://")


def one_of(choices: Iterable[str]) -> str:
    return f"Please choose one of {', '.join(choices)}."


class OneOf(serializers.ChoiceField):
    """A choice whose refusal names what there is."""

    def __init__(self, choices: Iterable[str], **options: Any) -> None:
        known = list(choices)
        options.setdefault("error_messages", {"invalid_choice": one_of(known)})
        super().__init__(choices=known, required=False, **options)


UNKNOWN_SIZE_EXAMPLE = error_example("An unknown size", ValidationError({"size": [one_of(TAG_SIZES)]}))
UNKNOWN_PAPER_EXAMPLE = error_example("An unknown paper", ValidationError({"paper": [one_of(PAPERS)]}))


class TagSizeQuery(serializers.Serializer[dict[str, Any]]):
    size = OneOf(
        TAG_SIZES, default="collar-32", help_text="`collar-25` and `collar-32` by their width in mm; a bank `card`."
    )


class TagSheetQuery(TagSizeQuery):
    paper = OneOf(PAPERS, default="a4", help_text="To print on.")
    language = OneOf(LANGUAGES, help_text=LANGUAGE_HELP)
    name = serializers.BooleanField(required=False, default=True, help_text="Whether the tags show the pet's name.")


class PosterQuery(serializers.Serializer[dict[str, Any]]):
    paper = OneOf(PAPERS, default="a4", help_text="To print on.")
    language = OneOf(LANGUAGES, help_text=LANGUAGE_HELP)
    place = PlainTextField(required=False, allow_blank=True, default="", max_length=80, help_text=PLACE_HELP)

    def validate_place(self, place: str) -> str:
        if _EXACT.search(place):
            raise serializers.ValidationError(
                "Please name the area in words, without digits or addresses: a park, a quarter, a river.",
                code="exact_place",
            )
        return place.strip()


def asked_for(query: type[serializers.Serializer[dict[str, Any]]], request: HttpRequest) -> dict[str, Any]:
    """The checked query of a request, with a language. Raises ValidationError, which names what there is."""
    form = query(data=request.GET)
    form.is_valid(raise_exception=True)
    values = dict(form.validated_data)
    if "language" in form.fields:
        values["language"] = values.get("language") or accepted_language(request)
    return values


def document(content: bytes | str, content_type: str, filename: str) -> HttpResponse:
    """A file to keep or print. It is one person's, and changes with what it shows: nobody keeps a copy unasked."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-cache"
    return response


def file_answer(content_type: str, name: str) -> dict[tuple[int, str], OpenApiResponse]:
    """For the description of an operation that answers with a file."""
    return {(200, content_type): OpenApiResponse(OpenApiTypes.BINARY, examples=[OpenApiExample(name, value=FILE)])}

"""What an owner prints of a tag, as answers with a file. Of a request they take what is asked for, and its language.

Each raises ValidationError, which names what there is, for what there is not.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from animal.pets.models import Pet
from animal.pets.printing.choices import TAG_SIZES
from animal.pets.printing.codes import code_png, code_svg, tag_code
from animal.pets.printing.serializers import PDF, PNG, SVG, TagSheetQuery, TagSizeQuery, asked_for, document


def tag_svg_file(request: HttpRequest, pet: Pet) -> HttpResponse:
    size = asked_for(TagSizeQuery, request)["size"]
    picture = code_svg(tag_code(pet.animal_id), side_mm=TAG_SIZES[size].code)
    return document(picture, SVG, f"pawgle-tag-{size}.svg")


def tag_png_file(request: HttpRequest, pet: Pet) -> HttpResponse:
    size = asked_for(TagSizeQuery, request)["size"]
    picture = code_png(tag_code(pet.animal_id), side_mm=TAG_SIZES[size].code)
    return document(picture, PNG, f"pawgle-tag-{size}.png")


def tag_sheet_file(request: HttpRequest, pet: Pet) -> HttpResponse:
    from animal.pets.printing.tag_sheet import tag_sheet_pdf  # On first use: what sets pages is large.

    asked = asked_for(TagSheetQuery, request)
    name = pet.name if asked.pop("name") else ""
    sheet = tag_sheet_pdf(animal_id=pet.animal_id, name=name, **asked)
    return document(sheet, PDF, f"pawgle-tags-{asked['size']}.pdf")

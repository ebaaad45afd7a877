"""The forms of a pet: what they offer, and how their fields become the API's."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from animal.pets.marks import COLOURS, Sex, Size
from animal.pets.models import Category, Pet
from animal.pets.notes import NOTES
from animal.pets.printing.choices import PAPERS, TAG_SIZES
from animal.web.forms import KINDS
from animal.web.pet_cards import has_breed

FIELDS = ("name", "type", "breed", "sex", "size", "chip_number", "isPublic", *NOTES, "show_notes")
SWITCHES = ("isPublic", "show_notes")
PAPERS_SAID = {"a4": "A4", "letter": gettext_lazy("US Letter")}
SIZES_SAID = {
    "collar-25": gettext_lazy("Collar, 25 mm, square"),
    "collar-32": gettext_lazy("Collar, 32 mm, square"),
    "card": gettext_lazy("Card for a purse, 86 × 54 mm"),
}
PRINTS = {
    "sizes": [(size, SIZES_SAID[size]) for size in TAG_SIZES],
    "papers": [(paper, PAPERS_SAID[paper]) for paper in PAPERS],
    "languages": settings.LANGUAGES,
}


def pet_form_data(request: HttpRequest, pet: Pet | None = None) -> dict[str, Any]:
    """The page's form in the shape of the API's; a form that leaves a field out says nothing of it."""
    post = request.POST
    data: dict[str, Any] = {name: post.get(name) for name in FIELDS if name in post}
    if "breed" in data:
        data["breed"] = data["breed"].strip() or "Unknown"
    if "colours" in post:
        data["colours"] = [colour for colour in post.getlist("colours") if colour]
    # What another client chose for a kind that the page does not offer stays.
    if "type" in data and (pet is None or data["type"] != pet.type):
        data["category"] = KINDS.get(data["type"], Category.WILD)
    return data


def pet_form_context(request: HttpRequest, pet: Pet | None, errors: dict[str, str]) -> dict[str, Any]:
    """With what was typed where something was wrong with it, else with what is known."""
    known = _known(pet) if pet is not None else {"type": "", "colours": []}
    typed = {**known, **_typed(request)} if errors else known
    return {
        "data": typed,
        "errors": errors,
        "kinds": list(dict.fromkeys([*KINDS, *([pet.type] if pet is not None else [])])),
        "sexes": Sex.choices,
        "body_sizes": Size.choices,
        "all_colours": COLOURS,
        "max_mb": settings.MAX_UPLOAD_SIZE_MB,
        "max_photos": settings.MAX_PET_PHOTOS,
    }


def _typed(request: HttpRequest) -> dict[str, Any]:
    typed: dict[str, Any] = {name: request.POST[name] for name in FIELDS if name in request.POST}
    typed |= {name: typed[name] == "true" for name in SWITCHES if name in typed}
    return {**typed, "colours": request.POST.getlist("colours")}


def _known(pet: Pet) -> dict[str, Any]:
    return {
        "name": pet.name,
        "type": pet.type,
        "breed": pet.breed if has_breed(pet) else "",
        "sex": pet.sex,
        "size": pet.size,
        "chip_number": pet.chip_number,
        "isPublic": pet.is_public,
        "colours": pet.colours,
        **{name: getattr(pet, name) for name in (*NOTES, "show_notes")},
    }

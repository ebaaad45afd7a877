"""The report form: what it offers, and how its fields become the API's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import User
from animal.core.errors import InvalidInput, field_label
from animal.pets.models import Category, Pet
from animal.pets.selectors import pets_owned
from animal.pets.services import pet_edit, pet_show_while_lost
from animal.recognition.labels import species_of
from animal.reports.models import Report
from animal.reports.selectors import live_pet, reports_open_of_pets
from animal.web.places import place_typed

# The kinds that the existing web client offers, then those of which one may look for a report; the category of each.
KINDS: dict[str, str] = {
    "Cats": Category.DOMESTIC,
    "Dogs": Category.DOMESTIC,
    "Rabbits": Category.DOMESTIC,
    "Hamsters": Category.DOMESTIC,
    "Birds": Category.DOMESTIC,
    "Horses": Category.LIVESTOCK,
    "Cows": Category.LIVESTOCK,
    "Sheep": Category.LIVESTOCK,
    "Goats": Category.LIVESTOCK,
    "Hens": Category.POULTRY,
    "Ducks": Category.POULTRY,
    "Guinea pigs": Category.DOMESTIC,
    "Ferrets": Category.DOMESTIC,
    "Pigs": Category.LIVESTOCK,
    "Turtles": Category.DOMESTIC,
    "Other": Category.WILD,
}
# The first kind of each species: a bird on a photo may be a hen or a duck, but is one of the birds.
KIND_OF_SPECIES = {species_of(kind): kind for kind in reversed(KINDS) if species_of(kind)}
_SENT = ("status", "animal_name", "type", "breed", "latitude", "longitude", "last_seen_date", "description", "pet_id")
_KEPT = (*_SENT, "landmark")
# The two are one text for whoever reads the report, of at most 4000 characters with the line break between them.
LANDMARK_MAX, DESCRIPTION_MAX = 200, 3799


def report_form_data(request: HttpRequest, viewer: User) -> dict[str, Any]:
    """The page's form in the shape of the API's; what the page leaves open gets the API's word for unknown, and what
    is known of a pet of one's own need not be said again."""
    data: dict[str, Any] = {name: request.POST.get(name, "") for name in _SENT}
    # Whoever reads the report reads it, as what else is said: the place itself is shown moved.
    data["description"] = "\n".join(filter(None, [request.POST.get("landmark", "").strip(), data["description"]]))
    data["latitude"], data["longitude"] = place_typed(data["latitude"], data["longitude"])
    data["animal_name"] = data["animal_name"].strip() or "N/A"
    data["breed"] = data["breed"].strip() or "Unknown"
    data["category"] = KINDS.get(data["type"], Category.WILD)
    if (pet := _pet_meant(pets_owned(viewer), data["pet_id"])) is not None:
        data |= {"animal_name": pet.name, "type": pet.type, "breed": pet.breed, "category": pet.category}
    if "image" in request.FILES:
        data["image"] = request.FILES["image"]
    return data


def _pet_meant(pets: Iterable[Pet], pet_id: str) -> Pet | None:
    said = pet_id.strip()
    return next((pet for pet in pets if pet.pk == int(said)), None) if said.isdecimal() and len(said) < 20 else None


def pet_shown(request: HttpRequest) -> Callable[[Report], None] | None:
    """With the report, its pet is shown to others or not, as its owner said; None where the form did not ask, or asked
    of a pet that nobody chose: without a script it asks beside "Another animal" too."""
    said = request.POST.getlist("show_to_others") if request.POST.get("pet_id", "").strip() else []

    def follow(report: Report) -> None:
        pet = live_pet(report)
        if report.side != Report.Side.LOST or pet is None:
            return
        if "true" in said:
            pet_show_while_lost(pet=pet)
        elif pet.is_public:
            pet_edit(pet=pet, changes={"is_public": False})

    return follow if said else None


def lost_already(request: HttpRequest, viewer: User) -> dict[str, str]:
    """What is wrong with reporting a pet lost whose open report says so: they would stand beside each other, and the
    later one before the earlier one's matches. Nothing where its owner says that it is meant."""
    if request.POST.get("status") != Report.Side.LOST or request.POST.get("again") == "true":
        return {}
    pet = _pet_meant(pets_owned(viewer), request.POST.get("pet_id", ""))
    if pet is None or not _lost_reports([pet]):
        return {}
    return {"pet_id": _lost_already_said(pet)}


def _lost_already_said(pet: Pet) -> str:
    said = _("%(name)s is reported lost already. Change that report when there is news, or tick “%(again)s”.")
    return said % {"name": pet.name, "again": _("Report it once more")}


def report_follow(request: HttpRequest) -> Callable[[Report], None]:
    """What the form asks for with the report that was just written. Raises InvalidInput, and then it is not, for a
    second report of a pet: which one it is about is known only now, for it may be linked by its name."""
    show = pet_shown(request)

    def follow(report: Report) -> None:
        pet = live_pet(report)
        if pet is not None and report.side == Report.Side.LOST and request.POST.get("again") != "true":
            open_ones = reports_open_of_pets([pet]).get(pet.pk, [])
            if any(other.status == Report.Status.LOST and other.pk != report.pk for other in open_ones):
                said = _lost_already_said(pet)
                raise InvalidInput(said, code="lost_already", errors={"pet_id": [said]})
        if show is not None:
            show(report)

    return follow


def too_long(request: HttpRequest) -> dict[str, str]:
    """What is too long of the two texts that become one, said of the one that is."""
    landmark, description = (request.POST.get(name, "").strip() for name in ("landmark", "description"))
    said = _("Ensure this field has no more than {max_length} characters.")
    errors = {}
    if len(landmark) > LANDMARK_MAX:
        errors["landmark"] = said.format(max_length=LANDMARK_MAX)
    if landmark and len(description) > DESCRIPTION_MAX:
        errors["description"] = said.format(max_length=DESCRIPTION_MAX)
    return errors


def _lost_reports(pets: Collection[Pet]) -> dict[int, Report]:
    """The newest open one of each pet that has one."""
    found = reports_open_of_pets(pets)
    lost = {pk: [report for report in reports if report.status == Report.Status.LOST] for pk, reports in found.items()}
    return {pk: reports[0] for pk, reports in lost.items() if reports}


def animal_form_errors(form: serializers.BaseSerializer[Any]) -> dict[str, str]:
    """As `errors_of`, of a form that asks what kind of animal it is."""
    errors = errors_of(form)
    if "type" in errors and not (form.initial_data.get("type") or "").strip():
        errors["type"] = _("Please choose what kind of animal it is.")
    return errors


def errors_of(form: serializers.BaseSerializer[Any]) -> dict[str, str]:
    """The first sentence of each field, to stand next to it."""
    return errors_said(form.errors)


def errors_said(errors: Any) -> dict[str, str]:
    return {name: _first_sentence(said) for name, said in dict(errors).items()}


def _first_sentence(said: Any) -> str:
    """Of a list field each item has sentences of its own, by its position."""
    while isinstance(said, dict | list):
        said = next(iter(said.values() if isinstance(said, dict) else said), "")
    return str(said)


def problems_of(errors: dict[str, str]) -> list[str]:
    """The same, for the head of a page: "Latitude: ..."."""
    return [f"{field_label(name)}: {said}" for name, said in errors.items()]


def report_form_context(
    request: HttpRequest, viewer: User, *, problems: list[str], errors: dict[str, str]
) -> dict[str, Any]:
    status = request.POST.get("status") or request.GET.get("status", "")
    start = {"last_seen_date": timezone.now().date().isoformat(), "type": ""}
    if (kind := request.GET.get("type", "")) in KINDS:
        start["type"] = kind
    pets = list(pets_owned(viewer))
    lost = _lost_reports(pets) if status == "lost" else {}
    if meant := _pet_meant(pets, request.GET.get("pet_id", "")):
        start |= {"pet_id": str(meant.pk), "type": meant.type, "breed": meant.breed, "animal_name": meant.name}
    if viewer.is_test:
        # Where the demo's animals are: so that trying it out needs no map.
        start |= {"latitude": "28.6139", "longitude": "77.2090"}
    return {
        "status": "lost" if status == "lost" else "found",
        "pets": pets,
        "lost_already": [(pet, lost[pet.pk].pk) for pet in pets if pet.pk in lost],
        "again": request.POST.get("again") == "true",
        "kinds": list(dict.fromkeys([*KINDS, *filter(None, [start["type"]])])),
        "show_to_others": request.method != "POST" or "true" in request.POST.getlist("show_to_others"),
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "max_mb": settings.MAX_UPLOAD_SIZE_MB,
        "data": start | ({name: request.POST.get(name, "") for name in _KEPT} if request.method == "POST" else {}),
        "problems": problems,
        "errors": errors,
    }

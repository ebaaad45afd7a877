"""One's own pets: what is known of them, their photos, what is printed of them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from animal.core.errors import ApplicationError, InvalidInput, NotFound
from animal.core.idempotency import submitted_once
from animal.core.throttles import page_throttled
from animal.pets.models import Pet
from animal.pets.printing.files import tag_png_file, tag_sheet_file, tag_svg_file
from animal.pets.selectors import access_pet_as_owner
from animal.pets.serializers import PetInputSerializer
from animal.pets.services import (
    PetFields,
    pet_add,
    pet_change,
    pet_delete,
    pet_edit,
    pet_retry_features,
    pet_rotate_tag,
)
from animal.pets.services import pet_photo_remove as photo_remove
from animal.reports.cases import case_of_pet
from animal.reports.posters import poster_file
from animal.web.answers import error_said, file_or_page, gone_already, is_scripted, on_to
from animal.web.forms import animal_form_errors, problems_of
from animal.web.pet_cards import pet_cards_of, pet_page
from animal.web.pet_forms import PRINTS, pet_form_context, pet_form_data
from animal.web.viewers import signed_in, signed_in_only


def _own(request: HttpRequest, pet_id: int) -> Pet:
    try:
        return access_pet_as_owner(signed_in(request), pet_id)
    except NotFound as error:
        raise Http404(str(error.detail)) from None


@require_safe
@signed_in_only
def pets(request: HttpRequest) -> HttpResponse:
    return render(request, "web/pets.html", {"pets": pet_cards_of(signed_in(request))})


# --- registering ------------------------------------------------------------------------------------------------------


def _registered(request: HttpRequest, pet_id: str) -> HttpResponse:
    pet = access_pet_as_owner(signed_in(request), int(pet_id))
    flash.success(request, _("%(name)s is registered. Now print a tag for the collar.") % {"name": pet.name})
    return on_to(request, "pet", pet_id=pet.pk)


def _new(request: HttpRequest, *, errors: dict[str, str], problems: list[str], status: int = 200) -> HttpResponse:
    if problems and is_scripted(request):
        return JsonResponse({"problems": problems}, status=status)
    context = pet_form_context(request, None, errors) | {"problems": problems}
    return render(request, "web/pet_new.html", context, status=status)


@signed_in_only
@page_throttled("pet_write")
@require_http_methods(["GET", "HEAD", "POST"])
@submitted_once("pet", rebuild=_registered)
def pet_new(request: HttpRequest) -> HttpResponse:
    """What `POST /api/auth/pets/add/` does."""
    if request.method != "POST":
        return _new(request, errors={}, problems=[])
    form = PetInputSerializer(data=pet_form_data(request))
    if not form.is_valid():
        errors = animal_form_errors(form)
        return _new(request, errors=errors, problems=problems_of(errors), status=400)
    fields = PetFields(**form.validated_data)
    try:
        pet = pet_add(owner=signed_in(request), fields=fields, uploads=request.FILES.getlist("photos"))
    except ApplicationError as error:
        said = error_said(error)
        return _new(request, errors={"photos": said}, problems=[said], status=error.status_code)
    return _registered(request, str(pet.pk))


# --- one pet ----------------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest, pet: Pet, *, errors: dict[str, str] | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    context = pet_form_context(request, pet, errors or {}) | PRINTS
    context |= {"pet": pet_page(pet), "problems": problems_of(errors or {}) + ([problem] if problem else [])}
    return render(request, "web/pet.html", context, status=status)


@signed_in_only
@page_throttled("pet_write")
@require_http_methods(["GET", "HEAD", "POST"])
def pet(request: HttpRequest, pet_id: int) -> HttpResponse:
    """The page of a pet; its form changes the facts that it names, and leaves the others and the photos alone."""
    own = _own(request, pet_id)
    if request.method != "POST":
        return _page(request, own)
    form = PetInputSerializer(data=pet_form_data(request, own), partial=True)
    if not form.is_valid():
        return _page(request, own, errors=animal_form_errors(form), status=400)
    try:
        changed = pet_edit(pet=own, changes=form.validated_data)
    except NotFound:
        raise Http404 from None
    flash.success(request, _("What you changed of %(name)s is kept.") % {"name": changed.name})
    return redirect("pet", pet_id=own.pk)


def _photos_kept(request: HttpRequest, image_id: str, pet_id: int) -> HttpResponse:
    pet = access_pet_as_owner(signed_in(request), pet_id)
    pet.photos.get(image=UUID(image_id))
    return _photos_added(request, pet)


def _photos_added(request: HttpRequest, pet: Pet) -> HttpResponse:
    count = pet.photos.count()
    said = ngettext("%(name)s has %(count)s photo now.", "%(name)s has %(count)s photos now.", count)
    flash.success(request, said % {"name": pet.name, "count": count})
    return on_to(request, "pet", pet_id=pet.pk)


@require_POST
@signed_in_only
@page_throttled("pet_write")
@submitted_once("pet_photos", rebuild=_photos_kept)
def pet_photos(request: HttpRequest, pet_id: int) -> HttpResponse:
    """Adds photos behind those that there are."""
    own, uploads = _own(request, pet_id), request.FILES.getlist("photos")
    try:
        if not uploads:
            raise InvalidInput(_("Please choose a photo first."), code="no_photo")
        pet_change(actor=signed_in(request), pet=own, changes={}, uploads=uploads)
    except ApplicationError as error:
        said, status = error_said(error), error.status_code
        if is_scripted(request):
            return JsonResponse({"problems": [said]}, status=status)
        return _page(request, own, errors={"photos": said}, status=status)
    return _photos_added(request, _own(request, pet_id))


def _done(request: HttpRequest, pet_id: int, act: Callable[[Pet], object], said: str) -> HttpResponse:
    """Do one thing to a pet and go back to its page, which says that it is done, or why not."""
    own = _own(request, pet_id)
    try:
        act(own)
    except NotFound:
        return gone_already(request, "pet", pet_id=pet_id)
    except ApplicationError as error:
        flash.error(request, str(error.detail))
    else:
        flash.success(request, said)
    return redirect("pet", pet_id=pet_id)


@require_POST
@signed_in_only
@page_throttled("pet_write")
def pet_photo_remove(request: HttpRequest, pet_id: int, image_id: UUID) -> HttpResponse:
    return _done(request, pet_id, lambda own: photo_remove(pet=own, image_id=image_id), _("The photo is removed."))


@require_POST
@signed_in_only
@page_throttled("pet_write")
def pet_look_again(request: HttpRequest, pet_id: int) -> HttpResponse:
    said = _("We are looking at the photos again.")
    return _done(request, pet_id, lambda own: pet_retry_features(pet=own), said)


@require_POST
@signed_in_only
@page_throttled("pet_write")
def pet_new_tag(request: HttpRequest, pet_id: int) -> HttpResponse:
    said = _("There is a new tag, and the old one leads nowhere any more. Please print it anew.")
    return _done(request, pet_id, lambda own: pet_rotate_tag(pet=own), said)


@signed_in_only
@page_throttled("pet_write")
@require_http_methods(["GET", "HEAD", "POST"])
def pet_remove(request: HttpRequest, pet_id: int) -> HttpResponse:
    """Says first what becomes of the tag, the photos and the open reports."""
    if request.method != "POST":
        return render(request, "web/pet_remove.html", {"pet": pet_page(_own(request, pet_id))})
    try:
        own = access_pet_as_owner(signed_in(request), pet_id)
    except NotFound:
        return gone_already(request, "pets")
    pet_delete(pet=own)
    said = _("%(name)s is deleted. Registered again within 24 hours it comes back with its old tag.")
    flash.success(request, said % {"name": own.name})
    return redirect("pets")


# --- what is printed --------------------------------------------------------------------------------------------------


def _file(request: HttpRequest, pet_id: int, make: Callable[[Pet], HttpResponse]) -> HttpResponse:
    own = _own(request, pet_id)
    return file_or_page(lambda: make(own), lambda problem, status: _page(request, own, problem=problem, status=status))


@require_safe
@signed_in_only
def pet_tag(request: HttpRequest, pet_id: int) -> HttpResponse:
    return _file(request, pet_id, lambda own: tag_svg_file(request, own))


@require_safe
@signed_in_only
def pet_tag_png(request: HttpRequest, pet_id: int) -> HttpResponse:
    return _file(request, pet_id, lambda own: tag_png_file(request, own))


@require_safe
@signed_in_only
@page_throttled("pet_write", methods=("GET", "HEAD"))  # Each takes a good deal longer to make than other answers.
def pet_tags(request: HttpRequest, pet_id: int) -> HttpResponse:
    return _file(request, pet_id, lambda own: tag_sheet_file(request, own))


@require_safe
@signed_in_only
@page_throttled("pet_write", methods=("GET", "HEAD"))
def pet_poster(request: HttpRequest, pet_id: int) -> HttpResponse:
    return _file(request, pet_id, lambda own: poster_file(request, case_of_pet(own)))

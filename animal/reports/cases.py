"""A lost animal as everybody may see it: its public page, its poster, its picture for other sites.

None of them shows how a person is reached, nor the exact place.
"""

from __future__ import annotations

import logging

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image as Pillow

from animal.core.errors import Conflict, NotFound, ServiceUnavailable
from animal.core.urls import service_url
from animal.images.models import Image
from animal.images.selectors import master_content, master_decoded
from animal.images.withholding import is_withheld
from animal.pets.models import Pet
from animal.pets.printing.facts import CaseFacts, discreet
from animal.pets.tags import tag_address
from animal.reports.models import Report
from animal.reports.selectors import NAMELESS, complete, first_photo, live_pet, shown_to_others

logger = logging.getLogger(__name__)

CASE_GONE = gettext_lazy("This case is closed, or there is none: many animals are home again.")
FIND_GONE = gettext_lazy("This report is closed, or there is none: the animal may be home again.")
NOT_LOST = gettext_lazy(
    "There is no open report that this pet is lost. Please report it first: the poster says when and where."
)
NO_POSTER = gettext_lazy("A poster is made of an open report of a lost animal.")
UNKNOWN_BREEDS = frozenset({"unknown", ""})
# A pet that its owner keeps private has no page, whatever is reported of it; one that is deleted has none either.
SHOWN_PET = Q(pet=None) | Q(pet__is_public=True, pet__deleted_at=None)


def case_public(report_id: int) -> Report:
    """An open lost report that everybody may see. Raises NotFound for every other, whatever the reason."""
    report = complete(_public(Report.Side.LOST).filter(pk=report_id)).first()
    if report is None:
        raise NotFound(CASE_GONE)
    return report


def find_public(report_id: int) -> Report:
    """The same for a found report. One whose finder gave the place in words alone is its animal's owner's."""
    shown = _public(Report.Side.FOUND).exclude(public_latitude=None)
    report = complete(shown.filter(pk=report_id)).first()
    if report is None:
        raise NotFound(FIND_GONE)
    return report


def has_public_page(report: Report) -> bool:
    """Of a lost animal, which posters and other sites lead to."""
    return _public(Report.Side.LOST).filter(pk=report.pk).exists()


def public_page(report: Report) -> str:
    """The path of its public page, on either side; "" when it has none."""
    is_shown = _public(report.side).exclude(public_latitude=None).filter(pk=report.pk).exists()
    return page_path(report) if is_shown else ""


def page_path(report: Report) -> str:
    """Where the public page stands of what everybody may see."""
    return f"/lost/{report.pk}" if report.side == Report.Side.LOST else f"/finds/{report.pk}"


def _public(side: str) -> QuerySet[Report]:
    # An open report's status is its side.
    return Report.objects.filter(SHOWN_PET, shown_to_others(), side=side, status=side)


def case_of_pet(pet: Pet) -> Report:
    """The newest open lost report of a pet. Raises Conflict when there is none, or staff hid it."""
    lost = Report.objects.filter(pet=pet, status=Report.Status.LOST, hidden_at=None)
    report = complete(lost).order_by("-reported_at", "-pk").first()
    if report is None:
        raise Conflict(NOT_LOST, code="not_lost")
    return report


def require_lost(report: Report) -> Report:
    """Raises Conflict unless it is an open lost report that staff have not hidden."""
    if report.status != Report.Status.LOST or not report.is_open:
        raise Conflict(NO_POSTER, code="not_lost")
    return report


def case_address(report: Report) -> str:
    """Where the poster's code leads: the case's public page, else that of the pet's tag.

    Raises Conflict for what has neither: a report without a pet that nobody may see, or whose page nobody can reach,
    since the service does not know its own address.
    """
    page = service_url(f"/lost/{report.pk}")
    if page and has_public_page(report):
        return page
    pet = live_pet(report)
    if pet is None:
        raise Conflict(_("This report has no page yet that a poster could lead to."), code="no_page")
    return tag_address(pet.animal_id)


def case_facts(report: Report, *, place: str = "", with_photo: bool = True) -> CaseFacts:
    """`place` in words; without it nothing is said of it: numbers help nobody who stands before a poster.

    Raises ServiceUnavailable while pictures cannot be read.
    """
    pet = live_pet(report)
    breed = pet.breed if pet is not None else report.pet_breed
    marks = pet or report
    return CaseFacts(
        name=case_name(report),
        species=(pet.species if pet is not None else "") or report.species,
        photo=_photo(first_photo(report)) if with_photo else None,
        breed="" if breed.strip().casefold() in UNKNOWN_BREEDS else discreet(breed),
        sex=marks.sex,
        size=marks.size,
        colours=marks.colours,
        seen_on=report.last_seen_date,
        place=discreet(place),
        description=discreet(report.description),
    )


def case_name(report: Report) -> str:
    """ "" when nobody has named it."""
    pet = live_pet(report)
    name = pet.name if pet is not None else report.pet_name
    return "" if name.strip().casefold() in NAMELESS else discreet(name)


def _photo(image: Image | None) -> Pillow.Image | None:
    """None as well for one that staff hid, or whose file is gone or damaged: better a poster without it than none."""
    if image is None or is_withheld(image):
        return None
    try:
        content = master_content(image)
    except FileNotFoundError:
        return None
    except Exception as error:  # Any of the errors of a disk or of an S3 client, which have no common base class.
        logger.exception("reading a picture to print failed")
        raise ServiceUnavailable(_("Photos cannot be read at the moment. Please try again shortly.")) from error
    try:
        return master_decoded(content)
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError):
        return None

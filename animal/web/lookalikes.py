"""What a search by photo found, as the page shows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from animal.core.sentences import restated
from animal.images.models import Image
from animal.images.selectors import image_address
from animal.matching.search import Lookalike
from animal.matching.search_reasons import lookalike_reasons
from animal.reports.cases import public_page
from animal.reports.models import Report
from animal.reports.selectors import display_name, first_photo, is_mine
from animal.web.presenters import percent, verdict


@dataclass(frozen=True)
class LookalikeCard:
    """`status`: "" for a pet that nobody has reported. `url`: the public page of its report, if it has one."""

    name: str
    image: str
    status: str
    seen: str
    percent: int
    verdict: str
    reasons: list[str]
    url: str
    complain_at: str
    """Of what has no page of its own, where it stands; not of the reader's own."""
    is_exact: bool
    is_test: bool


def lookalike_cards(found: Sequence[Lookalike], *, viewer: User, exact: Collection[int]) -> list[LookalikeCard]:
    return [_card(one, viewer, exact) for one in found]


def _card(found: Lookalike, viewer: User, exact: Collection[int]) -> LookalikeCard:
    report, pet = found.report, found.pet
    photo = _photo(found)
    name = pet.name if pet is not None else display_name(report) if report is not None else ""
    url = public_page(report) if report is not None else ""
    return LookalikeCard(
        name=restated(name),
        image=image_address(photo) if photo is not None else "",
        status=report.status if report is not None else "",
        seen=_seen(report),
        percent=percent(found.similarity),
        verdict=verdict(found.similarity),
        reasons=[restated(reason) for reason in lookalike_reasons(found)],
        url=url,
        complain_at="" if url else _complain_at(found, viewer),
        is_exact=report is not None and report.pk in exact,
        is_test=any(of.is_test for of in (report, pet) if of is not None),
    )


def _complain_at(found: Lookalike, viewer: User) -> str:
    report, pet = found.report, found.pet
    if report is not None:
        return "" if is_mine(viewer, report) else reverse("complain-report", args=[report.pk])
    is_others = pet is not None and pet.is_public and pet.owner_id != viewer.pk
    return reverse("complain-pet", args=[pet.pk]) if pet is not None and is_others else ""


def _photo(found: Lookalike) -> Image | None:
    """Of the pet before those of its report: a finder's photo shows less of it."""
    if found.pet is not None and (photo := next((photo.image for photo in found.pet.photos.all()), None)):
        return photo
    return first_photo(found.report) if found.report is not None else None


def _seen(report: Report | None) -> str:
    if report is None:
        return ""
    day = date_format(report.last_seen_date or report.reported_at.date())
    return (_("last seen on %(date)s") if report.side == Report.Side.LOST else _("on %(date)s")) % {"date": day}

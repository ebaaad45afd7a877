"""Tags on paper: every size is read by a real decoder, worn ones too, and only the owner gets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from PIL import ImageDraw

from animal.conftest import Actor
from animal.pets.printing.choices import PAPERS, TAG_SIZES
from animal.pets.printing.codes import QUIET_ZONE, code_of, tag_code
from animal.pets.printing.tag_sheet import tag_sheet_pdf
from animal.pets.tests.printed import codes_in, photographed, rendered, text_boxes, words_on

TAG = "ANI7K2M9P0QRSTVWXYZ"
SAYS = f"HTTPS://PAWGLE.EXAMPLE.ORG/T/{TAG}"
LONG_NAME = "Prinzessin Maximiliana-Theodora von Hohenfels zu Wolkenstein"


@pytest.fixture(autouse=True)
def _reached_from_outside(settings: Any) -> None:
    settings.SITE_URL, settings.FRONTEND_URL, settings.API_URL = "https://pawgle.example.org", "", ""


def sheet(**changes: Any) -> bytes:
    return tag_sheet_pdf(**({"animal_id": TAG, "name": "", "size": "card", "paper": "a4", "language": "en"} | changes))


@pytest.mark.parametrize(("size", "tags"), [("collar-25", 48), ("collar-32", 24), ("card", 8)])
def test_every_code_of_a_sheet_is_read_also_from_a_bad_picture_of_it(size: str, tags: int) -> None:
    page = rendered(sheet(size=size))
    assert codes_in(page) == [SAYS] * tags
    read = codes_in(photographed(page, angle=11))
    assert set(read) == {SAYS}
    assert len(read) >= tags * 0.9


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("size", TAG_SIZES)
def test_a_long_name_stays_whole_and_between_the_margins(size: str, paper: str) -> None:
    page = sheet(size=size, paper=paper, name=LONG_NAME)
    assert LONG_NAME in words_on(page)
    width, height = PAPERS[paper]
    boxes = text_boxes(page)
    assert min(left for left, *_ in boxes) >= 10
    assert max(right for _, _, right, _ in boxes) <= width - 10
    assert max(bottom for *_, bottom in boxes) <= height - 10
    assert set(codes_in(rendered(page))) == {SAYS}


def test_a_tag_with_a_fifth_of_it_scratched_away_is_still_read() -> None:
    code = tag_code(TAG)
    # A millimetre is ten pixels; the first card's code of 46 mm begins at (16.9, 30).
    page = rendered(sheet(size="card"), dpi=254).crop((150, 280, 660, 780))
    assert codes_in(page) == [SAYS]
    ImageDraw.Draw(page).ellipse((159, 160, 339, 340), fill=255)
    assert codes_in(page) == [SAYS]
    assert code.modules - 2 * QUIET_ZONE == 33, "version 4: short enough for the largest modules that level H has"


def test_a_code_that_says_the_same_with_less_correction_is_not_larger() -> None:
    assert code_of(SAYS, "Q").modules <= code_of(SAYS, "H").modules < code_of(SAYS.lower(), "H").modules


def test_without_a_known_address_of_our_own_the_code_says_the_tags_page(settings: Any) -> None:
    settings.SITE_URL, settings.FRONTEND_URL = "", "https://client.example.org"
    assert set(codes_in(rendered(sheet(size="card")))) == {f"https://client.example.org/found/{TAG}"}


def test_what_a_tag_says_leads_to_its_page(owner: Actor, add: Callable[..., Any], client: Client) -> None:
    tag = add(owner)["animal_id"]
    answer = client.get(f"/T/{tag}")
    assert (answer.status_code, answer["Location"]) == (302, f"https://pawgle.example.org/found/{tag}")
    assert client.get(f"/found/{tag}").status_code == 200
    assert client.get(f"/T/{TAG}").status_code == 404


def test_the_owner_prints_a_sheet_and_nobody_else_does(
    owner: Actor, stranger: Actor, anonymous: Actor, add: Callable[..., Any]
) -> None:
    pet = add(owner, name="Zoë")
    path = f"/api/v1/pets/{pet['id']}/tags.pdf"
    answer = owner.get(path, data={"size": "collar-25", "paper": "letter", "language": "de"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="pawgle-tags-collar-25.pdf"'
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Zoë" in words_on(answer.content)
    assert "Mit 100 % drucken" in words_on(answer.content)
    assert "Zoë" not in words_on(owner.get(path, data={"name": "false"}).content)
    assert [actor.get(path).status_code for actor in (stranger, anonymous)] == [404, 401]
    owner.delete(f"/api/auth/pets/{pet['id']}/delete/")
    assert owner.get(path).status_code == 404


def test_the_vector_picture_has_the_code_at_its_size(owner: Actor, stranger: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    path = f"/api/v1/pets/{pet['id']}/tag.svg"
    answer = owner.get(path, data={"size": "collar-25"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert answer["Content-Disposition"] == 'attachment; filename="pawgle-tag-collar-25.svg"'
    drawn = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    code = tag_code(pet["animal_id"])
    assert (drawn.get("width"), drawn.get("viewBox")) == ("25mm", f"0 0 {code.modules} {code.modules}")
    moves = (drawn[1].get("d") or "").count("M")
    assert moves == len(list(code.runs()))
    assert min(column for column, _, _ in code.runs()) == 4, "the white that readers need"
    assert stranger.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"size": "huge"}, "collar-25, collar-32, card"),
        ({"paper": "a5"}, "a4, letter"),
        ({"language": "xx"}, "en, es, de, fr, hi"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    owner: Actor, add: Callable[..., Any], query: dict[str, str], named: str
) -> None:
    pet = add(owner)
    answer = owner.get(f"/api/v1/pets/{pet['id']}/tags.pdf", data=query)
    assert answer.status_code == 400
    assert named in answer.json()["errors"][next(iter(query))][0]


def test_a_phone_number_in_a_name_is_not_printed() -> None:
    page = sheet(name="Milo 0171 1234567")
    assert "Milo" in words_on(page)
    assert "0171" not in words_on(page)

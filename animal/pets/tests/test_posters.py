"""The poster on paper, in five languages: nothing leaves the margins, the name is whole, the code is read."""

from __future__ import annotations

import time
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.utils import translation
from PIL import Image as Pillow

from animal.pets.printing import poster, words
from animal.pets.printing.choices import LANGUAGES, PAPERS
from animal.pets.printing.facts import CaseFacts, discreet
from animal.pets.printing.poster import poster_pdf
from animal.pets.printing.share_image import share_image_jpeg
from animal.pets.tests.printed import codes_in, photographed, rendered, text_boxes, words_on

ADDRESS = "https://pawgle.example.org/lost/482913"
LONG_NAME = "Prinzessin Maximiliana-Theodora von Hohenfels zu Wolkenstein"
MARGIN = 10.0
PHOTOS = (None, (900, 300), (300, 900))


def picture(width: int, height: int) -> Pillow.Image:
    return Pillow.linear_gradient("L").resize((width, height)).convert("RGB")


def facts(**changes: Any) -> CaseFacts:
    told: dict[str, Any] = {
        "name": LONG_NAME,
        "species": "dog",
        "breed": "Rhodesian Ridgeback",
        "sex": "female",
        "size": "medium",
        "colours": ["brown", "white"],
        "seen_on": date(2026, 11, 19),
        "place": "Between the old mill and the river",
        "description": "Shy, comes when she hears a rattling box. " * 12,
    }
    return CaseFacts(**(told | changes))


@pytest.mark.parametrize("photo", PHOTOS, ids=["no photo", "panorama", "portrait"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_poster_fits_its_paper_in_every_language(language: str, photo: tuple[int, int] | None) -> None:
    # Each photo and each language on both papers, in half of the thirty ways.
    paper = [*PAPERS][(LANGUAGES.index(language) + PHOTOS.index(photo)) % len(PAPERS)]
    page = poster_pdf(facts(photo=photo and picture(*photo)), address=ADDRESS, paper=paper, language=language)
    width, height = PAPERS[paper]
    boxes = text_boxes(page)
    assert min(left for left, *_ in boxes) >= MARGIN
    assert min(top for _, top, *_ in boxes) >= MARGIN
    assert max(right for _, _, right, _ in boxes) <= width - MARGIN
    assert max(bottom for *_, bottom in boxes) <= height - MARGIN
    assert words_on(page).count(LONG_NAME) >= 8, "in large type and on each of seven strips"
    picture_of_it = rendered(page)
    assert codes_in(picture_of_it) == [ADDRESS] * 8
    per_mm = picture_of_it.width / width
    for edge in (poster.MARGIN + 0.8, poster.MARGIN + poster.HEADING_HEIGHT - 0.8):
        strip = [round(side * per_mm) for side in (poster.MARGIN + 4, edge, width - poster.MARGIN - 4, edge + 0.3)]
        shades = picture_of_it.crop((strip[0], strip[1], strip[2], strip[3])).getextrema()
        assert shades[0] == shades[1], "the heading stays within its band"
    with translation.override(language):
        # Devanagari comes back from a document in the order in which it is drawn.
        if language != "hi":
            assert words.lost_heading("dog") in words_on(page)


def test_the_large_code_is_read_from_a_bad_picture() -> None:
    page = rendered(poster_pdf(facts(), address=ADDRESS, paper="a4", language="en"))
    assert ADDRESS in codes_in(photographed(page, angle=13))


def test_a_name_in_devanagari_is_shaped_and_one_without_letters_of_ours_is_left_out() -> None:
    shaped = poster_pdf(facts(name="शक्ति"), address=ADDRESS, paper="a4", language="hi")
    plain = poster_pdf(facts(name="猫"), address=ADDRESS, paper="a4", language="en")
    assert "猫" not in words_on(plain)
    assert "LOST DOG" in words_on(plain)
    # The conjunct "kt" and the vowel sign before it are four glyphs for five characters.
    assert len(shaped) > len(plain)


def test_words_in_latin_after_words_in_devanagari_are_set_in_their_own_letters() -> None:
    place = "near the old botanical garden and the river promenade by the kiosk"
    page = words_on(poster_pdf(facts(place=place), address=ADDRESS, paper="a4", language="hi"))
    assert place in page, "although it goes on in a second line"
    assert "Shy, comes when she hears" in page
    assert "19 नवंबर 2026" in page


def test_what_is_not_known_leaves_no_empty_words() -> None:
    bare = CaseFacts(name="", species="")
    page = words_on(poster_pdf(bare, address=ADDRESS, paper="a4", language="en"))
    assert "LOST ANIMAL" in page
    assert "Scan the code if you saw it." in page
    assert not [word for word in ("Last seen", "Around", "None", "()") if word in page]


@pytest.mark.parametrize("contact", ["0171 1234567", "+49 (171) 123-4567", "555-123-4567", "ada@example.org"])
def test_contact_details_do_not_get_onto_paper(contact: str) -> None:
    said = discreet(f"Shy. Call {contact} or see www.example.org/me since 2026-11-19.")
    assert contact not in said
    assert "example.org" not in said
    assert said.startswith("Shy. Call")
    assert "2026-11-19" in said


def test_a_chip_number_does_not_get_onto_paper() -> None:
    assert "276098100123456" not in discreet("Chip 276098100123456")


@pytest.mark.parametrize(
    "contact",
    [
        *("0171 / 123456", "(030) / 12 34 56", "0171 - 12 34 56", "0171 / 1234567", "0171–1234567", "030.1234 5678"),
        *("joe (at) example.com", "joe＠example.com", "joe @ example.com", "joe[at]example[dot]com"),
        *("t.me/joe", "fb.com/joe.smith", "example.com", "https://x.example/joe@example.com/1"),
        *("48,1371 11,5761", "48,137 11,576", "48,13715 11,57612", "48.1371° N, 11.5761° E"),
        *("48°08'14\"N 11°34'34\"E", "48° 08.234' 11° 34.567'", "8FWH4HX8+QF", "4HX8+QF"),
    ],
)
def test_nothing_is_left_of_contact_details_and_places_written_otherwise(contact: str) -> None:
    said = discreet(f"Shy. See {contact} please")
    assert (said.startswith("Shy. See"), said.endswith(" please")) == (True, True)
    assert not set(said.removeprefix("Shy. See").removesuffix(" please")) - set(" …,("), said


@pytest.mark.parametrize(
    "told",
    [
        *("born 2019/2020", "born 2019 - 2020", "2 cats, 3 dogs", "4,5 kg", "40 cm, 12 - 14 kg (2024)", "1,200 euros"),
        *("19.11. - 20.11.2026", "19.11.2026 / 20.11.2026", "2026-11-19 14:30", "38° for 5 days", "4.5 kg/10 lb"),
        *("friendly.He comes", "red/white", "3 times @ the park. Then", "No. 5, looks at home"),
    ],
)
def test_what_is_no_contact_stays_as_it_was_said(told: str) -> None:
    assert discreet(told) == told


@pytest.mark.parametrize(
    "piece", ["1 ", "1-", "a.", "a@", "(at)", "48°", "1,", "1,234 ", "2019/", "1.1.2019 ", "C", " "]
)
def test_no_text_takes_long_to_read(piece: str) -> None:
    started = time.process_time()
    discreet(piece * (20_000 // len(piece)) + "x")
    assert time.process_time() - started < 1


@pytest.mark.parametrize("photo", [None, (900, 300)])
def test_the_picture_for_other_sites_has_the_size_that_they_ask_for(photo: tuple[int, int] | None) -> None:
    content = share_image_jpeg(facts(photo=photo and picture(*photo)), language="hi")
    drawn = Pillow.open(BytesIO(content))
    assert (drawn.format, drawn.size) == ("JPEG", (1200, 630))
    assert len(content) < 300_000
    red = [drawn.convert("RGB").getpixel((x, 60)) for x in range(700, 1150, 10)]
    assert any(r > 150 and g < 80 and b < 80 for r, g, b in red), "the heading stands on its band"

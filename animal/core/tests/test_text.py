"""People's text: what counts as the same, and what the web client can show safely."""

from __future__ import annotations

import pytest
from rest_framework.exceptions import ValidationError

from animal.core.text import LongTextField, PlainTextField, normalised_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoe@Example.org", " zoe@example.ORG "),
        ("Jose\u0301", "JOSÉ"),
        ("Ｍｉｌｏ", "milo"),
        ("STRASSE", "straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_spellings_that_count_as_the_same(one: str, other: str) -> None:
    assert normalised_key(one) == normalised_key(other)


def test_accents_make_a_difference() -> None:
    assert normalised_key("José") != normalised_key("Jose")


def test_normalising_twice_changes_nothing() -> None:
    for character in map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x30000)]):
        key = normalised_key(f"a{character}b")
        assert normalised_key(key) == key


@pytest.mark.parametrize("text", ["Milo", "O’Brien (the 2nd), N/A", "Кошка", "猫", "Ñandú & Söhne", "it's"])
def test_plain_text_takes_what_people_type(text: str) -> None:
    assert PlainTextField().run_validation(f" {text} ") == text


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", 'say "hi"', "a>b", "a\x00b", "a\x1bb", "two\nlines", "two\u2028lines", ""]
)
def test_plain_text_refuses_markup_and_what_cannot_be_shown(text: str) -> None:
    with pytest.raises(ValidationError):
        PlainTextField().run_validation(text)


def test_long_texts_keep_their_lines_and_signs_and_lose_no_control_over_the_page() -> None:
    text = 'First line.\nSecond: 5 < 6 and "so on".\tEnd.'
    assert LongTextField().run_validation(text) == text
    for bad in ("a\x00b", "a\x08b", "a\x1b[31mb"):
        with pytest.raises(ValidationError):
            LongTextField().run_validation(bad)

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


@pytest.mark.parametrize(
    "text",
    [
        "Mi\u200blo",  # zero-width space
        "Mi\u00adlo",  # soft hyphen
        "Mi\u2060lo",  # word joiner
        "\ufeffMilo",  # byte order mark
        "\u202eoliM",  # right-to-left override
        "\u2067Milo\u2069",  # right-to-left isolate
        "Milo\u200f",  # right-to-left mark
        "Milo\U000e0041",  # a tag
        "\u3164",  # Hangul fillers and their kin
        "Mi\u115flo",
        "Mi\u1160lo",
        "Mi\uffa0lo",
        "\u2800\u2800",  # Braille without dots
        "\u200d",  # joiners with nothing to join
        "\u200c \u200d",
        "\u0301",  # an accent on nothing
        "\u034f",  # a grapheme joiner on nothing
    ],
    ids=ascii,
)
def test_a_name_that_cannot_be_seen_or_hides_something_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PlainTextField().run_validation(text)
    assert refused.value.detail[0].code == "invisible"


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u06cc\u200c\u0644\u0648",  # Persian, with a non-joiner
        "\u0936\u094d\u0930\u0940\u200d\u0915",  # Devanagari, with a joiner
        "\U0001f408\u200d\u2b1b",  # a black cat, which is a cat joined with a black square
        "\u2764\ufe0f",
        "한글이",
        "⠍⠊⠇⠕",
        "?",
    ],
    ids=ascii,
)
def test_names_in_scripts_that_need_joiners_are_taken(text: str) -> None:
    assert PlainTextField().run_validation(text) == text


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u200d\u2060", "\u2800\n\u2800"], ids=ascii)
def test_a_message_of_which_nothing_can_be_seen_is_refused_and_marks_of_direction_within_one_are_not(text: str) -> None:
    with pytest.raises(ValidationError):
        LongTextField().run_validation(text)
    assert LongTextField().run_validation(f"\u2067שלום\u2069 {text}Milo").endswith("Milo")
    assert LongTextField(allow_blank=True).run_validation("") == ""


def test_long_texts_keep_their_lines_and_signs_and_lose_no_control_over_the_page() -> None:
    text = 'First line.\nSecond: 5 < 6 and "so on".\tEnd.'
    assert LongTextField().run_validation(text) == text
    for bad in ("a\x00b", "a\x08b", "a\x1b[31mb"):
        with pytest.raises(ValidationError):
            LongTextField().run_validation(bad)

"""The words of what is printed are complete in every language, and what is read at run time is what is written."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from animal import pets
from animal.pets.printing.choices import LANGUAGES

FOLDER = Path(pets.__file__).parent
KEYWORDS = {"_": None, "gettext_noop": None, "pgettext": ((1, "c"), 2)}
TRANSLATED = [language for language in LANGUAGES if language != "en"]
AGAIN = "run: pybabel compile --domain django --directory animal/pets/locale"


def file_of(language: str, kind: str) -> Path:
    return FOLDER / "locale" / language / "LC_MESSAGES" / f"django.{kind}"


def catalogue(language: str) -> Catalog:
    with file_of(language, "po").open("rb") as file:
        return read_po(file, locale=language, domain="django")


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    said = extract_from_dir(FOLDER / "printing", keywords=KEYWORDS)
    asked = {(context, message) for _, _, message, _, context in said}
    messages = [message for message in catalogue(language) if message.id]
    assert {(message.context, message.id) for message in messages} == asked
    assert [message.id for message in messages if not message.string or message.fuzzy] == []
    equal = [message.id for message in messages if message.string == message.id]
    assert len(equal) <= 0.03 * len(messages), equal
    assert [error for message in messages for error in message.check()] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_words_are_those_of_the_catalogue(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    assert file_of(language, "mo").read_bytes() == compiled.getvalue(), AGAIN

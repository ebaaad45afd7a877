"""The catalogues hold every sentence in every language, well formed; what is read at run time is what is written."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module

import pytest
from babel.messages.catalog import Catalog, Message

from animal.core.catalogues import catalogue_file, catalogue_read, compiled, extracted, translated_languages
from animal.core.sentences import _articled, _sentences, _stand_ins

AGAIN = "run: manage.py translations"
# What a translation has to hold as well: what is filled in, and the elements of a page.
_FIXED = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+[^>]*>")


@pytest.fixture(scope="module")
def said() -> Catalog:
    return extracted()


def names_of(catalogue: Catalog) -> set[tuple[str | None, object]]:
    return {(message.context, message.id) for message in catalogue if message.id}


def forms(words: str | tuple[str, ...] | list[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def spoilt(message: Message) -> bool:
    """Whether something that is filled in is missing, or an attribute of a page would end too early."""
    plural = Counter(_FIXED.findall(forms(message.id)[-1]))
    return any(
        Counter(_FIXED.findall(words)).keys() != plural.keys() or ('"' in words and '"' not in forms(message.id)[0])
        for words in forms(message.string)
    )


@pytest.mark.parametrize("language", translated_languages())
def test_every_sentence_is_translated(language: str, said: Catalog) -> None:
    catalogue = catalogue_read(language)
    assert names_of(catalogue) == names_of(said), AGAIN
    messages = [message for message in catalogue if message.id]
    assert [message.id for message in messages if message.fuzzy or not all(forms(message.string))] == []
    assert [message.id for message in messages if not forms(message.string)] == []
    equal = [message.id for message in messages if forms(message.string) == forms(message.id)]
    assert len(equal) <= 0.03 * len(messages), equal
    assert [error for message in messages for error in message.check()] == []
    assert [message.id for message in messages if spoilt(message)] == []
    assert catalogue_file(language, "mo").read_bytes() == compiled(catalogue), AGAIN


def test_no_line_of_french_begins_with_a_question_mark() -> None:
    apart = re.compile(r"\S [?!;:»](?=[\s<).…]|$)|« \S", re.MULTILINE)
    words = [said for message in catalogue_read("fr") if message.id for said in forms(message.string)]
    assert [said for said in words if apart.search(said)] == [], "a space there is one that does not break, U+00A0"


def test_a_web_process_knows_every_sentence_that_is_stored() -> None:
    """Each is known once its module is imported: for the routes, or as one called `told`."""
    import_module("animal.urls")
    marked = extracted(("sentence", "stand_in", "with_article"))
    assert {*_sentences, *_stand_ins, *_articled} == {name for _, name in names_of(marked)}

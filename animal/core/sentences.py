"""Sentences that are stored in English and read in the language of whoever reads them.

What a match's reasons, a notification or a failed reading say is written once and read by several people, each in a
language of their own, which they may change. English is stored, the API's answers as they have always been, and each
sentence is known again by its shape when somebody reads it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from django.conf import settings
from django.utils import translation
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_DECIMAL = re.compile(r"\d+\.\d+")
_sentences: dict[str, re.Pattern[str]] = {}
_stand_ins: dict[str, re.Pattern[str]] = {}
_articled: set[str] = set()
# Of what people write to each other: a message that is ours, its first paragraph, its last.
Part = Literal["whole", "opening", "closing"]
_message_parts: dict[Part, set[str]] = {"whole": set(), "opening": set(), "closing": set()}


def sentence(text: str, *, in_messages: Part | None = None) -> str:
    """Marks a sentence that is stored in English, with %(name)s in it, so that `restated` knows it again.

    A placeholder that ends in `_word` holds a word of ours, one in `_words` several with "and" between, and one in
    `_sentence` another such sentence: they are translated as well. Others hold what people wrote, or numbers.
    With `in_messages`, it may be that part of what people write to each other, and `restated_message` knows it too.
    """
    _sentences[text] = _pattern(text)
    if in_messages:
        _message_parts[in_messages].add(text)
    return text


def stand_in(text: str) -> str:
    """Marks what stands in a sentence where a name would, if there is none: "An animal"."""
    _stand_ins[text] = _pattern(text)
    return text


def _pattern(text: str) -> re.Pattern[str]:
    parts, seen, shape = _PLACEHOLDER.split(text), set[str](), ""
    for at, part in enumerate(parts):
        if at % 2 == 0:
            shape += re.escape(part.replace("%%", "%"))
        else:
            shape += f"(?P={part})" if part in seen else f"(?P<{part}>.+?)"
            seen.add(part)
    return re.compile(shape, re.DOTALL)


def restated(stored: str) -> str:
    """A stored sentence, or a stand-in for a name, in the reader's language. What is not ours comes back as it is."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return stored if language == settings.LANGUAGE_CODE or not stored else _restated(stored, language)


def restated_message(stored: str) -> str:
    """A message, or how it begins, of which some paragraphs may be ours: what a finder chose by one touch, first, and
    the place, last. All else are people's own words, and nothing in them is translated: "Meeting point: the bakery" is
    no news of ours, and what is a single paragraph somebody typed."""
    parts = stored.split("\n\n")
    if len(parts) == 1:
        return _restated_part("whole", stored)
    return "\n\n".join([_restated_part("opening", parts[0]), *parts[1:-1], _restated_part("closing", parts[-1])])


def _restated_part(part: Part, stored: str) -> str:
    for text in _message_parts[part]:
        if found := _sentences[text].fullmatch(stored):
            return gettext(text) % found.groupdict()
    return stored


@lru_cache(maxsize=2048)
def _restated(stored: str, language: str) -> str:
    """`language` is the active one, and belongs to the key."""
    return _said_by(_sentences, stored) or _name(stored)


def _said_by(ours: dict[str, re.Pattern[str]], stored: str) -> str:
    for text, pattern in ours.items():
        if found := pattern.fullmatch(stored):
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            return gettext(text) % values if values else gettext(text)
    return ""


def _value(name: str, value: str) -> str:
    if name.endswith("_sentence"):
        return restated(value)
    if name.endswith("_words"):
        return gettext(" and ").join(gettext(word) for word in value.split(" and "))
    if name.endswith("_word"):
        return gettext(value)
    return str(number_format(value)) if _DECIMAL.fullmatch(value) else _name(value)


def _name(value: str) -> str:
    """A name stays what it is."""
    if said := _said_by(_stand_ins, value):
        return said
    small = value[:1].lower() + value[1:]
    return capfirst(gettext(small)) if small in _articled and small != value else value


def with_article(text: str) -> str:
    """Marks "a dog", which also begins sentences in place of a name."""
    _articled.add(text)
    return text

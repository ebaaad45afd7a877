"""A language that is none: what can be translated stands in brackets, and what stands outside is hard-coded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from unittest.mock import patch

from django.utils.translation import trans_real
from django.utils.translation.trans_real import CONTEXT_SEPARATOR, DjangoTranslation

from animal.core import sentences

OPEN, CLOSE = "⟦", "⟧"
_INNERMOST = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_WORD = re.compile(r"[^\W\d_]{2,}")
READ_OUT = ("alt", "title", "placeholder", "aria-label", "aria-description", "label")


class Pseudo(DjangoTranslation):
    """Stands in for a language that exists, so that its formats and its code are there."""

    def __init__(self, language: str) -> None:
        super().__init__(language)

    def gettext(self, message: str) -> str:
        """What no catalogue holds comes back as it is, as in every real language."""
        return self._bracketed(message) if message in self._catalog else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        known = (msgid1, self.plural(n)) in self._catalog
        said = msgid1 if n == 1 else msgid2
        return self._bracketed(said) if known else said

    def _bracketed(self, message: str) -> str:
        return f"{OPEN}{message.rpartition(CONTEXT_SEPARATOR)[2]}{CLOSE}" if message else ""


@contextmanager
def pseudo_language(language: str) -> Iterator[None]:
    sentences._restated.cache_clear()
    with patch.dict(trans_real._translations, {language: Pseudo(language)}):
        yield
    sentences._restated.cache_clear()


class Shown(HTMLParser):
    """What people see or hear of a page, in text and attributes; no code, and nothing in a language of its own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, str] = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "code") or (tag in ("button", "option") and "lang" in given):
            self._hidden += 1
            self._until = tag
        self.said += [given[name] for name in READ_OUT if name in given]
        self.said += [value for name, value in given.items() if name.startswith("data-") and " " in value.strip()]
        if tag == "meta" and given.get("name", given.get("property", "")).rpartition(":")[2] in (
            "description",
            "title",
        ):
            self.said.append(given["content"])
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.said.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._until:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.said.append(data)


def untranslated(html: str, *, content: set[str]) -> list[str]:
    """Words outside of brackets that nobody typed: `content` is what people wrote, word by word."""
    # Elements may stand within a sentence, and a sentence within another.
    text = html
    while (shorter := _INNERMOST.sub("", text)) != text:
        text = shorter
    found: list[str] = []
    for said in Shown(text).said:
        if {word.casefold() for word in _WORD.findall(said)} - content:
            found.append(" ".join(said.split()))
    return found


def words_of(*texts: Any) -> set[str]:
    return {word.casefold() for text in texts for word in _WORD.findall(str(text))}

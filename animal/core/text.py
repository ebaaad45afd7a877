"""Text as people type it: cleaned for display, normalised for uniqueness."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from animal.core.sentences import restated

_CONTROL = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")
UNPRINTABLE = gettext_lazy("This text contains characters that cannot be shown.")
_MARKUP = re.compile(r"[<>\"]")
# Zero-width non-joiner and joiner: Persian, the scripts of India, and emoji of several parts need them.
_JOINERS = "\u200c\u200d"
# Letters and a symbol by their category, and blank on the screen: fillers of Hangul, and the Braille cell without dots.
_BLANKS = "\u115f\u1160\u3164\uffa0\u2800"


def normalised_key(text: str) -> str:
    """The form in which two spellings count as the same: NFKC, casefolded, stripped.

    Uniqueness is a plain unique column over this key, because collations differ between databases.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().casefold())


def mailbox_key(address: str) -> str:
    """The same for all spellings that usually reach one mailbox: "name+tag@" is "name@", and Gmail ignores dots.

    For counting and blocking, where a false "same" costs little; never for whom to write to or who may read.
    """
    local, _, domain = normalised_key(address).rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def is_unprintable(text: str) -> bool:
    """Whether it holds control characters other than line breaks and tabs."""
    return _CONTROL.search(text) is not None


def has_visible_character(text: str) -> bool:
    """Whether anything of it can be seen: a letter, digit, sign or symbol."""
    return any(unicodedata.category(character)[0] in "LNPS" and character not in _BLANKS for character in text)


def without_hidden_characters(text: str) -> str:
    """Without what cannot be seen in a name and makes it look like another one: zero-width characters, those that turn
    the direction of writing (all of Unicode's category Cf, but for joiners), and blank letters."""
    return "".join(character for character in text if not _is_hidden(character))


def _is_hidden(character: str) -> bool:
    return character in _BLANKS or (unicodedata.category(character) == "Cf" and character not in _JOINERS)


class LongTextField(serializers.CharField):
    """Lines of a person's text, such as a message. Pages escape it; only control characters are refused."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if is_unprintable(text):
            raise serializers.ValidationError(UNPRINTABLE, code="control")
        if text and not has_visible_character(text):
            raise serializers.ValidationError(_("Nothing of this text can be seen."), code="invisible")
        return text


class PlainTextField(LongTextField):
    """One line of a person's text, such as a name. Refuses `<`, `>` and `"`, which the web client puts into its page
    unescaped, and characters that nobody sees, by which one name passes for another."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if len(text.splitlines()) > 1:
            raise serializers.ValidationError(_("Please write this in one line."), code="line_break")
        if _MARKUP.search(text):
            raise serializers.ValidationError(_('Please leave out the characters < > and ".'), code="markup")
        if without_hidden_characters(text) != text:
            sentence = _("This contains characters that cannot be seen. Please type it instead of pasting it.")
            raise serializers.ValidationError(sentence, code="invisible")
        return text


class StoredSentenceField(serializers.CharField):
    """One of our sentences that the database holds, in the language that the request asks for."""

    def to_representation(self, value: str) -> str:
        return restated(value)

"""Text as people type it: cleaned for display, normalised for uniqueness."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rest_framework import serializers

_CONTROL = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")
UNPRINTABLE = "This text contains characters that cannot be shown."
_MARKUP = re.compile(r"[<>\"]")


def normalised_key(text: str) -> str:
    """The form in which two spellings count as the same: NFKC, casefolded, stripped.

    Uniqueness is a plain unique column over this key, because collations differ between databases.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().casefold())


def is_unprintable(text: str) -> bool:
    """Whether it holds control characters other than line breaks and tabs."""
    return _CONTROL.search(text) is not None


class LongTextField(serializers.CharField):
    """Lines of a person's text, such as a message. Pages escape it; only control characters are refused."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if is_unprintable(text):
            raise serializers.ValidationError(UNPRINTABLE, code="control")
        return text


class PlainTextField(LongTextField):
    """One line of a person's text. Refuses `<`, `>` and `"`, which the web client puts into its page unescaped."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if len(text.splitlines()) > 1:
            raise serializers.ValidationError("Please write this in one line.", code="line_break")
        if _MARKUP.search(text):
            raise serializers.ValidationError('Please leave out the characters < > and ".', code="markup")
        return text

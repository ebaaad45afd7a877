"""Taking what locates or contacts a person out of text that people other than they will read: logs, error reports.

A last line of defence behind the rule that nobody writes such things there. Exceptions quote what they choked on, and
a mail server names the address that it refused. Only what has a shape of its own is found: an address, a number, a
token, a tag, a place. A name or a sentence has none, so nothing but the rule keeps those out.
"""

from __future__ import annotations

import logging
import re

_ADDRESS = r"[\w.+'%-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+"
# RFC 7519: three parts in base64url, of which the first always begins like this, since it is a JSON object.
_SIGNED = r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"
_BEARER = r"\b(?:Bearer|Basic)\s+[\w.~+/=-]+"
_NAMED = (
    r"\b(?:token|access_token|refresh_token|id_token|credential|password|new_password|passwd|secret|signature|api_?key|uid"
    r"|csrftoken|csrfmiddlewaretoken|sessionid|pawgle_\w+)[\"']?\s?(?:=|:\s)\s?(?:\"[^\"]*\"?|'[^']*'?|[^\s\"'&,;)}\]]+)"
)
# 80 random bits and more: base64url of mixed letters and digits; long hexadecimal digests, which also name pictures.
_OPAQUE = r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{24,}|(?<![0-9A-Za-z])[0-9a-f]{32,}(?![0-9A-Za-z])"
# Whoever knows the number of a photo knows its address. Its beginning is enough to tell two lines of one thing.
_UUID = r"(?<![0-9A-Za-z-])([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z-])"
# As `animal.pets.models.new_tag_id` draws them, also in groups as people read them; and those printed before.
_TAG = r"\bANI(?:(?:-?[0-9A-HJKMNP-TV-Z]{4}){4}|\d{6}|[0-9A-F]{4})\b"
# Three decimals of a degree are 111 m. Not versions and addresses of machines (1.2.345), nor measured times.
_DEGREES = r"(?<![\w.:])[-+]?\d{1,3}\.\d{3,}+(?![\w.]|\s?(?:%|(?:ms|s|sec|seconds)\b))"
_INTERNATIONAL = r"(?<![\w+])(?:\+|00)\d(?:[ ()./-]{0,2}\d){6,14}(?!\d)"
_NATIONAL = r"(?<![\w.:/-])\(?0\d{1,4}\)?[ /.-]?\d(?:[ .-]?\d){4,10}(?![\w:])"
_AMERICAN = r"(?<![\w.:-])\(?[2-9]\d{2}\)?[ .-]?\d{3}[ .-]\d{4}(?![\w:.])"
_DIGITS = r"(?<![\w.-])\d{10,15}(?![\w.-])"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(f"{_SIGNED}|{_BEARER}"), "[token]"),
    (re.compile(_ADDRESS), "[e-mail]"),
    (re.compile(_NAMED, re.IGNORECASE), "[token]"),
    (re.compile(_TAG, re.IGNORECASE), "[tag]"),
    (re.compile(_UUID, re.IGNORECASE), r"\1-[...]"),
    (re.compile(_OPAQUE), "[token]"),
    (re.compile(_DEGREES), "[place]"),
    (re.compile("|".join((_INTERNATIONAL, _NATIONAL, _AMERICAN, _DIGITS))), "[phone]"),
)


def scrubbed(text: str) -> str:
    """The text with a word in brackets in the place of every e-mail address, phone number, token, tag and place; of
    UUIDs the first eight digits stay."""
    for pattern, word in _RULES:
        text = pattern.sub(word, text)
    return text


class ScrubbedFormatter(logging.Formatter):
    """Scrubs the line as it is going to be written, with its arguments and its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return scrubbed(super().format(record))

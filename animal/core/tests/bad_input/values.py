"""What can be wrong with a value. Names end the sentence "POST /api/... refuses a name of ..."."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

ABSENT = object()
LONG = "x" * 10_000
HALF_A_PAIR = "\ud800"
DEEP = "[" * 900 + "]" * 900


@dataclass(frozen=True)
class Field:
    """`bad` holds what must be refused, `odd` what may be read as something harmless but must not break anything."""

    bad: Mapping[str, Any]
    odd: Mapping[str, Any]
    required: bool = True

    @property
    def left_out(self) -> Field:
        """The same, but the field may be left out or empty."""
        return replace(self, required=False)

    def bad_values(self, *, optional: bool) -> dict[str, Any]:
        if optional or not self.required:
            return dict(self.bad)
        return {**self.bad, "nothing": ABSENT, "an empty text": "", "null": None}


_NO_TEXT: dict[str, Any] = {
    "a list": ["a"],
    "an object": {"a": 1},
    "true": True,
    "half a surrogate pair": HALF_A_PAIR,
    "text around half a surrogate pair": f"Milo {HALF_A_PAIR} Milo",
}
_UNPRINTABLE = {"a NUL byte": "Mi\x00lo", "only a NUL byte": "\x00"}
_HIDING = {"a bidirectional override": "\u202eMilo", "a zero-width space": "Mi\u200blo", "a Hangul filler": "\u3164"}
_CONTROL = {"an escape sequence": "Mi\x1b[2Jlo"}
_ODD_TEXT: dict[str, Any] = {
    "an integer": 5,
    "an integer of 30 digits": 10**30,
    "four-byte characters": "\U0001f408" * 20,
    "a text that looks like SQL": "'; DROP TABLE pets_pet; --",
    "a text that looks like a format": "%s %(a)s {0.__class__}",
}
TEXT = Field({**_NO_TEXT, **_UNPRINTABLE, **_CONTROL, "10,000 characters": LONG}, _ODD_TEXT)
LINE = Field({**TEXT.bad, **_HIDING, "markup": "<img src=x onerror=alert(1)>", "two lines": "Milo\nMilo"}, _ODD_TEXT)
# A password may hold any character that can be typed, but blanks and short ones are refused elsewhere.
SECRET = Field({**_NO_TEXT, **_UNPRINTABLE, "10,000 characters": LONG}, _ODD_TEXT)
# A text that is compared with what we know: whatever it is, it is wrong.
OFFER = Field({**SECRET.bad, **_ODD_TEXT, "blanks": "   "}, {})
_NO_KEYS: dict[str, Any] = {"none of them": {}, "others": {"p256dh": "a", "auth": "b"}}
KEYS = Field({"a text": "a", "a list": ["a"], "true": True, **_NO_KEYS}, {})
ADDRESS = Field(
    {
        **TEXT.bad,
        "no address": "Milo",
        "two addresses": "a@example.org, b@example.org",
        "a header": "a@example.org\nBcc: b@example.org",
        "a domain with half a surrogate pair": f"a@{HALF_A_PAIR}.org",
        "a domain of 10,000 characters": f"a@{LONG}.org",
        "an integer": 5,
    },
    {"capitals": "RIA@EXAMPLE.ORG", "another script": "ria@b\u00fccher.example"},
)
_NO_NUMBER: dict[str, Any] = {
    "a word": "north",
    "nan": "nan",
    "NaN": "NaN",
    "inf": "inf",
    "-inf": "-inf",
    "1e999": "1e999",
    "2,000 nines": "9" * 2000,
    "a NUL byte": "1\x00",
    "half a surrogate pair": HALF_A_PAIR,
    "a list": [1],
    "an object": {"a": 1},
    "true": True,
}
_OFF_THE_EARTH = {"999": 999, "-1e300": -1e300, "10**30": 10**30, "2**63": 2**63, "1 followed by 400 zeros": 10**400}
LATITUDE = Field({**_NO_NUMBER, **_OFF_THE_EARTH, "90.01": "90.01"}, {"digits of another script": "\u0664\u0668"})
LONGITUDE = Field({**_NO_NUMBER, **_OFF_THE_EARTH, "-180.01": "-180.01"}, {"an underscore": "1_0"})
RADIUS = Field({**_NO_NUMBER, **_OFF_THE_EARTH, "0": 0, "-1": -1}, {}, required=False)
ID = Field(
    {
        **_NO_NUMBER,
        "-1": -1,
        "0": 0,
        "1.5": 1.5,
        "the text 1.5": "1.5",
        "an unknown id": 999_999,
        "2**31": 2**31,
        "2**63 - 1": 2**63 - 1,
        "2**63": 2**63,
        "10**30": 10**30,
        "a UUID": "00000000-0000-4000-8000-000000000000",
        "a path": "../1",
    },
    {},
)
CHOICE = Field(
    {
        **_NO_TEXT,
        **_UNPRINTABLE,
        "an unknown word": "Mythical",
        "another case": "lOsT",
        "an integer": 5,
        "10,000 characters": LONG,
        "markup": "<b>lost</b>",
    },
    {},
)
CHIP = Field(
    {
        **LINE.bad,
        "a word": "none",
        "8 digits": "12345678",
        "16 digits": "2760981060000001",
        "a number for testing": "999000000000001",
        "zeros": "0" * 15,
        "an integer of 30 digits": 10**30,
        "a text that looks like SQL": "'; DROP TABLE pets_pet; --",
    },
    {
        "blanks between": " 276 098 106 000 001 ",
        "digits of another script": "\u0662\u0667\u0666" * 3,
        "an integer": 123456789,
    },
    required=False,
)
COLOURS = Field(
    {
        "an unknown word": "mauve",
        "a list with an unknown word": ["black", "mauve"],
        "a list of numbers": [1],
        "a list of lists": [["black"]],
        "an object": {"black": 1},
        "true": True,
        "an integer": 5,
        "a NUL byte": "black\x00",
        "half a surrogate pair": HALF_A_PAIR,
        "10,000 characters": LONG,
    },
    {"a colour twice": ["black", "black"], "commas": "black,white", "an empty text": ""},
    required=False,
)
SWITCH = Field(
    {
        "a word": "perhaps",
        "an integer": 5,
        "a list": [True],
        "an object": {"a": True},
        "half a surrogate pair": HALF_A_PAIR,
        "10,000 characters": LONG,
    },
    {},
    required=False,
)
_NO_MOMENT = {"a word": "yesterday", "a list": ["2026-01-01"], "an object": {}, "true": True, "an integer": 5}
_NO_MOMENT |= {"a NUL byte": "2026-01-01\x00", "half a surrogate pair": HALF_A_PAIR, "10,000 characters": LONG}
DATE = Field(
    {
        **_NO_MOMENT,
        "30 February": "2026-02-30",
        "the year 1": "0001-01-01",
        "the year 9999": "9999-12-31",
        "the year 10000": "10000-01-01",
    },
    {},
    required=False,
)
TIME = Field({**_NO_MOMENT, "25 o'clock": "25:00", "a leap second": "23:59:60"}, {}, required=False)
# Free notes and addresses of photos: what cannot be used counts as none, as the web client expects.
LOOSE = Field(
    {},
    {
        "a word": "Milo",
        "null": None,
        "true": True,
        "an integer of 400 digits": 10**400,
        "JSON that nests 900 deep": DEEP,
        "JSON that nests 100,000 deep": "[" * 100_000,
        "a JSON text with an integer of 5,000 digits": '{"a": ' + "1" * 5000 + "}",
        "a JSON text with NaN": '{"a": NaN}',
        "a JSON text with 1e999": '{"a": 1e999}',
        "a JSON text with half a surrogate pair": '{"\\ud800": "\\ud800"}',
        "a JSON text with a NUL byte": '{"\\u0000": "\\u0000", "subNotes": ["\\u0000"]}',
        "lists that nest 800 deep": json.loads(DEEP[100:-100]),
        "a JSON list of everything": '[null, 1, {}, [], "http://[", "\\ud800", "http://x/photos/00/zz-master.jpg"]',
        "an object with half a surrogate pair": {"subNotes": [HALF_A_PAIR], HALF_A_PAIR: 1},
        "a list with half a surrogate pair": [HALF_A_PAIR],
        "subNotes that are no list": {"subNotes": {"a": 1}},
    },
    required=False,
)
# The state of the picture editor must be a JSON object that can be given back; its insides are the client's own.
STATE = Field(
    {
        "a word": "Milo",
        "a JSON list": "[]",
        "JSON null": "null",
        "half a JSON object": "{",
        "NaN": '{"a": NaN}',
        "1e999": '{"a": 1e999}',
        "an integer of 5,000 digits": '{"a": ' + "1" * 5000 + "}",
        "half a surrogate pair as a value": '{"objects": {"background": "\\ud800"}}',
        "half a surrogate pair as a key": '{"\\ud800": 1}',
        "lists that nest 900 deep": f'{{"a": {DEEP}}}',
        "lists that nest 100,000 deep": '{"a": ' + "[" * 100_000,
    },
    {"a NUL byte": '{"\\u0000": "\\u0000"}', "no canvas": '{"objects": [], "filters": {"a": [1]}}'},
    required=False,
)
_NOT_ONLY_TEXT = {
    what: value for what, value in TEXT.bad.items() if what not in _CONTROL and what != "10,000 characters"
}
# Of a mail the new lines are kept, without what cannot be shown.
MAIL_TEXT = Field({**_NO_TEXT, **_UNPRINTABLE, "300,000 characters": "x" * 300_000}, TEXT.odd, required=False)
MAIL_PARTS = Field(
    {
        "a text": "photo",
        "an object": {"content": ""},
        "a list of texts": ["photo"],
        "a part without content": [{"filename": "a.jpg"}],
        "a content that is an object": [{"content": {}}],
        "a name with half a surrogate pair": [{"filename": HALF_A_PAIR, "content": ""}],
        "51 parts": [{"content": ""}] * 51,
    },
    {"a content that is no base64": [{"content": "!!!"}], "a content that is no picture": [{"content": "TWlsbw=="}]},
    required=False,
)


def a_browser(name: str) -> dict[str, Any]:
    """As PushSubscription.toJSON() gives it; the keys are those of the example of RFC 8291. Nobody listens there."""
    keys = {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    }
    return {"endpoint": f"http://127.0.0.1:9/push/{name}", "expirationTime": None, "keys": keys}

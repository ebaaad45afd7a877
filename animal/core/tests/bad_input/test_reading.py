"""Queries, cursors and headers that are junk."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from animal.core.tests.bad_input.answers import assert_no_crash, assert_refused, each, encoded, one_in, percent, send
from animal.core.tests.bad_input.calls import CALLS, JSON, READS, WITH_BODY, Call

PROTECTED = [call for call in CALLS if not call.is_public and "contact-owner" not in call.route]
MAPS = [call for call in READS if "/locations/" in call.route]
PAGED = [call for call in READS if call.route in ("api/v1/matches/", "api/v1/sessions/")]
MESSAGES = [call for call in READS if call.route.endswith("/messages/")]

NO_BOX = (
    "north",
    "1",
    "1,2,3",
    "1,2,3,4,5",
    ",,,",
    "a,b,c,d",
    "nan,nan,nan,nan",
    "0,0,nan,1",
    "-inf,-inf,inf,inf",
    "1e999,0,1,1",
    "0,10,1,5",
    "-181,0,1,1",
    "0,-91,1,1",
    "0,0,1,91",
    "\x00,0,1,1",
    "1;2;3;4",
    "1,2,3,4\x00",
    "9" * 5000 + ",0,1,1",
)
NO_MOMENT = (
    "yesterday",
    "2026",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "99999-01-01T00:00:00Z",
    "\x00",
    "nan",
    "1e999",
    "-1",
    "9" * 5000,
    "{}",
)


def cursor(**parts: str) -> str:
    """As REST framework writes them: o is an offset, r the direction, p the position."""
    return base64.b64encode(urlencode(parts).encode()).decode()


NOON = "2026-01-01 12:00:00+00:00"
NO_CURSOR = {
    "a word": "north",
    "bytes that are no text": base64.b64encode(b"\xff\xfe").decode(),
    "a cat": "\U0001f408",
    "a position that is no moment": cursor(p="yesterday"),
    "a position in the year 0": cursor(p="0000-01-01 00:00:00+00:00"),
    "a position before all time zones": cursor(p="0001-01-01 00:00:00+14:00"),
    "a position after all time zones": cursor(p="9999-12-31 23:59:59-14:00"),
    "a position without a zone": cursor(p="2026-01-01 00:00:00"),
    "a day": cursor(p="2026-01-01"),
    "a position with a NUL byte": cursor(p="2026-01-01\x00"),
    "an offset that is no number": cursor(o="abc", p=NOON),
    "a negative offset": cursor(o="-5", p=NOON),
    "a direction that is none": cursor(r="abc", p=NOON),
    "an offset of 5,000 digits": cursor(o="9" * 5000),
}
ODD_CURSOR = {
    "nothing": "",
    "no base64": "!!!",
    "a NUL byte": "\x00",
    "10,000 characters": "A" * 10_000,
    "a moment": cursor(p=NOON),
    "an endless offset": cursor(o="9" * 30, p=NOON),
    "backwards from nowhere": cursor(r="1"),
}
ODD_SIZES = ("0", "-1", "abc", "1.5", "nan", "10" * 20, "9" * 5000, "\x00", "", "true", "\u0664")


def get(scene: Any, call: Call, **query: str) -> Any:
    text = "&".join(f"{name}={percent(value)}" for name, value in query.items())
    return send(scene, call, path=f"{scene.path(call.route)}?{text}")


@pytest.mark.parametrize("call", MAPS, ids=str)
def test_a_box_that_is_none_is_refused(scene, call: Call) -> None:
    each({box[:30]: box for box in NO_BOX}, lambda box: assert_refused(get(scene, call, bbox=box)))


@pytest.mark.parametrize("call", MESSAGES, ids=str)
def test_a_moment_that_is_none_is_refused(scene, call: Call) -> None:
    each({text[:30]: text for text in NO_MOMENT}, lambda text: assert_refused(get(scene, call, after=text)))


@pytest.mark.parametrize("call", PAGED, ids=str)
def test_a_cursor_that_is_none_is_refused(scene, call: Call) -> None:
    each(NO_CURSOR, lambda text: assert_refused(get(scene, call, cursor=text)))


@pytest.mark.parametrize("call", PAGED, ids=str)
def test_an_odd_cursor_or_page_size_breaks_nothing(scene, call: Call) -> None:
    each(ODD_CURSOR, lambda text: assert_no_crash(get(scene, call, cursor=text), call))
    each({size[:30]: size for size in ODD_SIZES}, lambda size: assert_no_crash(get(scene, call, page_size=size), call))


def test_a_link_with_a_junk_query_is_refused(scene) -> None:
    (call,) = [call for call in CALLS if call.verb == "GET" and call.route == "api/auth/verify-email/"]
    junk = {
        "words": ("uid", "token"),
        "NUL bytes": ("\x00", "\x00"),
        "10,000 characters": ("x" * 10_000,) * 2,
        "blanks": ("", ""),
    }
    each(junk, lambda pair: assert_refused(get(scene, call, uid=pair[0], token=pair[1])))


HEADERS: dict[str, dict[str, str]] = {
    "an Accept that nobody can meet": {"HTTP_ACCEPT": "application/xml"},
    "an Accept that is none": {"HTTP_ACCEPT": "\x00;;q=x,,/"},
    "an Accept of 10,000 types": {"HTTP_ACCEPT": "a/b," * 10_000},
    "languages that are none": {"HTTP_ACCEPT_LANGUAGE": "x" * 5000 + ";q=nan,\xff"},
    "an encoding that is none": {"HTTP_ACCEPT_ENCODING": "nonsense;q=x"},
    "a cookie that is none": {"HTTP_COOKIE": "pawgle_refresh=\xff\xfe; =; ;;=;" + "a=b;" * 2000},
    "a cookie that looks like a session": {"HTTP_COOKIE": "pawgle_refresh=00000000-0000-4000-8000-000000000000.\x00"},
    "a cookie of half a session": {"HTTP_COOKIE": "pawgle_refresh=zzz.zzz.zzz; pawgle_session=../../etc"},
    "a browser without a name": {"HTTP_USER_AGENT": ""},
    "a browser with a name of 20,000 characters": {"HTTP_USER_AGENT": "x" * 20_000},
    "a browser with an unprintable name": {
        "HTTP_USER_AGENT": "\x00\xff\ud800".encode("utf-8", "replace").decode("latin-1")
    },
    "an address that is none": {"HTTP_X_FORWARDED_FOR": "nonsense,,\x00", "REMOTE_ADDR": ""},
    "dates that are none": {
        "HTTP_IF_MODIFIED_SINCE": "yesterday",
        "HTTP_IF_NONE_MATCH": "\x00",
        "HTTP_RANGE": "bytes=-1-",
    },
    "another method inside": {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    "a foreign origin": {"HTTP_ORIGIN": "null", "HTTP_REFERER": "\x00"},
    "an Idempotency-Key that is none": {"HTTP_IDEMPOTENCY_KEY": "\x00"},
    "an empty Idempotency-Key": {"HTTP_IDEMPOTENCY_KEY": ""},
    "an Idempotency-Key of 10,000 characters": {"HTTP_IDEMPOTENCY_KEY": "k" * 10_000},
    "an Idempotency-Key in another script": {"HTTP_IDEMPOTENCY_KEY": "\xff\xfe"},
}
BEARERS = (
    "Bearer",
    "Bearer ",
    "Bearer null",
    "Bearer a b c",
    "Bearer a.b.c",
    "Bearer \xff\xfe",
    "Bearer \x00",
    "bearer x",
)
BEARERS += ("Basic b3duZXI6cGFzcw==", "Token x", "nonsense", "Bearer " + "x" * 20_000)
# Unsigned, and with claims of the wrong types.
BEARERS += ("Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJ1c2VyX2lkIjoiMSIsInRva2VuX3R5cGUiOiJhY2Nlc3MifQ.",)
BEARERS += ("Bearer W10.W10.W10", "Bearer bnVsbA.bnVsbA.", "Bearer eyJhbGciOltdfQ.e30.e30")


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_no_header_breaks_a_call(scene, call: Call) -> None:
    encoding = JSON if JSON in call.encodings else ""
    content = encoded(call.body(scene, encoding), encoding) if encoding else b""

    def is_outlived(headers: dict[str, str]) -> None:
        assert_no_crash(send(scene, call, content, "application/json", **headers), call)

    # The views read headers when they create or sign in; what reads the others is the same for every call.
    each(one_in(3 if call.verb == "POST" else 9, HEADERS, call), is_outlived)


@pytest.mark.parametrize("call", PROTECTED, ids=str)
def test_no_bearer_that_is_none_lets_anybody_in(scene, call: Call) -> None:
    def is_refused(bearer: str) -> None:
        answer = send(scene, call, by="nobody", HTTP_AUTHORIZATION=bearer)
        assert answer.status_code == 401, answer.content[:200]
        assert answer.json()["detail"]

    each(one_in(4, {bearer[:40]: bearer for bearer in BEARERS}, call), is_refused)


@pytest.mark.parametrize("call", [call for call in WITH_BODY if call.is_public], ids=str)
def test_a_public_call_does_not_mind_the_bearer(scene, call: Call) -> None:
    def is_outlived(bearer: str) -> None:
        assert_no_crash(send(scene, call, HTTP_AUTHORIZATION=bearer), call)

    each(one_in(4, {bearer[:40]: bearer for bearer in BEARERS}, call), is_outlived)

"""The table names every route, each call in it works, and every route refuses what is not meant for it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from animal.core.tests.bad_input.answers import (
    TYPES,
    assert_error_shape,
    assert_refused,
    each,
    encoded,
    nothing_written,
    percent,
    send,
)
from animal.core.tests.bad_input.calls import (
    CALLS,
    JSON,
    PAGES,
    REFUSED_WHEN_FINE,
    WITH_BODY,
    WITHOUT_BODY,
    Call,
    routes_served,
    verbs_of,
)
from animal.core.tests.bad_input.scene import Scene, rows_stored, rows_written

ALSO_PUBLIC = {"api/auth/pets/contact-owner/"}
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
NOWHERE = {
    "int": {
        "an unknown id": 999_999,
        "0": 0,
        "-1": -1,
        "1.5": 1.5,
        "2**31": 2**31,
        "2**63 - 1": 2**63 - 1,
        "2**63": 2**63,
        "2**64": 2**64,
        "10**30": 10**30,
        "5,000 nines": "9" * 5000,
        "digits of another script": "\u0664",
        "a word": "abc",
        "a UUID": "00000000-0000-4000-8000-000000000000",
        "1%00": "1%00",
    },
    "uuid": {
        "an unknown UUID": "00000000-0000-4000-8000-000000000000",
        "the highest UUID": "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "a UUID in capitals": "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "a UUID without hyphens": "0" * 32,
        "an integer": 1,
        "a word": "abc",
        "a UUID and a NUL byte": "00000000-0000-4000-8000-000000000000%00",
    },
    "str": {
        "an unknown tag": "ANI0000000000000000",
        "10,000 characters": "A" * 10_000,
        "a NUL byte": "%00",
        "a tag and a NUL byte": "ANI000%00",
        "half a surrogate pair": "%ED%A0%80",
        "bytes that are no UTF-8": "%FF%FE",
        "a picture of a cat": "\U0001f408",
        "markup": "%3Cscript%3E",
        "letters that grow in capitals": "\u00df" * 40 + "\u0390" * 10,
    },
}
PROTECTED = [call for call in CALLS if not call.is_public and call.route not in ALSO_PUBLIC]
# Photo search needs the model, and a Google account needs Google.
ELSEWHERE = {"api/auth/pets/search/", "api/auth/google/"}
ACCEPTED = [call for call in WITH_BODY if call.route not in ELSEWHERE]
FOR_EVERYBODY = {"api/v1/reports/<int:report_id>/"}  # While the report is open.
BY_ID = [(call, name) for call in CALLS for name in call.parameters if name not in ("user_type", "answer")]


def test_every_route_and_verb_of_the_api_stands_in_the_table() -> None:
    api = {route: view for route, view in routes_served().items() if route.startswith("api/")}
    served = {(verb, route) for route, view in api.items() for verb in verbs_of(view)}
    assert served == {(call.verb, call.route) for call in CALLS}


def test_every_page_stands_in_the_table() -> None:
    assert {route for route in routes_served() if not route.startswith("api/")} == set(PAGES)


def test_every_row_written_is_counted_and_none_that_is_read(db) -> None:
    """The other tests go by it; where a database does not count, they compare every row."""
    if rows_written() is None:
        return
    counts = [rows_written()]
    group = Group.objects.create(name="a")
    counts.append(rows_written())
    Group.objects.filter(pk=group.pk).update(name="b")
    counts.append(rows_written())
    rows_stored()
    assert rows_written() == counts[-1]
    group.delete()
    counts.append(rows_written())
    assert counts == sorted(set(counts))


@pytest.mark.parametrize(
    ("call", "encoding"),
    [pytest.param(call, name, id=f"{call} by {call.by} as {name}") for call in ACCEPTED for name in call.encodings],
)
def test_the_body_that_the_others_are_spoiled_from_is_accepted(scene, call: Call, encoding: str) -> None:
    answer = send(scene, call, encoded(call.body(scene, encoding), encoding), TYPES[encoding])
    assert answer.status_code in (200, 201), answer.content


@pytest.mark.parametrize("call", WITHOUT_BODY, ids=str)
def test_a_call_without_a_body_works_whatever_body_comes_with_it(scene, call: Call) -> None:
    assert send(scene, call, b"{]\xff", "application/json").status_code in (200, 202, 204)


@pytest.mark.parametrize("call", REFUSED_WHEN_FINE, ids=str)
def test_what_there_is_no_reason_for_is_refused(scene, call: Call) -> None:
    with nothing_written():
        answer = send(scene, call, b"{]\xff", "application/json")
    assert_refused(answer)


@pytest.mark.parametrize("route", sorted({call.route for call in CALLS}))
def test_a_wrong_verb_is_refused(scene, route: str) -> None:
    def is_refused(verb: str) -> None:
        with nothing_written():
            answer = scene.clients["owner"].generic(verb, scene.path(route), b"{}", content_type="application/json")
        assert answer.status_code == 405, answer.content
        assert_error_shape(answer)

    allowed = {call.verb for call in CALLS if call.route == route}
    each({verb: verb for verb in VERBS if verb not in allowed}, is_refused)


@pytest.mark.parametrize("call", PROTECTED, ids=str)
def test_who_is_not_signed_in_is_refused(scene, call: Call) -> None:
    bodies = [
        (b"", "application/json"),
        *((encoded(call.body(scene, name), name), TYPES[name]) for name in call.encodings),
    ]
    for content, content_type in [(b"", "application/json"), *bodies]:
        with nothing_written():
            answer = send(scene, call, content, content_type, by="nobody")
        assert answer.status_code == 401
        assert_error_shape(answer)


@pytest.mark.parametrize(
    ("call", "parameter"), [pytest.param(call, name, id=f"{name} of {call}") for call, name in BY_ID]
)
def test_an_id_that_leads_nowhere_is_a_404(scene, call: Call, parameter: str) -> None:
    content, content_type = good_body(scene, call)

    def is_refused(value: object) -> None:
        path = scene.path(call.route, **{parameter: percent(value)})
        with nothing_written():
            answer = send(scene, call, content, content_type, path=path)
        assert answer.status_code == 404, answer.content[:200]
        assert_error_shape(answer)

    each(NOWHERE[call.parameters[parameter]], is_refused)


@pytest.mark.parametrize(
    "call", [call for call in PROTECTED if call.parameters and call.route not in FOR_EVERYBODY], ids=str
)
def test_what_belongs_to_somebody_else_is_a_404(scene, stranger, call: Call) -> None:
    content, content_type = good_body(scene, call)
    with nothing_written():
        answer = stranger.client.generic(call.verb, scene.path(call.route), content, content_type=content_type)
    assert answer.status_code == 404
    assert_error_shape(answer)


def good_body(scene: Scene, call: Call) -> tuple[bytes, str]:
    """Content and content type; of a call without a body, an empty one."""
    encoding = next(iter(call.encodings), "")
    return (encoded(call.body(scene, encoding), encoding), TYPES[encoding]) if encoding else (b"", TYPES[JSON])

"""Each field of each body, spoiled one at a time."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from animal.core.tests.bad_input.answers import (
    TYPES,
    assert_no_crash,
    assert_refused,
    each,
    encoded,
    nothing_written,
    send,
)
from animal.core.tests.bad_input.calls import FORM, JSON, WITH_BODY, Call
from animal.core.tests.bad_input.values import ABSENT


def fits(value: Any, encoding: str) -> bool:
    """A form holds texts only, and its bytes are UTF-8, in which half a surrogate pair cannot be written."""
    if encoding == JSON:
        return True
    if isinstance(value, bool | list | dict) or value is None:
        return False
    return not isinstance(value, str) or value.isascii() or value.encode("utf-8", "replace").decode() == value


# In JSON where a call takes both: it can carry whatever a form can, and more.
SPOT = [
    pytest.param(call, call.encodings[0], name, id=f"{name} of {call}")
    for call in WITH_BODY
    for name in call.fields
    if not call.is_twin
]
ODD_SPOT = [spot for spot in SPOT if spot.values[0].fields[spot.values[2]].odd]
IN_FORMS = [
    pytest.param(call, name, id=f"{name} of {call}")
    for call in WITH_BODY
    if FORM in call.encodings
    for name, field in call.fields.items()
    if field.bad
]


def spoiled(body: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    rest = {key: kept for key, kept in body.items() if key != name}
    return rest if value is ABSENT else {**rest, name: value}


@pytest.mark.parametrize(("call", "encoding", "name"), SPOT)
def test_a_bad_value_is_refused(scene, call: Call, encoding: str, name: str) -> None:
    def is_refused(value: Any) -> None:
        content = encoded(spoiled(call.body(scene, encoding), name, value), encoding)
        with nothing_written():
            answer = send(scene, call, content, TYPES[encoding])
        assert_refused(answer)

    bad = call.fields[name].bad_values(optional=call.optional)
    each({what: value for what, value in bad.items() if fits(value, encoding)}, is_refused)


@pytest.mark.parametrize(("call", "encoding", "name"), ODD_SPOT)
def test_an_odd_value_breaks_nothing(scene, call: Call, encoding: str, name: str) -> None:
    def is_outlived(value: Any) -> None:
        content = encoded(spoiled(call.body(scene, encoding), name, value), encoding)
        assert_no_crash(send(scene, call, content, TYPES[encoding], HTTP_IDEMPOTENCY_KEY="a-key"), call)

    odd = call.fields[name].odd
    each({what: value for what, value in odd.items() if fits(value, encoding)}, is_outlived)


@pytest.mark.parametrize(("call", "name"), IN_FORMS)
def test_a_file_in_the_place_of_a_text_is_refused(scene, call: Call, name: str) -> None:
    body = spoiled(call.body(scene, FORM), name, SimpleUploadedFile("a.txt", b"lost", content_type="text/plain"))
    with nothing_written():
        answer = send(scene, call, encoded(body, FORM), TYPES[FORM])
    assert_refused(answer)

"""Bodies that are wrong as a whole: no JSON, no form, cut short, mislabelled, too many parts, with false lengths."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from animal.core.tests.bad_input.answers import (
    BOUNDARY,
    FORM_TYPE,
    TYPES,
    assert_no_crash,
    assert_refused,
    each,
    encoded,
    nothing_written,
    one_in,
    send,
)
from animal.core.tests.bad_input.calls import (
    FORM,
    JSON,
    READS,
    REFUSED_WHEN_FINE,
    WITH_BODY,
    WITHOUT_BODY,
    Call,
    routes_served,
)

NO_JSON_OBJECT = {
    "nothing": b"",
    "blanks": b"   ",
    "half a JSON object": b'{"name": "Milo"',
    "two JSON objects": b"{}{}",
    "a JSON list": b"[]",
    "a JSON list of objects": b"[{}]",
    "a JSON number": b"5",
    "a JSON text": b'"text"',
    "JSON null": b"null",
    "JSON true": b"true",
    "NaN": b"NaN",
    "10,000 opening brackets": b"[" * 10_000,
    "10,000 nested objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a number of 5,000 digits": b'{"name": ' + b"1" * 5000 + b"}",
    "bytes that are no UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "Milo"}'.encode("utf-16"),
    "a NUL byte": b"\x00",
    "a form": b"name=Milo&status=lost",
    "3 MB of JSON": b'{"name": "' + b"x" * 3_000_000 + b'"}',
}
NO_FORM = {
    "nothing": b"",
    "text without a boundary line": b"name=Milo",
    "a boundary line and no more": f"--{BOUNDARY}\r\n".encode(),
    "an end without a beginning": f"--{BOUNDARY}--\r\n".encode(),
    "a part without a name": (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nMilo\r\n--{BOUNDARY}--\r\n"
    ).encode(),
    "a JSON object": b'{"name": "Milo"}',
    "NUL bytes": b"\x00" * 1000,
    "bad base64": (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--{BOUNDARY}--\r\n"
    ).encode(),
    "a header of 100,000 characters": (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{"x" * 100_000}"\r\n\r\nMilo\r\n--{BOUNDARY}--\r\n'
    ).encode(),
    "3 MB in one field": (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\n{"x" * 3_000_000}\r\n--{BOUNDARY}--\r\n'
    ).encode(),
}
# Each is wrong for some of the calls and merely odd for others, but must crash none.
ODD_TYPES = (
    "",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "application/json; charset=base64",
    "application/json; charset=idna",
    "application/json; charset=unicode_escape",
    f"{FORM_TYPE}; charset=nonsense",
    f"{FORM_TYPE}; charset=base64",
    f"{FORM_TYPE}; charset=idna",
    f"{FORM_TYPE}; charset=punycode",
    f"{FORM_TYPE}; charset=undefined",
    f"{FORM_TYPE}; charset=unicode_escape",
    f"{FORM_TYPE}; charset=utf-7",
    "application/x-www-form-urlencoded; charset=base64",
    "application/x-www-form-urlencoded; charset=unicode_escape",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=\u00fc",
    "multipart/mixed; boundary=a",
    "text/plain",
    "application/xml",
    "nonsense",
    "a/b/c; d",
    "application/json; " + "x=y; " * 500,
)


# Content types matter to the parsers alone.
ONE_FOR_EACH_PARSER = {
    tuple(routes_served()[call.route].cls.parser_classes): call for call in WITH_BODY if not call.optional
}.values()
BOTH = [pytest.param(call, name, id=f"{call} as {name}") for call in WITH_BODY for name in call.encodings]
BODILESS = [*WITHOUT_BODY, *REFUSED_WHEN_FINE, *(call for call in READS if call.route != "api/schema/")]  # It is slow.


def refusal(scene: Any, call: Call, content_type: str, **extra: Any) -> Callable[[bytes], None]:
    def is_refused(content: bytes) -> None:
        with nothing_written():
            answer = send(scene, call, content, content_type, **extra)
        assert_refused(answer)

    return is_refused


def bodies(wrong: dict[str, bytes], call: Call) -> dict[str, bytes]:
    """A parser refuses them, whichever call it reads for."""
    return wrong if call in ONE_FOR_EACH_PARSER else one_in(3, wrong, call)


@pytest.mark.parametrize("call", [call for call in WITH_BODY if not call.optional], ids=str)
def test_a_body_that_is_no_json_object_is_refused(scene, call: Call) -> None:
    each(bodies(NO_JSON_OBJECT, call), refusal(scene, call, TYPES[JSON]))


@pytest.mark.parametrize("call", [call for call in WITH_BODY if not call.optional], ids=str)
def test_a_body_that_is_no_form_is_refused(scene, call: Call) -> None:
    each(bodies(NO_FORM, call), refusal(scene, call, FORM_TYPE))


@pytest.mark.parametrize("call", [call for call in WITH_BODY if call.optional], ids=str)
def test_a_body_without_shape_does_not_break_a_call_that_needs_none(scene, call: Call) -> None:
    each(bodies(NO_JSON_OBJECT, call), lambda content: assert_no_crash(send(scene, call, content, TYPES[JSON]), call))
    each(bodies(NO_FORM, call), lambda content: assert_no_crash(send(scene, call, content, FORM_TYPE), call))


@pytest.mark.parametrize("call", BODILESS, ids=str)
def test_a_body_that_nobody_asked_for_breaks_nothing(scene, call: Call) -> None:
    def is_outlived(body: tuple[bytes, str]) -> None:
        assert_no_crash(send(scene, call, *body), call)

    uninvited = {
        "no JSON": (b"{]\xff", TYPES[JSON]),
        "3 MB": (b"x" * 3_000_000, TYPES[JSON]),
        "no form": (b"\x00", FORM_TYPE),
        "nonsense": (b"\x00", "nonsense"),
    }
    each(uninvited, is_outlived)


@pytest.mark.parametrize("call", ONE_FOR_EACH_PARSER, ids=str)
def test_no_content_type_breaks_a_call(scene, call: Call) -> None:
    def is_outlived(content_type: str) -> None:
        content = b"a=%5Cud800" if "urlencoded" in content_type else text if "multipart" in content_type else b"{}"
        assert_no_crash(send(scene, call, content, content_type), call)

    text = encoded(dict.fromkeys(call.fields, rb"\ud800 \udfff"), FORM)
    each({name: name for name in ODD_TYPES}, is_outlived)


@pytest.mark.parametrize(("call", "encoding"), BOTH)
def test_a_good_body_under_a_wrong_label_is_refused(scene, call: Call, encoding: str) -> None:
    content = encoded(call.body(scene, encoding), encoding)
    wrong = {"application/json", FORM_TYPE, "text/plain", "application/xml", "multipart/form-data"} - {TYPES[encoding]}

    def is_refused(content_type: str) -> None:
        with nothing_written():
            answer = send(scene, call, content, content_type)
        assert_refused(answer)

    each({name: name for name in wrong}, is_refused)


@pytest.mark.parametrize("call", [call for call in WITH_BODY if call.form], ids=str)
def test_a_form_that_breaks_off_is_refused_wherever_it_does(scene, call: Call) -> None:
    content = encoded(call.body(scene, FORM), FORM)
    cuts = {f"after {part} of 12 parts": content[: len(content) * part // 12] for part in range(1, 12)}
    after_a_part = content.index(f"\r\n--{BOUNDARY}".encode()) + 2
    cuts["where the next part would begin"] = content[:after_a_part]
    cuts["just before its end"] = content[: content.rindex(b"--")]
    each(cuts, refusal(scene, call, FORM_TYPE))


@pytest.mark.parametrize("call", [call for call in WITH_BODY if call.photo], ids=str)
def test_too_many_parts_are_refused(scene, call: Call) -> None:
    body = call.body(scene, FORM)
    many = {
        "2,000 fields": body | {f"field{number}": "x" for number in range(2000)},
        "2,000 times one field": body | {"again": ["x"] * 2000},
        "21 files": body | {f"file{number}": BytesIO(b"x") for number in range(21)},
    }
    if not call.roomy:
        many["3 MB of text"] = body | {"notes": "x" * 3_000_000}
    each({what: encoded(parts, FORM) for what, parts in many.items()}, refusal(scene, call, FORM_TYPE))


@pytest.mark.parametrize(("call", "encoding"), BOTH)
def test_a_key_that_comes_twice_counts_once(scene, call: Call, encoding: str) -> None:
    body = call.body(scene, encoding)
    if encoding == JSON:
        pairs = json.dumps(body)[1:-1]
        content = f"{{{pairs}, {pairs}}}".encode()
    else:
        content = encoded({key: [value, value] for key, value in body.items() if isinstance(value, str)}, FORM)
    assert_no_crash(send(scene, call, content, TYPES[encoding]), call)


@pytest.mark.parametrize(("call", "encoding"), BOTH)
def test_unknown_keys_are_left_alone(scene, call: Call, encoding: str) -> None:
    keys = ["id", "owner", "__proto__", "is_test", "is_staff", "a[b]", "a.b", "x" * 10_000, "\u202e"]
    body = call.body(scene, encoding) | dict.fromkeys(keys, "1")
    if encoding == JSON:
        body |= {"\ud800": "\ud800"}
    assert_no_crash(send(scene, call, encoded(body, encoding), TYPES[encoding]), call)


class GoneAway(BytesIO):
    """What a server reads when the other side closes the connection."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError("Connection reset by peer")


@pytest.mark.parametrize(("call", "encoding"), BOTH)
def test_a_false_content_length_breaks_nothing(scene, call: Call, encoding: str) -> None:
    content = encoded(call.body(scene, encoding), encoding)

    def answer(length: str) -> Any:
        return send(scene, call, b"x", TYPES[encoding], CONTENT_LENGTH=length, **{"wsgi.input": BytesIO(content)})

    def is_refused(length: str) -> None:
        with nothing_written():
            assert_refused(answer(length))

    each({name: name for name in ("5", str(len(content) - 5))}, is_refused)
    each(
        {name: name for name in ("", "0", "-1", "nonsense", "99999", "9999999999999")},
        lambda length: assert_no_crash(answer(length), call),
    )


@pytest.mark.parametrize(("call", "encoding"), BOTH)
def test_a_caller_who_goes_away_is_no_fault_of_ours(scene, call: Call, encoding: str) -> None:
    extra = {"CONTENT_LENGTH": "500", "wsgi.input": GoneAway()}
    with nothing_written():
        answer = send(scene, call, b"x", TYPES[encoding], **extra)
    assert_refused(answer)

"""How a refusal must look, and that it left nothing behind."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from django.core.cache import cache
from django.db import transaction
from django.test.client import encode_multipart

from animal.core.tests.bad_input.calls import FORM, JSON, Call
from animal.core.tests.bad_input.scene import Scene, rows_stored, rows_written
from animal.images.tests.stored import names_stored

T = TypeVar("T")
KEYS = {"detail", "error", "message", "code", "errors"}
NOT_FOR_THE_INPUT = {"not_authenticated", "token_not_valid", "permission_denied", "throttled"}
# Wrong passwords are counted, whatever they are.
TALLY = "accounts_signintally"
BOUNDARY = "a-boundary"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
TYPES = {JSON: "application/json", FORM: FORM_TYPE}


@dataclass
class Standing:
    """The rows at the beginning of every case of `each`, once read; the files before the first of them; and the count
    of writes when this one began."""

    rows: dict[str, Any] | None = None
    files: set[str] | None = None
    count: int | None = None


_standing: ContextVar[Standing | None] = ContextVar("standing", default=None)


def _rows_now() -> dict[str, Any]:
    """Every row; read anew only if the case that runs has written something already."""
    standing = _standing.get()
    if standing is None or standing.count is None or standing.count != rows_written():
        return rows_stored()
    if standing.rows is None:
        standing.rows = rows_stored()
    return standing.rows


@contextmanager
def nothing_written() -> Iterator[None]:
    standing, rows, count = _standing.get(), _rows_now(), rows_written()
    files = names_stored() if standing is None or standing.files is None else standing.files
    yield
    if standing is None:
        assert names_stored() == files, "a file was written"
    else:
        standing.files = files  # Looked at after the last case: to ask a bucket takes longer than most cases.
    if count is not None and rows_written() == count:
        return
    before, after = rows, rows_stored()
    written = [name for name in after if after[name] != before[name] and name.strip('"`') != TALLY]
    assert not written, f"something was written: {[(name, before[name], after[name]) for name in written]}"


def each(cases: Mapping[str, T], check: Callable[[T], None]) -> None:
    """Check every case on the scene as it was built, then fail with the names of all that did not hold."""
    wrong: dict[str, str] = {}
    standing = Standing()
    token = _standing.set(standing)
    try:
        for what, case in cases.items():
            cache.clear()  # Some routes allow ten requests a minute, or five an hour.
            try:
                with transaction.atomic():
                    standing.count = rows_written()
                    check(case)
                    transaction.set_rollback(True)
            except AssertionError as error:
                wrong[what] = str(error)[:200]
    finally:
        _standing.reset(token)
    if standing.files is not None and names_stored() != standing.files:
        wrong["one of them"] = "a file was written"
    assert not wrong, "\n".join([f"{len(wrong)} cases: {', '.join(wrong)}", *wrong.values()])


def one_in(share: int, cases: Mapping[str, T], of: object) -> dict[str, T]:
    """Every third case, say; which, depends on what is asked. For what the same code refuses for all: each is tried
    on a third of what there is, and between them they try all."""
    first = zlib.crc32(str(of).encode()) % min(share, len(cases))
    return dict(list(cases.items())[first::share])


def encoded(body: dict[str, Any], encoding: str) -> bytes:
    if encoding == JSON:
        return json.dumps(body).encode()
    return encode_multipart(BOUNDARY, body)


def send(
    scene: Scene,
    call: Call,
    content: bytes = b"",
    content_type: str = "",
    *,
    path: str = "",
    by: str = "",
    **extra: Any,
) -> Any:
    client = scene.clients[by or call.by]
    path = path or scene.path(call.route)
    return client.generic(call.verb, path, content, content_type=content_type, **{**call.headers, **extra})


def assert_refused(answer: Any) -> None:
    """A 4xx of our shape for what is wrong with the request, not for who asks or how often."""
    assert_error_shape(answer)
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content[:300])
    assert json.loads(answer.content)["code"] not in NOT_FOR_THE_INPUT, answer.content[:300]


def assert_error_shape(answer: Any) -> None:
    assert answer.status_code < 500, (answer.status_code, answer.content[:300])
    assert answer["Content-Type"].startswith("application/json"), answer["Content-Type"]
    body = json.loads(answer.content.decode("utf-8"))
    assert set(body) >= KEYS, body
    assert len(body["detail"]) > 5, body
    assert " " in body["detail"], "not a sentence"
    assert body["detail"] == body["error"] == body["message"]
    assert body["code"]
    assert isinstance(body["errors"], dict)


def assert_no_crash(answer: Any, call: Call) -> None:
    """Whatever the answer is, it is ours; a success is allowed."""
    assert answer.status_code < 500, (answer.status_code, answer.content[:300])
    if answer.status_code >= 400:
        assert_error_shape(answer)
    elif not call.binary and answer.status_code == 200:
        assert answer["Content-Type"].startswith("application/json")
        json.loads(answer.content.decode("utf-8"))


def percent(value: object) -> str:
    return quote(str(value).encode("utf-8", "surrogatepass"), safe="%")

"""A POST that is sent again after its answer was lost creates nothing twice, and gets the first answer.

The header is Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07). A key counts for one person and one route.

    @idempotent("report", rebuild="answer_for")
    def post(self, request): ...        # its service calls created("report", report.pk) inside its transaction
    def answer_for(self, request, object_id): ...

1. Reserve: a row with the key and a lease is committed first, so that a second try meets it.
2. Work: the service calls `created(...)` in the very transaction that writes its rows. The row and the object are
   there together or not at all; a try whose lease was taken over meanwhile is rolled back there.
3. Keep the answer. A crash between 2 and 3 is no harm: the next try finds the object and builds the answer anew.

A crash before 2 leaves a reservation without an object; when its lease ends, the next try takes it over. An answer
other than 2xx created nothing, and frees the key.

    @submitted_once("report", rebuild=answer_for)
    def report_new(request): ...        # a page with a form

A form needs no header: Django's token against forged requests is another one each time that a page is made, so a form
that is sent again (reload, double click, back) carries the token of the first time. With other content it is another
thing: who goes back and changes a word means that. A script that sends it much later, with a token that is good by
then, names that of the first time in the header.

With or without a key: a connection to the database that is cut under the commit, or after it, leaves open whether the
object is there. It is then looked up on another connection (`lost_commits`), so that an error is only said where
nothing was written, or where the database does not say for as long as a request may take.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from animal.core.connections import DATABASE_AWAY, connections_refresh
from animal.core.errors import ApplicationError, Conflict, InvalidInput, NotFound
from animal.core.lost_commits import PAUSE_SECONDS, answer_due, clearing_up, look_due, outcome
from animal.core.models import IdempotencyRecord
from animal.core.refusals import refusal_page

KEPT_FOR = timedelta(hours=24)
# Longer than any request takes: gunicorn ends a thread's request after 60 s at the latest.
LEASE = timedelta(seconds=90)
RETRY_AFTER_SECONDS = 3
MAX_KEY_LENGTH = 255
SWEEP_BATCH = 1000
FORM_TOKEN = "csrfmiddlewaretoken"
_KEY = re.compile(r"[\x21-\x7e]+")

Answer = TypeVar("Answer", bound=HttpResponseBase)
Known = TypeVar("Known")


class KeyReused(ApplicationError):
    """The same key came with something else to create."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


class StillWorking(Conflict):
    """The first try with this key is on its way."""

    default_code = "idempotency_in_flight"

    def __init__(self) -> None:
        super().__init__(_("This request is already being worked on. Please ask again in a moment."))
        self.retry_after = RETRY_AFTER_SECONDS


@dataclass(frozen=True)
class _Try:
    """`record_id` is 0 without a key. `made` holds the id of the object, committed or not."""

    creates: str
    record_id: int = 0
    claim: int = 0
    made: list[str] = field(default_factory=list)


_current: ContextVar[_Try | None] = ContextVar("idempotent_try", default=None)
# What `rebuild` raises where nothing was made, or where it was deleted since.
GONE = (NotFound, ObjectDoesNotExist, Http404)
# Tries of this process that ended while the database was away, and so hold their key: record and claim.
_given_up: set[tuple[int, int]] = set()
# Digests of keys of which this process does not know whether the reservation was committed.
_maybe_reserved: set[str] = set()
# Of both; what is forgotten is free when its lease ends.
REMEMBERED = 10_000


def created(kind: str, object_id: object) -> None:
    """Note, in the caller's transaction, what this request created.

    Before the transaction there was nothing that `rebuild` finds by this id: whether it finds it tells whether the
    commit took effect. So what is added to something is noted, not what it is added to.

    Does nothing for things created beside what the request is about. Raises Conflict when another try with the same
    Idempotency-Key has taken over: the caller's transaction must then be rolled back.
    """
    attempt = _current.get()
    if attempt is None or attempt.creates != kind:
        return
    attempt.made.append(str(object_id))
    if not attempt.record_id:
        return
    held = IdempotencyRecord.objects.filter(pk=attempt.record_id, claim=attempt.claim, created_object="")
    if not held.update(created_object=str(object_id)):
        raise StillWorking


def idempotent(creates: str, *, rebuild: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Wrap a view's `post`. `rebuild` names the view's method that makes the answer from the object's id, as text."""

    def decorate(post: Callable[..., Response]) -> Callable[..., Response]:
        @functools.wraps(post)
        def wrapper(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            def rebuilt(object_id: str) -> Response:
                return getattr(view, rebuild)(request, object_id, *args, **kwargs)  # type: ignore[no-any-return]

            key = _key(request.headers.get("Idempotency-Key"))
            work = functools.partial(post, view, request, *args, **kwargs)
            if key is None:
                return _answered(_Try(creates), work, rebuilt)
            sent = _fingerprint(request.data)
            record, attempt = _reserve(request, key, creates, sent)
            if record.fingerprint != sent:
                raise KeyReused(_("This Idempotency-Key was used for something else. Please use a new one."))
            if attempt is None:
                return _replayed(record, lambda: rebuilt(record.created_object))
            return _answered(attempt, work, rebuilt)

        return wrapper

    return decorate


def submitted_once(
    creates: str, *, rebuild: Callable[..., HttpResponse]
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Wrap a page with a form. `rebuild(request, object_id, ...)` makes the answer; it raises NotFound or DoesNotExist
    where there is no such object, as that of `idempotent` does."""

    def decorate(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(page)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            def rebuilt(object_id: str) -> HttpResponse:
                return rebuild(request, object_id, *args, **kwargs)

            work = functools.partial(page, request, *args, **kwargs)
            if request.method != "POST":
                return work()
            attempt: _Try | None = _Try(creates)
            if token := request.headers.get("Idempotency-Key") or request.POST.get(FORM_TOKEN, ""):
                try:
                    record, attempt = _reserve_form(request, token, creates)
                except StillWorking as error:
                    said = str(error.detail)
                    return refusal_page(status=error.status_code, said=said, retry_after=error.retry_after)
            if attempt is not None:
                return _answered(attempt, work, rebuilt)
            try:
                return rebuilt(record.created_object)
            except GONE:
                raise Http404(_("It has been deleted since.")) from None

        return wrapper

    return decorate


def _reserve_form(request: HttpRequest, token: str, creates: str) -> tuple[IdempotencyRecord, _Try | None]:
    """As `_reserve`; whoever clicked twice waits for what the first click does. Raises StillWorking."""
    fields = {name: values for name, values in request.POST.lists() if name != FORM_TOKEN}
    sent, deadline = _fingerprint({**fields, **dict(request.FILES.lists())}), answer_due()
    while True:
        try:
            return _reserve(request, f"{token} {sent}", creates, sent)
        except StillWorking:
            if time.monotonic() > deadline:
                raise
        time.sleep(PAUSE_SECONDS)


def _answered(attempt: _Try, work: Callable[[], Answer], rebuilt: Callable[[str], Answer]) -> Answer:
    try:
        with _working(attempt):
            response = work()
    except DATABASE_AWAY:
        answer, is_certain = _settled(attempt, rebuilt)
        if answer is not None:
            return answer
        if is_certain and time.monotonic() < answer_due():
            with clearing_up():
                _free(attempt, tries=1)
        elif attempt.record_id:  # What still commits has its record locked.
            _remember(_given_up, (attempt.record_id, attempt.claim))
        raise
    _keep(attempt, response)
    return response


def _key(header: str | None) -> str | None:
    """The draft writes the key as a quoted string (RFC 8941); most clients send it bare. Raises InvalidInput."""
    if header is None:
        return None
    key = header.strip()
    if len(key) >= 2 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise InvalidInput(
            _("Idempotency-Key must be 1 to %(most)s visible ASCII characters, best a UUID.")
            % {"most": MAX_KEY_LENGTH},
            code="idempotency_key_invalid",
        )
    return key


def _reserve(
    request: Request | HttpRequest, key: str, creates: str, fingerprint: str
) -> tuple[IdempotencyRecord, _Try | None]:
    """The record, and the right to do the work; None instead of the right when there is an answer already, or when the
    key was used for something else, of another fingerprint."""
    user = request.user if request.user and request.user.is_authenticated else None
    owner = f"user:{user.pk}" if user is not None else "nobody"
    digest = _digest(owner, request.method or "", request.path, key)
    try:
        return _reserved(digest, user, creates, fingerprint)
    except DATABASE_AWAY:
        _remember(_maybe_reserved, digest)  # By nobody then; a try that is at it all the same is fenced off.
        raise


def _reserved(digest: str, user: Any, creates: str, fingerprint: str) -> tuple[IdempotencyRecord, _Try | None]:
    now = timezone.now()
    IdempotencyRecord.objects.filter(digest=digest, created_at__lt=now - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            record = IdempotencyRecord.objects.create(
                digest=digest, user=user, fingerprint=fingerprint, lease_until=now + LEASE
            )
        _maybe_reserved.discard(digest)
        return record, _Try(creates, record.pk, record.claim)
    except IntegrityError:
        known = IdempotencyRecord.objects.filter(digest=digest).first()
    if known is None:
        raise StillWorking  # Freed this very moment.
    if known.fingerprint != fingerprint or known.created_object or known.status is not None:
        return known, None
    abandoned = IdempotencyRecord.objects.filter(pk=known.pk, claim=known.claim, created_object="")
    if (known.pk, known.claim) not in _given_up and digest not in _maybe_reserved:
        abandoned = abandoned.filter(lease_until__lt=now)
    if not abandoned.update(claim=known.claim + 1, lease_until=now + LEASE):
        raise StillWorking
    _given_up.discard((known.pk, known.claim))
    _maybe_reserved.discard(digest)
    return known, _Try(creates, known.pk, known.claim + 1)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _fingerprint(data: Any) -> str:
    """Of the fields and files themselves: a form's boundary differs each time that it is sent."""
    lists = data.lists() if hasattr(data, "lists") else data.items() if isinstance(data, dict) else [("", data)]
    fields = {str(name): _comparable(value) for name, value in lists}
    return _digest(json.dumps(fields, sort_keys=True, default=str))


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if not isinstance(value, UploadedFile):
        return value
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return f"file:{content.hexdigest()}"


@contextmanager
def _working(attempt: _Try) -> Iterator[None]:
    token = _current.set(attempt)
    try:
        yield
    except DATABASE_AWAY:
        raise  # Whether anything was created is open.
    except BaseException:
        # Nothing was created, or it was rolled back; if it was created after all, the record says so and stays.
        _free(attempt)
        raise
    finally:
        _current.reset(token)


def _free(attempt: _Try, *, tries: int = 2) -> None:
    if not attempt.record_id:
        return
    for left in reversed(range(tries)):
        try:
            _delete(attempt)
            return
        except DATABASE_AWAY:
            if left:
                connections_refresh()  # It may only have been cut.
    _remember(_given_up, (attempt.record_id, attempt.claim))


def _remember(known: set[Known], one: Known) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
    known.add(one)


def _delete(attempt: _Try) -> None:
    IdempotencyRecord.objects.filter(pk=attempt.record_id, claim=attempt.claim, created_object="").delete()


def _settled(attempt: _Try, rebuilt: Callable[[str], Answer]) -> tuple[Answer | None, bool]:
    """The answer, when the object is there after all, and whether that is certain."""
    if not attempt.made or not _commits_get_lost():
        return None, True

    def look() -> Answer | None:
        try:
            return rebuilt(attempt.made[-1])
        except GONE:
            return None

    return outcome(look, until=look_due())


def _commits_get_lost() -> bool:
    """SQLite loses no connection, and gives the id of a row that was rolled back to the next one."""
    return connection.vendor != "sqlite"


def _keep(attempt: _Try, response: HttpResponseBase) -> None:
    """Without a kept answer, a second try builds it anew: so a database that has just gone is no reason to refuse."""
    with suppress(*DATABASE_AWAY):
        _write(attempt, response)


def _write(attempt: _Try, response: HttpResponseBase) -> None:
    if not attempt.record_id:
        return
    if not isinstance(response, Response) or not status.is_success(response.status_code):
        _free(attempt)  # Where nothing was created. The answer of a page is made anew each time.
        return
    answer = JSONRenderer().render(response.data).decode()
    IdempotencyRecord.objects.filter(pk=attempt.record_id, claim=attempt.claim).update(
        status=response.status_code, answer=answer
    )


def _replayed(record: IdempotencyRecord, rebuild: Callable[[], Response]) -> Response:
    # No answer is kept when the process died between creating and answering.
    kept = record.status is not None
    try:
        response = Response(json.loads(record.answer), status=record.status) if kept else rebuild()
    except GONE:
        raise NotFound(_("It has been deleted since.")) from None
    response["Idempotent-Replayed"] = "true"
    return response


def idempotency_sweep() -> int:
    """Forget answers that are older than a day. Runs by the clock."""
    old = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return IdempotencyRecord.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:SWEEP_BATCH])).delete()[0]

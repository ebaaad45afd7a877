"""How pages answer: what our services refuse, and what a script of ours asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled, ValidationError

from animal.core.errors import ApplicationError, NotFound
from animal.core.refusals import refusal_page
from animal.web.forms import errors_said, problems_of


def refusals_answered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What our services refuse, as a page answers it: the status, the sentence, and when to come back."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(str(error.detail)) from None
        except ApplicationError as error:
            return waiting(refusal_page(status=error.status_code, said=str(error.detail)), error)

    return answered


def file_or_page(make: Callable[[], HttpResponse], page: Callable[[str, int], HttpResponse]) -> HttpResponse:
    """A file that somebody asked for, or the page that offers it with what was wrong with the choice."""
    try:
        return make()
    except ValidationError as error:
        return page("; ".join(problems_of(errors_said(error.detail))), 400)
    except ApplicationError as error:
        return waiting(page(str(error.detail), error.status_code), error)


def error_said(error: ApplicationError) -> str:
    """Its sentence; of one file that was refused, with the name by which its person finds it among the others."""
    return f"{error.file_name}: {error.detail}" if error.file_name else str(error.detail)


def waiting(answer: HttpResponse, error: ApplicationError | Throttled) -> HttpResponse:
    """The answer, with when to come back."""
    if seconds := getattr(error, "retry_after", None) or getattr(error, "wait", None):
        answer["Retry-After"] = str(math.ceil(seconds))
    return answer


def is_scripted(request: HttpRequest) -> bool:
    """Whether a script of ours sent the form: it goes to the next page itself, so that what was flashed stands there,
    and shows on the spot what was wrong, so that the chosen photos stay chosen."""
    return request.headers.get("Accept") == "application/json"


def unindexed(response: HttpResponse) -> HttpResponse:
    """Whoever holds a tag or a link may see its page; search engines hold none."""
    response["X-Robots-Tag"] = "noindex"
    return response


def thread_part(request: HttpRequest, *, newest_at: datetime | None, show: Callable[[], HttpResponse]) -> HttpResponse:
    """What the script of an open chat asks for: the thread alone, or 204 while its last message is the page's own."""
    is_known = newest_at is not None and request.GET.get("last") == newest_at.isoformat()
    answer = HttpResponse(status=204) if is_known else show()
    answer["Cache-Control"] = "private, no-store"
    return answer


def on_to(request: HttpRequest, page: str, **ids: Any) -> HttpResponse:
    if is_scripted(request):
        return JsonResponse({"next": resolve_url(page, **ids)})
    answer: HttpResponse = redirect(page, **ids)
    return answer


def gone_already(request: HttpRequest, page: str, **ids: Any) -> HttpResponse:
    """Where removing a thing leads, for who comes second: by another click, or in a window that was open since before.
    What never was there, or is another's, is answered just so."""
    flash.info(request, _("That is gone already. There was nothing left to do."))
    answer: HttpResponse = redirect(page, **ids)
    return answer


def safe_path(request: HttpRequest, path: str) -> str:
    """Only pages of this site: a link must not send a freshly signed-in person elsewhere."""
    here = url_has_allowed_host_and_scheme(path, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return path if here and path.startswith("/") else "/"

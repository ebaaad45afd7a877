"""Every kind of mail with made-up contents, for those who work on them. Only while DEBUG is on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from animal.core.languages import known_language
from animal.core.letters import all_letters, letter_rendered
from animal.core.mail import unsubscribe_headers

View = Callable[..., HttpResponseBase]


def in_debug_only(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _language(request: HttpRequest) -> str:
    return known_language(request.GET.get("lang")) or get_language() or settings.LANGUAGE_CODE


@require_safe
@in_debug_only
def mail_list(request: HttpRequest) -> HttpResponse:
    language = _language(request)
    with override(language):
        letters = [(kind, sample()) for kind, sample in all_letters().items()]
    context = {"letters": letters, "language": language, "languages": settings.LANGUAGES}
    return render(request, "web/mail_list.html", context)


# A frame made from text follows the policy of its page, and mails are styled in place. It runs nothing (sandbox).
@require_safe
@in_debug_only
@csp_update({"style-src": ["'self'", UNSAFE_INLINE]})  # type: ignore[arg-type]
def mail_shown(request: HttpRequest, kind: str) -> HttpResponse:
    sample = all_letters().get(kind)
    if sample is None:
        raise Http404
    language = _language(request)
    with override(language):
        letter = sample()
        text, html = letter_rendered(letter)
    headers = {"From": settings.DEFAULT_FROM_EMAIL, "Subject": letter.subject, **unsubscribe_headers(letter.stop_url)}
    context = {
        "kind": kind,
        "headers": headers,
        "text": text,
        "html": html,
        "language": language,
        "languages": settings.LANGUAGES,
    }
    return render(request, "web/mail_shown.html", context)

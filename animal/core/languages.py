"""Which language an answer is in.

A page is in the language of the account, else of the cookie that the switch sets, else of the browser, else English.
The API follows the header Accept-Language alone: a program asks for what it wants with each request, and gets English
if it asks for nothing that there is.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from animal.core.errors import is_api_request

DEFAULT = "en"


def known_language(code: str | None) -> str:
    """The code if it is one of ours, else nothing."""
    return code if code is not None and code in dict(settings.LANGUAGES) else ""


def accepted_language(request: HttpRequest) -> str:
    """The one of ours that the browser likes best."""
    return _liked(request) or DEFAULT


def _liked(request: HttpRequest) -> str:
    header = request.headers.get("Accept-Language", "")
    liked = (known_language(code.partition("-")[0]) for code, _ in parse_accept_lang_header(header))
    return next(filter(None, liked), "")


def chosen_language(request: HttpRequest) -> str:
    return known_language(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))


def asked_language(request: HttpRequest) -> str:
    """The one that this answer is in because somebody asked for it: by the switch (on pages), else by the browser.

    "" when English is only what there was. For what mails are to be in, which have neither cookie nor header.
    """
    return ("" if is_api_request(request) else chosen_language(request)) or _liked(request)


class BrowserLanguage:
    """Answers in the language of the cookie or the header; that of an account takes its place further in.

    What was active before comes back afterwards: the next request of this thread may never get here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_api = is_api_request(request)
        language = "" if is_api else chosen_language(request)
        with translation.override(language or accepted_language(request)):
            response = self.get_response(request)
            spoken = translation.get_language() or DEFAULT
        if response.get("Content-Type", "").startswith(("text/", "application/json")):
            response.setdefault("Content-Language", spoken)
            patch_vary_headers(response, ("Accept-Language",) if is_api else ("Accept-Language", "Cookie"))
        return response

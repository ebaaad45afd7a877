"""The switch of languages at the foot of every page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.services import language_set
from animal.core.languages import known_language
from animal.core.throttles import page_throttled
from animal.web.answers import safe_path
from animal.web.viewers import viewer_of


def language_switch(request: HttpRequest) -> dict[str, Any]:
    """For every template: the languages, and the page to come back to."""
    return {"languages_spoken": settings.LANGUAGES, "this_page": _address(request)}


def _address(request: HttpRequest) -> str:
    """Of the page on the screen. What answers a form is often no page of its own: then where the form was."""
    return request.get_full_path() if request.method in ("GET", "HEAD") else _came_from(request)


def _came_from(request: HttpRequest) -> str:
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return "/"
    return came_from._replace(scheme="", netloc="").geturl()


@csrf_exempt  # Without an account a cookie is set, and nothing else: no page needs a token, and its cookie, for that.
@require_POST
@page_throttled("user")
def language_choose(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    answer = _chosen(request) if viewer is None else _chosen_for_account(request)
    language = known_language(request.POST.get("language"))
    if language and answer.status_code == 302:
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    return answer


def _chosen(request: HttpRequest) -> HttpResponse:
    return redirect(safe_path(request, request.POST.get("next") or _came_from(request)))


@csrf_protect
def _chosen_for_account(request: HttpRequest) -> HttpResponse:
    viewer, language = request.user, known_language(request.POST.get("language"))
    if isinstance(viewer, User) and language:
        language_set(user=viewer, language=language)
    return _chosen(request)

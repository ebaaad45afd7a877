"""Sign-in with Google: there and back again, by redirections alone. No page of ours loads anything of Google's."""

from __future__ import annotations

import hmac
import re
from dataclasses import asdict
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages as flash
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.errors import GoogleRefused
from accounts.google import google_person
from accounts.google_code import Errand, google_errand, google_id_token
from accounts.services import google_sign_in
from accounts.services.links import MAX_NEXT_PATH
from animal.core.errors import ApplicationError
from animal.core.throttles import page_throttled
from animal.core.urls import service_url
from animal.web.sign_in_views import next_of, signed_in_answer, to_sign_in

# What this browser set out with, signed: no row is written for whoever only clicks. Each time is a cookie of its own,
# named after the beginning of its state: a second tab may set out before the first is back.
COOKIE, SALT = "pawgle_google_", "animal.web.google"
_OURS = re.compile(rf"{COOKIE}[A-Za-z0-9_-]{{16}}")
BACK_WITHIN_SECONDS = 600
MOST_UNDER_WAY = 5
MOVED = "moved"


@never_cache
@require_safe
def google_start(request: HttpRequest) -> HttpResponse:
    try:
        errand = google_errand(redirect_uri=_back_here(request))
    except ApplicationError as error:
        return _not_signed_in(request, str(error.detail), next_of(request))
    if known_here := _known_address(request):
        return redirect(known_here)
    answer = redirect(errand.address)
    path = next_of(request)
    kept = {**asdict(errand), "next": path if len(path) <= MAX_NEXT_PATH else ""}
    # A browser sends its oldest first (RFC 6265, 5.4).
    for name in [name for name in request.COOKIES if _OURS.fullmatch(name)][: 1 - MOST_UNDER_WAY]:
        _forget(answer, name)
    answer.set_cookie(
        _cookie_of(errand.state),
        signing.dumps(kept, salt=SALT),
        max_age=BACK_WITHIN_SECONDS,
        path=resolve_url("sign-in-google"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",  # It comes back by a link on Google's page.
    )
    return answer


@never_cache
@require_safe
@page_throttled("login", methods=("GET", "HEAD"), by_address=True)
def google_back(request: HttpRequest) -> HttpResponse:
    """Where Google sends the browser: with a code, or with what somebody chose instead."""
    state = request.GET.get("state", "")
    errand, path = _errand_of(request, state)
    try:
        if errand is None or not hmac.compare_digest(state.encode(), errand.state.encode()):
            raise GoogleRefused
        if request.GET.get("error") == "access_denied":
            raise GoogleRefused(_("You did not sign in with Google. Here are the other ways."))
        code = request.GET.get("code", "")
        if not code:
            raise GoogleRefused
        person = google_person(google_id_token(code=code, errand=errand))
        known = google_sign_in(person=person, user_agent=request.headers.get("User-Agent", ""))
    except ApplicationError as error:
        answer = _not_signed_in(request, str(error.detail), path)
        return _forget(answer, _cookie_of(state)) if errand is not None else answer
    answer = signed_in_answer(request, known.user, path, refresh_token=known.refresh_token)
    return _forget(answer, _cookie_of(state))


def _configured(page: str) -> str:
    """The address of a page of ours as the settings have it; "" when nobody has said where that is."""
    return service_url(resolve_url(page)) if settings.API_URL or settings.SITE_URL else ""


def _back_here(request: HttpRequest) -> str:
    """As it is registered with Google. Without a setting, the address that this browser uses."""
    return _configured("sign-in-google-back") or request.build_absolute_uri(resolve_url("sign-in-google-back"))


def _known_address(request: HttpRequest) -> str:
    """This page on the host to which Google sends the browser back: a cookie of another one would not come along. ""
    for who is there, and for who has been sent already: a proxy in between may hide from us which host they see."""
    start = _configured("sign-in-google")
    if not start or urlsplit(start).netloc == request.get_host() or MOVED in request.GET:
        return ""
    return f"{start}?{urlencode({'next': next_of(request), MOVED: '1'})}"


def _cookie_of(state: str) -> str:
    return f"{COOKIE}{state[:16]}"


def _errand_of(request: HttpRequest, state: str) -> tuple[Errand | None, str]:
    """What this browser set out with, and where it wanted to go; nothing that is too old or not from here."""
    name = _cookie_of(state)
    try:
        sent = request.COOKIES.get(name, "") if _OURS.fullmatch(name) else ""
        kept = signing.loads(sent, salt=SALT, max_age=BACK_WITHIN_SECONDS)
    except signing.BadSignature:
        return None, ""
    path = kept.pop("next")
    return Errand(**kept), path


def _not_signed_in(request: HttpRequest, sentence: str, path: str) -> HttpResponse:
    flash.error(request, sentence)
    return redirect(to_sign_in(path))


def _forget(answer: HttpResponse, name: str) -> HttpResponse:
    answer.delete_cookie(name, path=resolve_url("sign-in-google"), samesite="Lax")
    return answer

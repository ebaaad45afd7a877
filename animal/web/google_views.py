"""Sign-in with Google: there and back again, by redirections alone. No page of ours loads anything of Google's."""

from __future__ import annotations

import hmac
from dataclasses import asdict

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
from animal.core.errors import ApplicationError
from animal.core.throttles import page_throttled
from animal.core.urls import service_url
from animal.web.sign_in_views import next_of, signed_in_answer, to_sign_in

# What this browser set out with, signed: no row is written for whoever only clicks.
COOKIE, SALT = "pawgle_google", "animal.web.google"
BACK_WITHIN_SECONDS = 600


@never_cache
@require_safe
def google_start(request: HttpRequest) -> HttpResponse:
    try:
        errand = google_errand(redirect_uri=_back_here(request))
    except ApplicationError as error:
        return _not_signed_in(request, str(error.detail), next_of(request))
    answer = redirect(errand.address)
    kept = signing.dumps({**asdict(errand), "next": next_of(request)}, salt=SALT)
    answer.set_cookie(
        COOKIE,
        kept,
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
    errand, path = _errand_of(request)
    try:
        if errand is None or not hmac.compare_digest(request.GET.get("state", "").encode(), errand.state.encode()):
            raise GoogleRefused
        if request.GET.get("error") == "access_denied":
            raise GoogleRefused(_("You did not sign in with Google. Here are the other ways."))
        code = request.GET.get("code", "")
        if not code:
            raise GoogleRefused
        person = google_person(google_id_token(code=code, errand=errand))
        known = google_sign_in(person=person, user_agent=request.headers.get("User-Agent", ""))
    except ApplicationError as error:
        return _forgotten(_not_signed_in(request, str(error.detail), path))
    return _forgotten(signed_in_answer(request, known.user, path, refresh_token=known.refresh_token))


def _back_here(request: HttpRequest) -> str:
    """As it is registered with Google. Without a setting, the address that this browser uses."""
    path = resolve_url("sign-in-google-back")
    known = service_url(path) if settings.API_URL or settings.SITE_URL else ""
    return known or request.build_absolute_uri(path)


def _errand_of(request: HttpRequest) -> tuple[Errand | None, str]:
    """What this browser set out with, and where it wanted to go; nothing that is too old or not from here."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=BACK_WITHIN_SECONDS)
    except signing.BadSignature:
        return None, ""
    path = kept.pop("next")
    return Errand(**kept), path


def _not_signed_in(request: HttpRequest, sentence: str, path: str) -> HttpResponse:
    flash.error(request, sentence)
    return redirect(to_sign_in(path))


def _forgotten(answer: HttpResponse) -> HttpResponse:
    answer.delete_cookie(COOKIE, path=resolve_url("sign-in-google"), samesite="Lax")
    return answer

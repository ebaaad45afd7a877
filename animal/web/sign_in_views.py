"""Signing up, in and out on our own pages: by a password, by a mailed link, and with Google (`google_views`)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.exceptions import Throttled

from accounts import services as accounts
from accounts.cookies import set_refresh_cookie
from accounts.errors import AddressTaken, LinkInvalid
from accounts.google_code import google_is_offered
from accounts.models import OneTimeToken, User
from accounts.page_sessions import language_take_over, page_sign_out
from accounts.serializers import EmailSerializer, MagicRequestSerializer, SignInSerializer, SignUpSerializer
from accounts.services.links import HOME_PATH
from animal.core.errors import ApplicationError, InvalidInput
from animal.core.languages import asked_language
from animal.core.throttles import client_address, page_throttled
from animal.core.urls import site_url
from animal.web.answers import safe_path, waiting
from animal.web.forms import errors_of, errors_said
from animal.web.viewers import sign_in_here


def next_of(request: HttpRequest) -> str:
    """Where somebody wanted to go when they were asked to sign in; "" for nowhere in particular."""
    path = request.POST.get("next") or request.GET.get("next", "")
    return safe_path(request, path) if path else ""


def to_sign_in(path: str) -> str:
    """The address of the page for signing in, from which one goes on to `path`."""
    page = resolve_url("sign-in")
    return f"{page}?{urlencode({'next': path})}" if path else page


def signed_in_answer(request: HttpRequest, user: User, path: str, *, refresh_token: str = "") -> HttpResponse:
    """Sign this browser in and go on to `path`. `refresh_token` is that of the session, if it is open already.

    With a separate web client that is its page, which is signed in by the cookie that it will send along. Our own pages
    are not signed in besides: signing out in the client would leave them open.
    """
    language_take_over(request, user)
    if settings.FRONTEND_URL and not path.startswith(f"/{settings.ADMIN_URL}/"):
        page_sign_out(request)  # If it was somebody else's.
        response = redirect(site_url(HOME_PATH if path in ("", "/") else path))
        user_agent = request.headers.get("User-Agent", "")
        set_refresh_cookie(response, refresh_token or accounts.session_start(user=user, user_agent=user_agent))
        return response
    sign_in_here(request, user, refresh_token=refresh_token)
    return redirect(path or HOME_PATH)


def _why(path: str) -> str:
    """What signing in is needed for, to whoever was sent here from that page."""
    page, _mark, query = path.partition("?")
    if page == "/report":
        if "status=found" in query:
            return _("To report an animal that you found, please sign in. Then a photo and the place are enough.")
        return _("To report an animal, please sign in: those who have seen it write to you here, and see no address.")
    if page == "/search":
        return _("To search by a photo, please sign in.")
    return _("That page is for those who are signed in.") if page.strip("/") else ""


def _sign_in_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    path = next_of(request)
    typed = {"email": request.POST.get("email", ""), "next": path, "why": _why(path)}
    return render(request, "web/sign_in.html", {"google": google_is_offered(), **typed, **context}, status=status)


# --- by a password ----------------------------------------------------------------------------------------------------


@never_cache
@page_throttled("login", by_address=True)
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """With address and password: the tries that the API counts."""
    if request.method != "POST":
        return _sign_in_page(request)
    form = SignInSerializer(data=request.POST)
    if not form.is_valid():
        return _sign_in_page(request, errors=errors_of(form), status=400)
    try:
        user = accounts.user_sign_in(client_address=client_address(request), **form.validated_data)
    except (ApplicationError, Throttled) as error:
        # A page asks for no credentials of HTTP's own, as a 401 would have to.
        status = 400 if error.status_code == 401 else error.status_code
        return waiting(_sign_in_page(request, errors={"password": str(error.detail)}, status=status), error)
    return signed_in_answer(request, user, next_of(request))


@never_cache
@page_throttled("signup", by_address=True)
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """A new account. Whoever typed an address that has one is told the same: see `accounts.services.user_sign_up`."""
    context: dict[str, Any] = {"data": request.POST, "next": next_of(request)}
    if request.method != "POST":
        return render(request, "web/sign_up.html", context)
    # Typed once: who mistyped it has a link mailed.
    form = SignUpSerializer(data=request.POST.dict() | {"confirm_password": request.POST.get("password", "")})
    if not form.is_valid():
        return render(request, "web/sign_up.html", context | {"errors": errors_of(form)}, status=400)
    try:
        accounts.user_sign_up(**form.validated_data, language=asked_language(request), next_path=next_of(request))
    except InvalidInput as error:
        return render(request, "web/sign_up.html", context | {"errors": errors_said(error.errors)}, status=400)
    except ApplicationError as error:
        context["errors"] = {"password": str(error.detail)}
        return waiting(render(request, "web/sign_up.html", context, status=error.status_code), error)
    flash.success(request, _("Welcome! We have sent a mail to this address. Please open the link in it to go on."))
    return redirect(to_sign_in(next_of(request)))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    page_sign_out(request)
    return redirect("home")


# --- by a mailed link -------------------------------------------------------------------------------------------------


def _wrong_email() -> dict[str, str]:
    return {"email": _("This is not an e-mail address. Please check it.")}


@page_throttled("password_reset", by_address=True)
@require_http_methods(["GET", "HEAD", "POST"])
def link_request(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("sign-in")
    form = MagicRequestSerializer(data=request.POST)
    if not form.is_valid():
        return _sign_in_page(request, errors=_wrong_email(), status=400)
    accounts.sign_in_link_send(**form.validated_data, next_path=next_of(request))
    flash.success(request, _("If there is an account with this address, a sign-in link is on its way to it."))
    return redirect(to_sign_in(next_of(request)))


@page_throttled("password_reset", by_address=True)
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Ask for a mail by which one chooses a new password: what the API's /api/auth/forgot-password/ does."""
    if request.method != "POST":
        return render(request, "web/forgotten.html")
    form = EmailSerializer(data=request.POST)
    if not form.is_valid():
        context = {"errors": _wrong_email(), "email": request.POST.get("email", "")}
        return render(request, "web/forgotten.html", context, status=400)
    accounts.link_request(email=form.validated_data["email"], purpose=OneTimeToken.Purpose.RESET_PASSWORD)
    flash.success(request, _("If there is an account with this address, a mail is on its way to it."))
    return redirect("forgot-password")


@never_cache
@page_throttled("login", by_address=True)
@require_http_methods(["GET", "HEAD", "POST"])
def magic_link(request: HttpRequest) -> HttpResponse:
    """A link from a mail. Opening it does nothing, so mail scanners burn no link; the button uses it."""
    if request.method != "POST":
        token = request.GET.get("token", "")
        if not token:
            return _sign_in_page(request)
        context = {"token": token, "next": request.GET.get("next", "/"), "purpose": _purpose(token)}
        return render(request, "web/magic.html", context)
    token, new_password = request.POST.get("token", ""), request.POST.get("new_password", "")
    try:
        user = accounts.link_use(token=token, new_password=new_password)
    except (LinkInvalid, AddressTaken) as error:
        return _sign_in_page(request, problem=str(error.detail), status=400)
    except InvalidInput as error:  # A reset without a new password, or with one that is too simple.
        context = {"token": token, "next": request.POST.get("next", "/"), "problem": str(error.detail)}
        context["purpose"] = OneTimeToken.Purpose.RESET_PASSWORD
        return render(request, "web/magic.html", context, status=400)
    except ApplicationError as error:  # Too many people choose a password at this moment.
        context = {"token": token, "next": request.POST.get("next", "/"), "problem": str(error.detail)}
        page = render(request, "web/magic.html", context | {"purpose": _purpose(token)}, status=error.status_code)
        return waiting(page, error)
    return signed_in_answer(request, user, safe_path(request, request.POST.get("next", "/")))


def _purpose(token: str) -> str:
    try:
        return accounts.link_purpose(token=token)
    except LinkInvalid:
        return ""  # The button says so, as for any link that does not work.

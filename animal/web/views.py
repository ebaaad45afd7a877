"""Pages for people who have no separate web client. They read and report without JavaScript."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services as accounts
from accounts.cookies import set_refresh_cookie
from accounts.errors import AddressTaken, LinkInvalid
from accounts.models import OneTimeToken, User
from accounts.serializers import EmailSerializer, MagicRequestSerializer
from accounts.services.links import HOME_PATH
from animal.chat.selectors import access_conversation, messages_for
from animal.chat.services import message_send, messages_mark_read
from animal.core.errors import ApplicationError, InvalidInput, NotFound
from animal.core.throttles import page_throttled
from animal.core.urls import site_url
from animal.matching.selectors import access_match
from animal.matching.services import match_confirm, match_dismiss
from animal.reports.selectors import report_photos
from animal.reports.serializers import ReportInputSerializer
from animal.reports.services import ReportData, report_file
from animal.web.forms import errors_of, problems_of, report_form_context, report_form_data
from animal.web.photo_hints import flash_hints, own_photo_hints
from animal.web.presenters import message_card
from animal.web.selectors import (
    RECENT_SHOWN,
    conversation_subject,
    example_match,
    matches_of,
    reports_shown,
    true_counts,
)


def _viewer(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _signed_in(request: HttpRequest) -> User:
    """For pages behind `login_required`."""
    viewer = _viewer(request)
    if viewer is None:
        raise PermissionDenied
    return viewer


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on pages that name no icon of their own: the admin, the API's docs."""
    return redirect(static("web/icon.svg"), permanent=True)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    viewer = _viewer(request)
    context = {
        "counts": true_counts(),
        "mine": matches_of(viewer) if viewer else [],
        "hints": own_photo_hints(viewer) if viewer else [],
        "example": None if viewer else example_match(),
        "recent": [] if viewer else reports_shown(viewer=None, status="", limit=RECENT_SHOWN),
    }
    return render(request, "web/home.html", context)


def _safe_next(request: HttpRequest, path: str) -> str:
    """Only pages of this site: a link must not send a freshly signed-in person elsewhere."""
    here = url_has_allowed_host_and_scheme(path, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return path if here and path.startswith("/") and path != "/user" else "/"


@never_cache
@page_throttled("login")
@require_http_methods(["GET", "HEAD", "POST"])
def magic_link(request: HttpRequest) -> HttpResponse:
    """A link from a mail. Opening it does nothing, so mail scanners burn no link; the button uses it."""
    if request.method != "POST":
        token = request.GET.get("token", "")
        context = {"token": token, "next": request.GET.get("next", "/"), "purpose": _purpose(token)}
        return render(request, "web/magic.html", context)
    token, new_password = request.POST.get("token", ""), request.POST.get("new_password", "")
    try:
        user = accounts.link_use(token=token, new_password=new_password)
    except (LinkInvalid, AddressTaken) as error:
        return render(request, "web/magic.html", {"problem": str(error.detail)}, status=400)
    except InvalidInput as error:  # A reset without a new password, or with one that is too simple.
        context = {"token": token, "next": request.POST.get("next", "/"), "problem": str(error.detail)}
        context["purpose"] = OneTimeToken.Purpose.RESET_PASSWORD
        return render(request, "web/magic.html", context, status=400)
    path = _safe_next(request, request.POST.get("next", "/"))
    if settings.FRONTEND_URL and not path.startswith(f"/{settings.ADMIN_URL}/"):
        return _back_to_client(request, user, path)
    login(request, user, backend="accounts.backends.EmailBackend")
    return redirect(path)


def _purpose(token: str) -> str:
    try:
        return accounts.link_purpose(token=token)
    except LinkInvalid:
        return ""  # The button says so, as for any link that does not work.


def _back_to_client(request: HttpRequest, user: User, path: str) -> HttpResponse:
    """To the same page of the separate web client, which is signed in by the cookie that it will send along.

    Our own pages are not signed in besides: signing out in the client would leave them open.
    """
    response = redirect(site_url(HOME_PATH if path == "/" else path))
    token = accounts.session_start(user=user, user_agent=request.headers.get("User-Agent", ""))
    set_refresh_cookie(response, token)
    return response


def _wrong_email(request: HttpRequest) -> dict[str, Any]:
    problem = "This is not an e-mail address. Please check it."
    return {"problem": problem, "wrong_email": True, "email": request.POST.get("email", "")}


@page_throttled("password_reset")
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Ask for a mail by which one chooses a new password: what the API's /api/auth/forgot-password/ does."""
    context: dict[str, Any] = {"forgotten": True}
    if request.method == "POST":
        form = EmailSerializer(data=request.POST)
        if not form.is_valid():
            context |= _wrong_email(request)
            return render(request, "web/magic.html", context, status=400)
        accounts.link_request(email=form.validated_data["email"], purpose=OneTimeToken.Purpose.RESET_PASSWORD)
        flash.success(request, "If there is an account with this address, a mail is on its way to it.")
        return redirect("forgot-password")
    return render(request, "web/magic.html", context)


@page_throttled("password_reset")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        form = MagicRequestSerializer(data=request.POST)
        if not form.is_valid():
            return render(request, "web/magic.html", _wrong_email(request), status=400)
        accounts.sign_in_link_send(**form.validated_data)
        flash.success(request, "If there is an account with this address, a sign-in link is on its way to it.")
        return redirect("sign-in")
    return render(request, "web/magic.html")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("home")


@require_safe
def pet_map(request: HttpRequest) -> HttpResponse:
    status = request.GET.get("status", "")
    reports = reports_shown(viewer=_viewer(request), status=status)
    return render(request, "web/map.html", {"reports": reports, "status": status})


@require_POST
@login_required(login_url="sign-in")
def match_answer(request: HttpRequest, match_id: int, answer: str) -> HttpResponse:
    verdicts: dict[str, Any] = {"confirm": match_confirm, "dismiss": match_dismiss}
    if answer not in verdicts:
        raise Http404
    viewer = _signed_in(request)
    try:
        verdicts[answer](actor=viewer, match=access_match(viewer, match_id))
    except NotFound:
        raise Http404 from None
    except ApplicationError as error:
        flash.error(request, str(error.detail))
    return redirect("home")


@login_required(login_url="sign-in")
@page_throttled("user")
@require_http_methods(["GET", "HEAD", "POST"])
def chat(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    viewer = _signed_in(request)
    try:
        conversation = access_conversation(viewer, conversation_id)
    except NotFound:
        raise Http404 from None
    if request.method == "POST":
        uploads = request.FILES.getlist("attachments")
        try:
            message_send(actor=viewer, conversation=conversation, body=request.POST.get("body", ""), uploads=uploads)
        except ApplicationError as error:
            flash.error(request, str(error.detail))
        return redirect("chat", conversation_id=conversation.pk)
    received = messages_for(viewer, conversation, after=None)
    if request.method != "HEAD":  # Nobody read what was not sent.
        messages_mark_read(actor=viewer, messages=received)
    thread = [message_card(message, reader=viewer) for message in received]
    context = {"pet_name": conversation_subject(conversation), "thread": thread}
    return render(request, "web/chat.html", context)


@login_required(login_url="sign-in")
@page_throttled("report_pet")
@require_http_methods(["GET", "HEAD", "POST"])
def report_new(request: HttpRequest) -> HttpResponse:
    """File a lost or a found report: the same form, checks and service as the API's."""
    viewer = _signed_in(request)
    problems: list[str] = []
    errors: dict[str, str] = {}
    if request.method == "POST":
        form = ReportInputSerializer(data=report_form_data(request))
        if form.is_valid():
            upload = form.validated_data.pop("image", None)
            try:
                report = report_file(actor=viewer, data=ReportData(**form.validated_data), upload=upload)
            except ApplicationError as error:
                problems = [str(error.detail)]
            else:
                flash.success(request, "Thank you. We compare the photo now, and tell you about every likely match.")
                flash_hints(request, report_photos(report))
                return redirect("home")
        else:
            errors = errors_of(form)
            problems = problems_of(errors)
    context = report_form_context(request, viewer, problems=problems, errors=errors)
    return render(request, "web/report.html", context, status=400 if problems else 200)

"""One's own account: what one is told, the address, where one is signed in, all that is stored, and the end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth import logout
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.cookies import clear_refresh_cookie
from accounts.errors import SignInAgain, WrongPassword
from accounts.models import DataExport, User
from accounts.page_sessions import page_session_id
from accounts.selectors import my_latest_export, my_sessions
from accounts.serializers import (
    DeletionSerializer,
    EmailChangeSerializer,
    PasswordChangeSerializer,
    UsernameChangeSerializer,
)
from accounts.services import (
    email_change_request,
    language_set,
    password_change,
    session_end_by_owner,
    sign_out_everywhere,
    username_change,
)
from accounts.services.deletion import deletion_request
from accounts.services.exports import export_open, export_request
from animal.alerts.models import Channel, Kind
from animal.alerts.selectors import my_notification_choices, my_push_devices
from animal.alerts.serializers import NotificationChoicesSerializer
from animal.alerts.services import notification_choices_set
from animal.alerts.web_push import public_key
from animal.core.errors import ApplicationError, NotFound
from animal.core.throttles import page_throttled
from animal.web.answers import gone_already, waiting
from animal.web.devices import device_words
from animal.web.forms import errors_of
from animal.web.viewers import sign_in_again_here, signed_in, signed_in_at, signed_in_only, viewer_of

SESSIONS_SHOWN = 50
# What each kind of news is, for those who choose.
TOLD_OF = {
    Kind.MATCH: gettext_lazy("Matches, and what became of them"),
    Kind.MESSAGE: gettext_lazy("Messages in a chat"),
    Kind.TAG: gettext_lazy("Somebody who scanned the tag of a pet of mine says where it is"),
    Kind.NEARBY: gettext_lazy("Reports in areas that I watch"),
    Kind.REPORT: gettext_lazy("My own reports and photos"),
}
CHANNELS = {Channel.APP: gettext_lazy("here"), Channel.MAIL: gettext_lazy("by mail")}
BY_BROWSER = {Channel.PUSH: gettext_lazy("by my browsers")}


def _choices(actor: User) -> list[dict[str, Any]]:
    chosen = my_notification_choices(actor)
    channels = CHANNELS | (BY_BROWSER if public_key() else {})
    return [
        {
            "kind": str(kind),
            "words": words,
            "channels": [(str(c), said, chosen[kind][c]) for c, said in channels.items()],
        }
        for kind, words in TOLD_OF.items()
    ]


def _export(actor: User) -> dict[str, Any] | None:
    try:
        export = my_latest_export(actor)
    except NotFound:
        return None
    is_ready = export.state == DataExport.State.READY
    return {
        "id": export.pk,
        "is_ready": is_ready,
        "is_pending": export.state == DataExport.State.PENDING,
        "expires_at": export.expires_at,
        "parts": range(1, export.parts + 1) if is_ready else (),
    }


def _elsewhere(request: HttpRequest, viewer: User) -> list[dict[str, Any]]:
    """Where else somebody is signed in, whatever was used last first."""
    others = my_sessions(viewer).order_by("-last_seen_at", "-pk")
    if here := page_session_id(request):
        others = others.exclude(pk=here)
    return [
        {"id": one.pk, "words": device_words(one.user_agent), "last_seen_at": one.last_seen_at}
        for one in others[:SESSIONS_SHOWN]
    ]


def _told_by_push(viewer: User) -> list[dict[str, Any]]:
    devices = my_push_devices(viewer) if public_key() else ()
    return [
        {
            "pk": one.pk,
            "words": device_words(one.user_agent),
            "created_at": one.created_at,
            "digest": one.endpoint_digest,
        }
        for one in devices
    ]


def settings_page(request: HttpRequest, *, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    viewer = signed_in(request)
    context = {
        "choices": _choices(viewer),
        "here": device_words(request.headers.get("User-Agent", "")),
        "elsewhere": _elsewhere(request, viewer),
        "export": _export(viewer),
        "push_key": public_key(),
        "browsers": _told_by_push(viewer),
        "has_password": viewer.has_usable_password(),
        "account_language": viewer.language,
        "errors": errors or {},
        "data": request.POST if errors else {},
    }
    return render(request, "web/settings.html", context, status=status)


@require_safe
@signed_in_only
def account(request: HttpRequest) -> HttpResponse:
    return settings_page(request)


@require_POST
@signed_in_only
@page_throttled("user")
def notifications_choose(request: HttpRequest) -> HttpResponse:
    """Each box has a hidden "off" before it; what the form does not name stays as it is."""
    sent = {
        kind: {
            channel: request.POST[f"{kind}.{channel}"]
            for channel in Channel.values
            if f"{kind}.{channel}" in request.POST
        }
        for kind in Kind.values
    }
    form = NotificationChoicesSerializer(
        data={kind: channels for kind, channels in sent.items() if channels}, partial=True
    )
    if not form.is_valid():
        return settings_page(request, errors={"choices": _("Please choose again.")}, status=400)
    notification_choices_set(actor=signed_in(request), changes=form.validated_data)
    flash.success(request, _("What you want to be told is kept."))
    return redirect("settings")


@require_POST
@signed_in_only
@page_throttled("user")
def language_set_here(request: HttpRequest) -> HttpResponse:
    """Of the account: for these pages wherever one signs in, and for mails."""
    language = request.POST.get("language", "")
    try:
        language_set(user=signed_in(request), language=language)
    except ApplicationError as error:
        return settings_page(request, errors={"language": str(error.detail)}, status=error.status_code)
    with translation.override(language or translation.get_language()):
        flash.success(request, _("The language is kept."))
    return redirect("settings")


@require_POST
@signed_in_only
@page_throttled("user")
def name_change(request: HttpRequest) -> HttpResponse:
    form = UsernameChangeSerializer(data=request.POST.dict())
    if not form.is_valid():
        return settings_page(request, errors=errors_of(form), status=400)
    try:
        username_change(user=signed_in(request), **form.validated_data)
    except ApplicationError as error:
        return settings_page(request, errors={"username": str(error.detail)}, status=error.status_code)
    flash.success(request, _("Your name is kept."))
    return redirect("settings")


@require_POST
@signed_in_only
@page_throttled("login")  # It tells whether a password is right.
def password_set(request: HttpRequest) -> HttpResponse:
    """A new one, or the first. It ends all other sessions; this one goes on."""
    form = PasswordChangeSerializer(data=request.POST.dict())
    if not form.is_valid():
        return settings_page(request, errors=errors_of(form), status=400)
    viewer = signed_in(request)
    user_agent, proven_at = request.headers.get("User-Agent", ""), signed_in_at(request)
    try:
        token = password_change(user=viewer, signed_in_at=proven_at, user_agent=user_agent, **form.validated_data)
    except ApplicationError as error:
        field = {SignInAgain: "presence", WrongPassword: "current_password"}.get(type(error), "new_password")
        return waiting(settings_page(request, errors={field: str(error.detail)}, status=error.status_code), error)
    sign_in_again_here(request, viewer, refresh_token=token)
    flash.success(request, _("Your password is kept. Everywhere else you are signed out."))
    answer = redirect("settings")
    clear_refresh_cookie(answer)
    return answer


@require_POST
@signed_in_only
@page_throttled("email_verification")
def address_change(request: HttpRequest) -> HttpResponse:
    form = EmailChangeSerializer(data=request.POST.dict())
    if not form.is_valid():
        return settings_page(request, errors=errors_of(form), status=400)
    try:
        email_change_request(
            user=signed_in(request),
            new_email=form.validated_data["email"],
            password=form.validated_data["password"],
            signed_in_at=signed_in_at(request),
        )
    except ApplicationError as error:
        page = settings_page(request, errors={_field(error): str(error.detail)}, status=error.status_code)
        return waiting(page, error)
    flash.success(request, _("A link is on its way to the new address. Open it to finish the change."))
    return redirect("settings")


def _field(error: ApplicationError) -> str:
    return "presence" if isinstance(error, SignInAgain) else "password"


# --- where one is signed in -------------------------------------------------------------------------------------------


@require_POST
@signed_in_only
@page_throttled("user")
def session_end(request: HttpRequest, session_id: UUID) -> HttpResponse:
    try:
        session_end_by_owner(user=signed_in(request), session_id=session_id)
    except NotFound:
        return gone_already(request, "settings")
    flash.success(request, _("That device is signed out."))
    return redirect("settings")


@require_POST
@signed_in_only
@page_throttled("user")
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """Every session ends, those of other browsers on our pages and every mailed link as well; this one goes on."""
    viewer = signed_in(request)
    sign_out_everywhere(user=viewer)
    sign_in_again_here(request, viewer)
    flash.success(request, _("You are signed out everywhere else."))
    answer = redirect("settings")
    clear_refresh_cookie(answer)
    return answer


# --- all that is stored, and the end ----------------------------------------------------------------------------------


@require_POST
@signed_in_only
@page_throttled("data_export")
def export_ask(request: HttpRequest) -> HttpResponse:
    export_request(user=signed_in(request))
    flash.success(request, _("Your data is being packed. We write you a mail when it is here to fetch."))
    return redirect("settings")


@require_safe
@signed_in_only
def export_part(request: HttpRequest, export_id: UUID, part: int) -> HttpResponseBase:
    try:
        file = export_open(user=signed_in(request), export_id=export_id, part=part)
    except NotFound as error:
        raise Http404(str(error.detail)) from None
    answer = FileResponse(file, as_attachment=True, filename=f"pawgle-{part}.zip", content_type="application/zip")
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def account_delete(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST" and viewer_of(request) is None:
        # By a second click, it may be: to sign in, as any other page would ask them to, takes the account back.
        flash.info(request, _("You are signed out. If an account of yours was closed just now, a mail tells you so."))
        return redirect("home")
    return _account_delete(request)


@signed_in_only
@page_throttled("login")  # It tells whether a password is right.
def _account_delete(request: HttpRequest) -> HttpResponse:
    viewer = signed_in(request)
    context: dict[str, Any] = {
        "has_password": viewer.has_usable_password(),
        "days": settings.ACCOUNT_DELETION_GRACE_DAYS,
    }
    if request.method != "POST":
        return render(request, "web/account_delete.html", context)
    form = DeletionSerializer(data=request.POST.dict())
    if not form.is_valid():
        return render(request, "web/account_delete.html", context | {"errors": errors_of(form)}, status=400)
    try:
        closed = deletion_request(user=viewer, signed_in_at=signed_in_at(request), **form.validated_data)
    except ApplicationError as error:
        context["errors"] = {_field(error): str(error.detail)}
        return waiting(render(request, "web/account_delete.html", context, status=error.status_code), error)
    logout(request)
    due = closed.deletion_due_at
    if due is None:
        said = _("Your account is closed. Until it is deleted, signing in takes it back.")
    else:
        said = _("Your account is closed, and is deleted on %(date)s. Until then, signing in takes it back.")
    flash.success(request, said % {"date": date_format(due)} if due is not None else said)
    answer = redirect("home")
    clear_refresh_cookie(answer)
    return answer

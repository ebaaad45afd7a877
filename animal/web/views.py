"""Pages for people who have no separate web client. They read and report without JavaScript."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services as accounts
from accounts.cookies import set_refresh_cookie
from accounts.errors import AddressTaken, LinkInvalid
from accounts.models import OneTimeToken, User
from accounts.serializers import EmailSerializer, MagicRequestSerializer
from accounts.services.links import HOME_PATH
from animal.chat.models import Message
from animal.chat.selectors import access_conversation, messages_for
from animal.chat.services import message_send, messages_mark_read
from animal.core.errors import ApplicationError, InvalidInput, NotFound
from animal.core.idempotency import submitted_once
from animal.core.throttles import page_throttled
from animal.core.urls import site_url
from animal.matching.selectors import access_match
from animal.matching.services import match_confirm, match_dismiss
from animal.reports.models import Report
from animal.reports.selectors import report_photos
from animal.reports.serializers import ReportInputSerializer
from animal.reports.services import ReportData, report_file
from animal.web.answers import is_scripted, on_to, safe_path
from animal.web.forms import errors_of, problems_of, report_form_context, report_form_data
from animal.web.photo_hints import flash_hints
from animal.web.presenters import message_card
from animal.web.selectors import conversation_report, conversation_subject
from animal.web.viewers import sign_in_here, signed_in


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on pages that name no icon of their own: the admin, the API's docs."""
    return redirect(static("web/icon.svg"), permanent=True)


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
    path = safe_path(request, request.POST.get("next", "/"))
    if settings.FRONTEND_URL and not path.startswith(f"/{settings.ADMIN_URL}/"):
        return _back_to_client(request, user, path)
    sign_in_here(request, user)
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
    problem = _("This is not an e-mail address. Please check it.")
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
        flash.success(request, _("If there is an account with this address, a mail is on its way to it."))
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
        flash.success(request, _("If there is an account with this address, a sign-in link is on its way to it."))
        return redirect("sign-in")
    return render(request, "web/magic.html")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("home")


@require_POST
@login_required(login_url="sign-in")
def match_answer(request: HttpRequest, match_id: int, answer: str) -> HttpResponse:
    verdicts: dict[str, Any] = {"confirm": match_confirm, "dismiss": match_dismiss}
    if answer not in verdicts:
        raise Http404
    viewer = signed_in(request)
    try:
        verdicts[answer](actor=viewer, match=access_match(viewer, match_id))
    except NotFound:
        raise Http404 from None
    except ApplicationError as error:
        flash.error(request, str(error.detail))
    return redirect(safe_path(request, request.POST.get("next", "/")))


def _message_sent(request: HttpRequest, message_id: str, conversation_id: UUID) -> HttpResponse:
    Message.objects.only("pk").get(pk=message_id)
    return redirect("chat", conversation_id=conversation_id)


@login_required(login_url="sign-in")
@page_throttled("user")
@require_http_methods(["GET", "HEAD", "POST"])
@submitted_once("message", rebuild=_message_sent)
def chat(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    viewer = signed_in(request)
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
    context = {
        "pet_name": conversation_subject(conversation),
        "thread": thread,
        "report": conversation_report(viewer, conversation),
    }
    return render(request, "web/chat.html", context)


def _report_filed(request: HttpRequest, report_id: str) -> HttpResponse:
    report = Report.objects.get(pk=report_id)
    flash.success(request, _("Thank you. We compare the photo now, and tell you about every likely match."))
    if report.pet is not None and not report.pet.is_public:
        said = _("%(name)s is a private pet, so the report is on no public page. Make it public to reach more people.")
        flash.info(request, said % {"name": report.pet.name})
    flash_hints(request, report_photos(report))
    return on_to(request, "report", report_id=report.pk)


@login_required(login_url="sign-in")
@page_throttled("report_pet")
@require_http_methods(["GET", "HEAD", "POST"])
@submitted_once("report", rebuild=_report_filed)
def report_new(request: HttpRequest) -> HttpResponse:
    """File a lost or a found report: the same form, checks and service as the API's."""
    viewer = signed_in(request)
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
                return _report_filed(request, str(report.pk))
        else:
            errors = errors_of(form)
            problems = problems_of(errors)
    if problems and is_scripted(request):
        return JsonResponse({"problems": problems}, status=400)
    context = report_form_context(request, viewer, problems=problems, errors=errors)
    return render(request, "web/report.html", context, status=400 if problems else 200)

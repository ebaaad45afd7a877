"""Telling staff that something is wrong with what others show or write, and blocking them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from animal.chat.guests import sender_said
from animal.chat.models import Message
from animal.chat.selectors import report_subject
from animal.core.errors import ApplicationError, InvalidInput, NotFound
from animal.core.sentences import restated, restated_message
from animal.core.throttles import page_throttled
from animal.moderation.models import AbuseReport, Kind
from animal.moderation.selectors import my_blocks, name_written_under, require_reportable
from animal.moderation.serializers import AbuseReportInputSerializer
from animal.moderation.services import abuse_report_file, block_put, block_remove
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web.answers import gone_already, safe_path
from animal.web.forms import errors_of
from animal.web.viewers import signed_in, signed_in_only

Reason = AbuseReport.Reason
REASONS = {
    Reason.SCAM: gettext_lazy("A scam: somebody wants money, or to be paid in advance"),
    Reason.FALSE_CLAIM: gettext_lazy("Not true, or not their animal"),
    Reason.HARASSMENT: gettext_lazy("Threats or harassment"),
    Reason.CRUELTY: gettext_lazy("Cruelty to an animal"),
    Reason.OFFENSIVE: gettext_lazy("An offensive photo or text"),
    Reason.SPAM: gettext_lazy("Advertising"),
    Reason.OTHER: gettext_lazy("Something else"),
}
HEADINGS = {
    Kind.REPORT: gettext_lazy("What is wrong with this report?"),
    Kind.PET: gettext_lazy("What is wrong with this pet's page?"),
    Kind.MESSAGE: gettext_lazy("What is wrong with this message?"),
    Kind.USER: gettext_lazy("What is wrong with this person?"),
}
MOST_WORDS = 2000
BLOCKS_ON_PAGE = 50


def _back(request: HttpRequest) -> str:
    return safe_path(request, request.POST.get("next") or request.GET.get("next", "/"))


@signed_in_only
@page_throttled("user", methods=("GET", "HEAD", "POST"))  # Whose pages can be asked for is not to be tried out.
@require_http_methods(["GET", "HEAD", "POST"])
def complain(request: HttpRequest, **named: object) -> HttpResponse:
    """What `POST /api/v1/abuse-reports/` does. The address names the thing: `report_id`, `pet_id`, `message_id` or
    `user_id`."""
    ((parameter, number),) = named.items()
    kind, viewer = Kind(parameter.removesuffix("_id")), signed_in(request)
    context: dict[str, Any] = {"kind": str(kind), "heading": HEADINGS[kind], "back": _back(request)}
    try:
        object_id = require_reportable(viewer, kind, str(number))
    except NotFound as error:
        raise Http404(str(error.detail)) from None
    except InvalidInput as error:  # One's own.
        return render(request, "web/complain.html", context | {"problem": str(error.detail)}, status=400)
    context |= _about(viewer, kind, object_id) | {"reasons": REASONS.items(), "most": MOST_WORDS, "data": request.POST}
    if request.method != "POST":
        return render(request, "web/complain.html", context)
    sent = {"kind": str(kind), "id": object_id, "reason": request.POST.get("reason", "")}
    form = AbuseReportInputSerializer(data=sent | {"text": request.POST.get("text", "")})
    if not form.is_valid():
        unchosen = {"reason": _("Please choose a reason.")} if "reason" in form.errors else {}
        context["errors"] = errors_of(form) | unchosen
        return render(request, "web/complain.html", context, status=400)
    try:
        _complaint, is_new = abuse_report_file(actor=viewer, object_id=object_id, **_of_form(form.validated_data))
    except NotFound as error:  # It went meanwhile.
        raise Http404(str(error.detail)) from None
    if is_new:
        flash.success(request, _("Thank you. Our staff look at it; nobody else learns that you wrote to us."))
    else:
        flash.info(request, _("Thank you. You have told us of this before, and our staff have it."))
    return redirect(context["back"])


def _of_form(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name != "id"}


def _about(viewer: User, kind: Kind, object_id: str) -> dict[str, Any]:
    """What it is about, in words and with whose they are; it may be seen, as was asked before."""
    if kind == Kind.MESSAGE:
        message = get_object_or_404(Message.objects.only("sender_name", "body"), pk=object_id)
        return {"who": sender_said(message.sender_name), "about": restated_message(message.body)}
    if kind == Kind.REPORT:
        report = get_object_or_404(Report.objects.select_related("pet"), pk=object_id)
        return {"about": restated(report_subject(report))}
    if kind == Kind.PET:
        return {"about": get_object_or_404(Pet.objects.only("name"), pk=object_id).name}
    return {"about": sender_said(name_written_under(viewer, int(object_id))) or _("Somebody whom you met here")}


# --- blocking ---------------------------------------------------------------------------------------------------------


@require_safe
@signed_in_only
def blocks(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    pages = Paginator(my_blocks(signed_in(request)).order_by("-created_at", "-pk"), BLOCKS_ON_PAGE)
    return render(request, "web/blocks.html", {"blocks": pages.get_page(request.GET.get("page", "1")[:6])})


@require_POST
@signed_in_only
@page_throttled("user")
def block(request: HttpRequest, user_id: int) -> HttpResponse:
    """What `PUT /api/v1/blocks/<id>/` does."""
    try:
        block_put(actor=signed_in(request), user_id=user_id)
    except NotFound as error:
        raise Http404(str(error.detail)) from None
    except ApplicationError as error:
        flash.error(request, str(error.detail))
    else:
        flash.success(request, _("This person is blocked, and is not told. You can unblock them any time."))
    return redirect(_back(request))


@require_POST
@signed_in_only
@page_throttled("user")
def unblock(request: HttpRequest, user_id: int) -> HttpResponse:
    try:
        block_remove(actor=signed_in(request), user_id=user_id)
    except NotFound:
        return gone_already(request, _back(request))
    flash.success(request, _("You can write to each other again. What they wrote meanwhile stays unseen."))
    return redirect(_back(request))

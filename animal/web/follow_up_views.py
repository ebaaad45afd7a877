"""The signed page where a finder without an account reads the owner's answers, and goes on talking."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from animal.chat.models import Conversation, Message
from animal.chat.services import MAX_ATTACHMENTS
from animal.chat.tag_api import follow_up_address, follow_up_card, throttled_about
from animal.chat.tag_reports import (
    FOLLOW_UP_LIFETIME,
    access_follow_up,
    follow_up_end,
    follow_up_newest_at,
    follow_up_write,
)
from animal.core.errors import ApplicationError, NotFound
from animal.core.idempotency import submitted_once
from animal.core.throttles import page_throttled
from animal.web.answers import gone_already, thread_part, unindexed
from animal.web.presenters import said_and_where


def _written(request: HttpRequest, message_id: str, token: str) -> HttpResponse:
    Message.objects.only("pk").get(pk=message_id)
    return redirect("follow-up", token=token)


def _conversation(token: str) -> Conversation:
    try:
        return access_follow_up(token)
    except NotFound as error:
        raise Http404(str(error.detail)) from None


@never_cache
@page_throttled("chat_poll", methods=("GET", "HEAD"), about=throttled_about, part="thread")
@page_throttled("follow_up", about=throttled_about)
@require_http_methods(["GET", "HEAD", "POST"])
@submitted_once("message", rebuild=_written)
def follow_up(request: HttpRequest, token: str) -> HttpResponse:
    conversation = _conversation(token)
    if request.method == "POST":
        uploads = request.FILES.getlist("photos")[:MAX_ATTACHMENTS]
        try:
            follow_up_write(conversation=conversation, body=request.POST.get("body", ""), uploads=uploads)
        except NotFound as error:  # The link ended meanwhile.
            raise Http404(str(error.detail)) from None
        except ApplicationError as error:
            return _page(request, token, conversation, problem=str(error.detail))
        return redirect("follow-up", token=token)
    if request.GET.get("part") == "thread":
        return thread_part(
            request,
            newest_at=follow_up_newest_at(conversation),
            show=lambda: render(request, "web/_thread.html", _card(request, conversation)),
        )
    return _page(request, token, conversation)


def _card(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    card = follow_up_card(conversation, request)
    # By the name "messages" the frame of every page says something once.
    card["thread"] = [
        {
            **message,
            **dict(zip(("body", "place"), said_and_where(message["body"]), strict=True)),
            "images": message["photos"],
            "written_at": parse_datetime(message["created_at"]),
            "side": "mine" if message["by_me"] else "",
            "who": _("You") if message["by_me"] else _("The owner"),
        }
        for message in card.pop("messages")
    ]
    return card


def _page(request: HttpRequest, token: str, conversation: Conversation, *, problem: str = "") -> HttpResponse:
    card = _card(request, conversation)
    context = {
        **card,
        "problem": problem,
        "written": request.POST.get("body", ""),
        "is_answered": not all(message["by_me"] for message in card["thread"]),
        "token": token,
        "address": follow_up_address(request, token),
        "days": FOLLOW_UP_LIFETIME.days,
    }
    return unindexed(render(request, "web/follow_up.html", context, status=400 if problem else 200))


@never_cache
@require_POST
@page_throttled("follow_up", about=throttled_about)
def end(request: HttpRequest, token: str) -> HttpResponse:
    try:
        follow_up_end(conversation=access_follow_up(token))
    except NotFound:
        return gone_already(request, "home")
    flash.success(request, _("The link is ended: nobody reads or writes by it any more. Thank you for your help!"))
    return redirect("home")

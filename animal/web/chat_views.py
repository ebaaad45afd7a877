"""The chats of who is signed in, and each of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.core.paginator import Page
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from animal.chat.guests import sender_said
from animal.chat.models import Conversation, Message
from animal.chat.selectors import access_conversation, messages_for, newest_at
from animal.chat.services import message_send, messages_mark_read
from animal.chat.summaries import ConversationSummary, conversations_paged, names_met, summaries_of
from animal.chat.tag_reports import guest_let_in, guest_shut_out, has_guest_to_shut_out
from animal.core.errors import ApplicationError, NotFound
from animal.core.idempotency import submitted_once
from animal.core.sentences import restated_message
from animal.core.throttles import page_throttled
from animal.images.selectors import image_address
from animal.web.answers import refusals_answered, thread_part
from animal.web.presenters import message_card
from animal.web.selectors import (
    conversation_matches,
    conversation_report,
    conversation_subject,
    conversation_subjects,
    people_in,
)
from animal.web.viewers import signed_in, signed_in_only

CHATS_ON_PAGE = 50


@require_safe
@signed_in_only
def chats(request: HttpRequest) -> HttpResponse:
    """The one that was written in last comes first."""
    viewer = signed_in(request)
    page: Page[Any] = conversations_paged(viewer, size=CHATS_ON_PAGE).get_page(request.GET.get("page", "1")[:6])
    talks = summaries_of(page.object_list)
    names, subjects = names_met(viewer, [talk.id for talk in talks]), conversation_subjects(talks, reader=viewer)
    cards = [_talk_card(talk, name=names.get(talk.id, ""), subject=subjects[talk.id]) for talk in talks]
    return render(request, "web/chats.html", {"talks": cards, "page": page})


def _talk_card(talk: ConversationSummary, *, name: str, subject: str) -> dict[str, Any]:
    return {
        "id": talk.id,
        "subject": subject,
        "name": sender_said(name),
        "image": image_address(talk.picture, "thumbnail") if talk.picture else "",
        "last_words": restated_message(talk.last_message_preview),
        "last_at": talk.last_message_at,
        "unread": talk.unread_count,
        "is_test": talk.is_test,
    }


def _message_sent(request: HttpRequest, message_id: str, conversation_id: UUID) -> HttpResponse:
    Message.objects.only("pk").get(pk=message_id)
    return redirect("chat", conversation_id=conversation_id)


@signed_in_only
@page_throttled("chat_poll", methods=("GET", "HEAD"), part="thread")
@page_throttled("user")
@require_http_methods(["GET", "HEAD", "POST"])
@submitted_once("message", rebuild=_message_sent)
def chat(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    viewer = signed_in(request)
    conversation = _conversation(viewer, conversation_id)
    if request.method == "POST":
        uploads = request.FILES.getlist("attachments")
        try:
            message_send(actor=viewer, conversation=conversation, body=request.POST.get("body", ""), uploads=uploads)
        except ApplicationError as error:
            return _page(request, viewer, conversation, problem=str(error.detail), status=error.status_code)
        return redirect("chat", conversation_id=conversation.pk)
    if request.GET.get("part") == "thread":
        return thread_part(
            request,
            newest_at=newest_at(viewer, conversation),
            show=lambda: render(
                request, "web/_thread.html", {"thread": _cards(_received(request, viewer, conversation), viewer)}
            ),
        )
    return _page(request, viewer, conversation)


def _conversation(viewer: User, conversation_id: UUID) -> Conversation:
    try:
        return access_conversation(viewer, conversation_id)
    except NotFound:
        raise Http404 from None


def _received(request: HttpRequest, viewer: User, conversation: Conversation) -> list[Message]:
    received = messages_for(viewer, conversation, after=None)
    if request.method == "GET":  # Nobody read what was not sent, and what is refused writes nothing.
        messages_mark_read(actor=viewer, messages=received)
    return received


def _cards(received: list[Message], viewer: User) -> list[Any]:
    return [message_card(message, reader=viewer) for message in received]


def _page(
    request: HttpRequest, viewer: User, conversation: Conversation, *, problem: str = "", status: int = 200
) -> HttpResponse:
    received = _received(request, viewer, conversation)
    people = people_in(received, reader=viewer)
    matches, thread = conversation_matches(conversation, reader=viewer), _cards(received, viewer)
    context = {
        "pet_name": conversation_subject(conversation, reader=viewer),
        "conversation": conversation,
        "matches": matches,
        "thread": thread,
        "has_map": bool(matches) or any(message.place for message in thread),
        "people": people,
        "is_shut": any(person.is_blocked for person in people) or conversation.is_guest_shut_out,
        "may_shut_out": has_guest_to_shut_out(viewer, conversation),
        "report": conversation_report(viewer, conversation),
        "problem": problem,
        "written": request.POST.get("body", ""),
    }
    return render(request, "web/chat.html", context, status=status)


@require_POST
@signed_in_only
@page_throttled("user")
@refusals_answered
def shut_out(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    viewer = signed_in(request)
    guest_shut_out(actor=viewer, conversation=access_conversation(viewer, conversation_id))
    flash.success(request, _("This finder is shut out: their link opens nothing any more. You can let them in again."))
    return redirect("chat", conversation_id=conversation_id)


@require_POST
@signed_in_only
@page_throttled("user")
@refusals_answered
def let_in(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    viewer = signed_in(request)
    guest_let_in(actor=viewer, conversation=access_conversation(viewer, conversation_id))
    flash.success(request, _("The finder can read and write here again."))
    return redirect("chat", conversation_id=conversation_id)

"""Conversations over HTTP, as the existing web client speaks them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.authentication import LenientBearerAuthentication
from accounts.models import User
from animal.chat.cards import conversation_card
from animal.chat.examples import (
    BLOCKED_EXAMPLE,
    CONVERSATION_EXAMPLE,
    CONVERSATION_START_EXAMPLE,
    CURSOR_EXAMPLE,
    MESSAGES_EXAMPLE,
    UNPROVEN_EXAMPLE,
)
from animal.chat.guests import guest_check
from animal.chat.models import Message
from animal.chat.selectors import (
    access_conversation,
    messages_for,
    report_to_contact,
)
from animal.chat.serializers import (
    ContactOwnerAnswerSerializer,
    ContactOwnerErrorSerializer,
    ContactOwnerFormSerializer,
    ContactOwnerSerializer,
    ConversationSerializer,
    ConversationStartSerializer,
    MessageFormSerializer,
    MessageInputSerializer,
    MessageSerializer,
    MessagesSerializer,
)
from animal.chat.services import (
    GuestContact,
    conversation_start,
    message_send,
    messages_mark_read,
    owner_contact,
)
from animal.chat.summaries import access_conversation_summary, conversation_list
from animal.core.errors import InvalidInput
from animal.core.idempotency import idempotent
from animal.core.serializers import IDEMPOTENCY_KEY, ErrorSerializer
from animal.core.throttles import client_address


class ConversationListApi(APIView):
    @extend_schema(
        operation_id="conversation_list",
        summary="My conversations",
        description="The one with the latest message first.",
        tags=["chat"],
        responses=ConversationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        conversations = conversation_list(actor_of(request))
        return Response([conversation_card(conversation, request=request) for conversation in conversations])


class ConversationDetailApi(APIView):
    @extend_schema(
        operation_id="conversation_retrieve",
        summary="One of my conversations",
        description="As in the list: what it is about, the latest message, and how many are unread.",
        tags=["chat"],
        responses=ConversationSerializer,
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        conversation = access_conversation_summary(actor_of(request), conversation_id)
        return Response(conversation_card(conversation, request=request))


class ConversationStartApi(APIView):
    @extend_schema(
        operation_id="conversation_start",
        summary="Open a conversation with the reporter of a report, or return mine",
        description="Asking twice gives the same conversation. It needs a proven address of one's own.",
        examples=[CONVERSATION_START_EXAMPLE, CONVERSATION_EXAMPLE, UNPROVEN_EXAMPLE, BLOCKED_EXAMPLE],
        tags=["chat"],
        request=ConversationStartSerializer,
        responses={200: ConversationSerializer, **dict.fromkeys((403, 404, 409), ErrorSerializer)},
    )
    def post(self, request: Request) -> Response:
        form = ConversationStartSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        report = report_to_contact(actor, form.validated_data["pet_location_id"])
        conversation = access_conversation_summary(actor, conversation_start(actor=actor, report=report).pk)
        return Response(conversation_card(conversation, request=request))


class MessageListCreateApi(APIView):
    parser_classes = [MultiPartParser, FormParser]

    @extend_schema(
        operation_id="message_list",
        summary="Messages of a conversation, oldest first",
        description="Fetching marks them read. Without `after`, the newest 200. To follow a conversation, ask every "
        "few seconds with the `created_at` of the last message that you have.",
        examples=[MESSAGES_EXAMPLE, CURSOR_EXAMPLE],
        tags=["chat"],
        parameters=[
            OpenApiParameter(
                "after",
                OpenApiTypes.DATETIME,
                description="`created_at` of the last message received. Unread older ones are delivered as well.",
            )
        ],
        responses={200: MessagesSerializer, 400: ErrorSerializer},
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        actor = actor_of(request)
        conversation = access_conversation(actor, conversation_id)
        messages = messages_for(actor, conversation, after=_cursor(request.query_params.get("after", "")))
        context = {"request": request, "viewer": actor}
        answer = {
            "messages": MessageSerializer(messages, many=True, context=context).data,
            "server_time": timezone.now().isoformat(),
        }
        if request.method != "HEAD":  # Nobody read what was not sent.
            messages_mark_read(actor=actor, messages=messages)
        return Response(answer)

    @extend_schema(
        operation_id="message_create",
        summary="Send a message",
        description="A text, up to six photos, or both. The other side is notified, and gets a mail. With an "
        "Idempotency-Key a lost answer can be asked for again.",
        tags=["chat"],
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": MessageFormSerializer},
        responses={201: MessageSerializer, **dict.fromkeys((400, 404, 409, 422, 429), ErrorSerializer)},
    )
    @idempotent("message", rebuild="answer_for")
    def post(self, request: Request, conversation_id: UUID) -> Response:
        actor = actor_of(request)
        conversation = access_conversation(actor, conversation_id)
        form = MessageInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        uploads = _uploads(request, "attachments") or _uploads(request, "image")
        message = message_send(
            actor=actor, conversation=conversation, body=form.validated_data["body"], uploads=uploads
        )
        return self._answer(request, message)

    def answer_for(self, request: Request, object_id: str, conversation_id: UUID) -> Response:
        conversation = access_conversation(actor_of(request), conversation_id)
        return self._answer(request, get_object_or_404(conversation.messages, pk=object_id, sender=actor_of(request)))

    @staticmethod
    def _answer(request: Request, message: Message) -> Response:
        context = {"request": request, "viewer": actor_of(request)}
        return Response(MessageSerializer(message, context=context).data, status=status.HTTP_201_CREATED)


class ContactOwnerApi(APIView):
    """Public. A stale or missing bearer makes the sender a guest instead of an error."""

    authentication_classes = [LenientBearerAuthentication]
    error_serializer = ContactOwnerErrorSerializer
    permission_classes = [AllowAny]
    parser_classes = [MultiPartParser, FormParser]
    throttle_scope = "contact_owner"

    @extend_schema(
        operation_id="owner_contact",
        summary="Write to the person who filed a report, without an account",
        description="The message opens a conversation; neither side sees the other's address. The answer comes by mail "
        "to `contact_email`. With a bearer token the message comes from that account; a stale one, "
        "and that of an account whose address is not proven, is ignored.",
        tags=["chat"],
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": ContactOwnerFormSerializer},
        responses={
            200: ContactOwnerAnswerSerializer,
            **dict.fromkeys((400, 404, 409, 422, 429), ContactOwnerErrorSerializer),
        },
    )
    @idempotent("message", rebuild="answer_for")
    def post(self, request: Request) -> Response:
        form = ContactOwnerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        # Whoever has not proved their address does what somebody without an account may do.
        sender = request.user if isinstance(request.user, User) and request.user.is_proven else None
        guest = GuestContact(name=data["contact_name"], email=data["contact_email"])
        report = report_to_contact(sender, data["pet_location_id"])
        if sender is None:
            guest_check(report_id=report.pk, email=guest.email, client=client_address(request))
        owner_contact(
            report=report,
            sender=sender or guest,
            body=data["message"],
            uploads=_uploads(request, "image")[:1],
        )
        return self._answer()

    def answer_for(self, request: Request, object_id: str) -> Response:
        Message.objects.only("pk").get(pk=object_id)
        return self._answer()

    @staticmethod
    def _answer() -> Response:
        return Response({"success": True, "message": _("Your message is on its way. Your address was not shown.")})

    def handle_exception(self, exc: Exception) -> Response:
        """The web client's form looks at `success` besides our usual keys."""
        response = super().handle_exception(exc)
        if isinstance(response.data, dict):
            response.data = {"success": False, **response.data}
        return response


def _uploads(request: Request, field: str) -> list[UploadedFile]:
    return cast(list[UploadedFile], request.FILES.getlist(field))


def _cursor(text: str) -> datetime | None:
    """None without a cursor. Raises InvalidInput for anything that is not an instant."""
    if not text:
        return None
    try:
        # A "+00:00" that was not percent-encoded arrives with a blank for its plus sign.
        moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        return _in_utc(moment)
    except (ValueError, OverflowError):
        raise InvalidInput("after: Please send the created_at of a message.", code="cursor") from None


def _in_utc(moment: Any) -> datetime:
    if not isinstance(moment, datetime):
        raise ValueError("not a date and time")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

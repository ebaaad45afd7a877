"""POST /api/auth/email/forward-reply/: the web client's server hands over a mail that somebody answered with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.crypto import constant_time_compare
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from animal.chat.examples import MAIL_BLOCKED_EXAMPLE, MAIL_EXAMPLE, MAIL_TAKEN_EXAMPLE, WRONG_SECRET_EXAMPLE
from animal.chat.inbound import InboundMail, MailAttachment, inbound_mail_take
from animal.chat.serializers import ContactOwnerAnswerSerializer, ContactOwnerErrorSerializer

# Mail providers take messages of up to 40 MB, in base64.
MAX_MAIL_BYTES = 56 * 1024 * 1024
MAX_TEXT = 200_000
MAX_PARTS = 50
MAX_HEADERS = 500


class MailParser(BaseParser):
    """JSON of the size of a mail. Runs only after the secret was checked."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        data = stream.read(MAX_MAIL_BYTES + 1)
        if len(data) > MAX_MAIL_BYTES:
            raise RequestDataTooBig("mail")
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise ParseError("This is no JSON.") from None


class MailAttachmentSerializer(serializers.Serializer[Any]):
    filename = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    content = serializers.CharField(trim_whitespace=False, allow_blank=True, help_text="base64")


class InboundMailSerializer(serializers.Serializer[Any]):
    """`html`, `to` and what else a mail has are accepted and not looked at."""

    subject = serializers.CharField(max_length=2000)
    text = serializers.CharField(max_length=MAX_TEXT, required=False, allow_blank=True, allow_null=True, default="")
    attachments = MailAttachmentSerializer(  # type: ignore[call-arg] # `many` takes the options of a list.
        many=True, required=False, allow_null=True, max_length=MAX_PARTS
    )
    headers = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text="Of the mail: an object, or a list of names and values. They tell bounces, automatic answers, and "
        "senders that Authentication-Results calls forged.",
    )

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.CharField(max_length=1000), **super().get_fields()}  # `from` is a keyword.


class ForwardReplyApi(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (MailParser,)
    error_serializer = ContactOwnerErrorSerializer

    @extend_schema(
        operation_id="mail_reply_create",
        summary="Take in an answer that came by mail",
        description="For the server that receives our mail. The subject holds `[PawGle-<conversation id>]`; the sender "
        "must take part in that conversation. The text up to the first quoted line and the photos become a message. "
        "The same mail is taken once.",
        parameters=[
            OpenApiParameter(
                "X-Forward-Secret",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="The secret that both servers know (`FORWARD_REPLY_SECRET`).",
            )
        ],
        request=InboundMailSerializer,
        responses={
            200: ContactOwnerAnswerSerializer,
            **dict.fromkeys((400, 401, 409, 413), ContactOwnerErrorSerializer),
        },
        examples=[MAIL_EXAMPLE, MAIL_TAKEN_EXAMPLE, WRONG_SECRET_EXAMPLE, MAIL_BLOCKED_EXAMPLE],
        auth=[],
        tags=["chat"],
    )
    def post(self, request: Request) -> Response:
        _require_secret(request)
        form = InboundMailSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        inbound_mail_take(
            mail=InboundMail(
                sender=sent["from"],
                subject=sent["subject"],
                text=sent["text"] or "",
                attachments=[MailAttachment(**part) for part in sent.get("attachments") or ()],
                headers=_headers(sent.get("headers")),
            )
        )
        return Response({"success": True, "message": "The answer is in its conversation."})

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, NotAuthenticated):
            response.status_code = 401  # Without a scheme to announce, DRF would say 403.
        if isinstance(response.data, dict):
            response.data = {"success": False, **response.data}
        return response


def _headers(sent: Any) -> dict[str, str]:
    """Providers send an object, or a list of names and values. Whatever is neither is not looked at."""
    pairs = sent.items() if isinstance(sent, dict) else []
    if isinstance(sent, list):
        pairs = [(part.get("name"), part.get("value")) for part in sent[:MAX_HEADERS] if isinstance(part, dict)]
    headers: dict[str, str] = {}
    for name, value in pairs:
        # A name that comes twice keeps both values, as lines. A line break inside one is only where it was folded.
        for said in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and isinstance(said, str):
                line = " ".join(said.split())
                headers[name.lower()] = f"{headers[name.lower()]}\n{line}" if name.lower() in headers else line
    return headers


def _require_secret(request: Request) -> None:
    """Without a secret of our own, nobody is let in."""
    known = settings.FORWARD_REPLY_SECRET
    # Compared even when there is none, and always in constant time.
    same = constant_time_compare(request.headers.get("X-Forward-Secret", ""), known)
    if not known or not same:
        raise NotAuthenticated("The secret of this service is missing or wrong.")

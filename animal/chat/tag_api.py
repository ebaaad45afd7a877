"""Found by its tag, over HTTP: nobody needs an account for it."""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import LenientBearerAuthentication
from accounts.models import User
from animal.chat.examples import (
    FOLLOW_UP_EXAMPLE,
    FOLLOW_UP_INPUT_EXAMPLE,
    TAG_REPORT_EXAMPLE,
    TAG_REPORT_INPUT_EXAMPLE,
)
from animal.chat.models import Conversation, Message
from animal.chat.tag_reports import (
    TagFinding,
    TagReport,
    access_follow_up,
    access_follow_up_to_end,
    follow_up_end,
    follow_up_id,
    follow_up_messages,
    follow_up_write,
    is_guests,
    tag_report_file,
    tag_report_of,
)
from animal.chat.tag_serializers import (
    FollowUpInputSerializer,
    FollowUpMessageSerializer,
    FollowUpSerializer,
    TagReportedSerializer,
    TagReportSerializer,
)
from animal.core.idempotency import idempotent
from animal.core.serializers import IDEMPOTENCY_KEY, ErrorSerializer
from animal.core.urls import service_url
from animal.images.hints import photo_hints
from animal.images.selectors import image_url
from animal.pets.selectors import pet_by_tag
from animal.reports.models import Report
from animal.reports.selectors import report_photos

TAGS = ["reports"]
THANKS = gettext_lazy("Thank you! The owner has been told, and where. Nobody's contact details were shown.")


class TagReportApi(APIView):
    """A stale or missing bearer makes the finder a guest instead of an error."""

    authentication_classes = [LenientBearerAuthentication]
    permission_classes = [AllowAny]
    throttle_scope = "tag_report"

    @extend_schema(
        operation_id="tag_report_create",
        summary="I found the animal that carries this tag",
        description="Without an account. The owner is told at once, with the exact place, which nobody else is shown. "
        "`follow_up` is a signed page where the finder reads the owner's answer, good for 60 days, or until the "
        "finder ends it (`follow_up_end`): keep it. A "
        "finder who gives an address is also written to when the owner answers.",
        request={"multipart/form-data": TagReportSerializer},
        parameters=[IDEMPOTENCY_KEY],
        responses={201: TagReportedSerializer, **dict.fromkeys((400, 404, 409, 422, 429), ErrorSerializer)},
        examples=[TAG_REPORT_INPUT_EXAMPLE, TAG_REPORT_EXAMPLE],
        auth=[],
        tags=TAGS,
    )
    @idempotent("report", rebuild="answer_for")
    def post(self, request: Request, tag: str) -> Response:
        pet = pet_by_tag(tag)
        form = TagReportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = dict(form.validated_data)
        uploads = sent.pop("photos")
        finder = finder_of(request.user)
        return self._answer(
            request, tag_report_file(pet=pet, finder=finder, finding=TagFinding(**sent), uploads=uploads)
        )

    def answer_for(self, request: Request, object_id: str, tag: str) -> Response:
        report = Report.objects.get(pk=int(object_id))
        return self._answer(request, tag_report_of(report, finder=finder_of(request.user)))

    @staticmethod
    def _answer(request: Request, filed: TagReport) -> Response:
        answer = {
            "detail": THANKS,
            "report_id": filed.report.pk,
            "conversation_id": None if filed.follow_up else filed.conversation.pk,
            "follow_up": follow_up_address(request, filed.follow_up) if filed.follow_up else "",
            "follow_up_token": filed.follow_up,
            "photo_hints": photo_hints(report_photos(filed.report)),
        }
        return Response(TagReportedSerializer(answer).data, status=status.HTTP_201_CREATED)


def finder_of(user: Any) -> User | None:
    """A person with a proven address; everybody else finds as a guest, whatever account they are signed in to."""
    return user if isinstance(user, User) and user.is_proven else None


def follow_up_address(request: Any, token: str) -> str:
    """On our own pages, which have this page; the existing web client has not."""
    path = f"/follow-up/{token}"
    return service_url(path) or cast(str, request.build_absolute_uri(path))


def throttled_about(token: str) -> str:
    """What is counted for this link; "" for a forged one, which is counted for who sends it."""
    conversation_id = follow_up_id(token)
    return f"c{conversation_id.hex}" if conversation_id else ""


class FollowUpApi(APIView):
    throttle_about = ""
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_throttles(self) -> list[Any]:
        if self.request.method in ("POST", "DELETE"):
            self.throttle_scope = "follow_up"
            self.throttle_about = throttled_about(self.kwargs.get("token", ""))
        return super().get_throttles()

    @extend_schema(
        operation_id="follow_up_retrieve",
        summary="What the owner of the animal that I found says",
        description="For the holder of the signed link.",
        responses={200: FollowUpSerializer, 404: ErrorSerializer},
        examples=[FOLLOW_UP_EXAMPLE],
        auth=[],
        tags=TAGS,
    )
    def get(self, request: Request, token: str) -> Response:
        return Response(follow_up_card(access_follow_up(token), request))

    @extend_schema(
        operation_id="follow_up_write",
        summary="Write to the owner of the animal that I found",
        request={"multipart/form-data": FollowUpInputSerializer},
        description="For the holder of the signed link. A text, a photo, or both.",
        responses={201: FollowUpSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
        examples=[FOLLOW_UP_INPUT_EXAMPLE, FOLLOW_UP_EXAMPLE],
        auth=[],
        tags=TAGS,
    )
    def post(self, request: Request, token: str) -> Response:
        conversation = access_follow_up(token)
        form = FollowUpInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        follow_up_write(conversation=conversation, body=sent["body"], uploads=sent["photos"])
        return Response(follow_up_card(conversation, request), status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="follow_up_end",
        summary="End the link to what I found",
        description="For the holder of the signed link. From then on it opens nothing, for whoever has it, and the "
        "owner is told so in the chat. Nobody takes that back. Repeating it changes nothing.",
        responses={204: None, 404: ErrorSerializer},
        auth=[],
        tags=TAGS,
    )
    def delete(self, request: Request, token: str) -> Response:
        follow_up_end(conversation=access_follow_up_to_end(token))
        return Response(status=status.HTTP_204_NO_CONTENT)


def follow_up_card(conversation: Conversation, request: Any) -> dict[str, Any]:
    pet = conversation.report.tag_pet
    return {
        "pet_name": pet.name if pet is not None and pet.deleted_at is None else "",
        "is_resolved": conversation.report.status == Report.Status.RESOLVED,
        "messages": FollowUpMessageSerializer(
            [_message_card(message, request) for message in follow_up_messages(conversation)], many=True
        ).data,
    }


def _message_card(message: Message, request: Any) -> dict[str, Any]:
    return {
        "by_me": is_guests(message),
        "body": message.body,
        "photos": [image_url(attachment.image, request=request) for attachment in message.attachments.all()],
        "created_at": message.created_at,
    }

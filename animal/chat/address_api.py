"""Agreeing to show each other one's mail address.

The paths are those of the older service, doubled prefix included. There, anybody could agree for both sides by opening
a link; here one agrees for oneself, signed in, by POST.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from animal.chat.address_sharing import address_sharing_set
from animal.chat.examples import NOT_PROVEN_EXAMPLE, SHARE_INFO_EXAMPLE, SHARED_EXAMPLE
from animal.chat.selectors import access_conversation
from animal.chat.serializers import ContactOwnerAnswerSerializer
from animal.core.serializers import ErrorSerializer

ANSWERS = {200: ContactOwnerAnswerSerializer, 400: ErrorSerializer, 401: ErrorSerializer, 404: ErrorSerializer}
DESCRIPTION = (
    "Agrees, or takes it back, for the signed-in participant; which side is named makes no difference. When both have "
    "agreed, each gets the other's address by mail."
)


class ShareInfoSerializer(serializers.Serializer[Any]):
    conversation_id = serializers.UUIDField()
    user_type = serializers.ChoiceField(choices=["owner", "reporter"], required=False)
    share_info = serializers.BooleanField()


def _share(request: Request, conversation_id: UUID, agrees: bool) -> Response:
    actor = actor_of(request)
    conversation = access_conversation(actor, conversation_id)
    if address_sharing_set(actor=actor, conversation=conversation, agrees=agrees):
        message = _("You both agreed. Each of you gets the other's address by mail.")
    elif agrees:
        message = _("Thank you. As soon as the other side agrees as well, you get each other's address by mail.")
    else:
        message = _("Your address is not shared.")
    return Response({"success": True, "message": message})


class ShareInfoApi(APIView):
    @extend_schema(
        operation_id="address_sharing_set",
        summary="Agree to share addresses",
        description=DESCRIPTION,
        request=ShareInfoSerializer,
        responses=ANSWERS,
        examples=[SHARE_INFO_EXAMPLE, SHARED_EXAMPLE, NOT_PROVEN_EXAMPLE],
        tags=["chat"],
    )
    def post(self, request: Request) -> Response:
        form = ShareInfoSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return _share(request, form.validated_data["conversation_id"], form.validated_data["share_info"])


class ShareContactApi(APIView):
    """Opening the link does nothing (405): mail scanners open links."""

    @extend_schema(
        operation_id="address_sharing_answer",
        summary="Agree to share addresses, all in the path",
        description=DESCRIPTION + " Any answer but `yes` takes it back.",
        request=None,
        responses=ANSWERS,
        examples=[SHARED_EXAMPLE, NOT_PROVEN_EXAMPLE],
        tags=["chat"],
    )
    def post(self, request: Request, conversation_id: UUID, user_type: str, answer: str) -> Response:
        return _share(request, conversation_id, answer == "yes")

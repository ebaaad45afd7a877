"""Complaints, blocks, and the staff's quick hand, over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from animal.core.errors import NotFound
from animal.core.paging import NewestFirstCursor
from animal.core.serializers import ErrorSerializer
from animal.moderation.examples import HIDDEN_EXAMPLE, HIDE_EXAMPLE, ONESELF_EXAMPLE, SHOWN_EXAMPLE
from animal.moderation.roles import may_moderate
from animal.moderation.selectors import my_abuse_reports, my_blocks
from animal.moderation.serializers import (
    AbuseReportInputSerializer,
    AbuseReportSerializer,
    BlockSerializer,
    HideAnswerSerializer,
    HideInputSerializer,
)
from animal.moderation.services import abuse_report_file, block_put, block_remove, content_hide

TAGS = ["moderation"]
MISSING = {400: ErrorSerializer, 404: ErrorSerializer, 429: ErrorSerializer}


class AbuseReportListApi(APIView):
    pagination_class = NewestFirstCursor

    @extend_schema(
        operation_id="abuse_report_list",
        summary="My complaints, newest first",
        description="And what became of them: see `state`.",
        responses=AbuseReportSerializer(many=True),
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        pages = NewestFirstCursor()
        page: Any = pages.paginate_queryset(my_abuse_reports(actor_of(request)), request, view=self)
        return pages.get_paginated_response(AbuseReportSerializer(page, many=True).data)

    @extend_schema(
        operation_id="abuse_report_create",
        summary="Complain about a report, a pet, a message or a person",
        description="What one cannot see cannot be reported (404). One complaint for each person and object: the "
        "second one answers 200 with the first. Nobody but the staff learns of it.",
        request=AbuseReportInputSerializer,
        responses={200: AbuseReportSerializer, 201: AbuseReportSerializer, **MISSING},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        form = AbuseReportInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = dict(form.validated_data)
        complaint, fresh = abuse_report_file(actor=actor_of(request), object_id=sent.pop("id"), **sent)
        code = status.HTTP_201_CREATED if fresh else status.HTTP_200_OK
        return Response(AbuseReportSerializer(complaint).data, status=code)


class BlockListApi(APIView):
    pagination_class = NewestFirstCursor

    @extend_schema(
        operation_id="block_list",
        summary="The people whom I block",
        description="They cannot write to you, nor you to them. Newest first.",
        responses=BlockSerializer(many=True),
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        pages = NewestFirstCursor()
        page: Any = pages.paginate_queryset(my_blocks(actor_of(request)), request, view=self)
        return pages.get_paginated_response(BlockSerializer(page, many=True).data)


class BlockApi(APIView):
    @extend_schema(
        operation_id="block_create",
        examples=[ONESELF_EXAMPLE],
        summary="Block a person whom I met in a conversation",
        description="Neither of the two can write to the other any more, and no match or alert brings them together. "
        "The blocked person is not told and notices nothing: what they write is answered as ever, and nobody sees it.",
        request=None,
        responses={204: None, **MISSING},
        tags=TAGS,
    )
    def put(self, request: Request, user_id: int) -> Response:
        block_put(actor=actor_of(request), user_id=user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="block_delete",
        examples=[ONESELF_EXAMPLE],
        summary="Unblock a person",
        description="What they wrote meanwhile stays unseen.",
        request=None,
        responses={204: None, **MISSING},
        tags=TAGS,
    )
    def delete(self, request: Request, user_id: int) -> Response:
        block_remove(actor=actor_of(request), user_id=user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class _HideApi(APIView):
    """For moderators. To everybody else there is nothing here."""

    hidden: bool

    def _hide(self, request: Request) -> Response:
        if not may_moderate(actor_of(request)):
            raise NotFound
        form = HideInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = dict(form.validated_data)
        object_id = sent.pop("id")
        changed = content_hide(actor=actor_of(request), object_id=object_id, hidden=self.hidden, **sent)
        return Response({"hidden": self.hidden, "changed": changed})


class HideApi(_HideApi):
    hidden = True

    @extend_schema(
        operation_id="content_hide",
        summary="Staff: hide a report or a photo at once",
        description="A hidden report leaves map, search, matches and alerts; a hidden photo is not served any more and "
        "a placeholder stands in every list. Each act is kept in the audit trail.",
        request=HideInputSerializer,
        responses={200: HideAnswerSerializer, **MISSING},
        examples=[HIDE_EXAMPLE, HIDDEN_EXAMPLE],
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        return self._hide(request)


class UnhideApi(_HideApi):
    hidden = False

    @extend_schema(
        operation_id="content_unhide",
        summary="Staff: bring a hidden report or photo back",
        description="It is where it was before. Each act is kept in the audit trail.",
        request=HideInputSerializer,
        responses={200: HideAnswerSerializer, **MISSING},
        examples=[HIDE_EXAMPLE, SHOWN_EXAMPLE],
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        return self._hide(request)

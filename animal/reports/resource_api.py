"""Reports as a resource: listed, filed with several photos, changed, deleted, and what happened to each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from animal.core.idempotency import idempotent
from animal.core.paging import NewestFirstCursor
from animal.core.serializers import IDEMPOTENCY_KEY, ErrorSerializer
from animal.reports.api import BBOX, TAGS
from animal.reports.bbox import bbox_parse
from animal.reports.cards import report_cards, report_detail
from animal.reports.editing import report_delete, report_edit, report_photo_remove, report_photos_add
from animal.reports.examples import (
    BBOX_EXAMPLE,
    REPORT_CREATE_EXAMPLE,
    REPORT_DETAIL_EXAMPLE,
    REPORT_EDIT_EXAMPLE,
    REPORT_EXAMPLE,
    REPORT_PHOTOS_EXAMPLE,
    TIMELINE_EXAMPLE,
)
from animal.reports.models import Report
from animal.reports.selectors import (
    access_report,
    access_report_as_author,
    access_report_as_reporter,
    reports_listed,
)
from animal.reports.serializers import (
    LocationSerializer,
    ReportCreateSerializer,
    ReportDetailSerializer,
    ReportEditSerializer,
    ReportEventSerializer,
    ReportListQuerySerializer,
    ReportPhotosSerializer,
)
from animal.reports.services import ReportData, report_file
from animal.reports.timeline import report_timeline


class NewestReportsFirst(NewestFirstCursor):
    ordering = ("-reported_at", "-id")


def _shown(request: Request, report: Report, *, code: int = status.HTTP_200_OK) -> Response:
    """As it is now, read anew with all that the answer shows."""
    actor = actor_of(request)
    return Response(report_detail(access_report(actor, report.pk), viewer=actor, request=request), status=code)


class ReportListApi(APIView):
    pagination_class = NewestReportsFirst
    throttle_scope = "report_pet"

    def get_throttles(self) -> list[Any]:
        if self.request.method == "GET":
            self.throttle_scope = ""  # Reading counts as any reading does.
        return super().get_throttles()

    @extend_schema(
        operation_id="report_page",
        summary="Reports, newest first",
        description="Everybody's open ones, or with `mine` one's own, open and resolved. Points of others' reports are "
        "moved by 200 to 400 m, and `bbox` is compared with those.",
        parameters=[
            ReportListQuerySerializer,
            BBOX,
            OpenApiParameter("page_size", int, description="At most 200; 50 when left out."),
        ],
        responses={200: LocationSerializer(many=True), 400: ErrorSerializer},
        examples=[REPORT_EXAMPLE, BBOX_EXAMPLE],
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        query = ReportListQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted, box = query.validated_data, request.query_params.get("bbox")
        reports = reports_listed(
            actor_of(request),
            mine=wanted["mine"],
            statuses=[wanted["status"]] if "status" in wanted else [],
            bbox=bbox_parse(box) if box else None,
        )
        pages = NewestReportsFirst()
        page: Any = pages.paginate_queryset(reports, request, view=self)
        return pages.get_paginated_response(report_cards(page, viewer=actor_of(request), request=request))

    @extend_schema(
        operation_id="report_create_with_photos",
        summary="Report a lost or found animal, with up to ten photos",
        description="As `POST /api/auth/pets/report/`, which takes one photo.",
        request={"multipart/form-data": ReportCreateSerializer},
        parameters=[IDEMPOTENCY_KEY],
        responses={201: ReportDetailSerializer, **dict.fromkeys((400, 404, 409, 422, 429), ErrorSerializer)},
        examples=[REPORT_CREATE_EXAMPLE, REPORT_DETAIL_EXAMPLE],
        tags=TAGS,
    )
    @idempotent("report", rebuild="answer_for")
    def post(self, request: Request) -> Response:
        form = ReportCreateSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        uploads = values.pop("photos")
        report = report_file(actor=actor_of(request), data=ReportData(**values), more_uploads=uploads)
        return _shown(request, report, code=status.HTTP_201_CREATED)

    def answer_for(self, request: Request, object_id: str) -> Response:
        report = access_report_as_reporter(actor_of(request), int(object_id))
        return _shown(request, report, code=status.HTTP_201_CREATED)


class ReportDetailApi(APIView):
    def get_throttles(self) -> list[Any]:
        if self.request.method != "GET":
            self.throttle_scope = "pet_write"
        return super().get_throttles()

    @extend_schema(
        operation_id="report_retrieve",
        summary="One report",
        description="With its photos, and with species and breeds as they suggest them. The reporter, the owner of the "
        "pet by whose tag it was filed, and the other side of a confirmed match see the exact place.",
        responses={200: ReportDetailSerializer, 404: ErrorSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, report_id: int) -> Response:
        actor = actor_of(request)
        return Response(report_detail(access_report(actor, report_id), viewer=actor, request=request))

    @extend_schema(
        operation_id="report_edit",
        summary="Change a report of mine",
        description="What is left out stays as it is. What a report says of a registered pet is changed at the pet. "
        "Whoever watches a new place is told; the report is matched again.",
        request=ReportEditSerializer,
        responses={200: ReportDetailSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
        examples=[REPORT_EDIT_EXAMPLE, REPORT_DETAIL_EXAMPLE],
        tags=TAGS,
    )
    def patch(self, request: Request, report_id: int) -> Response:
        report = access_report_as_author(actor_of(request), report_id)
        form = ReportEditSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return _shown(request, report_edit(actor=actor_of(request), report=report, changes=form.validated_data))

    @extend_schema(
        operation_id="report_delete",
        summary="Delete a report of mine",
        description="With its photos, conversations and matches. The other side of a match is told that it is closed. "
        "To say that all went well, resolve the report instead.",
        request=None,
        responses={204: None, 404: ErrorSerializer},
        tags=TAGS,
    )
    def delete(self, request: Request, report_id: int) -> Response:
        report_delete(report=access_report_as_author(actor_of(request), report_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReportPhotoListApi(APIView):
    parser_classes = [MultiPartParser]
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="report_photos_add",
        summary="Add photos to a report of mine",
        description="A report has at most ten. All of them are added, or none.",
        request={"multipart/form-data": ReportPhotosSerializer},
        responses={201: ReportDetailSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
        examples=[REPORT_PHOTOS_EXAMPLE, REPORT_DETAIL_EXAMPLE],
        tags=TAGS,
    )
    def post(self, request: Request, report_id: int) -> Response:
        report = access_report_as_author(actor_of(request), report_id)
        form = ReportPhotosSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        report_photos_add(actor=actor_of(request), report=report, uploads=form.validated_data["photos"])
        return _shown(request, report, code=status.HTTP_201_CREATED)


class ReportPhotoDetailApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="report_photo_remove",
        summary="Take a photo off a report of mine",
        description="The photo is deleted, from your own messages as well. "
        "When it was the first, the next one takes its place.",
        request=None,
        responses={204: None, 404: ErrorSerializer},
        tags=TAGS,
    )
    def delete(self, request: Request, report_id: int, image_id: UUID) -> Response:
        report = access_report_as_author(actor_of(request), report_id)
        report_photo_remove(actor=actor_of(request), report=report, image_id=image_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReportTimelineApi(APIView):
    @extend_schema(
        operation_id="report_timeline",
        summary="What happened to a report of mine, oldest first",
        description="The newest 500 events, for the reporter and the owner of the report's pet.",
        responses={200: ReportEventSerializer(many=True), 404: ErrorSerializer},
        examples=[TIMELINE_EXAMPLE],
        tags=TAGS,
    )
    def get(self, request: Request, report_id: int) -> Response:
        actor = actor_of(request)
        report = access_report_as_reporter(actor, report_id)
        return Response(ReportEventSerializer(report_timeline(report, viewer=actor), many=True).data)

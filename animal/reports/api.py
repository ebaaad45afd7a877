"""Filing reports, the map, and a report's status."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.serializers import SentenceSerializer
from animal.core.examples import sentence_example
from animal.core.idempotency import idempotent
from animal.core.serializers import IDEMPOTENCY_KEY, ErrorSerializer
from animal.reports.bbox import bbox_parse
from animal.reports.cards import report_card, report_cards, report_filed
from animal.reports.examples import (
    BBOX_EXAMPLE,
    NOT_FAILED_EXAMPLE,
    REPORT_EXAMPLE,
    REPORT_RESOLVED_EXAMPLE,
    REPORT_STATUS_EXAMPLE,
)
from animal.reports.models import Report
from animal.reports.selectors import (
    OPEN_STATUSES,
    access_report_as_reporter,
    my_reports,
    reports_on_map,
)
from animal.reports.serializers import (
    LocationSerializer,
    ReportFiledSerializer,
    ReportInputSerializer,
    ReportStatusInputSerializer,
)
from animal.reports.services import ReportData, report_file, report_retry_features, report_set_status

TAGS = ["reports"]
BBOX = OpenApiParameter(
    "bbox", str, description="west,south,east,north in degrees; west > east when it crosses the date line."
)


class ReportFileApi(APIView):
    throttle_scope = "report_pet"

    @extend_schema(
        operation_id="report_create",
        summary="Report a lost or found animal",
        description="`status` says which. The place is where the animal was last seen, or found; others see it moved "
        "by 200 to 400 m. The photo is optional, but without one no match is found. People who watch the area are "
        "told at once; the photo is compared in the background. With `pet_id` the report is about a pet of yours.",
        request={"multipart/form-data": ReportInputSerializer},
        parameters=[IDEMPOTENCY_KEY],
        responses={201: ReportFiledSerializer, **dict.fromkeys((400, 404, 409, 422, 429), ErrorSerializer)},
        tags=TAGS,
    )
    @idempotent("report", rebuild="answer_for")
    def post(self, request: Request) -> Response:
        form = ReportInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        upload = values.pop("image")
        answers: list[Response] = []

        def then(report: Report) -> None:
            # Before the commit: a report that is written is answered so, even if the database goes that very moment.
            answers.append(self._answer(request, report))

        report_file(actor=actor_of(request), data=ReportData(**values), upload=upload, then=then)
        return answers[0]

    def answer_for(self, request: Request, object_id: str) -> Response:
        return self._answer(request, access_report_as_reporter(actor_of(request), int(object_id)))

    @staticmethod
    def _answer(request: Request, report: Report) -> Response:
        card = report_filed(report, viewer=actor_of(request), request=request)
        return Response(card, status=status.HTTP_201_CREATED)


class _MapApi(APIView):
    """The newest 500 reports of some statuses."""

    statuses: Collection[str]

    def get(self, request: Request) -> Response:
        box = request.query_params.get("bbox")
        reports = reports_on_map(statuses=self.statuses, bbox=bbox_parse(box) if box else None)
        return Response(report_cards(reports, viewer=actor_of(request), request=request))


def _map_schema(operation_id: str, summary: str) -> dict[str, object]:
    return {
        "operation_id": operation_id,
        "summary": summary,
        "description": "The newest 500, newest first. Points of others' reports are moved by 200 to 400 m.",
        "parameters": [BBOX],
        "examples": [REPORT_EXAMPLE, BBOX_EXAMPLE],
        "responses": {200: LocationSerializer(many=True), 400: ErrorSerializer},
        "tags": TAGS,
    }


class ReportMapApi(_MapApi):
    statuses = OPEN_STATUSES

    @extend_schema(**_map_schema("report_list", "Open reports"))  # type: ignore[arg-type]
    def get(self, request: Request) -> Response:
        return super().get(request)


class ReportMapLostApi(_MapApi):
    statuses = (Report.Status.LOST,)

    @extend_schema(**_map_schema("report_list_lost", "Open reports of lost animals"))  # type: ignore[arg-type]
    def get(self, request: Request) -> Response:
        return super().get(request)


class ReportMapFoundApi(_MapApi):
    statuses = (Report.Status.FOUND,)

    @extend_schema(**_map_schema("report_list_found", "Open reports of found animals"))  # type: ignore[arg-type]
    def get(self, request: Request) -> Response:
        return super().get(request)


class ReportMineApi(APIView):
    @extend_schema(
        operation_id="report_list_mine",
        summary="My reports, open and resolved",
        description="Those that I filed or whose pet is mine; the newest 500.",
        responses=LocationSerializer(many=True),
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        return Response(report_cards(my_reports(actor), viewer=actor, request=request))


class ReportStatusApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="report_status_set",
        summary="Resolve or reopen a report of mine",
        description="`resolved` takes it off the map and out of the search; its own side, `lost` or `found`, "
        "reopens it.",
        examples=[REPORT_STATUS_EXAMPLE, REPORT_RESOLVED_EXAMPLE],
        request=ReportStatusInputSerializer,
        responses={200: LocationSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
        tags=TAGS,
    )
    def post(self, request: Request, report_id: int) -> Response:
        actor = actor_of(request)
        report = access_report_as_reporter(actor, report_id)
        form = ReportStatusInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        report_set_status(actor=actor, report=report, status=form.validated_data["status"])
        return Response(report_card(access_report_as_reporter(actor, report_id), viewer=actor, request=request))

    @extend_schema(
        operation_id="report_status_set_put",
        summary="Resolve or reopen a report of mine (by PUT)",
        description="The same as POST, for clients that send PUT.",
        examples=[REPORT_STATUS_EXAMPLE, REPORT_RESOLVED_EXAMPLE],
        request=ReportStatusInputSerializer,
        responses={200: LocationSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
        tags=TAGS,
    )
    def put(self, request: Request, report_id: int) -> Response:
        return self.post(request, report_id)


class ReportRetryFeaturesApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="report_retry_features",
        summary="Have the photo of a report of mine read again",
        description="Only when `feature_status` is `failed`.",
        examples=[sentence_example("The photo will be looked at again."), NOT_FAILED_EXAMPLE],
        request=None,
        responses={200: SentenceSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
        tags=TAGS,
    )
    def post(self, request: Request, report_id: int) -> Response:
        report_retry_features(report=access_report_as_reporter(actor_of(request), report_id))
        return Response({"detail": _("The photo will be looked at again.")})

"""All that we hold of somebody, over HTTP: fetch it, delete it."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.authentication import session_id_of
from accounts.cookies import clear_refresh_cookie
from accounts.examples import (
    ACCOUNT_DELETE_EXAMPLE,
    DELETION_EXAMPLE,
    EXPORT_EXAMPLE,
    EXPORT_REQUESTED_EXAMPLE,
    SIGN_IN_AGAIN_EXAMPLE,
    WRONG_PASSWORD_EXAMPLE,
)
from accounts.selectors import my_latest_export
from accounts.serializers import DataExportSerializer, DeletionRequestedSerializer, DeletionSerializer
from accounts.services.deletion import deletion_request
from accounts.services.exports import export_open, export_request
from animal.core.examples import FILE
from animal.core.parsers import JSONParser
from animal.core.serializers import ErrorSerializer

TAGS = ["account"]


class DataExportApi(APIView):
    def get_throttles(self) -> list:
        self.throttle_scope = "data_export" if self.request.method == "POST" else None
        return super().get_throttles()

    @extend_schema(
        tags=TAGS,
        operation_id="export_request",
        summary="Ask for everything that is stored about me",
        description="The worker packs ZIP files of JSON and pictures. While it does, asking again answers the same. "
        "`GET /api/v1/me/export/` says when they are ready.",
        examples=[EXPORT_REQUESTED_EXAMPLE],
        request=None,
        responses={202: DataExportSerializer, 401: ErrorSerializer, 429: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        export = export_request(user=actor_of(request))
        shown = DataExportSerializer(export, context={"request": request})
        return Response(shown.data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        tags=TAGS,
        operation_id="export_retrieve",
        summary="How far my export is, and where to fetch it",
        description="Of the export that was asked for last. `downloads` is empty until `state` is `ready`.",
        responses={200: DataExportSerializer, 401: ErrorSerializer, 404: ErrorSerializer, 429: ErrorSerializer},
        examples=[EXPORT_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        export = my_latest_export(actor_of(request))
        return Response(DataExportSerializer(export, context={"request": request}).data)


class DataExportPartApi(APIView):
    @extend_schema(
        operation_id="export_download",
        tags=TAGS,
        summary="Fetch one ZIP file of my export",
        description="`downloads` of the export lists the addresses. They need the bearer token and end with the "
        "export.",
        responses={
            (200, "application/zip"): OpenApiResponse(
                OpenApiTypes.BINARY, examples=[OpenApiExample("A ZIP file", value=FILE)]
            ),
            401: ErrorSerializer,
            404: ErrorSerializer,
            429: ErrorSerializer,
        },
    )
    def get(self, request: Request, export_id: UUID, part: int) -> FileResponse:
        file = export_open(user=actor_of(request), export_id=export_id, part=part)
        response = FileResponse(file, as_attachment=True, filename=f"pawgle-{part}.zip", content_type="application/zip")
        response["Cache-Control"] = "no-store"
        return response


class MeApi(APIView):
    parser_classes = (JSONParser,)
    throttle_scope = "login"  # It tells whether a password is right.

    @extend_schema(
        operation_id="account_delete",
        tags=TAGS,
        summary="Delete my account",
        description=(
            "Closes the account and hides everything at once; really deletes it after the grace period. Signing in "
            "until then takes it back. Asks for the password; without one, for a sign-in within 15 minutes."
        ),
        request=DeletionSerializer,
        responses={
            200: DeletionRequestedSerializer,
            400: ErrorSerializer,
            401: ErrorSerializer,
            403: ErrorSerializer,
            429: ErrorSerializer,
        },
        examples=[ACCOUNT_DELETE_EXAMPLE, DELETION_EXAMPLE, WRONG_PASSWORD_EXAMPLE, SIGN_IN_AGAIN_EXAMPLE],
    )
    def delete(self, request: Request) -> Response:
        form = DeletionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = deletion_request(
            user=actor_of(request), session_id=session_id_of(request), password=form.validated_data["password"]
        )
        sentence = _("Your account is closed and will be deleted. If you change your mind until then, sign in.")
        response = Response({"detail": sentence, "deletion_due_at": user.deletion_due_at})
        clear_refresh_cookie(response)
        return response

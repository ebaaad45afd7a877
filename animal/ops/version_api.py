"""What clients ask at their start: which release this is, and whether they have to be updated."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from animal.core.env import BUILD_PATTERN, CLIENT_PATTERN
from animal.core.examples import answer_example, error_example
from animal.core.serializers import ErrorSerializer
from animal.ops.client_version import version_report

EXAMPLE = {
    "version": "0.1.0",
    "release": "739423ca125d",
    "required_client_version": "1.4.0",
    "recommended_client_version": "1.5.2+57",
    "update_required": False,
    "update_recommended": True,
    "features": {"google_sign_in": True, "mail": True, "answers_by_mail": False},
    "limits": {"max_upload_size_mb": 15, "max_pet_photos": 10},
}
NO_VERSION = "X-Client-Version must be numbers with dots, such as 1.4.0."
OLDEST = "The oldest client that this service still speaks with, such as 1.4.0 or 1.4.0+57 (build 57). Empty: any."


class ClientSerializer(serializers.Serializer[Any]):
    """The headers in which a client says what it is."""

    version = serializers.RegexField(
        rf"\A{CLIENT_PATTERN}\Z",
        required=False,
        error_messages={"invalid": NO_VERSION},
    )
    build = serializers.RegexField(
        rf"\A{BUILD_PATTERN}\Z",
        required=False,
        error_messages={"invalid": "X-Client-Build must be a whole number, such as 57."},
    )


class VersionSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="Of the API.")
    release = serializers.CharField(help_text="What runs here: a name or a commit, `unknown` where nobody said.")
    required_client_version = serializers.CharField(allow_blank=True, help_text=OLDEST)
    recommended_client_version = serializers.CharField(allow_blank=True, help_text="As above, for all of its features.")
    update_required = serializers.BooleanField(help_text="The client is older than the oldest that is spoken with.")
    update_recommended = serializers.BooleanField(help_text="It is older than the recommended one, or than that.")
    features = inline_serializer(
        "Features",
        {
            "google_sign_in": serializers.BooleanField(),
            "mail": serializers.BooleanField(help_text="Whether mails reach people."),
            "answers_by_mail": serializers.BooleanField(help_text="Whether a mail about a message may be answered."),
        },
        help_text="What depends on how this service is set up.",
    )
    limits = inline_serializer(
        "Limits", {"max_upload_size_mb": serializers.IntegerField(), "max_pet_photos": serializers.IntegerField()}
    )


class VersionApi(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="service_version",
        summary="Which release this is, and whether your client is too old",
        description="For everybody, signed in or not. Without the headers no update is asked for.",
        parameters=[
            OpenApiParameter(
                "X-Client-Version",
                {"type": "string", "pattern": f"^{CLIENT_PATTERN}$"},
                OpenApiParameter.HEADER,
                description="Version of the client.",
            ),
            OpenApiParameter(
                "X-Client-Build",
                {"type": "string", "pattern": f"^{BUILD_PATTERN}$"},
                OpenApiParameter.HEADER,
                description="Its build, where one version has several.",
            ),
        ],
        responses={200: VersionSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[
            answer_example("A client that should be updated", EXAMPLE),
            error_example("A header that is no version", ValidationError({"version": [NO_VERSION]})),
        ],
        auth=[],
        tags=["service"],
    )
    def get(self, request: Request) -> Response:
        headers = {"version": "X-Client-Version", "build": "X-Client-Build"}
        sent = {name: said for name, header in headers.items() if (said := request.headers.get(header, "").strip())}
        client = ClientSerializer(data=sent)
        client.is_valid(raise_exception=True)
        return Response(
            version_report(
                client_version=client.validated_data.get("version", ""),
                client_build=client.validated_data.get("build", ""),
            )
        )

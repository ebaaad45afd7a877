"""Routes that do what our errors, parsers and throttles must cope with. Use with pytest.mark.urls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import OperationalError
from django.http import Http404
from django.urls import include, path
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from animal import urls
from animal.core.errors import Conflict, InvalidInput, NotFound, ServiceUnavailable

RAISED: dict[str, Callable[[], Exception]] = {
    "invalid": lambda: InvalidInput("Say more.", errors={"text": ["Say more."]}),
    "missing": lambda: NotFound(),
    "conflict": lambda: Conflict("Answered already."),
    "down": lambda: ServiceUnavailable("The model is away.", retry_after=7),
    "busy": lambda: OperationalError("database is locked: SELECT secret FROM table"),
    "http404": lambda: Http404("No Pet matches the given query."),
    "denied": lambda: PermissionDenied(),
    "model": lambda: DjangoValidationError({"name": ["Too short."]}),
    "nested": lambda: serializers.ValidationError({"pets": [{}, {"name": ["Too short."]}]}),
    "list": lambda: serializers.ValidationError(["Only ten."]),
    "bug": lambda: RuntimeError("password=hunter2"),
}


class RaiseApi(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request, name: str) -> Response:
        raise RAISED[name]()


class PlainApi(APIView):
    def get(self, request: Request) -> Response:
        return Response({"user": request.user.pk})


class EchoApi(APIView):
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        return Response({"got": request.data})


class SearchApi(APIView):
    throttle_scope = "pet_search"

    def get(self, request: Request) -> Response:
        return Response({})


class OpenApi(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns: list[Any] = [
    path("api/tests/raise/<str:name>/", RaiseApi.as_view()),
    path("api/tests/plain/", PlainApi.as_view()),
    path("api/tests/echo/", EchoApi.as_view()),
    path("api/tests/search/", SearchApi.as_view()),
    path("api/tests/open/", OpenApi.as_view()),
    path("", include("animal.urls")),
]
handler400, handler404, handler500 = urls.handler400, urls.handler404, urls.handler500

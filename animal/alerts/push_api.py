"""Browsers that are told of news by Web Push."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.authentication import session_id_of
from animal.alerts.examples import PUSH_DEVICE_EXAMPLE, PUSH_EXAMPLE, PUSH_INPUT_EXAMPLE
from animal.alerts.push_services import push_device_add, push_device_remove
from animal.alerts.selectors import access_push_device, my_push_devices
from animal.alerts.serializers import PushDeviceInputSerializer, PushDeviceSerializer, PushSerializer
from animal.alerts.web_push import public_key


class PushApi(APIView):
    @extend_schema(
        operation_id="push_retrieve",
        summary="The key for browsers, and my browsers",
        description="With `key` a browser subscribes (`applicationServerKey`); it is empty where nothing is pushed. At "
        "most twenty browsers.",
        responses=PushSerializer,
        examples=[PUSH_EXAMPLE],
        tags=["notifications"],
    )
    def get(self, request: Request) -> Response:
        devices = PushDeviceSerializer(my_push_devices(actor_of(request)), many=True).data
        return Response({"key": public_key(), "devices": devices})

    @extend_schema(
        operation_id="push_add",
        summary="Tell me by this browser",
        description="The body is what `PushSubscription.toJSON()` gives. News then comes as JSON with `title`, without "
        "a name or a place, and `link`, a path. The same browser again changes nothing; of more than twenty the oldest "
        "is dropped. One that takes back the permission is forgotten.",
        request=PushDeviceInputSerializer,
        responses={201: PushDeviceSerializer},
        examples=[PUSH_INPUT_EXAMPLE, PUSH_DEVICE_EXAMPLE],
        tags=["notifications"],
    )
    def post(self, request: Request) -> Response:
        form = PushDeviceInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        device = push_device_add(
            actor=actor_of(request),
            endpoint=form.validated_data["endpoint"],
            browser_key=form.validated_data["keys"]["p256dh"],
            browser_secret=form.validated_data["keys"]["auth"],
            user_agent=request.headers.get("User-Agent", ""),
            session_id=session_id_of(request),
        )
        return Response(PushDeviceSerializer(device).data, status=status.HTTP_201_CREATED)


class PushDeviceApi(APIView):
    @extend_schema(
        operation_id="push_remove",
        summary="Tell me no more by this browser",
        description="The browser itself keeps its subscription until it unsubscribes, and is told nothing.",
        responses={204: None},
        tags=["notifications"],
    )
    def delete(self, request: Request, device_id: int) -> Response:
        push_device_remove(device=access_push_device(actor_of(request), device_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

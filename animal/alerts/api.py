"""Areas that people watch, and their notifications."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.serializers import SentenceSerializer
from animal.alerts.selectors import (
    access_alert_subscription,
    my_alert_subscriptions,
    my_latest_notifications,
    my_unread_count,
)
from animal.alerts.serializers import (
    AlertSubscriptionInputSerializer,
    AlertSubscriptionSerializer,
    NotificationListSerializer,
    NotificationSerializer,
)
from animal.alerts.services import (
    Area,
    alert_subscription_create,
    alert_subscription_delete,
    alert_subscription_update,
    notification_mark_read,
    notifications_mark_all_read,
)


class AlertSubscriptionListApi(APIView):
    @extend_schema(
        summary="Areas that I watch, newest first",
        responses=AlertSubscriptionSerializer(many=True),
        tags=["alerts"],
        operation_id="alerts_list",
    )
    def get(self, request: Request) -> Response:
        return Response(AlertSubscriptionSerializer(my_alert_subscriptions(actor_of(request)), many=True).data)

    @extend_schema(
        summary="Watch an area",
        request=AlertSubscriptionInputSerializer,
        responses={201: AlertSubscriptionSerializer},
        tags=["alerts"],
    )
    def post(self, request: Request) -> Response:
        draft = AlertSubscriptionInputSerializer(data=request.data)
        draft.is_valid(raise_exception=True)
        subscription = alert_subscription_create(actor=actor_of(request), area=Area(**draft.validated_data))
        return Response(AlertSubscriptionSerializer(subscription).data, status=status.HTTP_201_CREATED)


class AlertSubscriptionDetailApi(APIView):
    @extend_schema(summary="An area that I watch", responses=AlertSubscriptionSerializer, tags=["alerts"])
    def get(self, request: Request, subscription_id: int) -> Response:
        subscription = access_alert_subscription(actor_of(request), subscription_id)
        return Response(AlertSubscriptionSerializer(subscription).data)

    @extend_schema(
        summary="Replace an area",
        request=AlertSubscriptionInputSerializer,
        responses=AlertSubscriptionSerializer,
        tags=["alerts"],
    )
    def put(self, request: Request, subscription_id: int) -> Response:
        return self._update(request, subscription_id, partial=False)

    @extend_schema(
        summary="Change parts of an area",
        request=AlertSubscriptionInputSerializer(partial=True),
        responses=AlertSubscriptionSerializer,
        tags=["alerts"],
    )
    def patch(self, request: Request, subscription_id: int) -> Response:
        return self._update(request, subscription_id, partial=True)

    @extend_schema(summary="Stop watching an area", responses={204: None}, tags=["alerts"])
    def delete(self, request: Request, subscription_id: int) -> Response:
        alert_subscription_delete(subscription=access_alert_subscription(actor_of(request), subscription_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _update(self, request: Request, subscription_id: int, *, partial: bool) -> Response:
        subscription = access_alert_subscription(actor_of(request), subscription_id)
        draft = AlertSubscriptionInputSerializer(data=request.data, partial=partial)
        draft.is_valid(raise_exception=True)
        subscription = alert_subscription_update(subscription=subscription, changes=draft.validated_data)
        return Response(AlertSubscriptionSerializer(subscription).data)


class NotificationListApi(APIView):
    @extend_schema(
        summary="My latest notifications",
        description="The newest 50; `unread_count` counts all.",
        responses=NotificationListSerializer,
        tags=["notifications"],
    )
    def get(self, request: Request) -> Response:
        notifications = NotificationSerializer(my_latest_notifications(actor_of(request)), many=True).data
        return Response({"notifications": notifications, "unread_count": my_unread_count(actor_of(request))})


class NotificationReadApi(APIView):
    @extend_schema(summary="Mark one read", request=None, responses=SentenceSerializer, tags=["notifications"])
    def post(self, request: Request, notification_id: int) -> Response:
        notification_mark_read(actor=actor_of(request), notification_id=notification_id)
        return Response({"detail": "Marked as read."})

    @extend_schema(summary="Mark one read", request=None, responses=SentenceSerializer, tags=["notifications"])
    def put(self, request: Request, notification_id: int) -> Response:
        return self.post(request, notification_id)


class NotificationReadAllApi(APIView):
    @extend_schema(summary="Mark all read", request=None, responses=SentenceSerializer, tags=["notifications"])
    def post(self, request: Request) -> Response:
        notifications_mark_all_read(actor=actor_of(request))
        return Response({"detail": "All notifications are marked as read."})

    @extend_schema(summary="Mark all read", request=None, responses=SentenceSerializer, tags=["notifications"])
    def put(self, request: Request) -> Response:
        return self.post(request)

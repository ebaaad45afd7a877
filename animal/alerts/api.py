"""Areas that people watch, and their notifications."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.serializers import SentenceSerializer
from animal.alerts.examples import ALERT_CHANGE_EXAMPLE, ALERT_EXAMPLE, CHOICE_EXAMPLE, CHOICES_EXAMPLE
from animal.alerts.selectors import (
    access_alert_subscription,
    my_alert_subscriptions,
    my_latest_notifications,
    my_notification_choices,
    my_unread_count,
)
from animal.alerts.serializers import (
    AlertSubscriptionInputSerializer,
    AlertSubscriptionSerializer,
    NotificationChoicesSerializer,
    NotificationListSerializer,
    NotificationSerializer,
)
from animal.alerts.services import (
    Area,
    alert_subscription_create,
    alert_subscription_delete,
    alert_subscription_update,
    notification_choices_set,
    notification_mark_read,
    notifications_mark_all_read,
)
from animal.core.examples import sentence_example


class AlertSubscriptionListApi(APIView):
    @extend_schema(
        operation_id="alert_list",
        summary="Areas that I watch, newest first",
        description="All of them, at most ten.",
        responses=AlertSubscriptionSerializer(many=True),
        tags=["alerts"],
    )
    def get(self, request: Request) -> Response:
        return Response(AlertSubscriptionSerializer(my_alert_subscriptions(actor_of(request)), many=True).data)

    @extend_schema(
        operation_id="alert_create",
        summary="Watch an area",
        description="Whenever an animal is reported within `radius_km` of the centre, you get one notification. "
        "`status_filter` is `lost`, `found`, or empty for both.",
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
    @extend_schema(
        operation_id="alert_retrieve",
        summary="An area that I watch",
        description="Its circle, what it listens for, and whether it is switched on.",
        responses=AlertSubscriptionSerializer,
        tags=["alerts"],
    )
    def get(self, request: Request, subscription_id: int) -> Response:
        subscription = access_alert_subscription(actor_of(request), subscription_id)
        return Response(AlertSubscriptionSerializer(subscription).data)

    @extend_schema(
        operation_id="alert_update",
        summary="Replace an area",
        description="All fields are set; those that are left out get their defaults.",
        request=AlertSubscriptionInputSerializer,
        responses=AlertSubscriptionSerializer,
        tags=["alerts"],
    )
    def put(self, request: Request, subscription_id: int) -> Response:
        return self._update(request, subscription_id, partial=False)

    @extend_schema(
        operation_id="alert_partial_update",
        summary="Change parts of an area",
        description="Only the fields that are sent. `is_active: false` mutes an area without losing it.",
        examples=[ALERT_CHANGE_EXAMPLE, ALERT_EXAMPLE],
        request=AlertSubscriptionInputSerializer(partial=True),
        responses=AlertSubscriptionSerializer,
        tags=["alerts"],
    )
    def patch(self, request: Request, subscription_id: int) -> Response:
        return self._update(request, subscription_id, partial=True)

    @extend_schema(
        operation_id="alert_delete",
        summary="Stop watching an area",
        description="The area is gone; notifications that it brought stay.",
        responses={204: None},
        tags=["alerts"],
    )
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
        operation_id="notification_list",
        summary="My latest notifications",
        description="The newest 50; `unread_count` counts all. `link` is the page that it leads to.",
        responses=NotificationListSerializer,
        tags=["notifications"],
    )
    def get(self, request: Request) -> Response:
        # Web clients poll this: the columns are the answer already, without an object and a serializer for each row.
        notifications = my_latest_notifications(actor_of(request)).values(*NotificationSerializer.Meta.fields)
        return Response({"notifications": list(notifications), "unread_count": my_unread_count(actor_of(request))})


class NotificationChoicesApi(APIView):
    @extend_schema(
        operation_id="notification_choices",
        summary="What I am told, and how",
        description="Every kind and channel; all are on until you say otherwise.",
        responses=NotificationChoicesSerializer,
        examples=[CHOICES_EXAMPLE],
        tags=["notifications"],
    )
    def get(self, request: Request) -> Response:
        return Response(my_notification_choices(actor_of(request)))

    @extend_schema(
        operation_id="notification_choices_set",
        summary="Choose what I am told, and how",
        description="What is left out stays as it is. Mails about the account itself cannot be refused.",
        request=NotificationChoicesSerializer,
        responses=NotificationChoicesSerializer,
        examples=[CHOICES_EXAMPLE, CHOICE_EXAMPLE],
        tags=["notifications"],
    )
    def patch(self, request: Request) -> Response:
        form = NotificationChoicesSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        notification_choices_set(actor=actor_of(request), changes=form.validated_data)
        return Response(my_notification_choices(actor_of(request)))


class NotificationReadApi(APIView):
    @extend_schema(
        operation_id="notification_mark_read",
        summary="Mark one read",
        description="Marking one twice does no harm.",
        request=None,
        responses=SentenceSerializer,
        examples=[sentence_example("Marked as read.")],
        tags=["notifications"],
    )
    def post(self, request: Request, notification_id: int) -> Response:
        notification_mark_read(actor=actor_of(request), notification_id=notification_id)
        return Response({"detail": _("Marked as read.")})

    @extend_schema(
        operation_id="notification_mark_read_put",
        summary="Mark one read (by PUT)",
        description="The same as POST, for clients that send PUT.",
        request=None,
        responses=SentenceSerializer,
        examples=[sentence_example("Marked as read.")],
        tags=["notifications"],
    )
    def put(self, request: Request, notification_id: int) -> Response:
        return self.post(request, notification_id)


class NotificationReadAllApi(APIView):
    @extend_schema(
        operation_id="notification_mark_all_read",
        summary="Mark all read",
        description="All that you have, not only the newest 50.",
        request=None,
        responses=SentenceSerializer,
        examples=[sentence_example("All notifications are marked as read.")],
        tags=["notifications"],
    )
    def post(self, request: Request) -> Response:
        notifications_mark_all_read(actor=actor_of(request))
        return Response({"detail": _("All notifications are marked as read.")})

    @extend_schema(
        operation_id="notification_mark_all_read_put",
        summary="Mark all read (by PUT)",
        description="The same as POST, for clients that send PUT.",
        request=None,
        responses=SentenceSerializer,
        examples=[sentence_example("All notifications are marked as read.")],
        tags=["notifications"],
    )
    def put(self, request: Request) -> Response:
        return self.post(request)

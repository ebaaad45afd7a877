from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from animal.alerts import api, push_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/auth/alerts/", api.AlertSubscriptionListApi.as_view()),
    path("api/auth/alerts/<int:subscription_id>/", api.AlertSubscriptionDetailApi.as_view()),
    path("api/v1/push/", push_api.PushApi.as_view()),
    path("api/v1/push/<int:device_id>/", push_api.PushDeviceApi.as_view()),
    path("api/v1/notifications/choices/", api.NotificationChoicesApi.as_view()),
    path("api/auth/notifications/", api.NotificationListApi.as_view()),
    path("api/auth/notifications/read-all/", api.NotificationReadAllApi.as_view()),
    path("api/auth/notifications/<int:notification_id>/read/", api.NotificationReadApi.as_view()),
]

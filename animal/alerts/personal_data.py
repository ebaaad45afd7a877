"""Areas that somebody watches, and what they were told. Both go with the account."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from accounts.models import User
from animal.alerts.models import AlertSubscription
from animal.alerts.selectors import my_notification_choices, my_push_devices, notifications_of
from animal.alerts.services import notifications_erase


def collect(user: User) -> dict[str, Any]:
    areas = AlertSubscription.objects.filter(user=user).order_by("pk")
    told = notifications_of(user).order_by("pk")
    return {
        "areas": [
            dict(row)
            for row in areas.values(
                "label", "center_lat", "center_lon", "radius_km", "status_filter", "is_active", "created_at"
            )
        ],
        "notifications": [
            dict(row) for row in told.values("verb", "description", "target_name", "link", "is_read", "created_at")
        ],
        "choices": my_notification_choices(user),
        "browsers": [dict(row) for row in my_push_devices(user).values("endpoint", "user_agent", "created_at")],
    }


def erase(user: User) -> bool:
    return notifications_erase(about=Q(recipient=user))

"""Reads of alerts: who watches a place, and what a person is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.selectors import proven
from animal.alerts.models import AlertSubscription, Notification
from animal.core.cells import RADIUS_BANDS, disk
from animal.core.errors import NotFound
from animal.core.geo import haversine_m

NOTIFICATION_LIMIT = 50
# TiDB and MySQL plan a long IN list badly; a band's disk has 37 to 91 cells.
CELLS_PER_QUERY = 100


@dataclass(frozen=True)
class WatchedArea:
    """That a person watches a place, and by which of their areas (the smallest, if several)."""

    user_id: int
    is_test: bool
    label: str
    radius_km: float


def area_watchers(*, latitude: float, longitude: float, status: str, slack_km: float = 0.0) -> list[WatchedArea]:
    """The people of whose active areas one, widened by `slack_km`, contains the point; each once, by user id.

    Looks up the centre cells around the point, one index look-up per radius band, then measures (haversine).
    """
    best: dict[int, WatchedArea] = {}
    for limit_km, resolution in RADIUS_BANDS:
        for row in _areas_around(disk(latitude, longitude, limit_km + slack_km, resolution), status):
            distance_m = haversine_m(latitude, longitude, row["center_lat"], row["center_lon"])
            if distance_m > (row["radius_km"] + slack_km) * 1000:
                continue
            known = best.get(row["user_id"])
            if known is None or row["radius_km"] < known.radius_km:
                best[row["user_id"]] = WatchedArea(row["user_id"], row["user__is_test"], row["label"], row["radius_km"])
    return [best[user_id] for user_id in sorted(best)]


def _areas_around(cells: list[int], status: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for start in range(0, len(cells), CELLS_PER_QUERY):
        areas = AlertSubscription.objects.filter(
            proven("user"),
            center_cell__in=cells[start : start + CELLS_PER_QUERY],
            is_active=True,
            status_filter__in=[AlertSubscription.StatusFilter.ANY, status],
        )
        values = areas.values("user_id", "user__is_test", "label", "center_lat", "center_lon", "radius_km")
        rows.extend(dict(row) for row in values)
    return rows


def my_alert_subscriptions(actor: User) -> QuerySet[AlertSubscription]:
    """Newest first. Bounded by MAX_AREAS_PER_USER when they are written."""
    return AlertSubscription.objects.filter(user=actor).order_by("-created_at", "-pk")


def access_alert_subscription(actor: User, subscription_id: int) -> AlertSubscription:
    subscription = AlertSubscription.objects.filter(pk=subscription_id, user=actor).first()
    if subscription is None:
        raise NotFound("This area does not exist.")
    return subscription


def my_latest_notifications(actor: User) -> QuerySet[Notification]:
    return Notification.objects.filter(recipient=actor).order_by("-created_at", "-pk")[:NOTIFICATION_LIMIT]


def my_unread_count(actor: User) -> int:
    return Notification.objects.filter(recipient=actor, is_read=False).count()

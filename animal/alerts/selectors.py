"""Reads of alerts: who watches a place, and what a person is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import proven
from animal.alerts.models import AlertSubscription, Channel, Kind, Notification, NotificationChoice, PushDevice
from animal.core.cells import RADIUS_BANDS, disk
from animal.core.errors import NotFound
from animal.core.geo import haversine_m
from animal.core.text import normalised_key

NOTIFICATION_LIMIT = 50
# TiDB and MySQL plan a long IN list badly; a band's disk has 37 to 91 cells.
CELLS_PER_QUERY = 100


@dataclass(frozen=True)
class WatchedArea:
    """That a person watches a place, and by which of their areas."""

    user_id: int
    is_test: bool
    label: str
    radius_km: float


def areas_watching(*, latitude: float, longitude: float, status: str, slack_km: float = 0.0) -> list[WatchedArea]:
    """The active areas that, widened by `slack_km`, contain the point: by user id, the smallest of each person first.

    Looks up the centre cells around the point, one index look-up per radius band, then measures (haversine). A person
    with several such areas is in the list as often: that each is told once is the notification's matter.
    """
    areas: list[WatchedArea] = []
    for limit_km, resolution in RADIUS_BANDS:
        for row in _areas_around(disk(latitude, longitude, limit_km + slack_km, resolution), status):
            distance_m = haversine_m(latitude, longitude, row["center_lat"], row["center_lon"])
            if distance_m > (row["radius_km"] + slack_km) * 1000:
                continue
            areas.append(WatchedArea(row["user_id"], row["user__is_test"], row["label"], row["radius_km"]))
    return sorted(areas, key=lambda area: (area.user_id, area.radius_km))


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
        raise NotFound(_("This area does not exist."))
    return subscription


def notifications_of(actor: User) -> QuerySet[Notification]:
    """All that the actor may know of; no order, no bound.

    To an address that is not proven nothing of messages: anybody can sign up with the address of a guest to learn of
    the answers. They show when it is proven.
    """
    told = Notification.objects.filter(recipient=actor)
    return told if actor.is_proven else told.exclude(verb=Notification.Verb.MESSAGE)


def my_latest_notifications(actor: User) -> QuerySet[Notification]:
    return notifications_of(actor).filter(is_muted=False).order_by("-created_at", "-pk")[:NOTIFICATION_LIMIT]


def my_unread_count(actor: User) -> int:
    return notifications_of(actor).filter(is_read=False, is_muted=False).count()


def my_notification_choices(actor: User) -> dict[str, dict[str, bool]]:
    """{kind: {channel: whether the actor is told}}, complete."""
    said = {(choice.kind, choice.channel): choice.is_on for choice in NotificationChoice.objects.filter(user=actor)}
    return {kind: {channel: said.get((kind, channel), True) for channel in Channel.values} for kind in Kind.values}


def channels_refused(user_id: int, kind: str) -> set[str]:
    refused = NotificationChoice.objects.filter(user_id=user_id, kind=kind, is_on=False)
    return set(refused.values_list("channel", flat=True))


def mails_wanted(user_id: int, kind: str, address: str) -> bool:
    """For `animal.core.mail`, which asks as a mail goes out: whether it goes to the address that this person has, an
    account that is neither closed nor disabled, and is of a kind that they want.

    A guest's account, which nobody has proven, gets its mails however it is: only they lead to the conversation.
    """
    reader = User.objects.filter(pk=user_id).first()
    if reader is None or reader.email_key != normalised_key(address):
        return False
    is_theirs = reader.is_active or reader.email_verified_at is None
    return is_theirs and Channel.MAIL not in channels_refused(user_id, kind)


def push_devices_told(user_id: int) -> QuerySet[PushDevice]:
    """Browsers of somebody. Signing out, there or everywhere, ends them, too: one may be in other hands."""
    devices = PushDevice.objects.filter(user_id=user_id, sign_in_epoch=F("user__sign_in_epoch"))
    return devices.filter(session__ended_at=None)


def my_push_devices(actor: User) -> QuerySet[PushDevice]:
    """Newest first. Bounded by MAX_DEVICES when they are written."""
    return push_devices_told(actor.pk).order_by("-created_at", "-pk")


def access_push_device(actor: User, device_id: int) -> PushDevice:
    device = push_devices_told(actor.pk).filter(pk=device_id).first()
    if device is None:
        raise NotFound(_("This browser is not told any more."))
    return device

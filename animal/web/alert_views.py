"""The areas that one watches, and what one was told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from animal.alerts.models import AlertSubscription, Notification
from animal.alerts.selectors import (
    access_alert_subscription,
    my_alert_subscriptions,
    my_latest_notifications,
    my_unread_count,
    notifications_of,
)
from animal.alerts.serializers import AlertSubscriptionInputSerializer
from animal.alerts.services import (
    MAX_AREAS_PER_USER,
    Area,
    alert_subscription_create,
    alert_subscription_delete,
    alert_subscription_update,
    notification_mark_read,
    notifications_mark_all_read,
)
from animal.core.errors import ApplicationError, NotFound
from animal.core.idempotency import submitted_once
from animal.core.sentences import restated
from animal.core.throttles import page_throttled
from animal.web.answers import gone_already, safe_path
from animal.web.forms import errors_of, problems_of
from animal.web.places import place_typed
from animal.web.viewers import signed_in, signed_in_only

RADII_KM = (1, 2, 5, 10, 20, 50, 100)
STATUSES = [
    ("", gettext_lazy("lost and found animals")),
    ("lost", gettext_lazy("lost animals")),
    ("found", gettext_lazy("found animals")),
]
# The page calls the place as its other forms do.
FIELDS = {"center_lat": "latitude", "center_lon": "longitude"}


def _area_data(request: HttpRequest) -> dict[str, Any]:
    """The page's form in the shape of the API's; what a form leaves out, it says nothing of."""
    post = request.POST
    data: dict[str, Any] = {
        name: post[name] for name in ("label", "radius_km", "status_filter", "is_active") if name in post
    }
    if "latitude" in post:
        data["center_lat"], data["center_lon"] = place_typed(post["latitude"], post.get("longitude", ""))
    return data


def _radii(area: AlertSubscription) -> list[float]:
    """With its own, which another client may have set to anything."""
    return sorted({*RADII_KM, area.radius_km})


def _areas_page(
    request: HttpRequest, *, errors: dict[str, str] | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    viewer, errors = signed_in(request), errors or {}
    areas = [{"area": area, "radii": _radii(area)} for area in my_alert_subscriptions(viewer)]
    start = {"radius_km": "5", **({"latitude": "28.6139", "longitude": "77.2090"} if viewer.is_test else {})}
    context = {
        "areas": areas,
        "has_room": len(areas) < MAX_AREAS_PER_USER,
        "most": MAX_AREAS_PER_USER,
        "radii": RADII_KM,
        "statuses": STATUSES,
        "errors": errors,
        "problems": [*problems_of(errors), *([problem] if problem else [])],
        "data": request.POST.dict() if errors or problem else start,
    }
    return render(request, "web/alerts.html", context, status=status)


def _watched(request: HttpRequest, area_id: str) -> HttpResponse:
    access_alert_subscription(signed_in(request), int(area_id))
    flash.success(request, _("You watch this area. You are told once of each animal that is reported there."))
    return redirect("alerts")


@signed_in_only
@page_throttled("user")
@require_http_methods(["GET", "HEAD", "POST"])
@submitted_once("area", rebuild=_watched)
def areas(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _areas_page(request)
    form = AlertSubscriptionInputSerializer(data=_area_data(request))
    if not form.is_valid():
        errors = {FIELDS.get(name, name): said for name, said in errors_of(form).items()}
        return _areas_page(request, errors=errors, status=400)
    try:
        area = alert_subscription_create(actor=signed_in(request), area=Area(**form.validated_data))
    except ApplicationError as error:
        return _areas_page(request, problem=str(error.detail), status=error.status_code)
    return _watched(request, str(area.pk))


def _own_area(viewer: User, subscription_id: int) -> AlertSubscription:
    try:
        return access_alert_subscription(viewer, subscription_id)
    except NotFound as error:
        raise Http404(str(error.detail)) from None


@require_POST
@signed_in_only
@page_throttled("user")
def area_change(request: HttpRequest, subscription_id: int) -> HttpResponse:
    area = _own_area(signed_in(request), subscription_id)
    form = AlertSubscriptionInputSerializer(data=_area_data(request), partial=True)
    if not form.is_valid():
        return _areas_page(request, problem="; ".join(problems_of(errors_of(form))), status=400)
    alert_subscription_update(subscription=area, changes=form.validated_data)
    flash.success(request, _("What you changed of the area is kept."))
    return redirect("alerts")


@require_POST
@signed_in_only
@page_throttled("user")
def area_remove(request: HttpRequest, subscription_id: int) -> HttpResponse:
    try:
        area = access_alert_subscription(signed_in(request), subscription_id)
    except NotFound:
        return gone_already(request, "alerts")
    alert_subscription_delete(subscription=area)
    flash.success(request, _("You do not watch this area any more."))
    return redirect("alerts")


# --- what one was told ------------------------------------------------------------------------------------------------


def _told(news: Notification) -> dict[str, Any]:
    return {
        "pk": news.pk,
        "said": restated(news.description),
        "link": news.link,
        "is_read": news.is_read,
        "created_at": news.created_at,
    }


@require_safe
@signed_in_only
def notifications(request: HttpRequest) -> HttpResponse:
    viewer = signed_in(request)
    context = {"told": [_told(news) for news in my_latest_notifications(viewer)], "unread": my_unread_count(viewer)}
    return render(request, "web/notifications.html", context)


@require_POST
@signed_in_only
@page_throttled("user")
def notification_open(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark it read, and go where it leads."""
    viewer = signed_in(request)
    told: Notification | None = notifications_of(viewer).filter(pk=notification_id).first()
    if told is None:
        raise Http404(_("This notification does not exist."))
    notification_mark_read(actor=viewer, notification_id=told.pk)
    return redirect(safe_path(request, told.link) if told.link else "notifications")


@require_POST
@signed_in_only
@page_throttled("user")
def notifications_read(request: HttpRequest) -> HttpResponse:
    notifications_mark_all_read(actor=signed_in(request))
    return redirect("notifications")

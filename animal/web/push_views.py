"""Browsers that tell their person of news: added and removed in the settings."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.page_sessions import page_session_id
from animal.alerts.push_services import push_device_add, push_device_remove
from animal.alerts.selectors import access_push_device
from animal.alerts.serializers import PushDeviceInputSerializer
from animal.core.errors import ApplicationError, NotFound
from animal.core.throttles import page_throttled
from animal.web.answers import gone_already
from animal.web.settings_views import settings_page
from animal.web.viewers import signed_in, signed_in_only


@require_POST
@signed_in_only
@page_throttled("user")
def push_add(request: HttpRequest) -> HttpResponse:
    """`push.js` fills the form in from what the browser's push service gave it."""
    keys = {name: request.POST.get(name, "") for name in ("p256dh", "auth")}
    form = PushDeviceInputSerializer(data={"endpoint": request.POST.get("endpoint", ""), "keys": keys})
    if not form.is_valid():
        return settings_page(request, errors={"push": _("This browser could not be added.")}, status=400)
    try:
        push_device_add(
            actor=signed_in(request),
            endpoint=form.validated_data["endpoint"],
            browser_key=form.validated_data["keys"]["p256dh"],
            browser_secret=form.validated_data["keys"]["auth"],
            user_agent=request.headers.get("User-Agent", ""),
            session_id=page_session_id(request),
        )
    except ApplicationError as error:
        return settings_page(request, errors={"push": str(error.detail)}, status=error.status_code)
    flash.success(request, _("This browser tells you of news from now on."))
    return redirect("settings")


@require_POST
@signed_in_only
@page_throttled("user")
def push_remove(request: HttpRequest, device_id: int) -> HttpResponse:
    try:
        push_device_remove(device=access_push_device(signed_in(request), device_id))
    except NotFound:
        return gone_already(request, "settings")
    flash.success(request, _("That browser tells you no more."))
    return redirect("settings")

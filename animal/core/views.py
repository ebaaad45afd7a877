"""Django's error pages: JSON under /api/, a page of ours elsewhere."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults

from animal.core.connections import DATABASE_AWAY
from animal.core.errors import BUSY, DATABASE_RETRY_SECONDS, is_api_request, json_error
from animal.core.refusals import refusal_page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api_request(request):
        return json_error(400, _("The request could not be understood."), "invalid")
    return defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api_request(request):
        return json_error(404, _("Not found."), "not_found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever nobody caught. Pages and middleware ask the database too, outside of the API's own handler."""
    if isinstance(sys.exc_info()[1], DATABASE_AWAY):
        if not is_api_request(request):
            return refusal_page(status=503, said=BUSY, retry_after=DATABASE_RETRY_SECONDS)
        response = json_error(503, BUSY, "unavailable")
        response["Retry-After"] = str(DATABASE_RETRY_SECONDS)
        return response
    if is_api_request(request):
        return json_error(500, _("Something went wrong on our side. It has been recorded."), "error")
    return defaults.server_error(request)

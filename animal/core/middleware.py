"""Middleware that every request passes."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware as DjangoCommonMiddleware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from animal.core.errors import is_api_request, json_error

_LEADING_SLASHES = re.compile(r"^/{2,}")


class CollapseSlashes:
    """Serve `//api/...` as `/api/...`: the web client's README asks for a base address with a trailing slash."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.path = _LEADING_SLASHES.sub("/", request.path)
        request.path_info = _LEADING_SLASHES.sub("/", request.path_info)
        return self.get_response(request)


class CommonMiddleware(DjangoCommonMiddleware):
    """Adds a missing slash by redirection only where that loses no body; DEBUG would answer 500 to such a POST."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)


class PermissionsPolicy:
    """Pages may ask where the device is, for a pin; markup that slips into one reaches no other part of it."""

    DENIED = ("camera", "display-capture", "microphone", "midi", "payment", "usb")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = ", ".join(["geolocation=(self)", *(f"{feature}=()" for feature in self.DENIED)])

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = self.policy
        return response


class PrivateAnswers:
    """Nobody keeps a copy of what concerns one person, unless the answer itself says otherwise.

    That is everything under /api/, where an address may hold a token; a page asked for with a session; and one that
    sets a cookie. The back button after signing out, a shared computer and a proxy show nothing of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # The cookie's presence is enough: looking at the person would cost every page a query.
        is_personal = settings.SESSION_COOKIE_NAME in request.COOKIES or bool(response.cookies)
        if "Cache-Control" not in response and (is_api_request(request) or is_personal):
            response["Cache-Control"] = "no-store"
        return response


class ApiErrorsInJson:
    """Under /api/, error pages that are no JSON become it: Django's own (unknown path, bad host, with DEBUG every
    traceback), and those of the API's description, which is YAML and HTML.

    The traceback of a 500 is in the log.
    """

    SENTENCES = {
        400: (gettext_lazy("The request could not be understood."), "invalid"),
        401: (gettext_lazy("You are signed out. Please sign in again."), "not_authenticated"),
        403: (gettext_lazy("You are not allowed to do this."), "permission_denied"),
        404: (gettext_lazy("Not found."), "not_found"),
        405: (gettext_lazy("This cannot be done here. The header Allow names what can."), "method_not_allowed"),
        406: (gettext_lazy("There is no such format of this. Please ask for another one."), "not_acceptable"),
        429: (gettext_lazy("That was often. Please try again later."), "throttled"),
    }
    KEPT = ("Allow", "Retry-After", "WWW-Authenticate")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not is_api_request(request):
            return response
        if response.get("Content-Type", "").startswith("application/json"):
            return response
        unexpected = (_("Something went wrong on our side. It has been recorded."), "error")
        message, code = self.SENTENCES.get(response.status_code, unexpected)
        error = json_error(response.status_code, message, code)
        for name in self.KEPT:
            if name in response:
                error[name] = response[name]
        return error

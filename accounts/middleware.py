"""What a request takes from the account of whoever sends it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.models import User
from animal.core.errors import is_api_request
from animal.core.languages import known_language


class AccountLanguage:
    """The language that a person chose for the account, on every page that they open signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session there is nobody to ask the database for; pictures have no language.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not _is_wordless(request):
            viewer = request.user
            if isinstance(viewer, User) and (language := known_language(viewer.language)):
                translation.activate(language)
        return self.get_response(request)


def _is_wordless(request: HttpRequest) -> bool:
    """What a cache may keep must not vary by cookies."""
    return (
        is_api_request(request)
        or request.path.endswith(".jpg")
        or request.path.startswith((settings.MEDIA_URL, settings.STATIC_URL))
    )

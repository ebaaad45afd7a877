"""What a request takes from the account of whoever sends it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.page_sessions import page_viewer
from animal.core.errors import is_api_request
from animal.core.languages import known_language


class PageViewer(AuthenticationMiddleware):
    """`request.user`, looked up when somebody asks: nobody, once this browser's sign-in was ended from elsewhere."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: page_viewer(request))  # type: ignore[assignment]


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

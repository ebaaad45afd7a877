"""Signing up, in and out over HTTP.

The refresh token travels only in its cookie. None of these routes looks at the Authorization header: the web client
sends `Bearer null` when it is signed out. Bodies are JSON only, so that no foreign page can sign people in by a form.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, services
from accounts.authentication import LenientBearerAuthentication
from accounts.cookies import clear_refresh_cookie, set_refresh_cookie
from accounts.errors import SessionOver
from accounts.examples import (
    ACCESS_EXAMPLE,
    GOOGLE_EXAMPLE,
    GOOGLE_REFUSED_EXAMPLE,
    GOOGLE_SIGNED_IN_EXAMPLE,
    GOOGLE_UNCONFIGURED_EXAMPLE,
    GOOGLE_UNLINKED_EXAMPLE,
    SESSION_OVER_EXAMPLE,
    SIGN_IN_EXAMPLE,
    SIGN_UP_EXAMPLE,
    SIGNED_UP_EXAMPLE,
    TOKEN_OBTAIN_EXAMPLE,
    USER_COUNT_EXAMPLE,
    WRONG_CREDENTIALS_EXAMPLE,
)
from accounts.google import google_person
from accounts.models import User
from accounts.page_sessions import page_sign_out
from accounts.serializers import (
    AccessSerializer,
    GoogleSignedInSerializer,
    GoogleSignInSerializer,
    SentenceSerializer,
    SignedUpSerializer,
    SignInSerializer,
    SignUpSerializer,
    TokenObtainSerializer,
    UserCountSerializer,
    UserSerializer,
)
from accounts.tokens import access_token
from animal.core.examples import sentence_example
from animal.core.languages import asked_language
from animal.core.parsers import JSONParser
from animal.core.serializers import ErrorSerializer
from animal.core.throttles import client_address

TAGS = ["sign-in"]


class PublicApi(APIView):
    """A route for people who are not signed in, or not any more."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser,)


class UserSignUpApi(PublicApi):
    throttle_scope = "signup"

    @extend_schema(
        tags=TAGS,
        operation_id="user_sign_up",
        summary="Sign up",
        description="Opens an account and mails a link that proves the address. Sign in next; until the address is "
        "proven, reports of this account are kept but shown to nobody else. Display names may be in any script. The "
        "answer is the same for an address that has an account already: nothing is made or changed then, and the owner "
        "of the address is told by mail. Mails are in the language that `Accept-Language` asks for here.",
        request=SignUpSerializer,
        responses={201: SignedUpSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[SIGN_UP_EXAMPLE, SIGNED_UP_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        form = SignUpSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        told = services.user_sign_up(**form.validated_data, language=asked_language(request))
        message = _("Welcome! We have sent a mail to this address. Please open the link in it to go on.")
        return Response({"message": message, "user": asdict(told)}, status=status.HTTP_201_CREATED)


class SessionSignInApi(PublicApi):
    throttle_scope = "login"

    @extend_schema(
        tags=TAGS,
        operation_id="session_sign_in",
        summary="Sign in with address and password",
        description="Answers with an access token for the Authorization header, good for 30 minutes, and sets the "
        "refresh cookie that `POST /api/token/refresh/` reads. Signing in takes back a deletion that is under way.",
        request=SignInSerializer,
        responses={200: AccessSerializer, 400: ErrorSerializer, 401: ErrorSerializer, 429: ErrorSerializer},
        examples=[SIGN_IN_EXAMPLE, ACCESS_EXAMPLE, WRONG_CREDENTIALS_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        form = SignInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return _sign_in(request, **form.validated_data)


class TokenObtainApi(PublicApi):
    """For programs written against the older service, which signed in by display name."""

    throttle_scope = "login"

    @extend_schema(
        tags=TAGS,
        operation_id="token_obtain",
        summary="Sign in with address and password, for programs",
        description="As /api/auth/login/. The refresh token is in the cookie only, never in the body.",
        request=TokenObtainSerializer,
        responses={200: AccessSerializer, 400: ErrorSerializer, 401: ErrorSerializer, 429: ErrorSerializer},
        examples=[TOKEN_OBTAIN_EXAMPLE, ACCESS_EXAMPLE, WRONG_CREDENTIALS_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        form = TokenObtainSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        name, password = form.validated_data["username"], form.validated_data["password"]
        return _sign_in(request, email=selectors.address_for(name), password=password)


class GoogleSignInApi(PublicApi):
    throttle_scope = "login"

    @extend_schema(
        tags=TAGS,
        operation_id="session_sign_in_google",
        summary="Sign in with Google",
        description="Takes the ID token of Google Identity Services, and opens an account for an address that has "
        "none. Sets the refresh cookie. An account whose address is proven is joined the first time only when Google "
        "hosts the address (Gmail, or a Workspace domain); otherwise it is a 401, and a sign-in link is mailed.",
        request=GoogleSignInSerializer,
        responses={
            200: GoogleSignedInSerializer,
            400: ErrorSerializer,
            401: ErrorSerializer,
            429: ErrorSerializer,
            503: ErrorSerializer,
        },
        examples=[
            GOOGLE_EXAMPLE,
            GOOGLE_SIGNED_IN_EXAMPLE,
            GOOGLE_REFUSED_EXAMPLE,
            GOOGLE_UNLINKED_EXAMPLE,
            GOOGLE_UNCONFIGURED_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        form = GoogleSignInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        credential = form.validated_data.get("credential") or form.validated_data["id_token"]
        person = services.google_sign_in(person=google_person(credential), user_agent=user_agent(request))
        body = {"user": UserSerializer(person.user).data, "created": person.created}
        return signed_in(body, person.user, person.refresh_token)


class SessionSignOutApi(PublicApi):
    @extend_schema(
        tags=TAGS,
        operation_id="session_sign_out",
        summary="Sign out",
        description="Ends the session of the refresh cookie and clears the cookie; and that of our own pages, if this "
        "browser is signed in there. The body is not read.",
        request=None,
        responses={200: SentenceSerializer, 429: ErrorSerializer},
        examples=[sentence_example("You are signed out.")],
    )
    def post(self, request: Request) -> Response:
        services.session_end(token=_refresh_token(request))
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            page_sign_out(request._request)  # The same browser may be signed in to our own pages.
        response = Response({"detail": _("You are signed out.")})
        clear_refresh_cookie(response)
        return response


class SessionRefreshApi(PublicApi):
    @extend_schema(
        tags=TAGS,
        operation_id="session_refresh",
        summary="Get a new access token",
        description="Reads and rotates the refresh cookie, which signing in sets and browsers send. The body is not "
        "read.",
        request=None,
        responses={200: AccessSerializer, 401: ErrorSerializer, 429: ErrorSerializer},
        examples=[ACCESS_EXAMPLE, SESSION_OVER_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        refreshed = services.session_refresh(token=_refresh_token(request))
        return signed_in({}, refreshed.user, refreshed.refresh_token)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, SessionOver):
            clear_refresh_cookie(response)
        return response


class UserCountApi(APIView):
    authentication_classes = (LenientBearerAuthentication,)
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="user_count",
        tags=["account"],
        summary="How many accounts there are",
        description="For everybody, as a counter on a landing page.",
        examples=[USER_COUNT_EXAMPLE],
        auth=[],
        responses={200: UserCountSerializer, 429: ErrorSerializer},
    )
    def get(self, request: Request) -> Response:
        return Response({"user_count": selectors.user_count()})


def _sign_in(request: Request, *, email: str, password: str) -> Response:
    user = services.user_sign_in(email=email, password=password, client_address=client_address(request))
    return signed_in({}, user, services.session_start(user=user, user_agent=user_agent(request)))


def signed_in(body: dict[str, Any], user: User, refresh_token: str) -> Response:
    """The answer that hands out a session: `access` and `body`, and the cookie."""
    response = Response({"access": access_token(user, refresh_token), **body})
    response["Cache-Control"] = "no-store"  # RFC 6749, section 5.1: no cache keeps tokens.
    set_refresh_cookie(response, refresh_token)
    return response


def _refresh_token(request: Request) -> str:
    return str(request.COOKIES.get(settings.REFRESH_COOKIE_NAME, ""))


def user_agent(request: Request) -> str:
    return str(request.headers.get("User-Agent", ""))

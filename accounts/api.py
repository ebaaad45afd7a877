"""Signing up, in and out over HTTP.

The refresh token travels only in its cookie. None of these routes looks at the Authorization header: the web client
sends `Bearer null` when it is signed out. Bodies are JSON only, so that no foreign page can sign people in by a form.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
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
from accounts.models import User
from accounts.serializers import (
    AccessSerializer,
    MagicConsumeSerializer,
    MagicRequestSerializer,
    SentenceSerializer,
    SignedInSerializer,
    SignedUpSerializer,
    SignInSerializer,
    SignUpSerializer,
    UserCountSerializer,
    UserSerializer,
)
from accounts.tokens import access_token
from animal.core.parsers import JSONParser
from animal.core.serializers import ErrorSerializer

TAGS = ["accounts"]


class PublicApi(APIView):
    """A route for people who are not signed in, or not any more."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser,)


class UserSignUpApi(PublicApi):
    throttle_scope = "signup"

    @extend_schema(
        tags=TAGS,
        summary="Sign up",
        request=SignUpSerializer,
        responses={201: SignedUpSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        form = SignUpSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = services.user_sign_up(**form.validated_data)
        message = "Welcome! You can sign in now. We have sent you a mail to confirm your address."
        return Response({"message": message, "user": UserSerializer(user).data}, status=status.HTTP_201_CREATED)


class SessionSignInApi(PublicApi):
    throttle_scope = "login"

    @extend_schema(
        tags=TAGS,
        summary="Sign in with address and password",
        description="Sets the refresh cookie.",
        request=SignInSerializer,
        responses={200: AccessSerializer, 400: ErrorSerializer, 401: ErrorSerializer, 429: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        form = SignInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = services.user_sign_in(**form.validated_data)
        return _signed_in({}, user, services.session_start(user=user, user_agent=_user_agent(request)))


class SessionSignOutApi(PublicApi):
    @extend_schema(
        tags=TAGS,
        summary="Sign out",
        description="Ends the session of the refresh cookie and clears the cookie. The body is not read.",
        request=None,
        responses={200: SentenceSerializer, 429: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        services.session_end(token=_refresh_token(request))
        response = Response({"detail": "You are signed out."})
        clear_refresh_cookie(response)
        return response


class SessionRefreshApi(PublicApi):
    @extend_schema(
        tags=TAGS,
        summary="Get a new access token",
        description="Reads and rotates the refresh cookie. The body is not read.",
        request=None,
        responses={200: AccessSerializer, 401: ErrorSerializer, 429: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        refreshed = services.session_refresh(token=_refresh_token(request))
        return _signed_in({}, refreshed.user, refreshed.refresh_token)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, SessionOver):
            clear_refresh_cookie(response)
        return response


class MagicRequestApi(PublicApi):
    throttle_scope = "password_reset"

    @extend_schema(
        tags=TAGS,
        summary="Ask for a sign-in link by mail",
        description="The answer is the same whether or not there is an account with this address.",
        request=MagicRequestSerializer,
        responses={200: SentenceSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        form = MagicRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.sign_in_link_send(**form.validated_data)
        return Response({"detail": "If there is an account with this address, a sign-in link is on its way to it."})


class MagicConsumeApi(PublicApi):
    throttle_scope = "login"

    @extend_schema(
        tags=TAGS,
        summary="Sign in with a link from a mail",
        description="The token works once. Sets the refresh cookie.",
        request=MagicConsumeSerializer,
        responses={200: SignedInSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        form = MagicConsumeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        signed_in = services.session_start_from_link(
            token=form.validated_data["token"], user_agent=_user_agent(request)
        )
        return _signed_in({"user": UserSerializer(signed_in.user).data}, signed_in.user, signed_in.refresh_token)


class UserCountApi(APIView):
    authentication_classes = (LenientBearerAuthentication,)
    permission_classes = (AllowAny,)

    @extend_schema(
        tags=TAGS,
        summary="How many accounts there are",
        auth=[],
        responses={200: UserCountSerializer, 429: ErrorSerializer},
    )
    def get(self, request: Request) -> Response:
        return Response({"user_count": selectors.user_count()})


def _signed_in(body: dict[str, Any], user: User, refresh_token: str) -> Response:
    response = Response({"access": access_token(user), **body})
    response["Cache-Control"] = "no-store"  # RFC 6749, section 5.1: no cache keeps tokens.
    set_refresh_cookie(response, refresh_token)
    return response


def _refresh_token(request: Request) -> str:
    return str(request.COOKIES.get(settings.REFRESH_COOKIE_NAME, ""))


def _user_agent(request: Request) -> str:
    return str(request.headers.get("User-Agent", ""))

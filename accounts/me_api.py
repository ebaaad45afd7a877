"""One's own account over HTTP: password, address, and where one is signed in."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.actor import actor_of
from accounts.api import signed_in, user_agent
from accounts.authentication import session_id_of
from accounts.cookies import clear_refresh_cookie
from accounts.examples import (
    ACCESS_EXAMPLE,
    EMAIL_CHANGE_EXAMPLE,
    PASSWORD_CHANGE_EXAMPLE,
    SESSION_EXAMPLE,
    SIGN_IN_AGAIN_EXAMPLE,
    WRONG_PASSWORD_EXAMPLE,
)
from accounts.selectors import my_sessions
from accounts.serializers import (
    AccessSerializer,
    EmailChangeSerializer,
    PasswordChangeSerializer,
    SentenceSerializer,
    SessionSerializer,
)
from animal.core.examples import sentence_example
from animal.core.paging import NewestFirstCursor
from animal.core.parsers import JSONParser
from animal.core.serializers import ErrorSerializer

TAGS = ["account"]
REFUSALS = {400: ErrorSerializer, 401: ErrorSerializer, 403: ErrorSerializer, 429: ErrorSerializer}


class PasswordChangeApi(APIView):
    parser_classes = (JSONParser,)
    throttle_scope = "login"  # It tells whether a password is right.

    @extend_schema(
        tags=TAGS,
        operation_id="password_change",
        summary="Change the password",
        description=(
            "Ends every session. The answer opens a new one for the caller, so that only the others are signed out."
        ),
        request=PasswordChangeSerializer,
        responses={200: AccessSerializer, **REFUSALS},
        examples=[PASSWORD_CHANGE_EXAMPLE, ACCESS_EXAMPLE, WRONG_PASSWORD_EXAMPLE, SIGN_IN_AGAIN_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        form = PasswordChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        refresh_token = services.password_change(
            user=actor, session_id=session_id_of(request), user_agent=user_agent(request), **form.validated_data
        )
        return signed_in({}, actor, refresh_token)


class EmailChangeApi(APIView):
    parser_classes = (JSONParser,)
    throttle_scope = "email_verification"

    @extend_schema(
        tags=TAGS,
        operation_id="email_change",
        summary="Change the e-mail address",
        description=(
            "Mails a link to the new address. The account keeps the old one until that link is used, and the old one "
            "is told then. The answer is the same for an address that another account has."
        ),
        request=EmailChangeSerializer,
        responses={200: SentenceSerializer, **REFUSALS},
        examples=[
            EMAIL_CHANGE_EXAMPLE,
            sentence_example("A link is on its way to the new address. Open it to finish the change."),
            WRONG_PASSWORD_EXAMPLE,
            SIGN_IN_AGAIN_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        form = EmailChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.email_change_request(
            user=actor_of(request),
            session_id=session_id_of(request),
            new_email=form.validated_data["email"],
            password=form.validated_data["password"],
        )
        return Response({"detail": _("A link is on its way to the new address. Open it to finish the change.")})


class SessionListApi(APIView):
    pagination_class = NewestFirstCursor

    @extend_schema(
        tags=TAGS,
        operation_id="session_list",
        summary="Where I am signed in, newest first",
        description="Each sign-in that is still good, with the program that made it. `is_current` marks your own.",
        examples=[SESSION_EXAMPLE],
        responses={200: SessionSerializer(many=True), 401: ErrorSerializer, 429: ErrorSerializer},
    )
    def get(self, request: Request) -> Response:
        pages = NewestFirstCursor()
        page = pages.paginate_queryset(my_sessions(actor_of(request)), request, view=self)
        shown = SessionSerializer(page, many=True, context={"session_id": session_id_of(request)})
        return pages.get_paginated_response(shown.data)

    @extend_schema(
        operation_id="session_end_all",
        tags=TAGS,
        summary="Sign out everywhere",
        description="Ends every session, this one included, and every link that was mailed. Clears the cookie.",
        request=None,
        responses={204: None, 401: ErrorSerializer, 429: ErrorSerializer},
    )
    def delete(self, request: Request) -> Response:
        services.sign_out_everywhere(user=actor_of(request))
        response = Response(status=status.HTTP_204_NO_CONTENT)
        clear_refresh_cookie(response)
        return response


class SessionDetailApi(APIView):
    @extend_schema(
        tags=TAGS,
        operation_id="session_end",
        summary="Sign out one device",
        description="Ends one of your sessions: its access and refresh tokens stop working at once.",
        request=None,
        responses={204: None, 401: ErrorSerializer, 404: ErrorSerializer, 429: ErrorSerializer},
    )
    def delete(self, request: Request, session_id: UUID) -> Response:
        services.session_end_by_owner(user=actor_of(request), session_id=session_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

"""Links from mails over HTTP: ask for one, use one. Nothing that a mail scanner could GET uses one up."""

from __future__ import annotations

from urllib.parse import urlencode

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api import TAGS, PublicApi, signed_in, user_agent
from accounts.errors import PasswordRequired
from accounts.examples import (
    CONFIRMED_AND_SIGNED_IN_EXAMPLE,
    CONFIRMED_EXAMPLE,
    EMAIL_EXAMPLE,
    LINK_EXAMPLE,
    LINK_INVALID_EXAMPLE,
    OLD_LINK_EXAMPLE,
    OLD_RESET_EXAMPLE,
    PASSWORD_REQUIRED_EXAMPLE,
    RESET_LINK_EXAMPLE,
    SIGNED_IN_EXAMPLE,
)
from accounts.models import OneTimeToken
from accounts.serializers import (
    AccountMessageSerializer,
    EmailSerializer,
    MagicConsumeSerializer,
    MagicRequestSerializer,
    PasswordResetSerializer,
    SentenceSerializer,
    SignedInSerializer,
    UserSerializer,
    VerifiedSerializer,
    VerifyEmailSerializer,
)
from animal.core.examples import sentence_example
from animal.core.serializers import ErrorSerializer

Purpose = OneTimeToken.Purpose


class MagicRequestApi(PublicApi):
    throttle_scope = "password_reset"

    @extend_schema(
        tags=TAGS,
        operation_id="sign_in_link_request",
        summary="Ask for a sign-in link by mail",
        description="The answer is the same whether or not there is an account with this address.",
        request=MagicRequestSerializer,
        responses={200: SentenceSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[
            EMAIL_EXAMPLE,
            sentence_example("If there is an account with this address, a sign-in link is on its way to it."),
        ],
    )
    def post(self, request: Request) -> Response:
        form = MagicRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.sign_in_link_send(**form.validated_data)
        return Response({"detail": _("If there is an account with this address, a sign-in link is on its way to it.")})


class MagicConsumeApi(PublicApi):
    throttle_scope = "login"

    @extend_schema(
        tags=TAGS,
        operation_id="session_sign_in_link",
        summary="Sign in with a link from a mail",
        description=(
            "The token works once, for what it was mailed for: to sign in, to confirm an address, to change it, or to "
            "reset the password, which asks for `new_password` and ends every other session. Sets the refresh cookie."
        ),
        request=MagicConsumeSerializer,
        responses={200: SignedInSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[LINK_EXAMPLE, RESET_LINK_EXAMPLE, SIGNED_IN_EXAMPLE, LINK_INVALID_EXAMPLE, PASSWORD_REQUIRED_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        form = MagicConsumeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            person = services.session_start_from_link(**form.validated_data, user_agent=user_agent(request))
        except PasswordRequired:
            # The existing web client has no field for it and shows the sentence; our own page has.
            query = urlencode({"token": form.validated_data["token"]})
            raise PasswordRequired(page=request.build_absolute_uri(f"/auth/magic?{query}")) from None
        return signed_in({"user": UserSerializer(person.user).data}, person.user, person.refresh_token)


class VerifyEmailApi(PublicApi):
    """The older service's verification links. Ours lead to /auth/magic; the token and the uid are the same."""

    throttle_scope = "email_verification"
    QUERY = (
        OpenApiParameter("uid", str, required=True, description="From the link."),
        OpenApiParameter("token", str, required=True, description="From the link."),
    )

    @extend_schema(
        tags=TAGS,
        operation_id="email_confirm",
        summary="Confirm an address, without signing in",
        description=(
            "Proves the address and uses nothing up, so that a program that only looks at links does no harm. "
            "`access` is empty: a session is opened by POST, which uses the token up and sets the refresh cookie."
        ),
        parameters=list(QUERY),
        responses={200: VerifiedSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[CONFIRMED_EXAMPLE, LINK_INVALID_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        form = VerifyEmailSerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        services.address_confirm(**form.validated_data)
        return Response({"message": _("Thank you, your address is confirmed. You can sign in now."), "access": ""})

    @extend_schema(
        tags=TAGS,
        operation_id="email_confirm_and_sign_in",
        summary="Confirm an address and sign in",
        description="Uses the token of a link from the first mail up, proves the address, and sets the refresh cookie.",
        request=VerifyEmailSerializer,
        responses={200: VerifiedSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[OLD_LINK_EXAMPLE, CONFIRMED_AND_SIGNED_IN_EXAMPLE, LINK_INVALID_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        form = VerifyEmailSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        person = services.session_start_from_link(
            **form.validated_data, purposes=[Purpose.VERIFY_EMAIL], user_agent=user_agent(request)
        )
        return signed_in({"message": _("Thank you, your address is confirmed.")}, person.user, person.refresh_token)


class VerificationResendApi(PublicApi):
    throttle_scope = "email_verification"

    @extend_schema(
        tags=TAGS,
        operation_id="email_confirmation_resend",
        summary="Ask for another mail to confirm an address",
        description="The answer is the same for unknown, unconfirmed and confirmed addresses.",
        request=EmailSerializer,
        responses={200: AccountMessageSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[
            EMAIL_EXAMPLE,
            sentence_example("If this address waits to be confirmed, a new mail is on its way to it.", "message"),
        ],
    )
    def post(self, request: Request) -> Response:
        _link_request(request, Purpose.VERIFY_EMAIL)
        return Response({"message": _("If this address waits to be confirmed, a new mail is on its way to it.")})


class PasswordForgottenApi(PublicApi):
    throttle_scope = "password_reset"

    @extend_schema(
        tags=TAGS,
        operation_id="password_forgotten",
        summary="Ask for a mail to choose a new password",
        description="The answer is the same whether or not there is an account with this address.",
        request=EmailSerializer,
        responses={200: AccountMessageSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[
            EMAIL_EXAMPLE,
            sentence_example("If there is an account with this address, a mail is on its way to it.", "message"),
        ],
    )
    def post(self, request: Request) -> Response:
        _link_request(request, Purpose.RESET_PASSWORD)
        return Response({"message": _("If there is an account with this address, a mail is on its way to it.")})


class PasswordResetApi(PublicApi):
    throttle_scope = "password_reset"

    @extend_schema(
        tags=TAGS,
        operation_id="password_reset",
        summary="Choose a new password by a link from a mail",
        description="Uses the token up and ends every session. A password that is refused leaves the token as it was.",
        request=PasswordResetSerializer,
        responses={200: AccountMessageSerializer, 400: ErrorSerializer, 429: ErrorSerializer},
        examples=[
            OLD_RESET_EXAMPLE,
            sentence_example("Your new password is set. Please sign in with it.", "message"),
            LINK_INVALID_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        form = PasswordResetSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.password_reset(**form.validated_data)
        return Response({"message": _("Your new password is set. Please sign in with it.")})


def _link_request(request: Request, purpose: Purpose) -> None:
    form = EmailSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    services.link_request(email=form.validated_data["email"], purpose=purpose)

"""Bearer access tokens (RFC 6750)."""

from __future__ import annotations

from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import AuthUser, JWTAuthentication
from rest_framework_simplejwt.tokens import Token


class BearerAuthentication(JWTAuthentication):
    """simplejwt's stateless check of the access token. The account must exist and be active."""


class LenientBearerAuthentication(BearerAuthentication):
    """For public routes that the web client calls with `Bearer null` or a stale token: such a caller is anonymous."""

    def authenticate(self, request: Request) -> tuple[AuthUser, Token] | None:
        try:
            return super().authenticate(request)
        except APIException:
            return None

"""Bearer access tokens (RFC 6750)."""

from __future__ import annotations

from rest_framework_simplejwt.authentication import JWTAuthentication


class BearerAuthentication(JWTAuthentication):
    """simplejwt's stateless check of the access token. The account must exist and be active."""


class LenientBearerAuthentication(BearerAuthentication):
    """For public routes that the web client calls with `Bearer null` or a stale token: such a caller is anonymous."""

    def authenticate(self, request):  # type: ignore[no-untyped-def]
        from rest_framework.exceptions import APIException

        try:
            return super().authenticate(request)
        except APIException:
            return None

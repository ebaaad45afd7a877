"""How the API documentation names our authentication. drf-spectacular finds these classes by their being defined."""

from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme


class BearerScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        definition = super().get_security_definition(auto_schema)  # type: ignore[no-untyped-call]
        return {**definition, "description": "The `access` that signing in answers with, without the word Bearer."}


class LenientBearerScheme(BearerScheme):  # type: ignore[no-untyped-call]
    """The same token; such operations take it or leave it."""

    target_class = "accounts.authentication.LenientBearerAuthentication"
    name = "bearerIfAny"  # A name of its own while the description is made; the description itself knows one bearer.

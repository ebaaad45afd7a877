"""How the API documentation names our authentication."""

from __future__ import annotations

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme


class BearerScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """drf-spectacular finds this class by its being defined."""

    target_class = "accounts.authentication.BearerAuthentication"
    match_subclasses = True
    name = "bearer"

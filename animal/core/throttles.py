"""Throttling: one count per request, per user or trusted client address."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from animal.core.refusals import refusal_page, try_again_in

if TYPE_CHECKING:  # rest_framework.views loads this module while it is itself being loaded.
    from rest_framework.views import APIView

PageView = Callable[..., HttpResponseBase]


def client_address(request: Request | HttpRequest) -> str:
    """Where a request comes from, as far as our own proxies say so (NUM_PROXIES)."""
    return RequestThrottle().get_ident(cast(Request, request))


class RequestThrottle(SimpleRateThrottle):
    """A view's own `throttle_scope` when it has one, otherwise `user` or `anon`. Never two of them.

    A view's own `throttle_about` names what is counted in place of who asks: a conversation, whose finders may share an
    address with others.

    The client address honours exactly NUM_PROXIES hops of X-Forwarded-For (REST_FRAMEWORK setting).
    """

    def __init__(self) -> None:
        """The rate is known only when the request is: see `allow_request`."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        signed_in = bool(request.user and request.user.is_authenticated)
        self.scope = getattr(view, "throttle_scope", None) or ("user" if signed_in else "anon")
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        user: Any = request.user
        if about := getattr(view, "throttle_about", ""):
            return f"throttle:{self.scope}:{about}"
        ident = f"u{user.pk}" if user and user.is_authenticated else f"a{self.get_ident(request)}"
        return f"throttle:{self.scope}:{ident}"

    def get_ident(self, request: Request) -> str:
        """The client address. Azure's front end appends the port, which would make every connection a new client.

        Of IPv6 the first 64 bits: a single customer has all the addresses behind them (RFC 6177) and may use a fresh
        one for every request.
        """
        address = super().get_ident(request)
        if address.startswith("["):  # IPv6 in brackets, with or without a port.
            address = address[1:].split("]")[0]
        elif address.count(":") == 1:  # IPv4 with a port; a bare IPv6 address has more colons.
            address = address.split(":")[0]
        try:
            parsed = ip_address(address)
        except ValueError:
            return address
        if not isinstance(parsed, IPv6Address):
            return address
        return str(parsed.ipv4_mapped or ip_network((int(parsed), 64), strict=False))


def page_throttled(
    scope: str,
    *,
    methods: Collection[str] = ("POST",),
    by_address: bool = False,
    about: Callable[..., str] = lambda **named: "",
    part: str = "",
) -> Callable[[PageView], PageView]:
    """The API's limit of `scope` for these requests of a page: one count for both doors.

    `by_address` asks nobody who is signed in. Doors are counted so, as the API's are: by person, each further account
    would be so many tries more. And an answer that is the same for all would else vary by their cookies, and no cache
    could keep it. `about` makes, of what the address names, that which is counted instead of who asks. With `part`,
    only what a script asks for of the page, by `?part=`, is limited.
    """

    def decorate(view: PageView) -> PageView:
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            throttle = RequestThrottle()
            nobody = SimpleNamespace(user=None, META=request.META, headers=request.headers)
            asking = nobody if by_address else request
            counted = SimpleNamespace(throttle_scope=scope, throttle_about=about(**kwargs))
            is_limited = request.method in methods and (not part or request.GET.get("part") == part)
            if is_limited and not throttle.allow_request(cast(Request, asking), cast("APIView", counted)):
                seconds = math.ceil(throttle.wait() or 1)
                return refusal_page(status=429, said=try_again_in(seconds), retry_after=seconds)
            return view(request, *args, **kwargs)

        return limited

    return decorate

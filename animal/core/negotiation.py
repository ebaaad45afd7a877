"""Which format an answer has: the one that there is, whatever the caller says to accept."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AlwaysAnswers(DefaultContentNegotiation):
    """A picture or an archive asked for with `Accept: image/png` comes from a view whose errors are JSON, and JSON is
    all that REST framework compares with: it would answer 406. RFC 9110, section 12.5.1, lets us answer all the same.
    """

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        try:
            renderer, media_type = super().select_renderer(request, offered, format_suffix)
        except (NotAcceptable, Http404):
            return offered[0], str(offered[0].media_type)
        return renderer, media_type

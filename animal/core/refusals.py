"""What a browser is answered when it has to wait: a page in the design of the others, for people.

It asks no database, whose being away is often the reason; so it does not look at who asks. Scripts of ours tell it by
its status: as JSON it would say that what was sent is wrong. The API's refusals are made in `animal.core.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy, ngettext

if TYPE_CHECKING:  # That module loads this one.
    from animal.core.errors import Said

MAINTENANCE = gettext_lazy(
    "PawGle is being worked on and will be back in a few minutes. Nothing that you sent before is lost."
)


def try_again_in(seconds: int) -> str:
    often = ngettext(
        "That was often. Please try again in %(seconds)s second.",
        "That was often. Please try again in %(seconds)s seconds.",
        seconds,
    )
    return often % {"seconds": seconds}


def refusal_page(
    *, status: int, said: Said, retry_after: int | None = None, template: str = "refused.html"
) -> HttpResponse:
    """In the language that is active. `retry_after` in seconds."""
    is_early = status == 429
    response = HttpResponse(render_to_string(template, {"said": said, "is_early": is_early}), status=status)
    response["Cache-Control"] = "no-store"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response

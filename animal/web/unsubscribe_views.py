"""The page that stops mails of one kind, and the request of mail programs that does so at once (RFC 8058)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from animal.alerts.models import Kind
from animal.alerts.services import mails_switch
from animal.alerts.unsubscribing import unsubscribe_read
from animal.core.errors import NotFound
from animal.core.throttles import page_throttled


def _mails_of(kind: Kind) -> str:
    return {
        Kind.MATCH: _("mails about matches"),
        Kind.NEARBY: _("mails about animals reported in areas that you watch"),
        Kind.MESSAGE: _("mails about new messages"),
        Kind.TAG: _("mails when somebody who scanned the tag of your pet says where it is"),
        Kind.REPORT: _("mails about your own reports and photos"),
    }[kind]


# Whoever holds the link may use it: mail programs send neither a cookie nor a token of a form.
@csrf_exempt
@never_cache
@page_throttled("unsubscribe", by_address=True)
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, stop_token: str) -> HttpResponse:
    """Opening it changes nothing, so that programs which look at links stop nothing; a POST does.

    It is answered without a redirection, which mail programs would not follow.
    """
    done = ""
    try:
        if request.method == "POST":
            wants_again = "again" in request.POST
            kind = mails_switch(token=stop_token, is_on=wants_again)
            done = "on" if wants_again else "off"
        else:
            _user_id, kind = unsubscribe_read(stop_token)
    except NotFound as error:
        raise Http404(str(error.detail)) from None
    response = render(request, "web/unsubscribe.html", {"mails": _mails_of(kind), "done": done})
    response["X-Robots-Tag"] = "noindex"
    return response

"""The service as an app on the home screen: its manifest, its service worker, and what there is without a network."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from animal.web.forms import KINDS
from animal.web.viewers import viewer_of

_WEB = Path(__file__).parent
# Under the static files the worker's scope would be their folder.
WORKER_PARTS = ("drafts.js", "offline-worker.js", "sw.js")
# Files of the page that is shown without a network; their names change with their content.
KEPT_FILES = (*("site.css", "icon.svg", "icon-192.png", "drafts.js", "offline.js", "place.js", "maps.js", "steps.js"),)
# What else that page is made of.
_PAGE_PARTS = ("offline.html", "_report_form.html", "_place.html", "_drafts.html", "base.html")
# Of the light theme: `--paper` and `--accent` in site.css.
GROUND, ACCENT = "#faf7f2", "#0b6b58"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a browser wants to know to install the service (https://www.w3.org/TR/appmanifest/)."""
    shortcut_icon = [{"src": static("web/icon-192.png"), "sizes": "192x192", "type": "image/png"}]
    told = {
        "id": "/",
        "name": _("PawGle: lost and found pets"),
        "short_name": "PawGle",
        "description": _("Report a lost or found animal, and find whose it is by a photo or the tag on its collar."),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": ACCENT,
        "background_color": GROUND,
        "categories": ["lifestyle", "utilities"],
        "icons": [
            {"src": static("web/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *shortcut_icon,
            {"src": static("web/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {
                "src": static("web/icon-maskable-512.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
        "shortcuts": [
            {"name": _("I found an animal"), "url": "/report?status=found", "icons": shortcut_icon},
            {"name": _("My animal is missing"), "url": "/report?status=lost", "icons": shortcut_icon},
        ],
    }
    answer = JsonResponse(told, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})
    patch_vary_headers(answer, ("Accept-Language", "Cookie"))
    return answer


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by browsers for when there is no network, so it is the same for all but for the language."""
    context = {
        "kinds": list(KINDS),
        "ask_status": True,
        "max_mb": settings.MAX_UPLOAD_SIZE_MB,
        "data": {"status": "found"},
        "languages_spoken": (),  # Their form has a token of the person.
    }
    answer = render(request, "web/offline.html", context)
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
@never_cache
def draft_ticket(request: HttpRequest) -> HttpResponse:
    """What a kept report is sent with later: who is signed in by then, and a token that is good now."""
    viewer = viewer_of(request)
    return JsonResponse({"account": str(viewer.pk) if viewer else "", "token": get_token(request)})


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Asked for anew by browsers each day, and never answered from a cache longer than that."""
    return HttpResponse(_worker(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@lru_cache(maxsize=1)
def _worker() -> str:
    """One script, so that any change of it, of a file that it keeps or of the page, is a new worker to browsers."""
    parts = [(_WEB / "static" / "web" / name).read_text(encoding="utf-8") for name in WORKER_PARTS]
    page = [(_WEB / "templates" / "web" / name).read_text(encoding="utf-8") for name in _PAGE_PARTS]
    files = [static(f"web/{name}") for name in KEPT_FILES]
    version = hashlib.sha256("\0".join([*files, *parts, *page]).encode()).hexdigest()[:16]
    constants = {"VERSION": version, "FILES": files, "ICON": static("web/icon-192.png")}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    return head + "\n".join(parts)

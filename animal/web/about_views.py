"""What this service keeps and what it asks of people: from its settings, so that the pages say what is done here."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage as MessageCookie
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from animal.chat.tag_reports import FOLLOW_UP_LIFETIME
from animal.core.mail_settings import RESEND, SMTP
from animal.core.storage_settings import BUCKET
from animal.web.google_views import COOKIE as GOOGLE_COOKIE

DELIVERS = gettext_lazy("delivers our mail, and so gets the address and the text of each.")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "keep": settings.RETENTION_DAYS,
        "grace_days": settings.ACCOUNT_DELETION_GRACE_DAYS,
        # Without a place for them there are none.
        "backup_days": settings.BACKUP_KEEP_DAYS if settings.BACKUPS_IN else 0,
        "session_days": settings.REFRESH_TOKEN_LIFETIME.days,
        "follow_up_days": FOLLOW_UP_LIFETIME.days,
        "others": _others_concerned(),
        "cookies": _cookies(),
        "loads_elsewhere": bool(settings.MAP_TILE_URL or settings.CLOUDFLARE_S3_API),
    }
    return render(request, "web/privacy.html", context)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "web/terms.html", {"max_mb": settings.MAX_UPLOAD_SIZE_MB})


def _cookies() -> list[tuple[str, str]]:
    """Every one that this installation sets, and what for."""
    known = (
        (True, settings.SESSION_COOKIE_NAME, _("keeps you signed in on these pages, until you sign out.")),
        (
            True,
            settings.REFRESH_COOKIE_NAME,
            _("does so where you sign in through the API, as another program in your browser may."),
        ),
        (
            settings.GOOGLE_OAUTH_CLIENT_ID,
            f"{GOOGLE_COOKIE}…",
            _("is there for ten minutes while you sign in with Google."),
        ),
        (True, settings.CSRF_COOKIE_NAME, _("protects forms, so that no other site can send one in your name.")),
        (True, settings.LANGUAGE_COOKIE_NAME, _("keeps the language, if you choose it at the foot of a page.")),
        (True, MessageCookie.cookie_name, _("carries a sentence such as “Your name is kept.” to the next page.")),
    )
    return [(name, what) for is_used, name, what in known if is_used]


def _others_concerned() -> list[tuple[str, str]]:
    """Which other services get something, and what: only those that this installation is set up with."""
    known = (
        (
            settings.VAPID_PRIVATE_KEY,
            _("The push service of your browser"),
            _("passes on news to the browsers that you add, encrypted: it cannot read them."),
        ),
        (
            settings.EMBEDDING_PROVIDER != "onnx" and settings.HUGGINGFACE_SPACE,
            "Hugging Face",
            _("is sent the photos of animals, to describe them in numbers. It is not told whose they are."),
        ),
        (
            settings.QDRANT_CLUSTER_ENDPOINT,
            _("A Qdrant server"),
            _("holds those numbers with the moved place, and nothing that names or contacts a person."),
        ),
        (settings.CLOUDFLARE_S3_API, _("An object store (S3)"), _stored()),
        (settings.EMAIL_BACKEND == RESEND, "Resend", DELIVERS),
        (settings.EMAIL_BACKEND == SMTP, _("A mail server"), DELIVERS),
        (
            settings.MAP_TILE_URL,
            _("A server of map tiles"),
            _("sends your browser the pictures of maps, and so sees its network address and what part you look at."),
        ),
        (
            settings.GEOCODER_URL,
            _("A search for addresses"),
            _("is sent the address that you type beside a map. It learns neither who asks nor from where."),
        ),
        (
            settings.GOOGLE_OAUTH_CLIENT_ID,
            "Google",
            _("is asked who you are if you choose to sign in with Google, and learns nothing before."),
        ),
        (
            settings.SENTRY_DSN,
            "Sentry",
            _("gets reports of our errors, from which whatever names or locates a person is removed first."),
        ),
    )
    return [(str(name), str(what)) for is_used, name, what in known if is_used]


def _stored() -> str:
    """What lies in the object store."""
    said = [
        _("holds the pictures, and the copies of their data that people asked for."),
        _("Your browser gets the pictures from it, so it sees its network address."),
    ]
    if settings.BACKUPS_IN.startswith(BUCKET):
        if settings.BACKUP_PICTURES:
            said.append(_("Our backups lie there too, a copy of everything that we keep."))
        else:
            said.append(_("Our backups lie there too, a copy of all that we keep but the pictures."))
        if settings.BACKUP_ENCRYPTION_KEYS:
            said.append(_("They are encrypted before they leave our servers."))
    return " ".join(said)

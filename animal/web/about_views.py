"""What this service keeps and what it asks of people: from its settings, so that the pages say what is done here."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from animal.chat.tag_reports import FOLLOW_UP_LIFETIME


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "keep": settings.RETENTION_DAYS,
        "grace_days": settings.ACCOUNT_DELETION_GRACE_DAYS,
        "backup_days": settings.BACKUP_KEEP_DAYS,
        "session_days": settings.REFRESH_TOKEN_LIFETIME.days,
        "follow_up_days": FOLLOW_UP_LIFETIME.days,
        "others": _others_concerned(),
    }
    return render(request, "web/privacy.html", context)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "web/terms.html", {"max_mb": settings.MAX_UPLOAD_SIZE_MB})


def _others_concerned() -> list[tuple[str, str]]:
    """Which other services get something, and what: only those that this installation is set up with."""
    known = (
        (
            settings.EMBEDDING_PROVIDER != "onnx" and settings.HUGGINGFACE_SPACE,
            "Hugging Face",
            "is sent the photos of animals, to describe them in numbers. It is not told whose they are.",
        ),
        (
            settings.QDRANT_CLUSTER_ENDPOINT,
            "A Qdrant server",
            "holds those numbers with the moved place, and nothing that names or contacts a person.",
        ),
        (settings.CLOUDFLARE_S3_API, "An object store (S3)", "holds the pictures."),
        (settings.RESEND_API_KEY, "Resend", "delivers our mail, and so gets the address and the text of each."),
        (
            settings.GOOGLE_OAUTH_CLIENT_ID,
            "Google",
            "is asked who you are if you choose to sign in with Google, and learns nothing before.",
        ),
        (
            settings.SENTRY_DSN,
            "Sentry",
            "gets reports of our errors, from which whatever names or locates a person is removed first.",
        ),
    )
    return [(name, what) for is_used, name, what in known if is_used]

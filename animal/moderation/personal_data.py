"""Complaints that somebody made, whom they block, and what staff did to what is theirs."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from accounts.models import User
from animal.images.models import Image
from animal.moderation.models import AbuseReport, Block, HideKind, Kind, ModerationAct
from animal.reports.models import Report


def collect(user: User) -> dict[str, list[dict[str, Any]]]:
    """Who complained about this person, or blocks them, is not theirs to know; nor which of our staff decided."""
    complaints = AbuseReport.objects.filter(reporter=user).order_by("pk")
    blocks = Block.objects.filter(blocker=user).order_by("pk")
    return {
        "complaints": [
            dict(row) for row in complaints.values("kind", "object_id", "reason", "text", "state", "created_at")
        ],
        "blocks": [{"name": block.name, "created_at": block.created_at} for block in blocks],
        "decisions": [
            dict(row) for row in _decisions(user).order_by("pk").values("act", "kind", "object_id", "created_at")
        ],
    }


def erase(user: User) -> bool:
    """Complaints about the person have lost what they were about. Their own, and blocks, go with the account."""
    return bool(AbuseReport.objects.filter(kind=Kind.USER, object_id=str(user.pk)).delete()[0])


def _decisions(user: User) -> Any:
    reports = [str(pk) for pk in Report.objects.filter(reporter=user).values_list("pk", flat=True)]
    photos = [str(pk) for pk in Image.objects.filter(uploader=user).values_list("pk", flat=True)]
    mine = Q(kind=HideKind.REPORT, object_id__in=reports) | Q(kind=HideKind.PHOTO, object_id__in=photos)
    return ModerationAct.objects.filter(mine)

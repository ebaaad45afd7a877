"""Writes of moderation: complaints, blocks, and what staff do at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from animal.core.errors import InvalidInput, NotFound
from animal.images.withholding import image_withhold
from animal.moderation.evidence import evidence_of
from animal.moderation.models import AbuseReport, Block, HideKind, ModerationAct
from animal.moderation.selectors import LARGEST_ID, access_person_met, name_written_under, require_reportable
from animal.reports.services import report_hide

MAX_BLOCKS = 1000
Act = ModerationAct.Act


def abuse_report_file(
    *, actor: User, kind: str, object_id: str, reason: str, text: str = ""
) -> tuple[AbuseReport, bool]:
    """The actor's complaint about this object, and whether this call made it: there is one for each pair.

    Raises NotFound for what the actor cannot see, InvalidInput for what is the actor's own.
    """
    object_id = require_reportable(actor, kind, object_id)
    said = {"reason": reason, "text": text, "evidence": evidence_of(actor, kind, object_id)}
    return AbuseReport.objects.get_or_create(
        key=f"{actor.pk}:{kind}:{object_id}",
        defaults={"reporter": actor, "kind": kind, "object_id": object_id, **said},
    )


def block_put(*, actor: User, user_id: int) -> bool:
    """Block somebody whom the actor met. True if this call did. Nobody but the actor is told."""
    person = access_person_met(actor, user_id)
    if Block.objects.filter(blocker=actor).count() >= MAX_BLOCKS:
        raise InvalidInput(_("You can block at most %(most)s people.") % {"most": MAX_BLOCKS}, code="too_many_blocks")
    name = name_written_under(actor, person.pk)
    return Block.objects.get_or_create(blocker=actor, blocked=person, defaults={"name": name})[1]


def block_remove(*, actor: User, user_id: int) -> None:
    """What the other one wrote meanwhile stays unseen. Raises NotFound for somebody whom the actor did not block."""
    mine = Block.objects.filter(blocker=actor)
    if user_id > LARGEST_ID or not mine.filter(blocked_id=user_id).delete()[0]:
        raise NotFound(_("You have not blocked this person."))


def content_hide(*, actor: User, kind: str, object_id: str, hidden: bool, reason: str = "") -> bool:
    """Take a report or a photo out of sight at once, or bring it back. False when it is so already.

    Whether the actor is staff is asked by the caller. Raises NotFound, ServiceUnavailable.
    """
    act = Act.HIDE if hidden else Act.UNHIDE
    try:
        if kind == HideKind.REPORT:
            return _report_hide(int(object_id), hidden=hidden, record=partial(audit, actor, act, kind, reason))
        image_id = UUID(object_id)
    except ValueError:
        raise NotFound from None
    record = partial(audit, actor, act, kind, reason, str(image_id))
    return image_withhold(image_id=image_id, hidden=hidden, record=record)


@transaction.atomic
def _report_hide(report_id: int, *, hidden: bool, record: Callable[[str], None]) -> bool:
    if not 0 < report_id <= LARGEST_ID:
        raise NotFound
    changed = report_hide(report_id=report_id, hidden=hidden)
    if changed:
        record(str(report_id))
    return changed


@transaction.atomic
def abuse_report_settle(*, actor: User, complaint: AbuseReport, reason: str = "") -> bool:
    """Staff are done with a complaint. False when somebody was before."""
    State = AbuseReport.State  # noqa: N806
    settled = AbuseReport.objects.filter(pk=complaint.pk, state=State.OPEN).update(state=State.SETTLED)
    if settled:
        audit(actor, Act.SETTLE, "abuse", reason, str(complaint.pk))
    return bool(settled)


def audit(actor: User, act: str, kind: str, reason: str, object_id: str) -> None:
    """One row of the audit trail, in the transaction of the act."""
    ModerationAct.objects.create(
        actor=actor, actor_name=actor.username, act=act, kind=kind, object_id=object_id, reason=reason
    )

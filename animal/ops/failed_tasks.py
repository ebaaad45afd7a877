"""Work that was given up, asked for again by staff."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from animal.core.models import BackgroundTask
from animal.core.tasks import task_enqueue
from animal.moderation.models import ModerationAct
from animal.moderation.services import audit

State = BackgroundTask.State


@transaction.atomic
def failed_task_retry(*, actor: User, task: BackgroundTask, reason: str = "") -> bool:
    """Run it once more, with all its tries. False when it has not failed, or was asked for again by somebody else.

    Whether the actor may is asked by the caller.
    """
    # Whoever comes second waits for this row, and then finds that it is pending.
    if not BackgroundTask.objects.filter(pk=task.pk, state=State.FAILED).update(finished_at=None):
        return False
    task_enqueue(task.name, task.target)
    audit(actor, ModerationAct.Act.RETRY, "task", reason, str(task.pk))
    return True

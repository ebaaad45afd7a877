"""What is forgotten once nobody needs it: each kind after a number of days of its own (KEEP_<KIND>_DAYS).

Each step works on one batch in a transaction of its own, so that it may be killed, and never holds the database long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.sessions.models import Session as PageSession
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_q.models import Task

from accounts.models import OneTimeToken, Session, User
from accounts.services.deletion import ERASE_TASK
from animal.alerts.models import Notification
from animal.chat.models import Conversation
from animal.core.models import BackgroundTask, OutgoingMail
from animal.core.tasks import task_enqueue
from animal.moderation.models import ModerationAct

BATCH = 500
STEP_SECONDS = 8.0
SEND_MAIL = "animal.core.mail.send_mail"

Due = Callable[[datetime], QuerySet]


def _deleted(rows: QuerySet) -> int:
    """One batch, by number: deletes of thousands of rows in one statement keep others from writing."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if keys:
        with transaction.atomic():
            rows.model._base_manager.filter(pk__in=keys).delete()
    return len(keys)


def _silenced(rows: QuerySet) -> int:
    """Notifications lose what they say and stay as empty rows, whose key keeps the same from being told again."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    Notification.objects.filter(pk__in=keys).update(
        description="", target_name="", link="", is_muted=True, is_read=True
    )
    return len(keys)


def _erased(rows: QuerySet) -> int:
    """Accounts go the way of any that is deleted, with all that belongs to them."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    for user_id in keys:
        with transaction.atomic():
            User.objects.filter(pk=user_id).update(is_active=False, deletion_due_at=timezone.now())
            task_enqueue(ERASE_TASK, user_id)
    return len(keys)


def _failed_mails(before: datetime) -> QuerySet:
    failed = BackgroundTask.objects.filter(state=BackgroundTask.State.FAILED, name=SEND_MAIL, finished_at__lt=before)
    targets = [int(target) for target in failed.values_list("target", flat=True)[:BATCH]]
    return OutgoingMail.objects.filter(pk__in=targets, sent_at=None)


def _failed_tasks(before: datetime) -> QuerySet:
    return BackgroundTask.objects.filter(state=BackgroundTask.State.FAILED, finished_at__lt=before)


def guests_unclaimed(before: datetime) -> QuerySet[User]:
    """Accounts that were made for somebody without one, that nobody ever signed in to, and that nothing happened to
    since: of those who scanned a tag, and of those whom somebody answered."""
    cannot_sign_in = {"password__startswith": UNUSABLE_PASSWORD_PREFIX}
    nobodys = User.objects.filter(
        date_joined__lt=before,
        email_verified_at=None,
        last_login=None,
        deletion_due_at=None,
        is_staff=False,
        **cannot_sign_in,
    ).filter(Q(email_key__endswith=".invalid") | Q(username__startswith="Guest "))
    used = Q(sessions__isnull=False) | Q(google_identities__isnull=False)
    lately = Conversation.objects.filter(last_message_at__gte=before)
    talking = Q(pk__in=lately.values("report__reporter")) | Q(pk__in=lately.values("participants__user"))
    return nobodys.exclude(pk__in=User.objects.filter(used).values("pk")).exclude(talking)


@dataclass(frozen=True)
class Rule:
    """Of one kind: its setting in RETENTION_DAYS, what is due before a moment, and what happens to a batch of it."""

    setting: str
    what: str
    due: Due
    forget: Callable[[QuerySet], int] = _deleted


RULES = (
    Rule("sent_mail", "sent mails", lambda before: OutgoingMail.objects.filter(sent_at__lt=before)),
    Rule(
        "notifications",
        "texts of notifications",
        lambda before: Notification.objects.filter(created_at__lt=before).exclude(description="", is_muted=True),
        _silenced,
    ),
    Rule(
        "used_links",
        "links that were used or ran out",
        lambda before: OneTimeToken.objects.filter(Q(used_at__lt=before) | Q(expires_at__lt=before)),
    ),
    Rule(
        "ended_sessions",
        "sessions that ended",
        lambda before: Session.objects.filter(Q(ended_at__lt=before) | Q(expires_at__lt=before)),
    ),
    # A session of our pages says nothing once it has ended.
    Rule("", "expired sessions of pages", lambda now: PageSession.objects.filter(expire_date__lt=now)),
    # The mail goes before the task that says of it that it could not be sent.
    Rule("failed_tasks", "mails that nobody took", _failed_mails),
    Rule("failed_tasks", "failed tasks", _failed_tasks),
    Rule("failed_tasks", "failures of the queue", lambda before: Task.objects.filter(stopped__lt=before)),
    Rule("audit", "acts of moderation", lambda before: ModerationAct.objects.filter(created_at__lt=before)),
    Rule("audit", "changes made in the admin", lambda before: LogEntry.objects.filter(action_time__lt=before)),
    Rule("guests", "finders without an account", guests_unclaimed, _erased),
)


def retention_due(now: datetime) -> list[tuple[Rule, int]]:
    """How much each rule would forget now."""
    return [(rule, rule.due(_before(rule, now)).count()) for rule in RULES]


def retention_step(now: datetime) -> tuple[dict[str, int], bool]:
    """Forget for a few seconds; returns how much of what, and whether there may be more."""
    started, forgotten = time.monotonic(), dict[str, int]()
    for rule in RULES:
        while count := rule.forget(rule.due(_before(rule, now))):
            forgotten[rule.what] = forgotten.get(rule.what, 0) + count
            if time.monotonic() - started > STEP_SECONDS:
                return forgotten, True
            if count < BATCH:
                break
    return forgotten, False


def _before(rule: Rule, now: datetime) -> datetime:
    return now - timedelta(days=settings.RETENTION_DAYS[rule.setting]) if rule.setting else now

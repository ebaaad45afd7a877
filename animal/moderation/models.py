"""What people report as abuse, whom they block, and what staff did about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Kind(models.TextChoices):
    """What can be reported."""

    REPORT = "report"
    PET = "pet"
    MESSAGE = "message"
    USER = "user"


class HideKind(models.TextChoices):
    """What staff can take out of sight at once."""

    REPORT = "report"
    PHOTO = "photo"


class AbuseReport(models.Model):
    """One person's complaint about one thing. `key` allows one for each pair."""

    class Reason(models.TextChoices):
        SPAM = "spam"
        SCAM = "scam"
        HARASSMENT = "harassment"
        CRUELTY = "cruelty", "Cruelty to animals"
        FALSE_CLAIM = "false_claim", "Not their animal, or not true"
        OFFENSIVE = "offensive", "Offensive photo or text"
        OTHER = "other"

    class State(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled"

    key = models.CharField(max_length=120, unique=True)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="abuse_reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    object_id = models.CharField(max_length=36)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    text = models.TextField(blank=True)
    evidence = models.TextField(blank=True, help_text="What the thing said when it was reported: it may be deleted.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["reporter", "-created_at"], name="abuse_reporter_newest"),
            models.Index(fields=["state", "-created_at"], name="abuse_state_newest"),
            models.Index(fields=["kind", "object_id"], name="abuse_object"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}: {self.reason}"


class Block(models.Model):
    """`blocker` wants nothing to do with `blocked`, who must not notice."""

    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks_made")
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks_met")
    blocker_id: int
    blocked_id: int
    name = models.CharField(max_length=150, blank=True, help_text="Under which they wrote to `blocker`.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once")]


class ModerationAct(models.Model):
    """The audit trail: one row for each thing that staff did. Written in the transaction of the act, never changed."""

    class Act(models.TextChoices):
        HIDE = "hide"
        UNHIDE = "unhide"
        SETTLE = "settle"
        DISABLE = "disable"
        ENABLE = "enable"
        SIGN_OUT = "sign_out", "End sessions"
        CLOSE = "close", "Close and delete"
        RETRY = "retry", "Try again"
        EDIT = "edit"

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, help_text="As it was then: accounts may be deleted.")
    act = models.CharField(max_length=10, choices=Act.choices)
    kind = models.CharField(max_length=10, help_text="report, photo, user, abuse (a complaint) or task")
    object_id = models.CharField(max_length=36)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "object_id", "-created_at"], name="act_object_newest")]

    def __str__(self) -> str:
        return f"{self.act} {self.kind} {self.object_id}"

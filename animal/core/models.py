"""Rows that the whole project shares: background work and outgoing mail."""

from __future__ import annotations

from django.db import models

from animal.core.idempotency_models import IdempotencyRecord

__all__ = ["BackgroundTask", "IdempotencyRecord", "OutgoingMail", "WorkerHeartbeat"]


class BackgroundTask(models.Model):
    """One piece of background work: a task function and what it works on.

    The row carries the guarantee; the queue only wakes workers up. A worker claims the row by a conditional UPDATE
    that starts a lease, and may finish it only while its claim is the newest one.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        PROCESSING = "processing"
        DONE = "done"
        FAILED = "failed"

    key = models.CharField(max_length=190, unique=True, help_text="Task name and target: one row for each pair.")
    name = models.CharField(max_length=120, help_text="Dotted path of the task function.")
    target = models.CharField(max_length=64, help_text="Id that is passed to the task function.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    requests = models.PositiveIntegerField(default=1, help_text="Raised each time the work is asked for again.")
    claim = models.PositiveIntegerField(default=0, help_text="Fencing token: raised by every claim, never lowered.")
    failures = models.PositiveSmallIntegerField(default=0)
    interruptions = models.PositiveSmallIntegerField(default=0, help_text="Claims whose worker died or timed out.")
    run_at = models.DateTimeField()
    woken_at = models.DateTimeField(help_text="When a queue row was last written for this task.")
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(
        max_length=64, blank=True, help_text="Of the request that asked for it last, to find it again in the logs."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "run_at"], name="task_state_run_at"),
            models.Index(fields=["state", "lease_until"], name="task_state_lease"),
            models.Index(fields=["state", "finished_at"], name="task_state_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class OutgoingMail(models.Model):
    """A mail to send, written in the same transaction as what it tells about. `key` makes it go out once."""

    key = models.CharField(max_length=190, unique=True)
    to_email = models.EmailField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField(help_text="Emptied after sending: it may hold a sign-in link.")
    html = models.TextField(blank=True)
    unsubscribe_url = models.CharField(
        max_length=500, blank=True, help_text="For the header; emptied after sending, as whoever has it may use it."
    )
    # What its reader may choose not to be told of, and whose choice that is. Empty for a mail that always goes.
    topic = models.CharField(max_length=20, blank=True)
    reader_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key


class WorkerHeartbeat(models.Model):
    """A tree of worker processes that is alive, by its own word; gone when it is stopped in order."""

    cluster = models.UUIDField(unique=True)
    host = models.CharField(max_length=100)
    workers = models.PositiveSmallIntegerField(help_text="Tasks that it can do at a time.")
    busy = models.PositiveSmallIntegerField(default=0, help_text="Tasks that it does now.")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host} {self.cluster}"

"""What the operation of the service itself needs to remember."""

from __future__ import annotations

from django.db import models


class OperationLock(models.Model):
    """Who is at work on something that only one may do at a time, on whichever host: a lease, which whoever holds it
    renews. Of one that was killed it ends by itself."""

    name = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=32, blank=True, help_text="A random number of the process that holds it.")
    taken_at = models.DateTimeField()
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Deployment(models.Model):
    """One run of `manage.py deploy`: what it went from, so that it can be taken back."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        TAKEN_BACK = "taken_back"

    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    release = models.CharField(max_length=100, help_text="The release that was deployed.")
    release_before = models.CharField(max_length=100, blank=True)
    migrations_before = models.JSONField(default=list, help_text="What was applied before, as app.name.")
    backup = models.CharField(max_length=40, blank=True, help_text="The backup that was made first, if one was.")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.release} ({self.state})"


class ImportedRow(models.Model):
    """What a row of the older service has become here, so that importing it again goes on where it stopped. Nothing of
    a person stands here, and it stays when its object is deleted: what somebody deleted is not brought back."""

    class Kind(models.TextChoices):
        USER = "user"
        PET = "pet"

    kind = models.CharField(max_length=4, choices=Kind.choices)
    older_id = models.BigIntegerField(help_text="The number that it had there.")
    object_id = models.BigIntegerField(help_text="The number that it has here.")
    pictures_lacking = models.JSONField(
        default=list, help_text="Positions of those of its pictures that could not be read yet."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "older_id"], name="imported_row_once")]

"""First answers, kept for retries."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class IdempotencyRecord(models.Model):
    """One request that carried an Idempotency-Key: that it is being worked on, what it made, and what it answered."""

    digest = models.CharField(max_length=64, unique=True, help_text="Of person, route and key.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    fingerprint = models.CharField(max_length=64, help_text="Of what was sent.")
    claim = models.PositiveIntegerField(default=1, help_text="Fencing token: raised when a dead try is taken over.")
    lease_until = models.DateTimeField(help_text="Until then the request is taken to be on its way.")
    # Written in the transaction that creates the object, so that either both are there or neither is.
    created_object = models.CharField(max_length=64, blank=True)
    # Written after that; without them, the answer is made anew from the object.
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

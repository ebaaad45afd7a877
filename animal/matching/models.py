"""Pairs of a lost and a found animal that may be the same."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from animal.chat.models import Conversation
from animal.core.sentences import sentence
from animal.pets.models import Pet
from animal.reports.models import Report

# The reason that settles a match.
SAME_CHIP = sentence("The chip numbers are the same")


class PetMatch(models.Model):
    """A candidate, never a verdict: a person confirms or dismisses it, once and for ever.

    `pair_key` names the animal and the found report, so that an animal and a report meet once, whether the animal
    appears as a registered pet or through its lost report, and a dismissed pair never returns. A pet that is purged
    leaves its matches to its lost report (see `matches_of_purged_pet_keep`).
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"
        CLOSED = "closed", "Closed: a report was resolved before anybody answered"

    pair_key = models.CharField(max_length=60, unique=True)
    lost_pet = models.ForeignKey(Pet, on_delete=models.SET_NULL, null=True, blank=True, related_name="matches")
    lost_report = models.ForeignKey(
        Report, on_delete=models.CASCADE, null=True, blank=True, related_name="matches_as_lost"
    )
    lost_report_id: int | None
    found_report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="matches_as_found")
    found_report_id: int
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="matches_as_owner")
    owner_id: int
    finder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="matches_as_finder")
    finder_id: int
    is_question = models.BooleanField(
        default=False, help_text="Nobody reported this pet lost: its owner is asked first, the finder learns nothing."
    )
    similarity = models.FloatField(help_text="The probability that it is one animal.")
    cosine = models.FloatField(null=True, blank=True, help_text="Null for a pair that was found by its chip.")
    distance_meters = models.FloatField(null=True, blank=True)
    days_apart = models.IntegerField(null=True, blank=True)
    reasons = models.JSONField(default=list, help_text="Sentences for people.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.SET_NULL, null=True, blank=True, related_name="matches"
    )
    notified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "pet matches"
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="match_owner_newest"),
            models.Index(fields=["finder", "-created_at"], name="match_finder_newest"),
        ]

    def __str__(self) -> str:
        return f"match {self.pk}"

    @property
    def is_settled_by_chip(self) -> bool:
        return SAME_CHIP in self.reasons

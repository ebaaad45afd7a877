"""Areas that people watch, and what they are told."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AlertSubscription(models.Model):
    """An area of interest: a circle, filed under the H3 cell of its centre at the resolution of its radius band."""

    class StatusFilter(models.TextChoices):
        ANY = ""
        LOST = "lost"
        FOUND = "found"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_subscriptions")
    label = models.CharField(max_length=64, blank=True)
    center_lat = models.FloatField()
    center_lon = models.FloatField()
    radius_km = models.FloatField(default=5.0)
    band_resolution = models.PositiveSmallIntegerField(editable=False)
    center_cell = models.BigIntegerField(editable=False)
    status_filter = models.CharField(max_length=10, choices=StatusFilter.choices, blank=True, default=StatusFilter.ANY)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "is_active"], name="alert_user_active"),
            models.Index(fields=["center_cell", "is_active"], name="alert_cell_active"),
        ]


class Kind(models.TextChoices):
    """What people choose about. Mails about the account itself (links, a new password) are none of these."""

    MATCH = "match"
    NEARBY = "nearby"
    MESSAGE = "message"
    TAG = "tag"
    REPORT = "report"


class Channel(models.TextChoices):
    APP = "app"
    MAIL = "mail"
    PUSH = "push"


class Notification(models.Model):
    """One thing that one person is told, once: `dedupe_key` is unique, whichever worker writes it and how often."""

    class Verb(models.TextChoices):
        FEATURES_COMPLETE = "feature_extraction_complete"
        FEATURES_FAILED = "feature_extraction_failed"
        AUTO_MATCH = "auto_match"
        NEARBY_ALERT = "nearby_alert"
        MARKED_LOST = "Pet marked as lost"
        MATCH_QUESTION = "match_question"
        MATCH_CONFIRMED = "match_confirmed"
        MESSAGE = "message"
        CONTACT = "contact_owner"
        MATCH_CLOSED = "match_closed"
        TAG_SCANNED = "tag_scanned"

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    verb = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    target_id = models.BigIntegerField(null=True, blank=True, help_text="Id of the pet concerned, if one is.")
    target_name = models.CharField(max_length=100, blank=True)
    link = models.CharField(
        max_length=200, blank=True, help_text="Path of the page that shows more, such as /chat/<id>."
    )
    dedupe_key = models.CharField(max_length=190, unique=True)
    is_read = models.BooleanField(default=False)
    is_muted = models.BooleanField(
        default=False, help_text="Its person does not want this kind in the app: kept so that it is not written again."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notification_recipient_newest"),
            models.Index(fields=["recipient", "is_read"], name="notification_recipient_read"),
        ]


# Every verb has a kind: a test fails for one that has none.
KIND_OF: dict[str, Kind] = {
    Notification.Verb.FEATURES_COMPLETE: Kind.REPORT,
    Notification.Verb.FEATURES_FAILED: Kind.REPORT,
    Notification.Verb.MARKED_LOST: Kind.REPORT,
    Notification.Verb.AUTO_MATCH: Kind.MATCH,
    Notification.Verb.MATCH_QUESTION: Kind.MATCH,
    Notification.Verb.MATCH_CONFIRMED: Kind.MATCH,
    Notification.Verb.MATCH_CLOSED: Kind.MATCH,
    Notification.Verb.NEARBY_ALERT: Kind.NEARBY,
    Notification.Verb.MESSAGE: Kind.MESSAGE,
    Notification.Verb.CONTACT: Kind.MESSAGE,
    Notification.Verb.TAG_SCANNED: Kind.TAG,
}


class NotificationChoice(models.Model):
    """That a person does, or does not, want to be told of a kind by a channel. Without a row they do."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    is_on = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "channel"], name="notification_choice_once")]


class PushDevice(models.Model):
    """A browser that its person wants to be told by. Whoever knows the endpoint and the secrets can send to it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_devices")
    endpoint = models.CharField(max_length=1000)
    endpoint_digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256, as an address is too long for a key."
    )
    browser_key = models.CharField(max_length=100)
    browser_secret = models.CharField(max_length=40)
    user_agent = models.CharField(max_length=200, blank=True)
    sign_in_epoch = models.PositiveIntegerField(help_text="Of its person when it was added: see accounts.User.")
    session = models.ForeignKey(
        "accounts.Session",
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        help_text="In which it was added: who ends that is told by this browser no more.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

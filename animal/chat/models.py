"""Conversations in which nobody's contact details are shown."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from animal.images.models import Image
from animal.reports.models import Report


class Conversation(models.Model):
    """The people who talk about one report. `pair_key` allows one conversation for the same report and people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="conversations")
    pair_key = models.CharField(max_length=100, unique=True)
    # A person without an account who wrote through contact-owner. Never shown to the other side.
    guest_name = models.CharField(max_length=100, blank=True)
    guest_email = models.EmailField(max_length=254, blank=True)
    guest_language = models.CharField(max_length=12, blank=True, help_text="Of the page on which the guest wrote.")
    # Of a finder without an account: since when their link, `tag_reports`, opens nothing.
    follow_up_ended_at = models.DateTimeField(null=True, blank=True)
    is_guest_shut_out = models.BooleanField(
        default=False, help_text="By the owner, who may take it back: by no door does the guest come in here."
    )
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField(null=True, blank=True, db_index=True)
    last_message_preview = models.CharField(max_length=120, blank=True)


class Participant(models.Model):
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chat_participations")
    user_id: int
    joined_at = models.DateTimeField(auto_now_add=True)
    is_hidden = models.BooleanField(
        default=False, help_text="Opened by somebody whom this person blocks: they do not see the conversation."
    )
    # The last message that this person wrote while another one blocked them: they see it as the conversation's last.
    withheld_at = models.DateTimeField(null=True, blank=True)
    withheld_preview = models.CharField(max_length=120, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="When the last mail about a message was queued.")
    shares_address_at = models.DateTimeField(null=True, blank=True, help_text="When they agreed to show their address.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="participant_once")]


class Message(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sender_name = models.CharField(max_length=150, blank=True, help_text="As it was when the message was written.")
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(help_text="Strictly increasing within a conversation: the client's cursor.")
    is_withheld = models.BooleanField(default=False, help_text="Its writer was blocked: nobody else sees it, ever.")
    mail_digest = models.CharField(
        max_length=64, unique=True, null=True, blank=True, editable=False, help_text="Of the mail that it came by."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "created_at"], name="message_conversation_instant")
        ]


class MessageAttachment(models.Model):
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)


class MessageReceipt(models.Model):
    """That one recipient has, or has not yet, read one message. Written with the message, one row per recipient."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="receipt_once")]
        indexes = [models.Index(fields=["user", "conversation", "read_at"], name="receipt_unread")]

"""Conversations for staff: which report they are about, between whom, since when. What people write stays theirs."""

from __future__ import annotations

from django.contrib import admin

from animal.chat.models import Conversation, Participant
from animal.core.admin import ReadOnly, ReadOnlyAdmin


class ParticipantInline(ReadOnly, admin.TabularInline):
    """Somebody who could add themselves to a conversation could read it."""

    model = Participant
    fields = ["user", "joined_at"]
    readonly_fields = ["joined_at"]
    extra = 0


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ["id", "report", "is_test", "created_at", "last_message_at"]
    list_filter = ["is_test"]
    list_select_related = ["report"]
    ordering = ("-last_message_at",)
    search_exact = ["id", "report__id"]
    search_help_text = "Number of the conversation, or of its report"
    exclude = ["last_message_preview"]
    inlines = [ParticipantInline]

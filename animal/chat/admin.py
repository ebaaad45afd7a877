"""Conversations for staff: which report they are about, between whom, since when. What people write stays theirs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from animal.chat.models import Conversation, Participant


class _ReadOnly:
    """Somebody who could add themselves to a conversation could read it."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ParticipantInline(_ReadOnly, admin.TabularInline):
    model = Participant
    fields = ["user", "joined_at"]
    readonly_fields = ["joined_at"]
    extra = 0


@admin.register(Conversation)
class ConversationAdmin(_ReadOnly, admin.ModelAdmin):
    list_display = ["id", "report", "is_test", "created_at", "last_message_at"]
    list_filter = ["is_test"]
    list_select_related = ["report"]
    search_fields = ["=id", "=report__id", "=participants__user__email_key", "=guest_email"]
    exclude = ["last_message_preview"]
    show_full_result_count = False
    inlines = [ParticipantInline]

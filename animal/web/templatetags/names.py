"""By what names people are called."""

from __future__ import annotations

from django import template

from animal.chat.guests import sender_said

register = template.Library()
register.filter("sender_said", sender_said)

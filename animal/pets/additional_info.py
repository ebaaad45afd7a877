"""`additionalInfo`: free notes that the web client keeps with a pet, and two values that we add to them.

The client sends a JSON text and takes for granted that `subNotes` is a list of texts. Whatever is not an object
counts as none: the notes are not worth refusing a pet for.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MAX_LENGTH = 20_000
MAX_DEPTH = 20  # MySQL's JSON columns take 100.
# Written by us alone, whatever the client sends back.
SERVER_KEYS = ("ai_classification", "embedding_image_count")


@extend_schema_field({"type": "object", "additionalProperties": True})
class AdditionalInfoField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = _parsed(data)
        if _is_deeper(value, MAX_DEPTH):
            return {}
        try:
            # In UTF-8, which half a surrogate pair is not, and without NaN, which no JSON column takes.
            length = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
        except ValueError:
            return {}
        if length > MAX_LENGTH:
            raise serializers.ValidationError(_("These notes are too long."), code="too_long")
        return value

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return shown_info(value)


def _parsed(data: Any) -> dict[str, Any]:
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            return {}
    return data if isinstance(data, dict) else {}


def _is_deeper(value: Any, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_is_deeper(child, depth - 1) for child in children)


def merged_info(*, stored: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in sent.items() if key not in SERVER_KEYS}
    return own | {key: stored[key] for key in SERVER_KEYS if key in stored}


def shown_info(stored: Any) -> dict[str, Any]:
    """With a `subNotes` list of texts, without which the client's edit page fails."""
    info = dict(stored) if isinstance(stored, dict) else {}
    notes = info.get("subNotes")
    info["subNotes"] = [note for note in notes if isinstance(note, str)] if isinstance(notes, list) else []
    return info

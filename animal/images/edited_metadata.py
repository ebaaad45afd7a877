"""The editor's state: `{"filters": text|null, "objects": <fabric.js canvas>}`, with photos as data URLs inside."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

MAX_METADATA_BYTES = 24 * 1024 * 1024
MAX_DEPTH = 90  # MySQL's JSON columns take 100.
# A gradient or a CSS filter is a few hundred characters; what is longer is a picture.
MAX_SUMMARY_VALUE = 4000


class EditMetadataField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """A JSON object, or its text as a form carries it."""

    default_error_messages = {
        "invalid": gettext_lazy("Please send the state of the editor as a JSON object."),
        "too_large": gettext_lazy("This edit holds more than {most} MB. Please use smaller photos."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, str):
            if len(data.encode()) > MAX_METADATA_BYTES:
                self.fail("too_large", most=MAX_METADATA_BYTES // 1024 // 1024)
            try:
                data = json.loads(data, parse_constant=_refuse_constant)
            except (ValueError, RecursionError):
                self.fail("invalid")
        if not isinstance(data, dict) or not _can_be_stored(data):
            self.fail("invalid")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


def _can_be_stored(state: dict[str, Any]) -> bool:
    """Not with 1e999, which Python reads as infinity, nor half a surrogate pair, which no answer in UTF-8 can carry."""
    try:
        json.dumps(state, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return not _is_deeper(state, MAX_DEPTH)


def _is_deeper(value: Any, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_is_deeper(child, depth - 1) for child in children)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")  # NaN and Infinity, which a browser could not read back.


def metadata_summary(metadata: dict[str, Any]) -> dict[str, Any]:
    """What the client's list reads of a state, in its shape, without the photos: a few kilobytes at most."""
    canvas = metadata.get("objects")
    canvas = canvas if isinstance(canvas, dict) else {}
    shown = {key: _small(canvas.get(key)) for key in ("version", "background", "width", "height") if key in canvas}
    return {"filters": _small(metadata.get("filters")), "objects": {**shown, "objects": []}}


def _small(value: Any) -> Any:
    return value if len(json.dumps(value)) <= MAX_SUMMARY_VALUE else None

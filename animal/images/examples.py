"""Examples for the API documentation."""

from __future__ import annotations

from typing import Any

from animal.core.errors import Conflict
from animal.core.examples import FILE, FORM, SITE, answer_example, error_example, request_example
from animal.images.hints import MESSAGES

_HEX = "165a7fea7bc14d29aef02f9500c688b6"
IMAGE_ID = "165a7fea-7bc1-4d29-aef0-2f9500c688b6"
IMAGE_URLS = {size: f"{SITE}/media/photos/16/{_HEX}-{size}.jpg" for size in ("master", "rendition", "thumbnail")}
DARK_HINT = {"code": "too_dark", "message": MESSAGES["too_dark"]}
PHOTO_HINTS = [{"photo": IMAGE_ID, **DARK_HINT}]
IMAGE_EXAMPLE = answer_example(
    "A photo from a phone",
    {
        "id": IMAGE_ID,
        "source": "report",
        "original_format": "JPEG",
        "original_bytes": 2418133,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "width": 1600,
        "height": 1200,
        "urls": IMAGE_URLS,
        "camera_make": "Example",
        "camera_model": "Phone 3",
        "taken_at": "2026-11-20T17:42:00Z",
        "suggestion": {
            "last_seen_date": "2026-11-20",
            "last_seen_time": "17:42:00",
            "latitude": 28.6139,
            "longitude": 77.209,
        },
        "hints": [DARK_HINT],
        "looked_for_animals": True,
        "created_at": "2026-11-21T07:22:48.284228Z",
    },
)
EDIT_INPUT_EXAMPLE = request_example(
    "A sepia picture",
    {"edited_image": FILE, "edit_metadata": '{"filters": "sepia(1)", "objects": {"objects": []}}'},
    media_type=FORM,
)
_CANVAS: dict[str, Any] = {"version": "5.3.0", "background": "#fff", "objects": []}
EDIT_EXAMPLE = answer_example(
    "An edit",
    {
        "id": 7,
        "edit_metadata": {"filters": "sepia(1)", "objects": _CANVAS},
        "created_at": "2026-11-21T01:54:11.736830Z",
        "owner": "Zoë",
        "edited_image_url": f"{SITE}/media/edited/0f/0f3c2d1e4b5a69788796a5b4c3d2e1f0.png",
    },
)
TOO_MANY_EXAMPLE = error_example(
    "Enough for one person",
    Conflict("You keep 100 edits already. Please delete one to save another.", code="too_many_edits"),
)

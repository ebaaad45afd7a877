"""Examples for the API documentation."""

from __future__ import annotations

from animal.core.examples import answer_example, request_example

_AREA = {
    "label": "Around my home",
    "center_lat": 28.6139,
    "center_lon": 77.209,
    "radius_km": 5.0,
    "status_filter": "lost",
    "is_active": True,
}
ALERT_INPUT_EXAMPLE = request_example("Lost animals around home", _AREA)
ALERT_CHANGE_EXAMPLE = request_example("A wider circle", {"radius_km": 10.0})
ALERT_EXAMPLE = answer_example(
    "Lost animals around home", {"id": 3, **_AREA, "created_at": "2026-11-21T07:22:48.284228Z"}
)
NOTIFICATIONS_EXAMPLE = answer_example(
    "One of two is new",
    {
        "notifications": [
            {
                "id": 25,
                "verb": "message",
                "description": "You have a new message about Milo.",
                "target_id": None,
                "target_name": "Milo",
                "link": "/chat/1b4e28ba-2fa1-41d2-883f-0016d3cca427",
                "is_read": False,
                "created_at": "2026-11-21T08:10:02.361395Z",
            },
            {
                "id": 19,
                "verb": "auto_match",
                "description": "Milo may have been found. Compare the photos and talk to the finder.",
                "target_id": 31,
                "target_name": "Milo",
                "link": "/chat/1b4e28ba-2fa1-41d2-883f-0016d3cca427",
                "is_read": True,
                "created_at": "2026-11-21T07:59:50.258267Z",
            },
        ],
        "unread_count": 1,
    },
)
_ON = {"app": True, "mail": True}
CHOICE_EXAMPLE = request_example("No mail for animals near by", {"nearby": {"mail": False}})
CHOICES_EXAMPLE = answer_example(
    "No mail for animals near by",
    {"match": _ON, "nearby": {"app": True, "mail": False}, "message": _ON, "tag": _ON, "report": _ON},
)

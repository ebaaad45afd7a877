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
_ON = {"app": True, "mail": True, "push": True}
CHOICE_EXAMPLE = request_example("No mail for animals near by", {"nearby": {"mail": False}})
CHOICES_EXAMPLE = answer_example(
    "No mail for animals near by",
    {"match": _ON, "nearby": {"app": True, "mail": False, "push": True}, "message": _ON, "tag": _ON, "report": _ON},
)

_BROWSER = {"id": 4, "user_agent": "Mozilla/5.0 (Android 16; Mobile)", "created_at": "2026-11-21T07:22:48.284228Z"}
PUSH_INPUT_EXAMPLE = request_example(
    "A browser",
    {
        "endpoint": "https://push.example/wpush/gAAAAABabc",
        "expirationTime": None,
        # The browser's keys in the example of RFC 8291.
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    },
)
PUSH_DEVICE_EXAMPLE = answer_example("A browser", _BROWSER)
PUSH_EXAMPLE = answer_example(
    "One browser",
    {
        "key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        "devices": [_BROWSER],
    },
)

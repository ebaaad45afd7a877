"""How operations follow on one another: what one answers is what the next one takes (OpenAPI's Link Objects)."""

from __future__ import annotations

from typing import Any

# For each operation its status that is followed, and what follows: the operation, and its parameters.
LINKS: dict[str, tuple[str, dict[str, dict[str, str]]]] = {
    "report_create": (
        "201",
        {
            name: {"report_id": "$response.body#/id"}
            for name in ("report_retrieve", "report_edit", "report_timeline", "report_photos_add", "report_delete")
        },
    ),
    "report_create_with_photos": (
        "201",
        {
            name: {"report_id": "$response.body#/id"}
            for name in ("report_retrieve", "report_status_set", "report_timeline", "report_delete")
        },
    ),
    "report_photos_add": (
        "201",
        {
            "report_photo_remove": {
                "report_id": "$request.path.report_id",
                "image_id": "$response.body#/photos/0/id",
            }
        },
    ),
    "report_list_mine": ("200", {"report_retry_features": {"report_id": "$response.body#/0/id"}}),
    "pet_create": (
        "201",
        {
            "pet_retrieve": {"pet_id": "$response.body#/pet/id"},
            "pet_update": {"pet_id": "$response.body#/pet/id"},
            "pet_qr": {"pet_id": "$response.body#/pet/id"},
            "pet_delete": {"pet_id": "$response.body#/pet/id"},
            "pet_found": {"animal_id": "$response.body#/pet/animal_id"},
        },
    ),
    "pet_tag_rotate": ("200", {"pet_found": {"animal_id": "$response.body#/animal_id"}}),
    "pet_retrieve": ("200", {"image_retrieve": {"image_id": "$response.body#/photos/0/id"}}),
    "conversation_start": (
        "200",
        {name: {"conversation_id": "$response.body#/id"} for name in ("message_list", "message_create")},
    ),
    "tag_report_create": (
        "201",
        {
            name: {"token": "$response.body#/follow_up_token"}
            for name in ("follow_up_retrieve", "follow_up_write", "follow_up_end")
        },
    ),
    "match_confirm": ("200", {"conversation_retrieve": {"conversation_id": "$response.body#/conversation_id"}}),
    "notification_list": (
        "200",
        {"notification_mark_read": {"notification_id": "$response.body#/notifications/0/id"}},
    ),
    "session_list": ("200", {"session_end": {"session_id": "$response.body#/results/0/id"}}),
    "export_retrieve": ("200", {"export_download": {"export_id": "$response.body#/id"}}),
}


def link_operations(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A drf-spectacular postprocessing hook. Raises KeyError for an operation or a status that there is not."""
    by_id = {operation["operationId"]: operation for item in result["paths"].values() for operation in item.values()}
    for source, (status, targets) in LINKS.items():
        by_id[source]["responses"][status]["links"] = {
            target: {"operationId": by_id[target]["operationId"], "parameters": parameters}
            for target, parameters in targets.items()
        }
    return result

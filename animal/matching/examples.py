"""Examples for the API documentation. Match 4: Ada's found cat may be Milo."""

from __future__ import annotations

from animal.core.errors import Conflict
from animal.core.examples import FILE, FORM, answer_example, error_example, request_example
from animal.images.examples import DARK_HINT, IMAGE_URLS

_MATCH = {
    "id": 4,
    "status": "pending",
    "my_side": "owner",
    "is_question": False,
    "similarity": 0.9395,
    "distance_meters": 800.0,
    "days_apart": 1,
    "reasons": [
        "The photos look alike (likely, 0.86)",
        "Less than 1 km from where Milo was last seen",
        "Found the day after Milo was lost",
        "Both are cats",
    ],
    "lost": {
        "pet_id": 31,
        "report_id": 12,
        "name": "Milo",
        "type": "Cats",
        "breed": "Siamese",
        "image_url": IMAGE_URLS["rendition"],
        "status": "lost",
        "last_seen_date": "2026-11-20",
        "latitude": 28.6118,
        "longitude": 77.2071,
    },
    "found": {
        "report_id": 15,
        "type": "Cats",
        "breed": "Unknown",
        "image_url": IMAGE_URLS["rendition"],
        "status": "found",
        "last_seen_date": "2026-11-21",
        "latitude": 28.6184,
        "longitude": 77.2115,
    },
    "conversation_id": "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
    "is_test": False,
    "created_at": "2026-11-21T07:59:50.330365Z",
    "settled_at": None,
}
MATCH_EXAMPLE = answer_example("A likely match", _MATCH)
MATCH_CONFIRMED_EXAMPLE = answer_example(
    "It is Milo", {**_MATCH, "status": "confirmed", "settled_at": "2026-11-21T08:20:11.000751Z"}
)
MATCH_DISMISSED_EXAMPLE = answer_example(
    "Two animals", {**_MATCH, "status": "dismissed", "settled_at": "2026-11-21T08:20:11.000751Z"}
)
MATCH_SETTLED_EXAMPLE = error_example(
    "Answered before", Conflict("This match has already been answered differently, and an answer is final.")
)
PHOTO_SEARCH_EXAMPLE = request_example("A photo", {"image": FILE}, media_type=FORM)
PHOTO_SEARCH_ANSWER_EXAMPLE = answer_example(
    "One look-alike",
    {
        "success": True,
        "results": [
            {
                "pet": {
                    "id": 31,
                    "name": "Milo",
                    "type": "Cats",
                    "breed": "Siamese",
                    "images": [IMAGE_URLS["rendition"]],
                },
                "similarity": 0.9395,
                "probability": 0.9395,
                "likelihood": "likely",
                "reasons": [
                    "The photos look alike (likely, 0.94)",
                    "Both are cats",
                    "Reported lost, last seen on 20 November 2026, near the place on the map",
                ],
                "pet_location": {
                    "id": 12,
                    "status": "lost",
                    "latitude": 28.6118,
                    "longitude": 77.2071,
                    "image_url": IMAGE_URLS["rendition"],
                    "last_seen_date": "2026-11-20",
                    "reported_at": "2026-11-20T18:40:12.120334Z",
                },
            }
        ],
        "search_info": {
            "total_items_searched": 1204,
            "matches_found": 1,
            "similarity_threshold": 0.6,
            "search_feature_dimensions": 512,
            "pending_features_count": 3,
        },
        "photo_hints": [DARK_HINT],
        "message": "1 animal looks like this one.",
    },
)
PHOTO_CHECK_ANSWER_EXAMPLE = answer_example(
    "A photo that could be better",
    {
        "hints": [DARK_HINT],
        "looked_for_animals": True,
    },
)

"""Examples for the API documentation. Report 12: Zoë misses Milo."""

from __future__ import annotations

from animal.core.errors import Conflict, InvalidInput
from animal.core.examples import FILE, FORM, answer_example, error_example, request_example
from animal.images.examples import IMAGE_URLS, PHOTO_HINTS
from animal.reports.bbox import refused_bbox
from animal.reports.cases import NO_POSTER, NOT_LOST

_ANIMAL = {"animal_name": "Milo", "type": "Cats", "breed": "Siamese", "category": "Domestic"}
_SEEN = {
    "latitude": 28.6139,
    "longitude": 77.209,
    "description": "Siamese with a white paw. Slipped out of the door towards the park.",
    "last_seen_date": "2026-11-20",
    "last_seen_time": "18:30:00",
}
REPORT_INPUT_EXAMPLE = request_example(
    "A lost cat, with a photo", {"status": "lost", **_ANIMAL, **_SEEN, "image": FILE}, media_type=FORM
)
REPORT_STATUS_EXAMPLE = request_example("He is home again", {"status": "resolved"})
_REPORT = {
    "id": 12,
    "pet": 31,
    "pet_name": "Milo",
    "status": "lost",
    **_ANIMAL,
    **_SEEN,
    "reported_at": "2026-11-21T07:22:48.105877Z",
    "resolved_at": None,
    "contact_name": "",
    "contact_phone": "",
    "contact_email": "",
    "animal_id": "",
    "owner_name": "",
    "image": IMAGE_URLS["rendition"],
    "image_url": IMAGE_URLS["rendition"],
    "feature_status": "completed",
    "is_test": False,
}
REPORT_EXAMPLE = answer_example("A lost cat", _REPORT)
REPORT_RESOLVED_EXAMPLE = answer_example(
    "He is home again", {**_REPORT, "status": "resolved", "resolved_at": "2026-11-21T19:05:10.000132Z"}
)
REPORT_DETAIL_EXAMPLE = answer_example(
    "A lost cat",
    {
        **_REPORT,
        "side": "lost",
        "photos": [{"id": "5d1bcd5c-6a35-4f7a-9d3c-0d9a6d0b2f11", "url": IMAGE_URLS["rendition"]}],
        "is_mine": False,
        "suggested_species": "cat",
        "chip_number": "",
        "sex": "male",
        "size": "",
        "colours": ["cream"],
        "suggested_breeds": [{"label": "Siamese cat", "score": 0.8052}],
        "feature_error": "",
        "suggestion": None,
        "photo_hints": [],
    },
)
REPORT_FILED_EXAMPLE = answer_example("Filed", {**_REPORT, "feature_status": "pending", "photo_hints": PHOTO_HINTS})
LOST_PLACE_EXAMPLE = answer_example(
    "A missing cat", {"id": 12, "latitude": 28.6118, "longitude": 77.2071, "pet": {"name": "Milo"}}
)
_PLACED = {"type": "Point", "coordinates": [77.2071, 28.6118]}
MAP_EXAMPLE = answer_example(
    "Seven reports close together, and a missing cat",
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "bbox": [77.22104, 28.58213, 77.23117, 28.60191],
                "geometry": {"type": "Point", "coordinates": [77.2264, 28.59312]},
                "properties": {"count": 7, "lost": 4},
            },
            {
                "type": "Feature",
                "geometry": _PLACED,
                "properties": {
                    "id": 12,
                    "status": "lost",
                    "name": "Milo",
                    "species": "cat",
                    "type": "Cats",
                    "breed": "Siamese",
                    "seen_on": "2026-11-20",
                    "reported_at": "2026-11-21T07:22:48.105877Z",
                    "url": "https://pawgle.example/lost/12",
                    "thumbnail": IMAGE_URLS["thumbnail"],
                    "is_test": False,
                },
            },
        ],
        "total": 8,
        "is_whole": True,
    },
)
MAP_REFUSED_EXAMPLE = error_example("No bounding box", refused_bbox())
BBOX_EXAMPLE = error_example("No bounding box", refused_bbox())
NOT_FAILED_EXAMPLE = error_example(
    "Nothing failed", InvalidInput("The photo of this report is not in need of another attempt.", code="not_failed")
)
REPORT_CREATE_EXAMPLE = request_example(
    "A lost cat, with two photos", {"status": "lost", **_ANIMAL, **_SEEN, "photos": [FILE, FILE]}, media_type=FORM
)
REPORT_EDIT_EXAMPLE = request_example("Seen again", {"latitude": 28.6201, "longitude": 77.2155})
REPORT_PHOTOS_EXAMPLE = request_example("Another photo", {"photos": [FILE]}, media_type=FORM)
TIMELINE_EXAMPLE = answer_example(
    "Filed",
    {
        "what": "filed",
        "sentence": "The report was filed.",
        "by": "me",
        "created_at": "2026-11-21T07:22:48.105877Z",
    },
)
NOT_LOST_EXAMPLE = error_example("Not reported lost", Conflict(NOT_LOST, code="not_lost"))
NO_POSTER_EXAMPLE = error_example("Not lost any more", Conflict(NO_POSTER, code="not_lost"))

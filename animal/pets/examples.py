"""Examples for the API documentation."""

from __future__ import annotations

from accounts.examples import USER
from animal.core.errors import InvalidInput
from animal.core.examples import FILE, FORM, SITE, answer_example, error_example, request_example
from animal.images.examples import IMAGE_ID, IMAGE_URLS, PHOTO_HINTS

_TAG = "ANIRVQ2CM0TV3Z77K3F"
_TAG_ANSWER = {"animal_id": _TAG, "tag": "ANI-RVQ2-CM0T-V3Z7-7K3F", "tag_url": f"{SITE}/found/{_TAG}"}
_FIELDS = {"name": "Milo", "type": "Cats", "category": "Domestic", "breed": "Siamese", "isPublic": True}
_NOTES = {"medical_note": "Needs insulin every morning", "temperament_note": "Shy: please do not chase him"}
_PET = {
    "id": 31,
    **_FIELDS,
    "additionalInfo": {"subNotes": ["Shy with strangers"]},
    "animal_id": _TAG,
    "registered_at": "2026-11-21T07:22:48.284228Z",
    "images": [IMAGE_URLS["rendition"]],
    "features": [],
    "feature_status": "completed",
    "owner": 7,
}
_OWN = {**_PET, "photo_hints": PHOTO_HINTS}
PET_FORM_EXAMPLE = request_example(
    "A cat with a photo",
    {
        **_FIELDS,
        "additionalInfo": '{"subNotes": ["Shy with strangers"]}',
        "images": [FILE],
        **_NOTES,
        "show_notes": True,
    },
    media_type=FORM,
)
PET_CHANGE_FORM_EXAMPLE = request_example(
    "One more photo",
    {
        **_FIELDS,
        "additionalInfo": '{"subNotes": ["Shy with strangers"]}',
        "existing_images": f'["{IMAGE_URLS["rendition"]}"]',
        "images": [FILE],
    },
    media_type=FORM,
)
PET_CHANGE_EXAMPLE = request_example("Another name, not public", {"name": "Milo II", "isPublic": False})
PET_EXAMPLE = answer_example("A cat", _OWN)
PET_ADDED_EXAMPLE = answer_example(
    "Registered",
    {
        "success": True,
        "pet": {**_OWN, "feature_status": "pending"},
        "photo_hints": PHOTO_HINTS,
        "message": "Milo is registered.",
    },
)
PUBLIC_PET_EXAMPLE = answer_example(
    "A cat", {**_PET, "additionalInfo": {"subNotes": []}, "animal_id": "", "owner": None}
)
PET_DETAIL_EXAMPLE = answer_example(
    "A cat",
    {
        **_OWN,
        **_TAG_ANSWER,
        "is_lost": True,
        "is_test": False,
        "feature_error": "",
        "suggested_species": "cat",
        "chip_number": "",
        "sex": "male",
        "size": "medium",
        "colours": ["cream", "brown"],
        **_NOTES,
        "show_notes": True,
        "suggested_breeds": [{"label": "Siamese cat", "score": 0.8052}],
        "photos": [{"id": IMAGE_ID, "urls": IMAGE_URLS}],
    },
)
PROFILE_EXAMPLE = answer_example("Zoë and her cat", {"user": USER, "pets": [_OWN]})
FOUND_PET_EXAMPLE = answer_example(
    "A cat",
    {
        "animal_id": _TAG,
        "name": "Milo",
        "type": "Cats",
        "breed": "Siamese",
        "category": "Domestic",
        "images": [IMAGE_URLS["rendition"]],
        "has_owner": True,
        **_NOTES,
    },
)
TAG_EXAMPLE = answer_example("The new tag", _TAG_ANSWER)
FEATURE_STATUS_EXAMPLE = answer_example(
    "All photos are read", {"feature_status": "completed", "feature_error": "", "photo_hints": PHOTO_HINTS}
)
PET_COUNT_EXAMPLE = answer_example("Some", {"pet_count": 873})
NOT_FAILED_EXAMPLE = error_example(
    "Nothing failed", InvalidInput("The photos of this pet are not in need of another attempt.", code="not_failed")
)

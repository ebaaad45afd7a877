"""Every call that the API answers, with a body that it accepts. The tests spoil these one part at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver

from animal.conftest import picture_bytes
from animal.core.tests.bad_input.scene import Scene
from animal.core.tests.bad_input.values import (
    ADDRESS,
    CHIP,
    CHOICE,
    COLOURS,
    DATE,
    ID,
    KEYS,
    LATITUDE,
    LINE,
    LONGITUDE,
    LOOSE,
    MAIL_PARTS,
    MAIL_TEXT,
    OFFER,
    RADIUS,
    SECRET,
    STATE,
    SWITCH,
    TEXT,
    TIME,
    Field,
    a_browser,
)

JSON, FORM = "JSON", "form"


@dataclass(frozen=True)
class Call:
    """`by` is whose client makes it. `json` and `form` give the body that is accepted in that encoding."""

    verb: str
    route: str
    by: str = "owner"
    fields: Mapping[str, Field] = field(default_factory=dict)
    json: Callable[[Scene], dict[str, Any]] | None = None
    form: Callable[[Scene], dict[str, Any]] | None = None
    photo: str = ""
    optional: bool = False
    """Every field may be left out."""
    headers: Mapping[str, str] = field(default_factory=dict)
    roomy: bool = False
    """Takes megabytes of text."""
    binary: bool = False
    """Answers with something else than JSON."""

    def __str__(self) -> str:
        return f"{self.verb} /{self.route} by {self.by}"

    @property
    def is_public(self) -> bool:
        return self.by == "nobody"

    @property
    def is_twin(self) -> bool:
        """Of a POST with the very same code."""
        return self.verb == "PUT" and self.route.endswith("/status/")

    @property
    def encodings(self) -> list[str]:
        return [name for name, body in ((JSON, self.json), (FORM, self.form)) if body is not None]

    @property
    def parameters(self) -> dict[str, str]:
        """Converter by name, as in `<uuid:conversation_id>`."""
        parts = [part.partition(">")[0].partition(":") for part in self.route.split("<")[1:]]
        return {name: converter for converter, _, name in parts}

    def body(self, scene: Scene, encoding: str) -> dict[str, Any]:
        build = self.json if encoding == JSON else self.form
        assert build is not None
        return build(scene)


def a_photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", picture_bytes(), content_type="image/jpeg")


def _pet(scene: Scene) -> dict[str, Any]:
    return {"name": "Nala", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "true"}


def _report(scene: Scene) -> dict[str, Any]:
    return {
        "animal_name": "N/A",
        "category": "Domestic",
        "type": "Cats",
        "breed": "Unknown",
        "status": "found",
        "description": "",
        "latitude": "48.137000",
        "longitude": "11.575000",
        "contact_name": "",
        "contact_phone": "",
        "contact_email": "",
        "last_seen_date": "",
        "register_pet": "false",
    }


def _contact(scene: Scene) -> dict[str, Any]:
    return {
        "pet_location_id": scene.ids["report_id"],
        "message": "I saw her by the river.",
        "contact_name": "Ria",
        "contact_email": "ria@example.org",
    }


def _area(scene: Scene) -> dict[str, Any]:
    return {"label": "Home", "center_lat": 48.1, "center_lon": 11.5, "radius_km": 5, "status_filter": "lost"}


MARK_FIELDS = {"chip_number": CHIP, "sex": CHOICE.left_out, "size": CHOICE.left_out, "colours": COLOURS}
PET_FIELDS = {
    "name": LINE,
    "category": CHOICE,
    "type": LINE,
    "breed": LINE,
    "isPublic": SWITCH,
    "additionalInfo": LOOSE,
    "existing_images": LOOSE,
    **MARK_FIELDS,
    "medical_note": TEXT.left_out,
    "temperament_note": TEXT.left_out,
    "show_notes": SWITCH,
}
REPORT_FIELDS = {
    "status": CHOICE,
    "animal_name": LINE,
    "category": CHOICE,
    "type": LINE,
    "breed": LINE,
    "latitude": LATITUDE,
    "longitude": LONGITUDE,
    "description": TEXT.left_out,
    "contact_name": LINE.left_out,
    "contact_phone": LINE.left_out,
    "contact_email": ADDRESS.left_out,
    "last_seen_date": DATE,
    "last_seen_time": TIME,
    "pet_id": ID.left_out,
    "register_pet": SWITCH,
    **MARK_FIELDS,
}
EDITABLE = {*REPORT_FIELDS} - {"status", "pet_id", "register_pet"}
AREA_FIELDS = {
    "label": LINE.left_out,
    "center_lat": LATITUDE,
    "center_lon": LONGITUDE,
    "radius_km": RADIUS,
    "status_filter": CHOICE.left_out,
    "is_active": SWITCH,
}
CONTACT_FIELDS = {
    "pet_location_id": ID,
    "message": TEXT,
    "contact_name": LINE,
    "contact_email": ADDRESS,
    "contact_phone": LINE.left_out,
}
TAG_FIELDS = {
    "latitude": LATITUDE,
    "longitude": LONGITUDE,
    "place": TEXT.left_out,
    "message": TEXT,
    "contact_name": LINE.left_out,
    "contact_email": ADDRESS.left_out,
}
SIGN_UP_FIELDS = {"username": LINE, "email": ADDRESS, "password": SECRET, "confirm_password": SECRET}
PASSWORD = "a long enough Passw0rd"
FORWARD_SECRET = "a-secret"
NEW_PASSWORD = "another long enough Passw0rd"


def _edit(scene: Scene) -> dict[str, Any]:
    return {"edited_image": a_photo(), "edit_metadata": '{"filters": null, "objects": {"objects": []}}'}


WITH_BODY = [
    Call(
        "POST",
        "api/auth/signup/",
        by="nobody",
        fields=SIGN_UP_FIELDS,
        json=lambda scene: {
            "username": "Ria",
            "email": "ria@example.org",
            "password": PASSWORD,
            "confirm_password": PASSWORD,
        },
    ),
    Call(
        "POST",
        "api/auth/login/",
        by="nobody",
        fields={"email": OFFER, "password": SECRET},
        json=lambda scene: {"email": "owner@example.org", "password": PASSWORD},
    ),
    Call(
        "POST",
        "api/auth/magic/request/",
        by="nobody",
        fields={"email": ADDRESS},
        json=lambda scene: {"email": "owner@example.org"},
    ),
    Call(
        "POST",
        "api/auth/magic/consume/",
        by="nobody",
        fields={"token": OFFER, "new_password": SECRET.left_out},
        json=lambda scene: {"token": scene.link("reset_password")["token"], "new_password": NEW_PASSWORD},
    ),
    Call(
        "POST",
        "api/token/",
        by="nobody",
        fields={"username": OFFER, "password": SECRET},
        json=lambda scene: {"username": "Owner", "password": PASSWORD},
    ),
    Call(
        "POST",
        "api/auth/google/",
        by="nobody",
        fields={"credential": OFFER, "id_token": OFFER},
        json=lambda scene: {"credential": "not.a.token"},
    ),
    Call(
        "POST",
        "api/auth/verify-email/",
        by="nobody",
        fields={"uid": OFFER, "token": OFFER},
        json=lambda scene: scene.link("verify_email"),
    ),
    *(
        Call(
            "POST",
            route,
            by="nobody",
            fields={"email": ADDRESS},
            json=lambda scene: {"email": "owner@example.org"},
        )
        for route in ("api/auth/resend-verification/", "api/auth/forgot-password/")
    ),
    Call(
        "POST",
        "api/v1/places/search/",
        by="nobody",
        fields={"text": LINE},
        json=lambda scene: {"text": "Marienplatz 1, Munich"},
    ),
    Call(
        "POST",
        "api/auth/reset-password/",
        by="nobody",
        fields={"uid": OFFER, "token": OFFER, "new_password": SECRET},
        json=lambda scene: scene.link("reset_password") | {"new_password": NEW_PASSWORD},
    ),
    Call(
        "POST",
        "api/v1/me/password/",
        fields={"current_password": OFFER, "new_password": SECRET},
        json=lambda scene: {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
    ),
    Call(
        "POST",
        "api/v1/me/email/",
        fields={"email": ADDRESS, "password": OFFER},
        json=lambda scene: {"email": "other@example.org", "password": PASSWORD},
    ),
    Call("DELETE", "api/v1/me/", fields={"password": OFFER}, json=lambda scene: {"password": PASSWORD}),
    *(
        Call(
            verb,
            route,
            fields={"edit_metadata": STATE},
            form=_edit,
            photo="edited_image",
            optional=optional,
            roomy=True,
        )
        for verb, route, optional in (
            ("POST", "api/auth/edited-pet-images/", False),
            ("PUT", "api/auth/edited-pet-images/<int:edit_id>/", False),
            ("PATCH", "api/auth/edited-pet-images/<int:edit_id>/", True),
        )
    ),
    Call(
        "POST",
        "api/auth/pets/add/",
        fields=PET_FIELDS,
        json=lambda scene: _pet(scene) | {"existing_images": [scene.photo_url]},
        form=lambda scene: _pet(scene) | {"images": a_photo()},
        photo="images",
    ),
    Call(
        "PUT",
        "api/auth/pets/<int:pet_id>/edit/",
        fields=PET_FIELDS,
        json=lambda scene: {"name": "Nala"},
        form=lambda scene: {"name": "Nala", "images": a_photo()},
        photo="images",
        optional=True,
    ),
    Call("POST", "api/auth/pets/search/", form=lambda scene: {"image": a_photo()}, photo="image"),
    Call("POST", "api/v1/photos/check/", form=lambda scene: {"image": a_photo()}, photo="image"),
    Call(
        "POST",
        "api/auth/pets/report/",
        fields=REPORT_FIELDS,
        json=_report,
        form=lambda scene: _report(scene) | {"image": a_photo()},
        photo="image",
    ),
    Call(
        "POST",
        "api/v1/reports/",
        fields=REPORT_FIELDS,
        json=_report,
        form=lambda scene: _report(scene) | {"photos": a_photo()},
        photo="photos",
    ),
    Call(
        "PATCH",
        "api/v1/reports/<int:report_id>/",
        by="finder",
        fields={name: field for name, field in REPORT_FIELDS.items() if name in EDITABLE},
        json=lambda scene: {"description": "By the river"},
        form=lambda scene: {"description": "By the river"},
        optional=True,
    ),
    Call(
        "POST",
        "api/v1/found/<str:tag>/report/",
        by="nobody",
        fields=TAG_FIELDS,
        json=lambda scene: {"latitude": 48.1, "longitude": 11.5, "message": "On our balcony"},
        form=lambda scene: {"latitude": 48.1, "longitude": 11.5, "message": "On our balcony", "photos": a_photo()},
        photo="photos",
    ),
    Call(
        "POST",
        "api/v1/follow-up/<str:token>/",
        by="nobody",
        fields={"body": TEXT},
        json=lambda scene: {"body": "I am at home until six."},
        form=lambda scene: {"body": "I am at home until six.", "photos": a_photo()},
        photo="photos",
        optional=True,
    ),
    Call(
        "POST",
        "api/v1/reports/<int:report_id>/photos/",
        by="finder",
        form=lambda scene: {"photos": a_photo()},
        photo="photos",
    ),
    *(
        Call(
            verb,
            "api/auth/pets/locations/<int:report_id>/status/",
            by="finder",
            fields={"status": CHOICE},
            json=lambda scene: {"status": "resolved"},
            form=lambda scene: {"status": "resolved"},
        )
        for verb in ("POST", "PUT")
    ),
    *(
        Call(
            "POST",
            "api/auth/pets/contact-owner/",
            by=by,
            fields=CONTACT_FIELDS,
            form=lambda scene: _contact(scene) | {"image": a_photo()},
            photo="image",
        )
        for by in ("nobody", "owner")
    ),
    Call(
        "POST",
        "api/auth/chat/conversations/start/",
        fields={"pet_location_id": ID},
        json=lambda scene: {"pet_location_id": scene.ids["report_id"]},
        form=lambda scene: {"pet_location_id": scene.ids["report_id"]},
    ),
    Call(
        "POST",
        "api/auth/chat/conversations/<uuid:conversation_id>/messages/",
        fields={"body": TEXT},
        form=lambda scene: {"body": "Hello", "attachments": a_photo()},
        photo="attachments",
        optional=True,
    ),
    Call(
        "POST",
        "api/auth/api/auth/conversations/share-info/",
        fields={"conversation_id": ID, "user_type": CHOICE.left_out, "share_info": SWITCH},
        json=lambda scene: {"conversation_id": str(scene.ids["conversation_id"]), "share_info": True},
        form=lambda scene: {"conversation_id": str(scene.ids["conversation_id"]), "share_info": "true"},
    ),
    Call(
        "POST",
        "api/auth/email/forward-reply/",
        by="nobody",
        headers={"HTTP_X_FORWARD_SECRET": FORWARD_SECRET},
        fields={"from": OFFER, "subject": OFFER, "text": MAIL_TEXT, "attachments": MAIL_PARTS},
        json=lambda scene: {
            "from": "owner@example.org",
            "subject": f"Re: Milo [PawGle-{scene.ids['conversation_id']}]",
            "text": "That is him.",
        },
    ),
    Call(
        "POST",
        "api/v1/abuse-reports/",
        fields={"kind": CHOICE, "id": ID, "reason": CHOICE, "text": TEXT.left_out},
        json=lambda scene: {"kind": "report", "id": str(scene.ids["report_id"]), "reason": "scam"},
        form=lambda scene: {"kind": "report", "id": str(scene.ids["report_id"]), "reason": "scam"},
    ),
    *(
        Call(
            "POST",
            f"api/v1/moderation/{act}/",
            by="moderator",
            fields={"kind": CHOICE, "id": ID, "reason": LINE.left_out},
            json=lambda scene: {"kind": "report", "id": str(scene.ids["report_id"])},
            form=lambda scene: {"kind": "report", "id": str(scene.ids["report_id"])},
        )
        for act in ("hide", "unhide")
    ),
    Call(
        "PATCH",
        "api/v1/notifications/choices/",
        json=lambda scene: {"nearby": {"mail": False}},
        optional=True,
    ),
    Call("POST", "api/v1/push/", fields={"endpoint": OFFER, "keys": KEYS}, json=lambda scene: a_browser("b")),
    Call("POST", "api/auth/alerts/", fields=AREA_FIELDS, json=_area, form=_area),
    Call("PUT", "api/auth/alerts/<int:subscription_id>/", fields=AREA_FIELDS, json=_area, form=_area),
    Call(
        "PATCH",
        "api/auth/alerts/<int:subscription_id>/",
        fields=AREA_FIELDS,
        json=lambda scene: {"label": "Home"},
        form=lambda scene: {"label": "Home"},
        optional=True,
    ),
]
WITHOUT_BODY = [
    Call("POST", "api/auth/logout/", by="nobody"),
    Call("POST", "api/auth/share-contact/<uuid:conversation_id>/<str:user_type>/<str:answer>/"),
    Call("DELETE", "api/auth/alerts/<int:subscription_id>/"),
    Call("DELETE", "api/v1/push/<int:device_id>/"),
    *(
        Call(verb, route)
        for verb in ("POST", "PUT")
        for route in ("api/auth/notifications/read-all/", "api/auth/notifications/<int:notification_id>/read/")
    ),
    Call("DELETE", "api/auth/pets/<int:pet_id>/delete/"),
    Call("DELETE", "api/auth/edited-pet-images/<int:edit_id>/"),
    Call("PUT", "api/v1/blocks/<int:user_id>/"),
    Call("DELETE", "api/v1/sessions/"),
    Call("POST", "api/v1/me/export/"),
    Call("DELETE", "api/v1/sessions/<uuid:session_id>/"),
    Call("POST", "api/v1/pets/<int:pet_id>/rotate-tag/"),
    Call("DELETE", "api/v1/reports/<int:report_id>/", by="finder"),
    Call("DELETE", "api/v1/follow-up/<str:token>/", by="nobody"),
    Call("POST", "api/v1/matches/<int:match_id>/confirm/"),
    Call("POST", "api/v1/matches/<int:match_id>/dismiss/"),
]
# Refused unless something failed before, or a cookie or a link's query is sent.
REFUSED_WHEN_FINE = [
    Call("DELETE", "api/v1/reports/<int:report_id>/photos/<uuid:image_id>/", by="finder"),
    Call("GET", "api/auth/verify-email/", by="nobody"),
    Call("POST", "api/token/refresh/", by="nobody"),
    Call("DELETE", "api/v1/blocks/<int:user_id>/"),
    Call("POST", "api/auth/pets/<int:pet_id>/retry-features/"),
    Call("POST", "api/v1/reports/<int:report_id>/retry-features/", by="finder"),
    Call("GET", "api/v1/reports/<int:report_id>/poster.pdf", by="finder"),  # What the finder reported is found.
]
READS = [
    *(
        Call("GET", route, by="nobody", binary=route.startswith(("api/docs", "api/redoc", "api/schema")))
        for route in (
            "api/schema/",
            "api/docs/",
            "api/redoc/",
            "api/v1/health/",
            "api/v1/version/",
            "api/auth/users/count/",
            "api/auth/pets/count/",
            "api/auth/dashboard/pets/",
            "api/lost_pets/",
            "api/v1/map/",
            "api/auth/found/<str:animal_id>/",
        )
    ),
    *(
        Call("GET", route, binary=route.endswith(("/qr/", "<int:part>/", ".svg", ".pdf")))
        for route in (
            "api/auth/profile/",
            "api/auth/alerts/",
            "api/auth/alerts/<int:subscription_id>/",
            "api/auth/edited-pet-images/",
            "api/auth/edited-pet-images/<int:edit_id>/",
            "api/v1/sessions/",
            "api/v1/me/export/",
            "api/v1/me/export/<uuid:export_id>/<int:part>/",
            "api/v1/abuse-reports/",
            "api/v1/blocks/",
            "api/auth/notifications/",
            "api/v1/notifications/choices/",
            "api/v1/push/",
            "api/auth/chat/conversations/",
            "api/auth/chat/conversations/<uuid:conversation_id>/",
            "api/auth/chat/conversations/<uuid:conversation_id>/messages/",
            "api/auth/pets/locations/",
            "api/auth/pets/lost/locations/",
            "api/auth/pets/found/locations/",
            "api/auth/user/pet-locations/",
            "api/auth/pets/<int:pet_id>/qr/",
            "api/auth/pets/<int:pet_id>/feature-status/",
            "api/v1/images/<uuid:image_id>/",
            "api/v1/matches/",
            "api/v1/matches/<int:match_id>/",
            "api/v1/pets/<int:pet_id>/",
            "api/v1/pets/<int:pet_id>/poster.pdf",
            "api/v1/pets/<int:pet_id>/tag.svg",
            "api/v1/pets/<int:pet_id>/tags.pdf",
            "api/v1/reports/",
            "api/v1/reports/<int:report_id>/",
        )
    ),
]
READS.append(Call("GET", "api/v1/follow-up/<str:token>/", by="nobody"))
READS.append(Call("GET", "api/v1/reports/<int:report_id>/timeline/", by="finder"))
CALLS = [*WITH_BODY, *WITHOUT_BODY, *REFUSED_WHEN_FINE, *READS]

# Pages for people and files, which answer in HTML or as they are.
PAGES = {
    "": ["GET"],
    "favicon.ico": ["GET"],
    "user": ["GET"],
    "auth/magic": ["GET", "POST"],
    "sign-in": ["GET", "POST"],
    "sign-in/link": ["GET", "POST"],
    "sign-in/google": ["GET"],
    "sign-in/google/back": ["GET"],
    "sign-up": ["GET", "POST"],
    "forgot-password": ["GET", "POST"],
    "sign-out": ["POST"],
    "language": ["POST"],
    "pets": ["GET"],
    "pets/new": ["GET", "POST"],
    "pets/<int:pet_id>": ["GET", "POST"],
    "pets/<int:pet_id>/photos": ["POST"],
    "pets/<int:pet_id>/photos/<uuid:image_id>/remove": ["POST"],
    "pets/<int:pet_id>/look-again": ["POST"],
    "pets/<int:pet_id>/new-tag": ["POST"],
    "pets/<int:pet_id>/delete": ["GET", "POST"],
    "pets/<int:pet_id>/tag.svg": ["GET"],
    "pets/<int:pet_id>/tag.png": ["GET"],
    "pets/<int:pet_id>/tags.pdf": ["GET"],
    "pets/<int:pet_id>/poster.pdf": ["GET"],
    "reports": ["GET"],
    "reports/<int:report_id>": ["GET"],
    "reports/<int:report_id>/status": ["POST"],
    "reports/<int:report_id>/look-again": ["POST"],
    "reports/<int:report_id>/show": ["POST"],
    "reports/<int:report_id>/poster.pdf": ["GET"],
    "reports/<int:report_id>/edit": ["GET", "POST"],
    "reports/<int:report_id>/photos": ["POST"],
    "reports/<int:report_id>/photos/<uuid:image_id>/remove": ["POST"],
    "reports/<int:report_id>/delete": ["GET", "POST"],
    "reports/<int:report_id>/complain": ["GET", "POST"],
    "pets/<int:pet_id>/complain": ["GET", "POST"],
    "messages/<uuid:message_id>/complain": ["GET", "POST"],
    "people/<int:user_id>/complain": ["GET", "POST"],
    "blocks": ["GET"],
    "blocks/<int:user_id>": ["POST"],
    "blocks/<int:user_id>/remove": ["POST"],
    "settings": ["GET"],
    "settings/notifications": ["POST"],
    "settings/language": ["POST"],
    "settings/push": ["POST"],
    "settings/push/<int:device_id>/remove": ["POST"],
    "sw.js": ["GET"],
    "manifest.webmanifest": ["GET"],
    "offline": ["GET"],
    "drafts/ticket": ["GET"],
    "settings/name": ["POST"],
    "settings/password": ["POST"],
    "settings/address": ["POST"],
    "settings/sessions/<uuid:session_id>/end": ["POST"],
    "settings/sessions/end": ["POST"],
    "settings/export": ["POST"],
    "settings/export/<uuid:export_id>/<int:part>": ["GET"],
    "settings/delete": ["GET", "POST"],
    "alerts": ["GET", "POST"],
    "alerts/<int:subscription_id>": ["POST"],
    "alerts/<int:subscription_id>/remove": ["POST"],
    "notifications": ["GET"],
    "notifications/read": ["POST"],
    "notifications/<int:notification_id>": ["POST"],
    "found/<str:tag>": ["GET"],
    "found/<str:tag>/": ["GET"],
    "found/<str:tag>/report": ["POST"],
    "follow-up/<str:token>": ["GET", "POST"],
    "follow-up/<str:token>/end": ["POST"],
    "T/<str:tag>": ["GET"],
    "lost/<int:case_id>": ["GET"],
    "lost/<int:case_id>/message": ["POST"],
    "lost/<int:case_id>/share.jpg": ["GET"],
    "finds/<int:report_id>": ["GET"],
    "finds/<int:report_id>/message": ["POST"],
    "unsubscribe/<str:stop_token>": ["GET", "POST"],
    "dev/mails/": ["GET"],
    "dev/mails/<str:kind>": ["GET"],
    "privacy": ["GET"],
    "terms": ["GET"],
    "pet/map": ["GET"],
    "search": ["GET", "POST"],
    "report": ["GET", "POST"],
    "matches/<int:match_id>/<str:answer>": ["POST"],
    "chat": ["GET"],
    "chat/<uuid:conversation_id>": ["GET", "POST"],
    "chat/<uuid:conversation_id>/shut-out": ["POST"],
    "chat/<uuid:conversation_id>/let-in": ["POST"],
    "media/<path:name>": ["GET"],
    "metrics/": ["GET"],
}


def routes_served() -> dict[str, Any]:
    """Every route of the URL configuration except the admin, with its view."""
    return {route: view for route, view in _walk(get_resolver().url_patterns, "") if not route.startswith("admin/")}


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _walk(pattern.url_patterns, route)
        else:
            found.append((route, pattern.callback))
    return found


def verbs_of(view: Any) -> set[str]:
    """The verbs that a class-based API view answers."""
    verbs = {name.upper() for name in view.cls.http_method_names if hasattr(view.cls, name)}
    return verbs - {"OPTIONS", "HEAD"}

"""Requests that are right in all but who sends them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import encode_multipart

from accounts.tests.test_google import id_token
from animal.core.tests.access_matrix.people import PASSWORD, Person
from animal.core.tests.access_matrix.table import Row
from animal.core.tests.access_matrix.things import photo
from animal.core.tests.access_matrix.world import MISSING, World
from animal.core.tests.bad_input.calls import CALLS, FORWARD_SECRET, NEW_PASSWORD
from animal.core.tests.bad_input.values import a_browser

BOUNDARY = "a-boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
CAT = Path(settings.BASE_DIR) / "animal" / "demo" / "photos" / "chelsea" / "b.jpg"
ANIMAL = {"name": "Nala", "category": "Domestic", "type": "Cats", "breed": "Tabby"}
# What complaints and the staff's hand call what an id names.
KINDS = {"report_id": "report", "pet_id": "pet", "message_id": "message", "user_id": "user", "image_id": "photo"}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    content: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    names_an_object: bool = False
    """Whether an id of `MISSING` in its path or body makes it a request for something that is not there."""

    def sent_by(self, person: Person, method: str = "") -> Any:
        return person.send(
            method or self.method, self.path, data=self.content, content_type=self.content_type, **self.headers
        )


class Ids(dict[str, Any]):
    """Notes which of its ids are asked for."""

    def __init__(self, ids: Mapping[str, Any]) -> None:
        super().__init__(ids)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)


@dataclass(frozen=True)
class Asked:
    """What a body is made of. Bodies of `bad_input.calls` take it as their scene."""

    ids: Ids
    by: Person
    photo_url: str

    def link(self, purpose: str) -> dict[str, str]:
        return self.by.link(purpose) if "token" not in self.ids else {"uid": "MQ", "token": self.ids["token"]}

    @property
    def named(self) -> dict[str, str]:
        """The kind and the id of the thing, as text."""
        name = next(name for name in self.ids if name in KINDS)
        return {"kind": KINDS[name], "id": str(self.ids[name])}


def request_for(world: World, row: Row, by: Person, *, missing: bool = False) -> Request:
    """What `by` sends for this row; with `missing`, the same about something that does not exist."""
    ids = Ids(dict(world.things[row.thing]) if row.thing else {})
    if ids.get("held_by", by.name) != by.name:
        ids["token"] = ids["forged"]
    if missing:
        # `only`: the one of several ids that is wrong.
        names = [ids["only"]] if "only" in ids else (list(ids) or ["token"])
        ids.update({name: MISSING[name] for name in names if name in MISSING})
    asked = Asked(ids, by, world.photo_url)
    path = "/" + PARAMETER.sub(lambda found: str(ids[found[1]]), row.route)
    if row.route in QUERIES and row.method == "GET":
        path += "?" + urlencode(QUERIES[row.route](asked))
    content, content_type = _body(row, asked) if row.method != "GET" else (b"", "application/json")
    # The same id for all, so that two answers may be compared.
    headers = {"HTTP_ACCEPT": ACCEPTED.get(row.route, "*/*"), "HTTP_X_REQUEST_ID": "access-matrix"}
    if "without the secret" not in row.thing:
        headers["HTTP_X_FORWARD_SECRET"] = FORWARD_SECRET
    names_an_object = bool(ids.read & set(MISSING)) or row.route in BY_TOKEN
    return Request(row.method, path, content, content_type, headers, names_an_object)


def _body(row: Row, asked: Asked) -> tuple[bytes, str]:
    key = (row.method, row.route)
    if key in FORMS:
        return encode_multipart(BOUNDARY, FORMS[key](asked)), FORM
    if key in OBJECTS:
        return json.dumps(OBJECTS[key](asked)).encode(), "application/json"
    call = next((call for call in CALLS if (call.verb, call.route) == key), None)
    if call is not None and call.json is not None:
        return json.dumps(call.json(asked)).encode(), "application/json"
    if call is not None and call.form is not None:
        return encode_multipart(BOUNDARY, call.form(asked)), FORM
    return b"", "application/json"


def _sighting(asked: Asked) -> dict[str, Any]:
    said = {**ANIMAL, "animal_name": "N/A", "status": "found"}
    place = {"latitude": "48.1", "longitude": "11.5", "last_seen_date": "2026-01-05"}
    return {**said, **place, **({"pet_id": asked.ids["pet_id"]} if "pet_id" in asked.ids else {})}


def _password(asked: Asked) -> dict[str, Any]:
    passwords = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    return passwords | {"username": asked.by.own.email, "password": PASSWORD, "next": "/admin/"}


def _mail(asked: Asked) -> dict[str, Any]:
    subject = f"Re: Milo [PawGle-{asked.ids['conversation_id']}]"
    return {"from": asked.by.own.email, "subject": subject, "text": "That is him."}


Body = Callable[[Asked], dict[str, Any]]
# Where what one sends names oneself, or what the row is about. All others send the bodies of `bad_input.calls`.
OBJECTS: dict[tuple[str, str], Body] = {
    ("POST", "api/auth/login/"): lambda asked: {"email": asked.by.own.email, "password": PASSWORD},
    ("POST", "api/token/"): lambda asked: {"username": asked.by.own.username, "password": PASSWORD},
    ("POST", "api/auth/magic/request/"): lambda asked: {"email": asked.by.own.email},
    ("POST", "api/auth/resend-verification/"): lambda asked: {"email": asked.by.own.email},
    ("POST", "api/auth/forgot-password/"): lambda asked: {"email": asked.by.own.email},
    ("POST", "api/auth/magic/consume/"): lambda asked: {"token": asked.link("sign_in")["token"]},
    ("POST", "api/auth/google/"): lambda asked: {
        "credential": id_token(sub="1", email=asked.by.own.email, hd="example.org")
    },
    ("POST", "api/auth/pets/report/"): _sighting,
    ("POST", "api/v1/reports/"): _sighting,
    ("POST", "api/auth/email/forward-reply/"): _mail,
    ("POST", "api/v1/abuse-reports/"): lambda asked: {**asked.named, "reason": "scam"},
    ("POST", "api/v1/moderation/hide/"): lambda asked: asked.named,
    ("POST", "api/v1/moderation/unhide/"): lambda asked: asked.named,
}
FORMS: dict[tuple[str, str], Body] = {
    ("POST", "api/auth/pets/add/"): lambda asked: {**ANIMAL, "images": photo()},
    ("POST", "api/auth/pets/search/"): lambda asked: {"image": SimpleUploadedFile("cat.jpg", CAT.read_bytes())},
    ("POST", "api/v1/photos/check/"): lambda asked: {"image": SimpleUploadedFile("cat.jpg", CAT.read_bytes())},
    ("POST", "auth/magic"): lambda asked: {"token": asked.link("sign_in")["token"]},
    ("POST", "forgot-password"): lambda asked: {"email": asked.by.own.email},
    ("POST", "sign-in"): lambda asked: {"email": asked.by.own.email, "password": PASSWORD},
    ("POST", "sign-in/link"): lambda asked: {"email": asked.by.own.email},
    ("POST", "sign-up"): lambda asked: {"username": "Nela", "email": "nela@example.org", "password": PASSWORD},
    ("POST", "report"): _sighting,
    ("POST", "pets/new"): lambda asked: {**ANIMAL, "photos": photo()},
    ("POST", "pets/<int:pet_id>"): lambda asked: ANIMAL,
    ("POST", "pets/<int:pet_id>/photos"): lambda asked: {"photos": photo()},
    ("POST", "reports/<int:report_id>/status"): lambda asked: {"status": "resolved"},
    ("POST", "reports/<int:report_id>/edit"): lambda asked: {"description": "Shy"},
    ("POST", "reports/<int:report_id>/photos"): lambda asked: {"photos": photo()},
    ("POST", "reports/<int:report_id>/complain"): lambda asked: {"reason": "scam"},
    ("POST", "pets/<int:pet_id>/complain"): lambda asked: {"reason": "scam"},
    ("POST", "messages/<uuid:message_id>/complain"): lambda asked: {"reason": "scam"},
    ("POST", "people/<int:user_id>/complain"): lambda asked: {"reason": "scam"},
    ("POST", "settings/notifications"): lambda asked: {"nearby.mail": "false"},
    ("POST", "settings/language"): lambda asked: {"language": "de"},
    ("POST", "settings/push"): lambda asked: {**(said := a_browser("b"))["keys"], "endpoint": said["endpoint"]},
    ("POST", "settings/name"): lambda asked: {"username": "Somebody else"},
    ("POST", "settings/password"): lambda asked: {"current_password": PASSWORD, "new_password": f"{PASSWORD}, new"},
    ("POST", "settings/address"): lambda asked: {"email": "another@example.org", "password": PASSWORD},
    ("POST", "settings/delete"): lambda asked: {"password": PASSWORD},
    ("POST", "alerts"): lambda asked: {"latitude": "48.1", "longitude": "11.5", "radius_km": "5"},
    ("POST", "alerts/<int:subscription_id>"): lambda asked: {"radius_km": "2"},
    ("POST", "found/<str:tag>/report"): lambda asked: {"latitude": "48.1", "longitude": "11.5", "message": "Here"},
    ("POST", "lost/<int:case_id>/message"): lambda asked: {
        "message": "I saw her by the river.",
        "contact_name": "Gus",
        "contact_email": asked.by.own.email or "gus@example.org",
    },
    ("POST", "finds/<int:report_id>/message"): lambda asked: {
        "message": "She is mine.",
        "contact_name": "Gus",
        "contact_email": asked.by.own.email or "gus@example.org",
    },
    ("POST", "follow-up/<str:token>"): lambda asked: {"body": "I am at home until six."},
    ("POST", "chat/<uuid:conversation_id>"): lambda asked: {"body": "Hello"},
    ("POST", "admin/login/"): _password,
    ("POST", "admin/password_change/"): _password,
}
QUERIES: dict[str, Body] = {
    "api/auth/verify-email/": lambda asked: asked.link("verify_email"),
    "admin/autocomplete/": lambda asked: {"app_label": "reports", "model_name": "report", "field_name": "reporter"},
}
# YAML takes ten times as long to write.
ACCEPTED = {"api/schema/": "application/vnd.oai.openapi+json"}
# What one has instead of an id.
BY_TOKEN = {
    "api/auth/magic/consume/",
    "api/auth/verify-email/",
    "api/auth/reset-password/",
    "auth/magic",
}

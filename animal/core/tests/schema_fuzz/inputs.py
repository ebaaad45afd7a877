"""What schemathesis is told of the service's data: real ids for paths and bodies, pictures, and links that work.

Most values come from dictionaries, by the parameter's name. What a dictionary cannot say (two fields that must agree,
a link that works once) is mended in valid cases, the first few times that an operation is called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from accounts.tests.test_google import id_token
from animal.conftest import picture_bytes
from animal.core.tests.bad_input.values import a_browser
from animal.demo.animals import bundled_animals

MENDED_CALLS = 2
"""How many calls of an operation get something that can be used once, for each actor."""
MENDED_CALLS_OF = {"POST /api/v1/moderation/hide/": 8, "POST /api/v1/moderation/unhide/": 8}
"""The moderator alone may."""
DISPOSABLE = 120
"""How many accounts an actor may sign out, change or delete."""
SECRET = "the secret of the server that receives mails"
OFTEN = 0.85
Body = dict[str, Any]


@dataclass
class Cast:
    """One actor of the run, and what requests of this actor may use up."""

    name: str
    email: str
    user_id: int
    password: str
    ids: dict[str, list[Any]]
    spare: Iterator[dict[str, str]]
    bearer: str = ""
    session_id: str = ""
    last_disposable: str = ""
    calls: Counter[str] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)

    def disposable_bearer(self) -> str:
        """Of an account that may be lost. The last ones are used again, and answered 401 then."""
        if self.calls["disposable"] < DISPOSABLE:
            self.calls["disposable"] += 1
            self.last_disposable = next(self.spare)["access"]
        return self.last_disposable

    def next_of(self, kind: str) -> Any:
        """The ids of a kind in turn, over and over."""
        values = self.ids[kind]
        self.numbers[kind] += 1
        return values[(self.numbers[kind] - 1) % len(values)]


# --- values by the parameter's name ----------------------------------------------------------------------------------

PLAIN = {
    "name": ["Milo", "Zoë", "মিঠু", "O'Malley"],
    "kind": ["Dog", "Cat", "Parrot", "Unknown"],
    "sentence": ["By the station, near the old bridge.", "Er hat eine weiße Pfote.\nBitte melden!"],
    "email": ["ada@example.org", "test-owner@pawgle.test"],
    "phone": ["+91 98765 43210"],
    "day": ["2026-11-01", "2026-10-15"],
    "clock": ["09:30:00", "23:59"],
    "secret": [SECRET],
    "answer": ["yes", "no"],
    "side": ["owner", "reporter"],
    "part": [1],
    "size": [1, 50, 200],
    "near": ["28.61,77.21", "-17,180"],
    "bbox": ["77.0,28.4,77.4,28.8", "179,-20,-179,-10"],
}
EVERYWHERE = {
    "path.pet_id": "pet",
    "path.report_id": "report",
    "path.animal_id": "tag",
    "path.tag": "tag_of_others",
    "path.token": "follow_up",
    "path.conversation_id": "conversation",
    "path.subscription_id": "subscription",
    "path.device_id": "browser_gone",
    "path.notification_id": "notification",
    "path.edit_id": "edit",
    "path.image_id": "image",
    "path.match_id": "match",
    "path.export_id": "export",
    "path.part": "part",
    "path.session_id": "session_gone",
    "path.user_id": "user",
    "path.answer": "answer",
    "path.user_type": "side",
    "query.bbox": "bbox",
    "query.near": "near",
    "query.page_size": "size",
    "header.X-Forward-Secret": "secret",
    "body.name": "name",
    "body.animal_name": "name",
    "body.contact_name": "name",
    "body.username": "name",
    "body.label": "name",
    "body.type": "kind",
    "body.breed": "kind",
    "body.description": "sentence",
    "body.body": "sentence",
    "body.message": "sentence",
    "body.place": "sentence",
    "body.medical_note": "sentence",
    "body.temperament_note": "sentence",
    "body.text": "sentence",
    "body.reason": "sentence",
    "body.email": "email",
    "body.contact_email": "email",
    "body.contact_phone": "phone",
    "body.last_seen_date": "day",
    "body.last_seen_time": "clock",
    "body.pet_id": "pet",
    "body.pet_location_id": "report_of_others",
    "body.conversation_id": "conversation",
}
IN_OPERATIONS: dict[tuple[str, str], dict[str, str]] = {
    ("DELETE", "/api/v1/blocks/{user_id}/"): {"path.user_id": "user_blocked"},
    ("DELETE", "/api/auth/alerts/{subscription_id}/"): {"path.subscription_id": "subscription_gone"},
    ("DELETE", "/api/auth/edited-pet-images/{edit_id}/"): {"path.edit_id": "edit_gone"},
    ("DELETE", "/api/auth/pets/{pet_id}/delete/"): {"path.pet_id": "pet_gone"},
    ("POST", "/api/auth/pets/{pet_id}/retry-features/"): {"path.pet_id": "pet_failed"},
    ("DELETE", "/api/v1/follow-up/{token}/"): {"path.token": "follow_up_gone"},
    ("DELETE", "/api/v1/reports/{report_id}/"): {"path.report_id": "report_gone"},
    ("POST", "/api/v1/matches/{match_id}/confirm/"): {"path.match_id": "match_confirm"},
    ("POST", "/api/v1/matches/{match_id}/dismiss/"): {"path.match_id": "match_dismiss"},
}


def dictionaries(cast: Cast) -> dict[str, Any]:
    kinds = {**PLAIN, **cast.ids}
    return {name: {"values": values} for name, values in kinds.items() if not isinstance(values[0], list)}


def bound(names: dict[str, str]) -> dict[str, Any]:
    return {parameter: {"dictionary": name, "probability": OFTEN} for parameter, name in names.items()}


def parameters() -> dict[str, Any]:
    return bound(EVERYWHERE)


ANIMAL = bundled_animals()[0].second_photo.read_bytes()
PLAIN_PICTURES = [picture_bytes(color=color) for color in ((120, 90, 60), (30, 30, 30), (240, 240, 200))]
PICTURES = [*PLAIN_PICTURES, ANIMAL] * 4 + [picture_bytes(size=(8, 8)), b"GIF89a, or so it says"]


# --- what has to agree ------------------------------------------------------------------------------------------------


@dataclass
class Mended:
    body: Body | None = None
    query: Body | None = None
    path: Body | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookie: str = ""


Mender = Callable[[Cast, int], Mended]


def _sign_up(cast: Cast, number: int) -> Mended:
    name = f"new-{cast.name}-{number}".replace("moderator", "mod")  # A word that names may not have.
    words = cast.password
    return Mended({"username": name, "email": f"{name}@example.org", "password": words, "confirm_password": words})


def _by_password(name: str) -> Mender:
    return lambda cast, number: Mended({name: next(cast.spare)["email"], "password": cast.password})


def _magic(cast: Cast, number: int) -> Mended:
    spare = next(cast.spare)
    if number % 2:
        return Mended({"token": spare["reset_password"], "new_password": "another long Passw0rd"})
    return Mended({"token": spare["sign_in"]})


def _verify(cast: Cast, number: int) -> Mended:
    spare = next(cast.spare)
    link = {"uid": spare["uid"], "token": spare["verify_email"]}
    return Mended(link, link)


def _reset(cast: Cast, number: int) -> Mended:
    spare = next(cast.spare)
    link = {"uid": spare["uid"], "token": spare["reset_password"]}
    return Mended({**link, "new_password": "another long Passw0rd"})


def _mail(cast: Cast, number: int) -> Mended:
    subject = f"Re: New message [PawGle-{cast.next_of('conversation')}]"
    mail = {"from": cast.email, "subject": subject, "text": f"Answer {number}.", "attachments": []}
    return Mended(mail, headers={"X-Forward-Secret": SECRET})


def _complaint(cast: Cast, number: int) -> Mended:
    kind = ("report", "pet", "message", "user")[number % 4]
    about = {"report": "report_of_others", "pet": "pet", "message": "message", "user": "user"}[kind]
    return Mended({"kind": kind, "id": str(cast.next_of(about)), "reason": "scam", "text": "They ask for money."})


def _browser(cast: Cast, number: int) -> Mended:
    return Mended(a_browser(cast.name))


def _hiding(cast: Cast, number: int) -> Mended:
    return Mended({"kind": "report", "id": str(cast.next_of("report_hidden")), "reason": "Scam"})


def _google(cast: Cast, number: int) -> Mended:
    who = f"{cast.name}-{number}"
    return Mended({"credential": id_token(sub=who, email=f"{who}@gmail.example", name=who)})


def _photo_of_a_report(cast: Cast, number: int) -> Mended:
    report_id, image_id = cast.next_of("report_photo")
    return Mended(path={"report_id": report_id, "image_id": image_id})


def _failed_report(cast: Cast, number: int) -> Mended:
    return Mended(path={"report_id": cast.next_of("report_failed")})


def _open_match(kind: str) -> Mender:
    """One that nobody has answered yet."""
    return lambda cast, number: Mended(path={"match_id": cast.next_of(kind)})


def _pet(cast: Cast, number: int) -> Mended:
    return Mended(path={"pet_id": cast.next_of("pet")})


def _back_and_forth(cast: Cast, number: int) -> Mended:
    return Mended({"status": ("resolved", "lost")[number % 2]})


ONCE: dict[str, Mender] = {
    "POST /api/auth/signup/": _sign_up,
    "POST /api/auth/login/": _by_password("email"),
    "POST /api/token/": _by_password("username"),
    "POST /api/auth/google/": _google,
    "POST /api/auth/magic/consume/": _magic,
    "GET /api/auth/verify-email/": _verify,
    "POST /api/auth/verify-email/": _verify,
    "POST /api/auth/reset-password/": _reset,
    "POST /api/token/refresh/": lambda cast, number: Mended(cookie=next(cast.spare)["refresh"]),
    "POST /api/auth/logout/": lambda cast, number: Mended(cookie=next(cast.spare)["refresh"]),
    "POST /api/v1/me/password/": lambda cast, number: Mended(
        {"current_password": cast.password, "new_password": "another long Passw0rd"}
    ),
    "POST /api/v1/me/email/": lambda cast, number: Mended(
        {"password": cast.password, "email": f"moved-{cast.name}-{number}@example.org"}
    ),
    "DELETE /api/v1/me/": lambda cast, number: Mended({"password": cast.password}),
    "POST /api/auth/email/forward-reply/": _mail,
    "POST /api/v1/abuse-reports/": _complaint,
    "POST /api/v1/push/": _browser,
    "POST /api/v1/moderation/hide/": _hiding,
    "POST /api/v1/moderation/unhide/": _hiding,
    "DELETE /api/v1/reports/{report_id}/photos/{image_id}/": _photo_of_a_report,
    "POST /api/v1/reports/{report_id}/retry-features/": _failed_report,
    "GET /api/v1/pets/{pet_id}/tag.svg": _pet,
    "POST /api/v1/matches/{match_id}/confirm/": _open_match("match_confirm"),
    "POST /api/v1/matches/{match_id}/dismiss/": _open_match("match_dismiss"),
    "POST /api/auth/pets/locations/{report_id}/status/": _back_and_forth,
    "PUT /api/auth/pets/locations/{report_id}/status/": _back_and_forth,
}
COSTLY = [
    "/api/auth/login/",
    "/api/auth/reset-password/",
    "/api/auth/signup/",
    "/api/token/",
    "/api/v1/me/",
    "/api/v1/me/email/",
    "/api/v1/me/password/",
]
"""They hash a password, which takes a third of a second by design: fewer requests than to the others."""
COSTLY_EXAMPLES = 3
PARTICULAR = [
    "/api/auth/pets/add/",
    "/api/auth/chat/conversations/{conversation_id}/messages/",
    "/api/v1/moderation/hide/",
    "/api/v1/moderation/unhide/",
]
"""They take much that all has to be right at once: more requests than to the others."""
PARTICULAR_EXAMPLES = 20
NEVER_AS_ONESELF = {
    "DELETE /api/v1/sessions/",
    "DELETE /api/v1/me/",
    "POST /api/v1/me/password/",
    "POST /api/v1/me/email/",
}
"""They end the session that asks, or change its account: so another account asks each time, while there are some."""

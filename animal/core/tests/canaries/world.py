"""People with something of their own in every field that there is, who met as people do: over HTTP.

owner       lost Milo, keeps Nala for herself, gave Tessa a tag, shows Pola to everybody, deleted Gina
finder      found Milo: a confirmed match, and a chat
rival       found another animal that looks like Milo, and one that looks like Nala: neither was answered
guest       holds Tessa's tag and found her by it; wrote to the finder, both without an account
stranger    watches the area; one report of theirs is hidden by the moderator
blocked     wrote to the owner and is blocked
unverified  has not proven the address, from which somebody else wrote to the finder without an account
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from animal.alerts.tests.push_service import Browser
from animal.core.tests.bad_input.values import a_browser
from animal.core.tests.canaries.pictures import Colour, photo
from animal.core.tests.canaries.search import EVERYBODY, Watch
from animal.core.tests.worker import work_off
from animal.matching.models import PetMatch
from animal.pets.models import OlderTag, Pet
from animal.reports.models import Report

RED: Colour = (200, 10, 10)
BLUE: Colour = (10, 10, 200)
GREEN: Colour = (10, 200, 10)
YELLOW: Colour = (200, 200, 10)
PURPLE: Colour = (200, 10, 200)
CYAN: Colour = (10, 200, 200)
ORANGE: Colour = (200, 100, 10)
NAMES = ("owner", "finder", "rival", "stranger", "blocked", "unverified", "moderator", "admin")
# Whose words are read by whom, who thereby learns what the writer is called.
READ_BY: dict[str, tuple[str, ...]] = {
    "owner": ("finder", "blocked"),
    "finder": ("owner", "guest"),
    "rival": ("owner",),
    "blocked": ("owner",),
}


@dataclass
class Person:
    name: str
    client: APIClient
    email: str = ""
    user: User | None = None


@dataclass
class World:
    watch: Watch = field(default_factory=Watch)
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    """What the tests ask for by name."""
    tags: dict[str, list[str]] = field(default_factory=dict)
    """Who holds which."""
    follow_ups: dict[str, list[str]] = field(default_factory=dict)
    """Who holds which signed link to what was found by a tag."""
    mails: list[EmailMultiAlternatives] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100_001))

    # --- canaries ---------------------------------------------------------------------------------------------------

    def mark(self, what: str, *may_see: str) -> str:
        """A word that stands nowhere else."""
        word = f"zq{next(self._numbers)}"
        self.watch.add(word, what, may_see)
        return word

    def address(self, what: str, *may_see: str) -> str:
        address = f"zq{next(self._numbers)}@canary.example"
        self.watch.add_address(address, what, may_see)
        return address

    def phone(self, what: str, *may_see: str) -> str:
        number = str(next(self._numbers))
        self.watch.add(f"15779{number}", what, may_see)
        return f"+49 15779 {number}"

    def chip(self, what: str, *may_see: str) -> str:
        number = str(next(self._numbers))
        self.watch.add(f"276098106{number}", what, may_see)
        return f"276 098 106 {number}"

    def spot(self, what: str, *may_see: str) -> tuple[float, float]:
        """A true place, more than a kilometre from all others, and half of one from what it is rounded to."""
        number = len(self.watch.points)
        place = 48.105312 + 0.010107 * number, 11.505731 + 0.013713 * number
        self.watch.add_point(*place, what, may_see)
        return place

    def moment(self, what: str, *may_see: str) -> datetime:
        """In a year in which nothing else happened."""
        when = datetime(2019, 1, 1, tzinfo=UTC) + timedelta(seconds=67 * (next(self._numbers) - 100_000))
        self.watch.add(f"{when:%Y%m%d%H%M%S}", what, may_see)
        return when

    # --- doing ------------------------------------------------------------------------------------------------------

    def send(self, by: str, verb: str, path: str, data: Any = None, code: int = 201, **extra: Any) -> Any:
        cache.clear()  # Some routes allow five requests an hour.
        answer = self.people[by].client.generic(verb, path, **_body(data), **extra)
        assert answer.status_code == code, (path, answer.status_code, answer.content[:500])
        self.watch.look(by, f"{verb} {path}", answer.content)
        return json.loads(answer.content) if answer.content else {}

    def form(self, by: str, path: str, code: int = 201, headers: dict[str, str] | None = None, **data: Any) -> Any:
        cache.clear()
        answer = self.people[by].client.post(path, data, format="multipart", headers=headers)
        assert answer.status_code == code, (path, answer.status_code, answer.content[:500])
        self.watch.look(by, f"POST {path}", answer.content)
        return json.loads(answer.content)

    def work(self) -> None:
        work_off()
        self.mails += mail.outbox
        mail.outbox.clear()


def _body(data: Any) -> dict[str, Any]:
    return {} if data is None else {"data": json.dumps(data), "content_type": "application/json"}


# --- people -----------------------------------------------------------------------------------------------------------


def person_add(world: World, name: str) -> None:
    """Signed in by password, with one refresh behind them."""
    person = Person(name, APIClient(raise_request_exception=False))
    world.people[name] = person
    person.email = world.address(f"{name}'s e-mail address", name)
    password = f"{world.mark(f'the password of {name}')} Is Long 1"
    person.user = User.objects.create_user(
        username=f"{name.capitalize()} {world.mark(f'the display name of {name}', name, *READ_BY.get(name, ()))}",
        email=person.email,
        password=password,
        first_name=world.mark(f"{name}'s first name", name),
        last_name=world.mark(f"{name}'s last name", name),
        email_verified_at=None if name == "unverified" else timezone.now(),
        is_staff=name in ("moderator", "admin"),
        is_superuser=name == "admin",
    )
    if name == "moderator":
        person.user.groups.add(Group.objects.get(name="Moderators"))
    world.ids[f"password of {name}"] = password
    agent = world.mark(f"the browser of {name}", name)
    world.send(
        name, "POST", "/api/auth/login/", {"email": person.email, "password": password}, 200, HTTP_USER_AGENT=agent
    )
    world.watch.add(_refresh_token(person), f"the first refresh token of {name}")
    signed_in = world.send(name, "POST", "/api/token/refresh/", None, 200)
    world.watch.add(_refresh_token(person), f"the refresh token of {name}")
    world.watch.add(signed_in["access"].rpartition(".")[2], f"the access token of {name}")
    person.client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed_in['access']}")
    person.client.force_login(person.user)  # For the pages.


def _refresh_token(person: Person) -> str:
    return str(person.client.cookies["pawgle_refresh"].value).partition(".")[2]


ANIMAL = {"category": "Domestic", "type": "Cats", "breed": "Tabby"}


def photo_of(world: World, by: str, colour: Colour, what: str) -> Any:
    """Its metadata are the uploader's; its file name nobody's, since nobody keeps it."""
    words = world.mark(f"the metadata of {what}", by)
    taken = world.spot(f"where {what} was taken", by)
    moment = world.moment(f"when {what} was taken", by)
    name = world.mark(f"the file name of {what}")
    return photo(colour, words=words, at=taken, taken=moment, name=f"{name}.jpg")


def pets_add(world: World) -> None:
    """What an owner notes of a pet is hers; whose name and photos are shown to whom stands in the second column."""
    pets: list[tuple[str, Colour, tuple[str, ...], bool]] = [
        ("Milo", RED, (EVERYBODY,), False),  # Reported lost below.
        ("Nala", BLUE, ("owner",), False),
        ("Tessa", GREEN, ("owner", "guest"), False),
        ("Pola", YELLOW, (EVERYBODY,), True),
        ("Gina", PURPLE, ("owner",), False),
    ]
    for name, colour, readers, is_public in pets:
        notes = {
            "subNotes": [world.mark(f"a note on {name}", "owner")],
            "chipNumber": world.mark(f"the chip of {name}", "owner"),
            "collar": world.mark(f"the collar of {name}", "owner"),
            "address": world.mark(f"where {name} lives", "owner"),
        }
        pet = world.form(
            "owner",
            "/api/auth/pets/add/",
            headers={"Idempotency-Key": world.mark(f"the key of {name}'s registration")},
            **ANIMAL,
            name=f"{name} {world.mark(f'the name of {name}', *readers)}",
            isPublic=str(is_public).lower(),
            chip_number=world.chip(f"the chip number of {name}", "owner"),
            medical_note=world.mark(f"the health of {name}", "owner", *(["guest"] if name == "Tessa" else [])),
            temperament_note=world.mark(f"the nature of {name}", "owner", *(["guest"] if name == "Tessa" else [])),
            show_notes=str(name == "Tessa").lower(),
            additionalInfo=json.dumps(notes),
            images=photo_of(world, "owner", colour, f"{name}'s photo"),
        )["pet"]
        world.ids[name] = pet["id"]
        row = Pet.objects.get(pk=pet["id"])
        world.watch.add(row.animal_id.lower(), f"the tag of {name}", ["owner", *(["guest"] if name == "Tessa" else [])])
        world.tags.setdefault("owner", []).append(row.animal_id)
        if name == "Tessa":
            world.tags["guest"] = [row.animal_id]
            older = world.mark("the older tag of Tessa", "owner")
            OlderTag.objects.create(pet=row, animal_id=f"ANI{older.upper()}")
        for image in row.images.all():
            world.watch.add(image.pk.hex, f"the address of {name}'s photo", readers)
            world.watch.add(image.sha256, f"the digest of {name}'s photo", ["owner"])
    world.send("owner", "DELETE", f"/api/auth/pets/{world.ids['Gina']}/delete/", None, 204)
    world.tags["owner"].remove(Pet.objects.get(pk=world.ids["Gina"]).animal_id)


def _report(
    world: World, by: str, what: str, side: str, colour: Colour, *, readers: tuple[str, ...], **more: Any
) -> None:
    """`readers` see that there is such a report; its exact place is seen by those in `exact`."""
    exact: tuple[str, ...] = more.pop("exact", ())
    latitude, longitude = world.spot(f"the place of {what}", by, *exact)
    filed = world.form(
        by,
        "/api/auth/pets/report/",
        **ANIMAL,
        animal_name=more.pop("animal", "N/A"),
        latitude=str(latitude),
        longitude=str(longitude),
        status=side,
        description=world.mark(f"the description of {what}", by, *readers),
        contact_name=world.mark(f"the contact name of {what}", by),
        contact_phone=world.phone(f"the contact phone of {what}", by),
        contact_email=world.address(f"the contact e-mail of {what}", by),
        image=photo_of(world, by, colour, f"the photo of {what}"),
        **more,
    )
    report = Report.objects.get(pk=filed["id"])
    assert report.image is not None
    world.watch.add(report.image.pk.hex, f"the address of the photo of {what}", [by, *readers])
    world.watch.add(report.image.sha256, f"the digest of the photo of {what}", [by])
    world.ids[what] = report.pk


def _browser(world: World, by: str) -> None:
    """One that is told of news, with keys of its own: those of examples stand in the description for everybody. Nobody
    listens at its address."""
    address = a_browser(world.mark(f"the address of the browser of the {by}", by))["endpoint"]
    said = Browser(address).subscription()
    name = world.mark(f"the browser of the {by}", by)
    world.send(by, "POST", "/api/v1/push/", said, HTTP_USER_AGENT=name)


def reports_file(world: World) -> None:
    centre = world.spot("the centre of the stranger's area", "stranger")
    label = world.mark("the label of the stranger's area", "stranger")
    area = {"center_lat": centre[0], "center_lon": centre[1], "label": label, "radius_km": 50}
    world.send("stranger", "POST", "/api/auth/alerts/", area)
    _browser(world, "stranger")
    milo = {"animal": Pet.objects.get(pk=world.ids["Milo"]).name, "pet_id": str(world.ids["Milo"])}
    everybody = {"readers": (EVERYBODY,)}
    _report(world, "owner", "Milo's report", "lost", RED, exact=("finder",), **milo, **everybody)
    _report(world, "finder", "the finder's report", "found", RED, exact=("owner",), **everybody)
    _report(world, "rival", "the rival's report", "found", RED, **everybody)
    _report(world, "rival", "the one like Nala", "found", BLUE, **everybody)
    _report(world, "unverified", "the unverified report", "found", ORANGE, readers=())
    # A number of its own on a report that shall match would speak against the match.
    chips = {name: world.chip(f"the chip number on {name}'s report", name) for name in ("stranger", "finder")}
    _report(world, "stranger", "the hidden report", "found", CYAN, readers=(), chip_number=chips["stranger"])
    _report(world, "finder", "the resolved report", "found", ORANGE, readers=(), chip_number=chips["finder"])
    path = f"/api/auth/pets/locations/{world.ids['the resolved report']}/status/"
    world.send("finder", "POST", path, {"status": "resolved"}, 200)


def match_answer(world: World) -> None:
    """The owner recognises Milo in what the finder found; the rival's two reports wait for an answer."""
    found = {name: world.ids[f"the {name}'s report"] for name in ("finder", "rival")}
    match = PetMatch.objects.get(found_report_id=found["finder"], lost_report_id=world.ids["Milo's report"])
    world.send("owner", "POST", f"/api/v1/matches/{match.pk}/confirm/", None, 200)
    world.ids["pending match"] = PetMatch.objects.get(
        found_report_id=found["rival"], lost_report_id=world.ids["Milo's report"]
    ).pk
    question = PetMatch.objects.get(found_report_id=world.ids["the one like Nala"])
    assert question.is_question
    assert question.lost_pet_id == world.ids["Nala"]
    world.ids["chat"] = PetMatch.objects.get(pk=match.pk).conversation_id

"""A town's worth of rows, written in bulk: what the API is measured on.

Pictures are rows without files, vectors there are none: the measured answers name pictures and read no vector.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from animal.alerts.models import Notification
from animal.chat.models import Conversation, Message, MessageReceipt, Participant
from animal.core.cells import RESOLUTIONS, cell_of
from animal.core.geo import blurred_point
from animal.core.text import normalised_key
from animal.images.files import file_name
from animal.images.models import Image
from animal.pets.models import FeatureStatus, Pet, PetPhoto
from animal.reports.models import Report

PASSWORD = "bench a long enough Passw0rd"
PLACE = (28.6139, 77.2090)
SPREAD_DEGREES = 0.3
ROWS_AT_A_TIME = 1000
SENTENCE = "I think I have seen this one near the market, it was limping a little. "

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Size:
    """How many rows there are. `my_*` belong to the first person, whose requests are measured."""

    people: int = 500
    pets: int = 1000
    reports: int = 2000
    my_pets: int = 10
    my_reports: int = 50
    my_conversations: int = 30
    my_messages: int = 40
    my_notifications: int = 200

    def as_arguments(self) -> list[str]:
        """As `manage.py bench_populate` takes them."""
        return [f"--{name.replace('_', '-')}={value}" for name, value in asdict(self).items()]

    def __str__(self) -> str:
        return (
            f"{self.people} people, {self.pets} pets, {self.reports} reports; of the measured person {self.my_pets} "
            f"pets, {self.my_reports} reports, {self.my_conversations} conversations of {self.my_messages} messages, "
            f"{self.my_notifications} notifications"
        )


@dataclass(frozen=True)
class Populated:
    """What clients have to know. The first of the addresses is the measured person's, the password everybody's."""

    emails: list[str]
    password: str
    conversation_id: str
    tag: str


def populate(size: Size) -> Populated:
    """Write everything. Raises ValueError when anybody has an account here: it is for empty databases."""
    if User.objects.exists():
        raise ValueError("This database is in use. Benchmarks fill an empty one.")
    return _Population(size).write()


class _Population:
    def __init__(self, size: Size) -> None:
        self.size = size
        self.dice = random.Random(7)
        self.now = timezone.now()

    def write(self) -> Populated:
        people = self._people()
        me = people[0]
        pets = self._pets(people)
        reports = self._reports(people, pets)
        newest = self._conversations(me, people, reports)
        self._notifications(people)
        return Populated([person.email for person in people], PASSWORD, str(newest.pk), pets[0].animal_id)

    def _ago(self, **how_long: float) -> datetime:
        return self.now - timedelta(**how_long)

    def _people(self) -> list[User]:
        password = make_password(PASSWORD)  # One hash for all: each takes a third of a second.
        people = []
        for number in range(self.size.people):
            name, email = f"Person {number}", f"person{number}@pawgle.example"
            user = User(username=name, email=email, password=password, email_verified_at=self._ago(days=30))
            user.username_key, user.email_key = normalised_key(name), normalised_key(email)
            people.append(user)
        return _saved(people)

    def _images(self, owners: Iterable[User], source: Image.Source) -> list[Image]:
        images = []
        for owner in owners:
            image = Image(uploader=owner, source=source, sha256=f"{self.dice.getrandbits(256):064x}")
            image.original_format, image.original_bytes, image.width, image.height = "JPEG", 2_000_000, 2048, 1536
            for part in ("master", "rendition", "thumbnail"):
                setattr(image, part, file_name(image.pk, part))
            images.append(image)
        return _saved(images)

    def _pets(self, people: Sequence[User]) -> list[Pet]:
        pets = []
        for number in range(self.size.pets):
            owner = people[0] if number < self.size.my_pets else self.dice.choice(people[1:])
            name, kind = f"Pet {number}", self.dice.choice(("Dogs", "Cats"))
            pet = Pet(owner=owner, name=name, type=kind, species=kind[:-1].lower(), category="Domestic", breed="Mixed")
            pet.is_public, pet.feature_status = number % 2 == 0, FeatureStatus.COMPLETED
            pet.additional_info = {"color": "brown", "notes": SENTENCE * 2}
            pets.append(pet)
        _saved(pets)
        shown = [pet for pet in pets for _ in range(1 + pet.pk % 3)]
        images = self._images([pet.owner for pet in shown], Image.Source.PET)
        _saved(
            [
                PetPhoto(pet=pet, image=image, position=place)
                for place, (pet, image) in enumerate(zip(shown, images, strict=True))
            ]
        )
        return pets

    def _reports(self, people: Sequence[User], pets: Sequence[Pet]) -> list[Report]:
        reports = [self._report(number, people, pets) for number in range(self.size.reports)]
        pictured = [report for report in reports if report.pet is None]
        for report, image in zip(
            pictured, self._images([r.reporter for r in pictured], Image.Source.REPORT), strict=True
        ):
            report.image = image
        _saved(reports)
        for report in reports:
            report.reported_at = self._ago(hours=report.pk % 2000)
        Report.objects.bulk_update(reports, ["reported_at"], batch_size=ROWS_AT_A_TIME // 4)
        return reports

    def _report(self, number: int, people: Sequence[User], pets: Sequence[Pet]) -> Report:
        mine = number < self.size.my_reports
        pet = None
        if number % 3 == 0:
            pet = self.dice.choice(pets[: self.size.my_pets] if mine else pets[self.size.my_pets :])
        reporter = pet.owner if pet else people[0] if mine else self.dice.choice(people[1:])
        side = Report.Side.LOST if pet or number % 3 == 1 else Report.Side.FOUND
        latitude, longitude = (degrees + self.dice.uniform(-SPREAD_DEGREES, SPREAD_DEGREES) for degrees in PLACE)
        report = Report(reporter=reporter, pet=pet, side=side, status=side, pet_type="Dogs", species="dog")
        report.latitude, report.longitude = latitude, longitude
        report.public_latitude, report.public_longitude = blurred_point(latitude, longitude)
        for resolution in RESOLUTIONS:
            setattr(report, f"cell_r{resolution}", cell_of(latitude, longitude, resolution))
        report.description, report.feature_status = SENTENCE * 3, FeatureStatus.COMPLETED
        report.last_seen_date = self._ago(days=1).date()
        return report

    def _conversations(self, me: User, people: Sequence[User], reports: Sequence[Report]) -> Conversation:
        """Mine, and a short one about every fourth report. Returns the one that I read."""
        others = [report for report in reports if report.reporter_id != me.pk]
        mine = [self._conversation(report, me) for report in others[: self.size.my_conversations]]
        foreign = [
            self._conversation(report, self.dice.choice([p for p in people[1:8] if p.pk != report.reporter_id]))
            for report in others[self.size.my_conversations :: 4]
        ]
        seats = {talk.pk: (report, guest) for talk, report, guest in [*mine, *foreign]}
        talks = _saved([talk for talk, _, _ in [*mine, *foreign]])
        _saved([Participant(conversation=talk, user=user) for talk in talks for user in self._pair(*seats[talk.pk])])
        messages, receipts = [], []
        for number, talk in enumerate(talks):
            pair = self._pair(*seats[talk.pk])
            for written in range(self.size.my_messages if number < len(mine) else 4):
                sender, reader = pair[written % 2], pair[1 - written % 2]
                message = Message(conversation=talk, sender=sender, sender_name=sender.username, body=SENTENCE)
                message.created_at = self._ago(minutes=number, seconds=600 - written)
                messages.append(message)
                # What I read is read; of the other conversations the last lines are not.
                is_read = number == 0 or written < self.size.my_messages - 3
                read_at = message.created_at if is_read else None
                receipts.append(MessageReceipt(message=message, conversation=talk, user=reader, read_at=read_at))
        _saved(messages)
        _saved(receipts)
        return talks[0]

    def _conversation(self, report: Report, guest: User) -> tuple[Conversation, Report, User]:
        members = sorted((report.reporter_id, guest.pk))
        talk = Conversation(report=report, pair_key=f"report:{report.pk}:users:{'-'.join(map(str, members))}")
        talk.last_message_at = self._ago(minutes=self.dice.randrange(10_000))
        talk.last_message_preview = SENTENCE[:120].strip()
        return talk, report, guest

    @staticmethod
    def _pair(report: Report, guest: User) -> tuple[User, User]:
        return report.reporter, guest

    def _notifications(self, people: Sequence[User]) -> None:
        rows = []
        for person in people:
            for number in range(self.size.my_notifications if person is people[0] else 10):
                rows.append(
                    Notification(
                        recipient=person,
                        verb=Notification.Verb.NEARBY_ALERT,
                        description=SENTENCE,
                        target_name="Pet",
                        link="/pet/map",
                        dedupe_key=f"bench:{person.pk}:{number}",
                        is_read=number % 4 > 0,
                    )
                )
        _saved(rows)


def _saved(rows: list[Row]) -> list[Row]:
    if rows:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=ROWS_AT_A_TIME)
    return rows

"""Demo data: people, animals with real photos, reports; all of it test data.

The first animal and the first one of another type are lost and found again: the owner reports them with one photo,
the finder files another. Animals of the first one's type belong to the neighbour, who lost them as well: look-alikes.
Another dog was found though nobody reported it lost: owners are asked only where the model's word was measured. The
rest are registered pets.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from animal.chat.models import Conversation
from animal.chat.services import message_send
from animal.core.models import BackgroundTask
from animal.core.tasks import task_run
from animal.demo.animals import Animal
from animal.demo.people import ROLES, address, person
from animal.images.models import Image
from animal.images.services import image_discard, images_stored
from animal.matching.models import PetMatch
from animal.pets.models import Pet
from animal.pets.services import PetFields, pet_register
from animal.recognition.models import GalleryEntry
from animal.recognition.services import gallery_remove
from animal.reports.models import Report
from animal.reports.services import ReportData, report_file

DEFAULT_PLACE = (28.6139, 77.2090)
JITTER_DEGREES = 0.05
Say = Callable[[str], None]


def is_seeded() -> bool:
    return Pet.objects.filter(is_test=True, deleted_at=None).exists()


def wipe(*, accounts: bool) -> None:
    """Delete all test data, its files and vectors; with `accounts` the demo's people, too."""
    images = list(Image.objects.filter(uploader__is_test=True))
    with transaction.atomic():
        for kind, model in ((GalleryEntry.Kind.PET, Pet), (GalleryEntry.Kind.REPORT, Report)):
            for object_id in model.objects.filter(is_test=True).values_list("pk", flat=True):
                gallery_remove(kind=kind, object_id=object_id)
        PetMatch.objects.filter(found_report__is_test=True).delete()
        Conversation.objects.filter(is_test=True).delete()
        Report.objects.filter(is_test=True).delete()
        Pet.objects.filter(is_test=True).delete()
        for user in User.objects.filter(is_test=True):
            user.notifications.all().delete()
        for image in images:
            image_discard(image=image)
        if accounts:
            User.objects.filter(email_key__in=[address(role) for role in ROLES]).delete()


def seed(*, animals: Sequence[Animal], place: tuple[float, float], say: Say) -> None:
    """Write the demo's people, pets, reports; queue what recognises and pairs them."""
    dice = random.Random(11)
    for role in ROLES:
        person(role)
    lost = lost_and_found(animals)
    alike = [animal for animal in animals[1:] if animal.type == animals[0].type and animal not in lost]
    rest = [animal for animal in animals if animal not in lost and animal not in alike]
    solo = [animal for animal in rest if animal.type == lost[-1].type]
    for number, animal in enumerate([*lost, *alike, *rest]):
        owner = person("owner" if animal in lost or animal in solo else "neighbour")
        pet = _register(owner, animal)
        if animal in lost or animal in alike:
            _file(owner, animal, "lost", _near(place, dice), days_ago=3 + number, pet=pet)
        if animal in lost or animal in solo:
            _file(person("finder"), animal, "found", _near(place, dice), days_ago=1)
        say(f"{animal.display_name}, {animal.type}")


def lost_and_found(animals: Sequence[Animal]) -> list[Animal]:
    other_type = [animal for animal in animals if animal.type != animals[0].type]
    return [animals[0], *other_type[:1]]


def _near(place: tuple[float, float], dice: random.Random) -> tuple[float, float]:
    return tuple(coordinate + dice.uniform(-JITTER_DEGREES, JITTER_DEGREES) for coordinate in place)  # type: ignore[return-value]


def _upload(photo: Path) -> SimpleUploadedFile:
    return SimpleUploadedFile(photo.name, photo.read_bytes())


def _register(owner: User, animal: Animal) -> Pet:
    fields = PetFields(
        name=animal.display_name, type=animal.type, category=animal.category, breed=animal.breed, is_public=True
    )
    with images_stored(uploads=[_upload(animal.first_photo)], uploader=owner, source=Image.Source.PET) as images:
        return pet_register(owner=owner, fields=fields, images=images)


def _file(
    reporter: User, animal: Animal, status: str, at: tuple[float, float], *, days_ago: int, pet: Pet | None = None
) -> Report:
    data = ReportData(
        status=status,
        animal_name=animal.display_name if pet is not None else "N/A",
        type=animal.type,
        breed=animal.breed if pet is not None else "Unknown",
        category=animal.category,
        latitude=round(at[0], 6),
        longitude=round(at[1], 6),
        description="Test data of the demo.",
        last_seen_date=timezone.now().date() - timedelta(days=days_ago),
        pet_id=pet.pk if pet is not None else None,
    )
    upload = _upload(animal.second_photo) if pet is None else None
    return report_file(actor=reporter, data=data, upload=upload)


def work_now(say: Say) -> None:
    """Do what the seed has queued here and now, so that the first page has something to show when it opens.

    The queue's own rows stay; the worker finds their tasks done.
    """
    while waiting := list(_due()):
        for task_id in waiting:
            task_run(task_id)
    left = BackgroundTask.objects.exclude(state=BackgroundTask.State.DONE).count()
    say(f"{left} tasks are left to the worker" if left else "every photo is read and compared")


def _due() -> list[int]:
    due = BackgroundTask.objects.filter(state=BackgroundTask.State.PENDING, run_at__lte=timezone.now())
    return list(due.order_by("pk").values_list("pk", flat=True))


def small_talk() -> None:
    """What the two people of the first match say to each other."""
    matches = PetMatch.objects.filter(found_report__is_test=True, is_question=False).exclude(conversation=None)
    match = matches.select_related("conversation", "owner", "finder").order_by("pk").first()
    if match is None or match.conversation is None or match.conversation.last_message_at is not None:
        return
    say = {match.finder: "Hello! This one has been sitting on my porch since yesterday.", match.owner: ""}
    say[match.owner] = "That is the one! Thank you so much. May I come by this evening?"
    for sender, words in say.items():
        message_send(actor=sender, conversation=match.conversation, body=words)

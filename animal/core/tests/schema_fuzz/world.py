"""The service's people and things before the run, written through its own services, and their ids as JSON.

Runs inside the service's own settings, by `manage.py shell` (see `stage`). What a request uses up (an account that is
deleted, a session that ends, a link that works once) is there many times.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import OneTimeToken, User
from accounts.services.exports import export_build, export_request
from accounts.services.links import one_time_token_create, uid_of
from accounts.services.sessions import session_start
from accounts.tokens import access_token
from animal.alerts.services import Area, alert_subscription_create, notification_create
from animal.chat.services import conversation_start, message_send
from animal.chat.tag_reports import TagFinding, tag_report_file
from animal.core.tests.bad_input.scene import browser_add
from animal.demo.people import Role, person
from animal.demo.seed import work_now
from animal.images.edited_services import edited_image_create
from animal.images.models import Image
from animal.images.services import images_stored
from animal.matching.models import PetMatch
from animal.moderation.services import block_put
from animal.pets.models import FeatureStatus, Pet
from animal.pets.services import PetFields, pet_register
from animal.reports.models import Report
from animal.reports.services import ReportData, report_file

ACTORS: tuple[Role, ...] = ("owner", "finder", "stranger", "moderator")
PASSWORD = "Quite another Passw0rd"
SPARE_ACCOUNTS = 600
PLACE = (28.6139, 77.209)
Purpose = OneTimeToken.Purpose


def tell() -> None:
    json.dump(build(), sys.stdout)


def build() -> dict[str, Any]:
    hashed = make_password(PASSWORD)
    actors = [person(role) for role in ACTORS]
    User.objects.filter(pk__in=[actor.pk for actor in actors]).update(password=hashed)
    people: dict[str, dict[str, Any]] = {
        role: {"email": actor.email, "user_id": actor.pk, "ids": belongings(actor)}
        for role, actor in zip(ACTORS, actors, strict=True)
    }
    work_now(lambda sentence: None)
    failed = [report_id for one in people.values() for report_id in one["ids"]["report_failed"]]
    Report.objects.filter(pk__in=failed).update(feature_status=FeatureStatus.FAILED)
    # Not before: nobody answers at their addresses, and the work above would try to reach them again and again.
    for role, actor in zip(ACTORS, actors, strict=True):
        people[role]["ids"]["browser_gone"] = [_browser(actor, number) for number in range(3)]
    with transaction.atomic():
        spare = [spare_account(number, hashed) for number in range(SPARE_ACCOUNTS)]
    return {"password": PASSWORD, "actors": people, "spare": spare}


def account(name: str, hashed: str) -> User:
    user = User(username=name, email=f"{name}@pawgle.test", password=hashed, email_verified_at=timezone.now())
    user.save()
    return user


def spare_account(number: int, hashed: str) -> dict[str, str]:
    """Somebody whom one request may sign out, change or delete."""
    user = account(f"spare-{number}", hashed)
    refresh = session_start(user=user, user_agent="schemathesis")
    links = {purpose: one_time_token_create(user=user, purpose=purpose) for purpose in LINKS}
    return {"email": user.email, "uid": uid_of(user), "refresh": refresh, "access": access_token(user, refresh)} | links


LINKS = (Purpose.SIGN_IN, Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD)


def belongings(actor: User) -> dict[str, list[Any]]:
    """Ids of what is the actor's own. A kind that ends in `_gone` is for operations that use it up.

    The photos show no animal, so that the look at those of pets has failed when the run begins.
    """
    other, bystander = account(f"other-of-{actor.pk}", "!"), account(f"bystander-of-{actor.pk}", "!")
    photo = _photo(actor, Image.Source.PET)
    pets = [_pet(actor, f"Pet {number}", photo) for number in range(16)]
    reports = [_report(actor, "lost", with_photo=False) for _ in range(4)]
    plain = [_report(actor, "found", with_photo=True).pk for _ in range(6)]
    shown = [_report(actor, "found", with_photo=True) for _ in range(4)]
    gone = [_report(actor, "found", with_photo=False).pk for _ in range(10)]
    theirs = [_report(other, "found", with_photo=False) for _ in range(12)]
    talks = [conversation_start(actor=actor, report=report) for report in theirs[:3]]
    conversation_start(actor=actor, report=_report(bystander, "found", with_photo=False))
    messages = [message_send(actor=other, conversation=talk, body="It is on my porch.") for talk in talks]
    found = _pet(other, f"Pet of {other.username}", _photo(other, Image.Source.PET))
    finding = TagFinding(latitude=PLACE[0], longitude=PLACE[1], message="It is on our balcony.")
    links = [tag_report_file(pet=found, finder=None, finding=finding).follow_up for _ in range(4)]
    edits = [_edit(actor) for _ in range(8)]
    areas = [_area(actor) for _ in range(6)]
    export = export_request(user=actor)
    export_build(export.pk)
    matches = [_match(actor, other, _lost(actor, photo, number), found) for number, found in enumerate(theirs[3:])]
    return {
        "pet": [pet.pk for pet in pets[:4]],
        "pet_gone": [pet.pk for pet in pets[4:10]],
        "pet_failed": [pet.pk for pet in pets[10:]],
        "tag": [pet.animal_id for pet in pets[1:4]],
        "tag_of_others": [found.animal_id],
        "follow_up": links[:2],
        "follow_up_gone": links[2:],
        "report": [report.pk for report in reports],
        "report_gone": gone[:6],
        "report_hidden": gone[6:],
        "report_failed": plain,
        "report_photo": [[report.pk, str(report.image_id)] for report in shown],
        "report_of_others": [report.pk for report in theirs[:3]],
        "conversation": [str(talk.pk) for talk in talks],
        "message": [str(message.pk) for message in messages],
        "subscription": areas[:3],
        "subscription_gone": areas[3:],
        "edit": edits[:3],
        "edit_gone": edits[3:],
        "notification": [_notification(actor, number) for number in range(5)],
        "image": [str(photo.pk)],
        "image_url": [f"/media/{photo.master}"],
        "match_confirm": matches[:4],
        "match_dismiss": matches[4:8],
        "match": matches[8:],
        "export": [str(export.pk)],
        "session_gone": [_session(actor) for _ in range(8)],
        "user": [bystander.pk],
        "user_blocked": [_blocked(actor, number).pk for number in range(3)],
    }


def _blocked(actor: User, number: int) -> User:
    """Somebody whom the actor met in a conversation, and blocks."""
    user = account(f"blocked-{number}-by-{actor.pk}", "!")
    conversation_start(actor=actor, report=_report(user, "found", with_photo=False))
    block_put(actor=actor, user_id=user.pk)
    return user


def _upload(color: tuple[int, int, int] = (120, 90, 60)) -> SimpleUploadedFile:
    from animal.conftest import picture_bytes  # pytest's own module: only where it is needed.

    return SimpleUploadedFile("photo.jpg", picture_bytes(color=color))


def _photo(actor: User, source: str) -> Image:
    with images_stored(uploads=[_upload()], uploader=actor, source=source) as images:
        return images[0]


def _pet(actor: User, name: str, photo: Image) -> Pet:
    fields = PetFields(name=name, type="Dog", category="Domestic", breed="Unknown", is_public=True)
    return pet_register(owner=actor, fields=fields, images=[photo])


def _report(actor: User, side: str, *, with_photo: bool) -> Report:
    data = ReportData(
        status=side,
        animal_name="Milo",
        type="Dog",
        breed="Unknown",
        category="Domestic",
        latitude=PLACE[0],
        longitude=PLACE[1],
        description="By the station.",
    )
    return report_file(actor=actor, data=data, upload=_upload() if with_photo else None)


def _area(actor: User) -> int:
    return alert_subscription_create(actor=actor, area=Area(center_lat=PLACE[0], center_lon=PLACE[1])).pk


def _browser(actor: User, number: int) -> int:
    return browser_add(actor, f"{actor.pk}-{number}")


def _edit(actor: User) -> int:
    return edited_image_create(actor=actor, upload=_upload(), metadata={"filters": "sepia(1)"}).pk


def _session(actor: User) -> str:
    return session_start(user=actor, user_agent="another device").partition(".")[0]


def _notification(actor: User, number: int) -> int:
    key = f"fuzz:{actor.pk}:{number}"
    notification_create(recipient_id=actor.pk, verb="message", description="Somebody wrote.", dedupe_key=key)
    return int(actor.notifications.get(dedupe_key=key).pk)


def _lost(owner: User, photo: Image, number: int) -> Report:
    """A lost report of a pet of its own, which nothing else in the run resolves."""
    pet = _pet(owner, f"Lost {number}", photo)
    report = _report(owner, "lost", with_photo=False)
    Report.objects.filter(pk=report.pk).update(pet=pet)
    report.pet = pet
    return report


def _match(owner: User, finder: User, lost: Report, found: Report) -> int:
    match = PetMatch.objects.create(
        pair_key=f"fuzz:{lost.pk}:{found.pk}",
        lost_pet=lost.pet,
        lost_report=lost,
        found_report=found,
        owner=owner,
        finder=finder,
        similarity=0.9,
        cosine=0.8,
        distance_meters=400.0,
        reasons=["They look alike."],
    )
    return match.pk

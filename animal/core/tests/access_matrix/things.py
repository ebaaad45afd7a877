"""The things that the table speaks of, made over HTTP by those whose they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_q.models import Task

from accounts.services.exports import export_build, export_request, part_name
from animal.alerts.models import Kind
from animal.alerts.unsubscribing import unsubscribe_token
from animal.chat.tag_reports import SALT
from animal.conftest import picture_bytes
from animal.core.letters import all_letters
from animal.core.tests.access_matrix.people import Person
from animal.core.tests.bad_input.scene import browser_add
from animal.images.tests.stored import name_of
from animal.images.withholding import remove_public_files

SECRET_WORDS = "Meet me at the old mill"
COMPLAINED_OF = "Pay me first"


def things_make(people: dict[str, Person]) -> dict[str, dict[str, Any]]:
    """Ids by what the table calls the thing."""
    things = _pets(people)
    things |= _reports(people, lost_pet=things["a lost pet"]["pet_id"])
    things |= _talk(people, things)
    things |= _matches(people, things)
    things |= _by_tag(people, things)
    things |= _belongings(people["owner"], things)
    things |= _moderated(people, things)
    _worked_on(things)
    return things


def _pets(people: dict[str, Person]) -> dict[str, dict[str, Any]]:
    owner, pets = people["owner"], apps.get_model("pets", "Pet").objects
    made = {
        "a private pet": _pet(owner, "Luna"),
        "a public pet": _pet(owner, "Rex", isPublic="true"),
        "a lost pet": _pet(owner, "Milo"),
        "a deleted pet": _pet(owner, "Bobby"),
        "a pet that could not be read": _pet(owner, "Nala"),
        "a pet of the disabled account": _pet(people["disabled"], "Kim"),
    }
    rotated = dict(made["a public pet"])
    path = f"/api/v1/pets/{rotated['pet_id']}/rotate-tag/"
    made["a public pet"]["animal_id"] = owner.posted(path)["animal_id"]
    answer = owner.send("DELETE", f"/api/auth/pets/{made['a deleted pet']['pet_id']}/delete/")
    assert answer.status_code == 204
    pets.filter(pk=made["a pet that could not be read"]["pet_id"]).update(feature_status="failed")
    made["a tag that was rotated away"] = rotated
    return {thing: {**ids, "tag": ids["animal_id"]} for thing, ids in made.items()}


def _pet(owner: Person, name: str, **fields: str) -> dict[str, Any]:
    form = {"name": name, "category": "Domestic", "type": "Cats", "breed": "Tabby", **fields}
    pet = owner.posted("/api/auth/pets/add/", **form, images=photo())["pet"]
    return {"pet_id": pet["id"], "animal_id": pet["animal_id"]}


def _reports(people: dict[str, Person], lost_pet: int) -> dict[str, dict[str, Any]]:
    owner, other, reports = people["owner"], people["other"], apps.get_model("reports", "Report").objects
    made = {
        "the owner's lost report": _report(owner, "lost", pet_id=lost_pet),
        "a lost report without a pet": _report(owner, "lost", animal_name="Ann"),
        "a resolved report": _report(owner, "lost", animal_name="Tom"),
        "a report that staff hid": _report(owner, "lost", animal_name="Zoe"),
        "a report that could not be read": _report(owner, "found", image=photo()),
        "a resolved report with a confirmed match": _report(owner, "lost", animal_name="Sam"),
        "the other side's found report": _report(other, "found", image=photo()),
        "another found report": _report(other, "found"),
        "a third found report": _report(other, "found"),
        "a fourth found report": _report(other, "found"),
        "a draft of the unproven account": _report(people["unproven"], "found"),
        "a report of the disabled account": _report(people["disabled"], "found"),
    }
    for thing in ("a resolved report", "a resolved report with a confirmed match"):
        owner.posted(f"/api/auth/pets/locations/{made[thing]}/status/", status="resolved")
    reports.filter(pk=made["a report that could not be read"]).update(feature_status="failed")
    things = {thing: {"report_id": report_id, "case_id": report_id} for thing, report_id in made.items()}
    things["the other side's found report"]["image_id"] = reports.get(pk=made["the other side's found report"]).image_id
    return things


def _report(by: Person, side: str, **fields: Any) -> int:
    place = {"latitude": "48.137", "longitude": "11.575"}
    animal = {"animal_name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby"}
    return by.posted("/api/auth/pets/report/", **{**animal, **place, "status": side, **fields})["id"]


def _talk(people: dict[str, Person], things: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    owner, other, blocked = people["owner"], people["other"], people["blocked"]
    lost, found = (
        things[f"the {whose}"]["report_id"] for whose in ("owner's lost report", "other side's found report")
    )
    theirs = _conversation(owner, found)
    said = _message(other, theirs, "Is this Milo?", attachments=photo())
    scam = _message(other, theirs, COMPLAINED_OF)
    _message(owner, theirs, SECRET_WORDS)
    before = _conversation(blocked, lost)
    _message(blocked, before, "Hello")
    people["nobody"].posted(
        "/api/auth/pets/contact-owner/",
        pet_location_id=lost,
        message="I saw him.",
        contact_name="Gus",
        contact_email="gus@example.org",
    )
    guests = owner.send("GET", "/api/auth/chat/conversations/").json()[0]["id"]
    assert owner.send("PUT", f"/api/v1/blocks/{blocked.user.pk}/").status_code == 204
    another = _report(owner, "lost", animal_name="Ben")
    since = _conversation(blocked, another)
    sent = _message(blocked, since, "Answer me")
    return {
        "their conversation": {"conversation_id": theirs, "user_type": "owner", "answer": "yes"},
        "their conversation, without the secret": {"conversation_id": theirs},
        "the conversation with the blocked": {"conversation_id": before},
        "the conversation with a guest": {"conversation_id": guests},
        "a conversation the blocked opened since": {"conversation_id": since},
        "a message of the other side": {"message_id": said["id"]},
        "a message that the owner complained of": {"message_id": scam["id"]},
        "a message that the blocked sent since": {"message_id": sent["id"]},
        "a photo that the other side sent": {"image_id": _image_id(said["attachments"][0]["url"])},
        **{f"the {name}" if name != "other" else "the other side": {"user_id": people[name].user.pk}
           for name in ("owner", "other", "blocked")},
    }  # fmt: skip


def _by_tag(people: dict[str, Person], things: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What somebody without an account filed, and their way back to it."""
    path = f"/api/v1/found/{things['a lost pet']['tag']}/report/"
    filed = people["guest"].posted(path, latitude=48.1, longitude=11.5, message="He is on our balcony.")
    token, theirs = filed["follow_up_token"], things["their conversation"]["conversation_id"]
    conversation = apps.get_model("chat", "Conversation").objects.get(report_id=filed["report_id"])
    return {
        "the guest's report": {"report_id": filed["report_id"], "conversation_id": conversation.pk},
        "the guest's link": {
            "token": token,
            "held_by": "guest",
            "forged": signing.dumps(conversation.pk.hex, salt="a"),
        },
        "a link to their conversation": {"token": signing.dumps(UUID(theirs).hex, salt=SALT)},
    }


def _conversation(by: Person, report_id: int) -> str:
    return by.posted("/api/auth/chat/conversations/start/", pet_location_id=report_id)["id"]


def _message(by: Person, conversation_id: str, body: str, **files: Any) -> dict[str, Any]:
    return by.posted(f"/api/auth/chat/conversations/{conversation_id}/messages/", body=body, **files)


def _matches(people: dict[str, Person], things: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    def match(found: str, *, lost: str = "", pet: str = "", is_question: bool = False) -> dict[str, Any]:
        lost_id, pet_id = things[lost]["report_id"] if lost else None, things[pet]["pet_id"] if pet else None
        made = apps.get_model("matching", "PetMatch").objects.create(
            pair_key=f"{f'pet:{pet_id}' if pet_id else f'report:{lost_id}'}|found:{things[found]['report_id']}",
            lost_report_id=lost_id,
            lost_pet_id=pet_id,
            found_report_id=things[found]["report_id"],
            owner=people["owner"].user,
            finder=people["other"].user,
            is_question=is_question,
            similarity=0.7,
            cosine=0.9,
        )
        return {"match_id": made.pk, "answer": "confirm"}

    found, lost = "the other side's found report", "the owner's lost report"
    made = {
        "the confirmed match": match(found, lost=lost, pet="a lost pet"),
        "an open match": match("another found report", lost=lost, pet="a lost pet"),
        "a question": match("a third found report", pet="a private pet", is_question=True),
    }
    settled = match("a fourth found report", lost="a resolved report with a confirmed match")
    for ids in (made["the confirmed match"], settled):
        people["owner"].posted(f"/api/v1/matches/{ids['match_id']}/confirm/")
    made["an open match, to say no"] = {**made["an open match"], "answer": "dismiss"}
    return made


def _belongings(owner: Person, things: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    area = owner.posted("/api/auth/alerts/", center_lat=48.1, center_lon=11.5)["id"]
    edit = owner.posted("/api/auth/edited-pet-images/", edited_image=photo(), edit_metadata="{}")["id"]
    export = export_request(user=owner.user)
    export_build(export.pk)
    image = apps.get_model("images", "Image").objects.filter(uploader=owner.user).earliest("created_at")
    notifications = owner.send("GET", "/api/auth/notifications/").json()["notifications"]
    ids = {"export_id": export.pk, "part": 1}
    found = things["the other side's found report"]["report_id"]
    return {
        "the owner's photo, in another's report": {"report_id": found, "image_id": image.pk, "only": "image_id"},
        "an area of the owner": {"subscription_id": area},
        "a browser of the owner": {"device_id": browser_add(owner.user, "a")},
        "an edit of the owner": {"edit_id": edit},
        "a notification of the owner": {"notification_id": notifications[0]["id"]},
        "a session of the owner": {"session_id": owner.user.sessions.get().pk},
        "the owner's export": {**ids, "name": part_name(export, 0)},
        "a photo of a private pet": {
            "pet_id": things["a private pet"]["pet_id"],
            "image_id": image.pk,
            "only": "pet_id",
        },
        "a photo of the owner": {"image_id": image.pk, "name": str(image.rendition)},
        "a link that stops mails to the owner": {"stop_token": unsubscribe_token(user_id=owner.user.pk, kind=Kind.TAG)},
        "a link of another purpose": {"stop_token": signing.Signer(salt="a").sign_object([owner.user.pk, "tag"])},
        "a kind of mail": {"kind": next(iter(all_letters()))},
    }


def _moderated(people: dict[str, Person], things: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What staff hid, and what they were told of."""
    moderator, images = people["moderator"], apps.get_model("images", "Image").objects
    hidden = things["a report that staff hid"]["report_id"]
    moderator.posted("/api/v1/moderation/hide/", kind="report", id=str(hidden))
    photo_id = _image_id(_pet_photo(people["owner"], "Sky"))
    name = str(images.get(pk=photo_id).rendition)
    moderator.posted("/api/v1/moderation/hide/", kind="photo", id=photo_id)
    remove_public_files(photo_id)  # As on commit, which there is none of here.
    scam = things["a message that the owner complained of"]["message_id"]
    complaint = people["owner"].posted("/api/v1/abuse-reports/", kind="message", id=scam, reason="scam")
    report_type = ContentType.objects.get(app_label="reports", model="report").pk
    return {
        "a photo that staff hid": {"image_id": photo_id, "name": name},
        "the complaint": {"object_id": complaint["id"]},
        "a report, by its type": {"content_type_id": report_type, "object_id": hidden},
        "moderation": {"app": "moderation"},
        "the queue": {"app": "django_q"},
        "no page": {"url": "no/page/"},
    }


def _pet_photo(owner: Person, name: str) -> str:
    form = {"name": name, "category": "Domestic", "type": "Cats", "breed": "Tabby"}
    return owner.posted("/api/auth/pets/add/", **form, images=photo())["pet"]["images"][0]


def _worked_on(things: dict[str, dict[str, Any]]) -> None:
    """What a worker leaves behind."""
    image_id = things["a photo of the owner"]["image_id"]
    apps.get_model("recognition", "PhotoEmbedding").objects.create(
        image_id=image_id, model="a", version="1", vector=b""
    )
    apps.get_model("recognition", "GalleryEntry").objects.create(
        kind="pet",
        object_id=things["a private pet"]["pet_id"],
        slot=0,
        vector=b"",
        version="1",
        side="home",
        owner_id=1,
        is_public=False,
        is_test=False,
        change=1,
    )
    now = timezone.now()
    for name, success in (("done", True), ("broken", False)):
        Task.objects.create(id=name, name=name, func="f", started=now, stopped=now, success=success)


def _image_id(url: str) -> str:
    image = next(iter(apps.get_model("images", "Image").objects.filter(rendition=name_of(url))))
    return str(image.pk)


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", picture_bytes(), content_type="image/jpeg")

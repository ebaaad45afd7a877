"""What the people of the world write to each other and leave behind: see `world`."""

from __future__ import annotations

import json
import re

from django.db import models
from rest_framework.test import APIClient

from accounts.models import GoogleIdentity, Session, User
from animal.chat.models import Conversation, MessageAttachment
from animal.chat.tag_reports import NOBODYS_DOMAIN
from animal.core.models import OutgoingMail
from animal.core.tests.canaries.fields import classified, our_models
from animal.core.tests.canaries.pictures import drawing
from animal.core.tests.canaries.search import Watch, forms_in
from animal.core.tests.canaries.world import (
    GREEN,
    NAMES,
    Person,
    World,
    match_answer,
    person_add,
    pets_add,
    photo_of,
    reports_file,
)
from animal.images.models import EditedPetImage
from animal.matching.models import PetMatch
from animal.reports.models import Report

FORWARD_SECRET = "a secret between two servers"
TOKEN = re.compile(r"token=([\w-]+)")


def world_build() -> World:
    world = World()
    world.people["anonymous"] = Person("anonymous", APIClient(raise_request_exception=False))
    for name in NAMES:
        person_add(world, name)
    pets_add(world)
    reports_file(world)
    world.work()
    match_answer(world)
    _chats(world)
    _answer_by_mail(world)
    _guest(world)
    _guest_whose_address_is_taken(world)
    _moderation(world)
    _own_things(world)
    world.work()
    _unfinished(world)
    _what_the_database_adds(world)
    return world


def _say(world: World, by: str, conversation: object, what: str, *may_see: str, **more: object) -> None:
    world.form(
        by,
        f"/api/auth/chat/conversations/{conversation}/messages/",
        body=world.mark(what, by, *may_see),
        headers={"Idempotency-Key": world.mark(f"the key of {what}")},
        **more,
    )


def _chats(world: World) -> None:
    picture = photo_of(world, "owner", GREEN, "the photo in the chat")
    _say(world, "owner", world.ids["chat"], "what the owner wrote to the finder", "finder", attachments=picture)
    _say(world, "finder", world.ids["chat"], "what the finder wrote to the owner", "owner")
    pending = PetMatch.objects.get(pk=world.ids["pending match"])
    _say(world, "rival", pending.conversation_id, "what the rival wrote to the owner", "owner")
    start = {"pet_location_id": world.ids["Milo's report"]}
    blocked = world.send("blocked", "POST", "/api/auth/chat/conversations/start/", start, 200)["id"]
    _say(world, "blocked", blocked, "what the blocked one wrote before", "owner")
    _say(world, "owner", blocked, "what the owner answered", "blocked")
    world.send("owner", "PUT", f"/api/v1/blocks/{_user(world, 'blocked').pk}/", None, 204)
    _say(world, "blocked", blocked, "what the blocked one wrote after")
    # One side's consent shows nothing yet.
    world.send("owner", "POST", f"/api/auth/share-contact/{world.ids['chat']}/owner/yes/", None, 200)


def _found_by_tag(world: World) -> None:
    """The guest scans Tessa's tag, and reads the owner's answer by the signed link."""
    latitude, longitude = world.spot("where the guest found Tessa", "guest", "owner")
    filed = world.form(
        "guest",
        f"/api/v1/found/{world.tags['guest'][0]}/report/",
        latitude=str(latitude),
        longitude=str(longitude),
        message=world.mark("what the guest wrote about Tessa", "guest", "owner"),
        contact_name=world.mark("the name that the guest gave at Tessa's tag", "admin"),
        photos=photo_of(world, "guest", GREEN, "the guest's photo of Tessa"),
    )
    report = Report.objects.get(pk=filed["report_id"])
    assert report.image is not None
    world.watch.add(report.image.pk.hex, "the address of the guest's photo of Tessa", ["guest", "owner"])
    world.watch.add(report.image.sha256, "the digest of the guest's photo of Tessa", ["admin"])
    world.follow_ups["guest"] = [filed["follow_up_token"]]
    world.watch.add(filed["follow_up_token"].split(":")[-1], "the link to what the guest found", ["guest"])
    chat = Conversation.objects.get(report=report)
    _say(world, "owner", chat.pk, "what the owner answered about Tessa", "guest")


def _guest(world: World) -> None:
    """Somebody writes through the form, gets an answer by mail, and comes by its link."""
    email = world.address("the guest's e-mail address", "guest")
    client = APIClient(raise_request_exception=False)
    guest = world.people["guest"] = Person("guest", client, email=email)
    _found_by_tag(world)
    words = world.mark("what the guest wrote to the finder", "guest", "finder")
    world.form(
        "guest",
        "/api/auth/pets/contact-owner/",
        code=200,
        pet_location_id=str(world.ids["the finder's report"]),
        message=words,
        contact_name=world.mark("the guest's name", "admin"),
        contact_email=email,
        contact_phone=world.phone("the guest's phone number"),
        image=photo_of(world, "guest", GREEN, "the guest's photo"),
    )
    chats = world.send("finder", "GET", "/api/auth/chat/conversations/", None, 200)
    chat = next(chat["id"] for chat in chats if chat["last_message_preview"] == words)
    _say(world, "finder", chat, "what the finder answered the guest", "guest")
    world.work()
    letter = next(letter for letter in reversed(world.mails) if letter.to == [email])
    found = TOKEN.search(str(letter.body))
    assert found is not None
    signed_in = world.send("guest", "POST", "/api/auth/magic/consume/", {"token": found[1]}, 200)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed_in['access']}")
    guest.user = User.objects.get(email=email)
    client.force_login(guest.user)


def _guest_whose_address_is_taken(world: World) -> None:
    """Somebody writes whose address somebody else has signed up with, and never proved."""
    words = world.mark("what the guest without a say in it wrote", "finder")
    world.form(
        "anonymous",
        "/api/auth/pets/contact-owner/",
        code=200,
        pet_location_id=str(world.ids["the finder's report"]),
        message=words,
        contact_name=world.mark("the name of the guest without a say in it", "admin"),
        contact_email=world.people["unverified"].email,
    )
    chats = world.send("finder", "GET", "/api/auth/chat/conversations/", None, 200)
    chat = next(chat["id"] for chat in chats if chat["last_message_preview"] == words)
    _say(world, "finder", chat, "what the finder answered that guest")
    world.work()
    assert world.mails[-1].to == [world.people["unverified"].email]


def _answer_by_mail(world: World) -> None:
    """What the owner answers to a mail about the finder's message."""
    mail = {
        "from": world.people["owner"].email,
        "subject": f"Re: Milo [PawGle-{world.ids['chat']}]",
        "text": world.mark("what the owner wrote by mail", "owner", "finder"),
    }
    path = "/api/auth/email/forward-reply/"
    world.send("anonymous", "POST", path, mail, 200, HTTP_X_FORWARD_SECRET=FORWARD_SECRET)


def _moderation(world: World) -> None:
    report = world.ids["Milo's report"]
    complaint = {"kind": "report", "id": str(report), "reason": "scam"}
    world.send(
        "stranger", "POST", "/api/v1/abuse-reports/", {**complaint, "text": world.mark("a complaint", "stranger")}
    )
    hidden = {"kind": "report", "id": str(world.ids["the hidden report"])}
    reason = world.mark("why a report was hidden", "moderator")
    world.send("moderator", "POST", "/api/v1/moderation/hide/", {**hidden, "reason": reason}, 200)


def _own_things(world: World) -> None:
    """What people keep for themselves: edited pictures, exports, other accounts."""
    note = world.mark("the state of the owner's editor", "owner")
    state = {"filters": None, "objects": {"objects": [{"text": note}], "background": note}}
    for canvas in (state, {"filters": note, "objects": {"objects": [{"text": note}]}}):
        world.form(
            "owner",
            "/api/auth/edited-pet-images/",
            edited_image=drawing(words=world.mark("what a drawing says"), name=f"{world.mark('its name')}.png"),
            edit_metadata=json.dumps(canvas),
        )
    for name in ("owner", "finder", "unverified"):
        world.send(name, "POST", "/api/v1/me/export/", None, 202)
    GoogleIdentity.objects.create(user=_user(world, "owner"), sub=world.mark("the owner's Google account", "owner"))


def _unfinished(world: World) -> None:
    """What is on its way: links that were asked for, a mail that is not sent yet."""
    new = world.address("the finder's next e-mail address", "finder")
    change = {"email": new, "password": f"{world.ids['password of finder']}"}
    world.send("finder", "POST", "/api/v1/me/email/", change, 200)
    asked = world.people["stranger"].email
    world.send("anonymous", "POST", "/api/auth/forgot-password/", {"email": asked}, 200)
    wrong = {"email": asked, "password": world.mark("a password that somebody tried")}
    world.send("anonymous", "POST", "/api/auth/login/", wrong, 401)


# --- what nobody chose ------------------------------------------------------------------------------------------------


def _what_the_database_adds(world: World) -> None:
    """Digests, vectors, addresses of files and ids that permit something, all drawn or computed by the service."""
    watch = world.watch
    for label, name in classified("secret"):
        for value in _values(label, name):
            _add_secret(watch, value, f"{label}.{name}")
    for session in Session.objects.select_related("user"):
        watch.add(session.pk.hex, f"a session of {_name(world, session.user)}", [_name(world, session.user)])
    for edit in EditedPetImage.objects.select_related("owner"):
        watch.add(edit.file_key.hex, "the address of a drawing", [_name(world, edit.owner)])
    for attachment in MessageAttachment.objects.select_related("image", "message__conversation"):
        uploader = attachment.image.uploader
        if uploader is not None and uploader.email.endswith(f"@{NOBODYS_DOMAIN}"):
            continue  # The guest sent it by a tag: see there.
        seats = attachment.message.conversation.participants.select_related("user")
        readers = [_name(world, seat.user) for seat in seats]
        watch.add(attachment.image.pk.hex, "the address of a photo in a chat", readers)
        digest_of = _name(world, uploader) if uploader else "admin"
        watch.add(attachment.image.sha256, "the digest of a photo in a chat", [digest_of])
    for text in OutgoingMail.objects.values_list("text", flat=True):
        for token in TOKEN.findall(text):
            watch.add(token, "the token of a link that is not sent yet")
    for letter in world.mails:
        for token in TOKEN.findall(str(letter.body)):
            watch.add(token, f"the token of a link to {letter.to[0]}", [_name_at(world, letter.to[0])])


def _add_secret(watch: Watch, value: object, what: str) -> None:
    if isinstance(value, bytes | memoryview):
        watch.add_vector(bytes(value), what)
    else:
        for form in forms_in(str(value).lower(), str(value)):
            watch.add(form, what)


def _values(label: str, name: str) -> list[object]:
    model: type[models.Model] = our_models()[label]
    return [value for value in model._default_manager.values_list(name, flat=True) if value]


def _user(world: World, name: str) -> User:
    user = world.people[name].user
    assert user is not None
    return user


def _name(world: World, user: User) -> str:
    return next(person.name for person in world.people.values() if person.user == user)


def _name_at(world: World, address: str) -> str:
    return next((person.name for person in world.people.values() if person.email == address), "nobody")

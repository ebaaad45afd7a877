"""The public page of a found animal: what it shows, to whom, and how somebody whose animal it may be goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from animal.chat.models import Message
from animal.conftest import Actor
from animal.matching.models import PetMatch
from animal.reports.models import Report
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

PLACE = ("28.61390", "77.20900")
SAID = {"message": "She has a white paw.", "contact_name": "Gus", "contact_email": "gus@example.org"}


@pytest.fixture
def find(finder: Actor, picture: Callable[..., Any]) -> Report:
    said = {"last_seen_date": "2026-01-05", "type": "Dogs", "description": "A red collar. Call 0171 1234567."}
    assert browser_of(finder).post("/report", {**FORM, **said, "image": picture()}).status_code == 302
    return Report.objects.get()


def lost_by(actor: Actor, **fields: Any) -> Report:
    said = {"status": "lost", "type": "Dogs", "animal_name": "Rex"}
    assert browser_of(actor).post("/report", {**FORM, **said, **fields}).status_code == 302
    return Report.objects.latest("pk")


def test_everybody_sees_the_found_animal_large_and_nobody_where_or_with_whom_it_is(
    client: Client, finder: Actor, find: Report
) -> None:
    card = client.get("/pet/map").content.decode().split("<figure")[1].split("</figure>")[0]
    assert f'href="/finds/{find.pk}">Is it yours?' in card
    feature = client.get("/api/v1/map/").json()["features"][0]["properties"]
    assert feature["url"].endswith(f"/finds/{find.pk}")
    answer = client.get(f"/finds/{find.pk}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(r'<a href="([^"]+rendition[^"]*)"><img class="photo hero" src="\1"', page)
    assert '<meta name="robots" content="noarchive">' in page
    for told in ("Found on 5 January 2026", "Dog", "It may be mine", f'data-point="{find.public_latitude},'):
        assert told in page
    for secret in ("0171", "red collar", *PLACE, "finder@example.org", ">Finder<"):
        assert secret not in page
    own = browser_of(finder).get(f"/finds/{find.pk}").content.decode()
    assert (f'href="/reports/{find.pk}"' in own, "It may be mine" in own) == (True, False)
    assert f'href="/finds/{find.pk}"' in browser_of(finder).get(f"/reports/{find.pk}").content.decode()


@pytest.mark.parametrize(
    "change", [{"status": "resolved"}, {"hidden_at": timezone.now()}, {"side": "lost", "status": "lost"}]
)
def test_what_is_not_open_to_everybody_has_no_page(client: Client, find: Report, change: dict[str, Any]) -> None:
    Report.objects.update(**change)
    assert client.get(f"/finds/{find.pk}").status_code == 404
    assert client.post(f"/finds/{find.pk}/message", SAID).status_code == 404
    assert not Message.objects.exists()


def test_whoever_has_lost_one_writes_to_the_finder_who_is_led_to_the_lost_report(
    owner: Actor, stranger: Actor, finder: Actor, find: Report
) -> None:
    """By a report of one's own: that of another is not named."""
    rex, other = lost_by(owner), lost_by(stranger, animal_name="Bello")
    browser = browser_of(owner)
    page = browser.get(f"/finds/{find.pk}").content.decode()
    assert (f'<option value="{rex.pk}">Rex' in page, f'value="{other.pk}"' in page) == (True, False)
    sent = browser.post(f"/finds/{find.pk}/message", {"message": "She has a white paw.", "lost_report": rex.pk})
    talk = Message.objects.get().conversation
    assert sent["Location"] == f"/chat/{talk.pk}"
    read = browser_of(finder).get(f"/chat/{talk.pk}").content.decode()
    assert ("She has a white paw." in read, f"/lost/{rex.pk}" in read) == (True, True)
    browser.post(f"/finds/{find.pk}/message", {"message": "Once more", "lost_report": other.pk})
    assert "/lost/" not in Message.objects.get(body__startswith="Once more").body
    long = "x" * 4000
    assert browser.post(f"/finds/{find.pk}/message", {"message": long, "lost_report": rex.pk}).status_code == 302
    assert Message.objects.filter(body=long).exists(), "where nothing fits below it, the page is left out"


def test_the_finder_compares_the_photos_of_the_lost_one_though_its_page_is_private(
    owner: Actor, finder: Actor, find: Report, picture: Callable[..., Any]
) -> None:
    browser = browser_of(owner)
    browser.post("/pets/new", {"name": "Rex", "type": "Dogs", "breed": "", "photos": picture(color=(9, 99, 9))})
    pet = owner.user.pets.get() if owner.user is not None else None
    assert pet is not None
    rex, photo = lost_by(owner, pet_id=str(pet.pk)), str(pet.photos.get().image.rendition)
    browser.post(f"/finds/{find.pk}/message", {"message": "Is it Rex?", "lost_report": rex.pk})
    message = Message.objects.get()
    assert message.body == "Is it Rex?", "there is no page to name"
    assert photo in browser_of(finder).get(f"/chat/{message.conversation_id}").content.decode()


def test_what_is_written_of_two_that_are_a_match_already_is_sent_and_the_match_is_answered_next(
    owner: Actor, finder: Actor, find: Report, picture: Callable[..., Any]
) -> None:
    rex = lost_by(owner)
    people = {"owner": owner.user, "finder": finder.user, "pair_key": "a"}
    match = PetMatch.objects.create(lost_report=rex, found_report=find, similarity=0.9, **people)
    browser, path = browser_of(owner), f"/finds/{find.pk}/message"
    asked = {"message": "She has a white paw.", "lost_report": rex.pk, "csrfmiddlewaretoken": "x" * 64}
    answer = browser.post(path, {**asked, "image": picture()})
    assert answer["Location"] == f"/reports/{rex.pk}#matches"
    page = browser.get(answer["Location"]).content.decode()
    assert "Your message is on its way. We took these two for the same animal as well" in page
    talk = Message.objects.get().conversation
    read = browser_of(finder).get(f"/chat/{talk.pk}").content.decode()
    assert ("white paw" in read, Message.objects.get().attachments.count()) == (True, 1)
    twice = browser.post(path, {**asked, "image": picture()})
    assert (twice["Location"], Message.objects.count()) == (answer["Location"], 1)
    browser.get(twice["Location"])
    for status in ("confirmed", "dismissed"):
        PetMatch.objects.filter(pk=match.pk).update(status=status, conversation=talk)
        told = browser.post(path, {"message": status, "lost_report": rex.pk})
        assert told["Location"] == f"/chat/{talk.pk}"
        assert Message.objects.get(body__startswith=status).conversation == talk
        assert "same animal as well" not in browser.get(told["Location"]).content.decode()


def test_whoever_has_reported_nothing_does_so_with_the_kind_filled_in_and_comes_back(
    owner: Actor, find: Report
) -> None:
    browser = browser_of(owner)
    link = f"/report?status=lost&amp;type=Dogs&amp;next=%2Ffinds%2F{find.pk}"
    assert link in browser.get(f"/finds/{find.pk}").content.decode()
    form = browser.get(link.replace("&amp;", "&")).content.decode()
    assert '<option value="Dogs" selected>' in form
    assert f'name="next" value="/finds/{find.pk}"' in form
    said = {**FORM, "status": "lost", "type": "Dogs", "next": f"/finds/{find.pk}"}
    assert browser.post("/report", said)["Location"] == f"/finds/{find.pk}"
    assert browser.post("/report", {**said, "next": "https://evil.example/"})["Location"] == "/"


def test_without_an_account_one_writes_to_the_finder_too_and_reads_what_was_missing(
    client: Client, find: Report
) -> None:
    path = f"/finds/{find.pk}/message"
    refused = client.post(path, SAID | {"contact_email": "x"})
    assert (refused.status_code, "white paw" in refused.content.decode()) == (400, True)
    assert "Your message is on its way" in client.post(path, SAID, follow=True).content.decode()
    assert (Message.objects.get().sender, Message.objects.get().body) == (None, SAID["message"])

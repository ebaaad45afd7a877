"""What is said when a tag was scanned, as its owner and the finder read it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.services import language_set
from animal.chat.models import Conversation
from animal.conftest import Actor
from animal.core.models import OutgoingMail
from animal.images.models import Image
from animal.images.selectors import image_address
from animal.pets.models import Pet
from animal.web.tests.steps import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pet(owner: Actor, picture: Any) -> Pet:
    browser_of(owner).post("/pets/new", {"name": "Rex", "type": "Dogs", "breed": "", "photos": picture()})
    return Pet.objects.get()


def scan(pet: Pet, *, by: Client, **changes: Any) -> str:
    """The page on which the finder goes on talking."""
    form = {"state": "with_me", "latitude": "28.620000", "longitude": "77.210000", **changes}
    answer = by.post(f"/found/{pet.animal_id}/report", form)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_only_what_a_finder_chose_by_one_touch_is_translated_and_not_what_people_typed(owner: Actor, pet: Pet) -> None:
    guest = Client(headers={"Accept-Language": "de"})
    back = scan(pet, by=guest, latitude="", longitude="", place="Next to: the bakery", message="Call me: soon")
    chat = f"/chat/{Conversation.objects.get().pk}"
    typed = (
        "Meeting point: the bakery",
        "She is with me.",
        "Gate: B, open 8.30\n\nA dog was there: two.",
        "Place: the mill\n\nCome!",
    )
    for words in typed:
        browser_of(owner).post(chat, {"body": words})
    language_set(user=owner.user, language="de")
    for page in (browser_of(owner).get(chat), guest.get(back)):
        shown = page.content.decode()
        for ours in ("Rex ist bei mir.", "Ort: Next to: the bakery", "Call me: soon"):
            assert ours in shown
        for words in typed:
            assert words.replace("\n", "<br>") in shown
    assert typed[-1].split("\n")[0] in browser_of(owner).get("/chat").content.decode()


def test_the_photo_and_the_place_stand_in_the_talk_for_the_owner_and_the_finder_alone(
    owner: Actor, finder: Actor, stranger: Actor, pet: Pet, picture: Any
) -> None:
    for by in (Client(), browser_of(finder)):
        back = scan(pet, by=by, photos=picture(color=(200, 3, 3)), message="By the fountain")
        conversation = Conversation.objects.latest("created_at")
        photo = image_address(conversation.report.image)
        for page in (by.get(back), browser_of(owner).get(f"/chat/{conversation.pk}")):
            shown = page.content.decode()
            for said in (
                f'{escape(photo)}"><img',
                'data-point="28.620000,77.210000"',
                "/pet/map?near=28.62000,77.21000",
            ):
                assert said in shown, said
            assert "Place:" not in shown
        assert browser_of(stranger).get(f"/chat/{conversation.pk}").status_code == 404
        report = f"/reports/{conversation.report_id}"
        seen = browser_of(owner).get(report).content.decode()
        assert "Rex" in seen.partition("<h1>")[2].partition("</h1>")[0]
        assert 'data-point="28.620000,77.210000"' in seen
        for others in ("No match yet", "moved by 200 to 400 m", "Found dog"):
            assert others not in seen
    assert "No match yet" in browser_of(finder).get(report).content.decode()
    talk = f"/chat/{conversation.pk}"
    browser_of(finder).post(talk, {"body": "Meet\n\nPlace: 99.000000, 10.000000"})
    assert "Place: 99.000000, 10.000000" in browser_of(owner).get(talk).content.decode(), "no place on earth"


def test_all_photos_of_a_finder_stand_in_the_talk_and_one_that_is_removed_from_the_report_is_gone_there_too(
    owner: Actor, finder: Actor, pet: Pet, picture: Any
) -> None:
    ten = [picture(color=(200, 3, number)) for number in range(10)]
    scan(pet, by=browser_of(finder), photos=ten)
    conversation = Conversation.objects.get()
    talk, report = f"/chat/{conversation.pk}", conversation.report
    browser_of(owner).post(talk, {"body": "Mine", "attachments": picture(color=(1, 2, 3))})

    def photos_read(by: Actor) -> int:
        return browser_of(by).get(talk).content.decode().split('class="chat')[1].count("<img ")

    assert photos_read(owner) == photos_read(finder) == 11
    removed = [report.image_id, report.more_photos.all()[4].image_id]
    for photo in removed:
        path = f"/reports/{report.pk}/photos/{photo}/remove"
        assert "The photo is removed." in browser_of(finder).post(path, follow=True).content.decode()
    assert photos_read(owner) == photos_read(finder) == 9
    assert not Image.objects.filter(pk__in=removed).exists()


def test_news_and_mails_call_the_animal_as_the_talk_does(owner: Actor, finder: Actor, pet: Pet) -> None:
    scan(pet, by=browser_of(finder))
    talk = f"/chat/{Conversation.objects.get().pk}"
    page = browser_of(owner).get(talk).content.decode()
    assert "About Rex" in page
    browser_of(finder).post(talk, {"body": "Where can we meet?"})
    assert "You have a new message about Rex." in browser_of(owner).get("/notifications").content.decode()
    assert OutgoingMail.objects.filter(subject__startswith="New message about Rex").count() == 1
    browser_of(owner).post(talk, {"body": "Here"})
    told = browser_of(finder).get("/notifications").content.decode()
    assert "You have a new message about Found dog." in told, "the pet is private"


def test_the_menu_counts_unread_news_and_times_are_of_the_readers_place(owner: Actor, finder: Actor, pet: Pet) -> None:
    count = 'class="count">1<'
    scan(pet, by=browser_of(finder))
    conversation = Conversation.objects.get()
    browser = browser_of(owner)
    news = browser.get("/notifications").content.decode()
    assert (count in news.partition('href="/notifications"')[2], "UTC</time>" in news, "chat.js" in news) == (True,) * 3
    browser.get(f"/chat/{conversation.pk}")  # Who has read the talk need not be told of it.
    assert count not in browser.get("/notifications").content.decode()
    report = browser.get(f"/reports/{conversation.report_id}").content.decode()
    assert ("UTC</time>" in report, "chat.js" in report) == (True, True)

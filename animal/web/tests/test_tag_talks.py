"""What is said when a tag was scanned, as its owner and the finder read it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.services import language_set
from animal.chat.models import Conversation
from animal.conftest import Actor
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
    typed = ("Meeting point: the bakery", "She is with me.", "Gate: B, open 8.30\n\nA dog was there: two.")
    for words in typed:
        browser_of(owner).post(chat, {"body": words})
    language_set(user=owner.user, language="de")
    for page in (browser_of(owner).get(chat), guest.get(back)):
        shown = page.content.decode()
        for ours in ("Rex ist bei mir.", "Ort: Next to: the bakery", "Call me: soon"):
            assert ours in shown
        for words in typed:
            assert words.replace("\n", "<br>") in shown
    assert typed[2].split("\n")[0] in browser_of(owner).get("/chat").content.decode()

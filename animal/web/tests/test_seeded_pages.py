"""The pages of a service with something on them: two animals lost and found, and what people do there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django
from django.db import transaction
from django.test import Client

from accounts.models import User
from animal.conftest import Actor
from animal.demo.animals import bundled_animals
from animal.demo.seed import DEFAULT_PLACE, seed, small_talk, work_now
from animal.matching.models import PetMatch
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def standing_seed(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """Two animals lost and found, a look-alike, and two that were found though nobody reported them lost.

    Built once: every test that asks for it runs in a savepoint of its own and is undone.
    """
    animals = {animal.name: animal for animal in bundled_animals()}
    few = [animals[name] for name in ("Chelsea", "Rusty", "Rex", "Bruno")]
    with django_db_blocker.unblock(), transaction.atomic():
        seed(animals=few, place=DEFAULT_PLACE, say=lambda line: None)
        work_now(lambda line: None)
        small_talk()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(standing_seed: None, db: None) -> None:
    """What stands, for a test that may change it."""


def test_the_first_page_shows_a_match_side_by_side(client: Client, seeded: None) -> None:
    page = client.get("/").content.decode()
    match = PetMatch.objects.filter(is_question=False).first()
    assert match is not None
    assert page.count("/photos/") >= 2
    assert f"{round(match.similarity * 100)} %" in page
    assert all(reason in page for reason in match.reasons)
    assert "sitting on my porch" in page
    assert "@" not in page


def test_a_real_match_is_shown_to_its_two_people_alone(
    owner: Actor, finder: Actor, stranger: Actor, seeded: None
) -> None:
    PetMatch.objects.update(owner=owner.user, finder=finder.user)
    Report.objects.update(is_test=False)
    match = "Possible match for Chelsea"  # The lost report itself is for everybody.
    assert match in browser_of(owner).get("/").content.decode()
    assert match in browser_of(finder).get("/").content.decode()
    for outsider in (browser_of(stranger), Client()):
        assert "Possible match" not in outsider.get("/").content.decode()


def test_a_question_is_asked_of_the_owner_and_not_of_the_finder(seeded: None) -> None:
    owner = User.objects.get(email="test-owner@pawgle.test")
    finder = User.objects.get(email="test-finder@pawgle.test")
    assert "Is this Bruno (TEST)?" in browser_of(owner).get("/").content.decode()
    assert "Bruno" not in browser_of(finder).get("/").content.decode()


def test_the_owner_answers_a_match_and_a_stranger_cannot(seeded: None, stranger: Actor) -> None:
    owner = User.objects.get(email="test-owner@pawgle.test")
    match = PetMatch.objects.get(lost_pet__name="Bruno (TEST)")
    assert browser_of(stranger).post(f"/matches/{match.pk}/confirm").status_code == 404
    assert Client().post(f"/matches/{match.pk}/confirm").status_code == 302
    match.refresh_from_db()
    assert match.status == "pending"
    assert browser_of(owner).post(f"/matches/{match.pk}/confirm").status_code == 302
    match.refresh_from_db()
    assert match.status == "confirmed"
    browser_of(owner).post(f"/matches/{match.pk}/dismiss")
    match.refresh_from_db()
    assert match.status == "confirmed"


def test_a_scanned_tag_shows_the_pet_and_no_contact(client: Client, seeded: None) -> None:
    pet = Pet.objects.get(name="Chelsea (TEST)")
    page = client.get(f"/found/{pet.animal_id}").content.decode()
    assert "You found Chelsea (TEST)!" in page
    assert "Reported lost" in page
    assert "@" not in page
    assert "Olivia" not in page
    assert client.get(f"/found/{pet.animal_id.lower()}/").status_code == 200
    assert client.get("/found/ANI0000000000000000").status_code == 404


def test_a_report_is_filed_by_the_form_and_matched(seeded: None, work_off: Any) -> None:
    finder = User.objects.get(email="test-finder@pawgle.test")
    before = PetMatch.objects.count()
    with bundled_animals()[0].second_photo.open("rb") as photo:
        answer = browser_of(finder).post("/report", {**FORM, "image": photo})
    assert answer.status_code == 302
    work_off()
    assert PetMatch.objects.count() == before + 1


def test_the_two_talk_and_a_stranger_cannot_listen(seeded: None, stranger: Actor) -> None:
    owner = User.objects.get(email="test-owner@pawgle.test")
    conversation = PetMatch.objects.exclude(conversation=None).values_list("conversation_id", flat=True)[0]
    browser = browser_of(owner)
    assert browser.post(f"/chat/{conversation}", {"body": "I am <b>on</b> my way"}).status_code == 302
    page = browser.get(f"/chat/{conversation}").content.decode()
    assert "I am &lt;b&gt;on&lt;/b&gt; my way" in page
    assert browser_of(stranger).get(f"/chat/{conversation}").status_code == 404
    assert (
        browser.post(f"/chat/{conversation}", {"body": ""}, follow=True).content.decode().count("write something") == 1
    )


def test_the_list_shows_real_reports_to_real_people_and_moved_places(
    client: Client, owner: Actor, seeded: None
) -> None:
    real = Report.objects.filter(status="lost").latest("pk")
    Report.objects.filter(pk=real.pk).update(is_test=False, reporter=owner.user, pet=None, pet_name="Nala")
    for page in (client.get("/pet/map").content.decode(), browser_of(owner).get("/").content.decode()):
        assert ("Nala" in page, "badge test" in page) == (True, False)
    Report.objects.filter(pk=real.pk).delete()
    demo = client.get("/pet/map?status=lost").content.decode()
    report = Report.objects.filter(status="lost").latest("pk")
    assert f'href="/lost/{report.pk}"' in demo
    assert "badge found" not in demo
    near = {"near": f"{report.public_latitude + 0.1}, {report.public_longitude}", "distance_km": "25"}
    away = client.get("/pet/map", near).content.decode()
    assert "about 11 km away" in away
    for text in (demo, away):
        assert f"{report.latitude:.4f}" not in text


def test_pages_ask_a_constant_number_of_queries(
    client: Client, seeded: None, django_assert_max_num_queries: Any
) -> None:
    browser = browser_of(User.objects.get(email="test-owner@pawgle.test"))
    with django_assert_max_num_queries(19):
        browser.get("/")
    with django_assert_max_num_queries(6):
        client.get("/pet/map")


def test_reading_the_chat_on_its_page_lets_the_next_message_be_told_again(seeded: None) -> None:
    owner = User.objects.get(email="test-owner@pawgle.test")
    finder = User.objects.get(email="test-finder@pawgle.test")
    conversation = PetMatch.objects.exclude(conversation=None).values_list("conversation_id", flat=True)[0]

    def told() -> int:
        return owner.notifications.filter(verb="message").count()

    before = told()
    browser_of(owner).get(f"/chat/{conversation}")
    for _ in range(2):
        browser_of(finder).post(f"/chat/{conversation}", {"body": "Are you there?"})
    assert told() == before + 1
    browser_of(owner).get(f"/chat/{conversation}")
    browser_of(finder).post(f"/chat/{conversation}", {"body": "Hello?"})
    assert told() == before + 2

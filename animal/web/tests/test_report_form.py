"""The form by which an animal is reported: what has to be chosen, what a pet of one's own brings along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from animal.conftest import Actor
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

SCRIPT = {"Accept": "application/json"}
PHOTOS = Path(settings.BASE_DIR) / "animal" / "demo" / "photos"


@pytest.fixture
def pet(owner: Actor) -> Pet:
    assert owner.user is not None
    return Pet.objects.create(
        owner=owner.user, name="Bruno", type="Dogs", species="dog", category="Domestic", breed="Boxer"
    )


def photo(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(Path(name).name, (PHOTOS / name).read_bytes(), content_type="image/jpeg")


def test_a_photo_that_is_none_is_refused_by_its_name(finder: Actor) -> None:
    text = SimpleUploadedFile("list.jpg", b"not a picture", content_type="image/jpeg")
    answer = browser_of(finder).post("/report", {**FORM, "image": text})
    assert (answer.status_code, Report.objects.count()) == (400, 0)
    assert "list.jpg: " in answer.content.decode()


# --- the kind ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/report?status=lost", "/report?status=found", "/offline"])
def test_no_kind_is_chosen_before_somebody_chooses_it(finder: Actor, path: str) -> None:
    page = browser_of(finder).get(path).content.decode()
    field = page.partition('name="type"')[2].partition("</select>")[0]
    assert field.startswith(' required><option value="">Please choose</option>')
    assert "selected" not in field


def test_a_report_without_a_kind_is_refused_in_plain_words(finder: Actor) -> None:
    answer = browser_of(finder).post("/report", {**FORM, "type": ""})
    assert (answer.status_code, Report.objects.count()) == (400, 0)
    assert "Please choose what kind of animal it is." in answer.content.decode()
    kept = browser_of(finder).post("/report", {**FORM, "type": ""}, headers=SCRIPT).json()
    assert kept["problems"] == ["Type: Please choose what kind of animal it is."], "as a draft is told, too"
    assert browser_of(finder).post("/report", {**FORM, "type": "Guinea pigs"}).status_code == 302
    assert Report.objects.get().species == "guinea pig"


def test_a_report_of_ones_own_pet_takes_over_what_it_is_and_is_called(owner: Actor, stranger: Actor, pet: Pet) -> None:
    said = {**FORM, "status": "lost", "type": "", "pet_id": str(pet.pk)}
    assert "required" not in browser_of(owner).get("/report?status=lost").content.decode().partition('"type"')[2][:20]
    assert browser_of(owner).post("/report", said, headers=SCRIPT).status_code == 200
    report = Report.objects.get()
    assert (report.pet, report.pet_name, report.pet_type, report.pet_breed) == (pet, "Bruno", "Dogs", "Boxer")
    assert browser_of(stranger).post("/report", said).status_code == 400, "of nobody else's pet"
    assert Report.objects.count() == 1


def test_a_photo_that_shows_another_kind_is_told_on_the_page_and_put_right_by_one_touch(
    finder: Actor, owner: Actor, work_off: Callable[[], Any]
) -> None:
    browser = browser_of(finder)
    browser.post("/report", {**FORM, "type": "Cats", "image": photo("bruno/b.jpg")})
    report = Report.objects.get()
    page = f"/reports/{report.pk}"
    asked = "The report says “Cats”, and the photo looks like “Dogs”."
    assert asked not in browser.get(page).content.decode()
    work_off()
    assert asked in browser.get(page).content.decode()
    assert browser_of(owner).post(f"{page}/edit", {"type": "Dogs"}).status_code == 404
    assert browser.post(f"{page}/edit", {"type": "Dogs"})["Location"] == page
    report.refresh_from_db()
    assert (report.pet_type, report.species, report.pet_category) == ("Dogs", "dog", "Domestic")
    assert "the photo looks like" not in browser.get(page).content.decode()


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_a_lost_pet_is_shown_to_others_unless_its_owner_takes_the_tick_away(
    owner: Actor, stranger: Actor, pet: Pet, client: Client
) -> None:
    browser = browser_of(owner)
    page = browser.get("/report?status=lost").content.decode()
    assert 'name="show_to_others" value="true" aria-describedby="show_to_others-hint" checked' in page
    assert "show_to_others" not in browser.get("/report?status=found").content.decode()
    assert "show_to_others" not in browser_of(stranger).get("/report?status=lost").content.decode()
    said = {**FORM, "status": "lost", "pet_id": str(pet.pk)}

    browser.post("/report", {**said, "show_to_others": "false"})
    hidden = Report.objects.get()
    assert client.get(f"/lost/{hidden.pk}").status_code == 404
    own = browser.get(f"/pets/{pet.pk}").content.decode()
    assert "Others do not see that Bruno is lost." in own
    browser.post(f"/pets/{pet.pk}", {"isPublic": "true"})
    assert client.get(f"/lost/{hidden.pk}").status_code == 200
    assert "Others do not see" not in browser.get(f"/pets/{pet.pk}").content.decode()

    Report.objects.all().delete()
    Pet.objects.update(is_public=False, is_lost=False)
    browser.post("/report", {**said, "show_to_others": ["false", "true"]})
    assert client.get(f"/lost/{Report.objects.get().pk}").status_code == 200
    Report.objects.all().delete()
    Pet.objects.update(is_public=False)
    browser.post("/report", said)
    assert not Pet.objects.get().is_public, "a form of before that asked nothing changes nothing"
    Report.objects.all().delete()
    named = {"animal_name": "Bruno", "type": "Dogs", "breed": "Boxer", "pet_id": ""}
    browser.post("/report", {**said, **named, "show_to_others": ["false", "true"]})
    assert (Report.objects.get().pet, Pet.objects.get().is_public) == (pet, False), "of a pet that nobody chose"


def test_a_private_pet_is_private_again_once_it_is_home(owner: Actor, pet: Pet, client: Client) -> None:
    browser = browser_of(owner)
    said = {**FORM, "status": "lost", "pet_id": str(pet.pk), "show_to_others": ["false", "true"]}

    def lost() -> str:
        browser.post("/report", {**said, "again": "true"})
        assert Pet.objects.get().is_public
        return f"/reports/{Report.objects.order_by('-reported_at')[0].pk}"

    first, second = lost(), lost()
    browser.post(f"{first}/status", {"status": "resolved"})
    assert Pet.objects.get().is_public, "the other report still shows it"
    browser.post(f"{second}/delete")
    assert not Pet.objects.get().is_public
    page = lost()
    for chosen in ({"isPublic": "false"}, {"isPublic": "true"}):
        browser.post(f"/pets/{pet.pk}", chosen)
    browser.post(f"{page}/status", {"status": "resolved"})
    assert Pet.objects.get().is_public, "as its owner chose in the meantime"
    page = lost()
    browser.post(f"{page}/status", {"status": "resolved"})
    assert Pet.objects.get().is_public, "as it was before"


# --- the place --------------------------------------------------------------------------------------------------------


def test_a_landmark_stands_before_the_words_and_comes_back_when_the_form_is_refused(
    finder: Actor, stranger: Actor
) -> None:
    browser, said = browser_of(finder), {**FORM, "landmark": " By the bakery in Mill Lane "}
    refused = browser.post("/report", {**said, "latitude": ""}).content.decode()
    assert 'value=" By the bakery in Mill Lane "' in refused
    assert ">In my garden</textarea>" in refused, "and the words stay what they were"
    browser.post("/report", {**said, "latitude": "28.6139, 77.2090", "longitude": "77"})
    report = Report.objects.get()
    assert (report.description, report.longitude) == ("By the bakery in Mill Lane\nIn my garden", 77.209)
    assert "By the bakery in Mill Lane" in browser.get(f"/reports/{report.pk}").content.decode()
    for field, most in (("landmark", 200), ("description", 3799)):
        long = browser.post("/report", {**said, field: "x" * (most + 1)})
        assert (long.status_code, Report.objects.count()) == (400, 1)
        assert f"{field.title()}: Ensure this field has no more than {most} characters." in long.content.decode()
    assert browser.post("/report", {**said, "landmark": "x" * 200, "description": "x" * 3799}).status_code == 302


# --- once more --------------------------------------------------------------------------------------------------------


def test_a_pet_that_is_reported_lost_is_reported_once_more_only_when_it_is_meant(owner: Actor, pet: Pet) -> None:
    browser, said = browser_of(owner), {**FORM, "status": "lost", "pet_id": str(pet.pk)}
    assert "reported lost already" not in browser.get("/report?status=lost").content.decode()
    browser.post("/report", said)
    first = Report.objects.get()
    page = browser.get("/report?status=lost").content.decode()
    assert f'Bruno is reported lost already: <a href="/reports/{first.pk}">' in page
    again = browser.post("/report", said)
    assert (again.status_code, Report.objects.count()) == (400, 1)
    assert "Bruno is reported lost already. Change that report" in again.content.decode()
    named = {"animal_name": "Bruno", "type": "Dogs", "breed": "Boxer"}
    for same in ({"pet_id": f" {pet.pk}"}, {"pet_id": f"{pet.pk}.0"}, {**named, "pet_id": ""}):
        again = browser.post("/report", {**said, **same})
        assert (again.status_code, Report.objects.count()) == (400, 1)
        assert "Bruno is reported lost already. Change that report" in again.content.decode()
    assert browser.post("/report", {**said, "pet_id": ""}).status_code == 302, "another animal"
    assert browser.post("/report", {**said, "again": "true"}).status_code == 302
    Report.objects.update(status="resolved")
    assert browser.post("/report", said).status_code == 302, "it was home in the meantime"
    assert Report.objects.filter(pet=pet).count() == 3


# --- without an account -----------------------------------------------------------------------------------------------


def test_whoever_is_new_is_led_to_an_account_before_being_asked_for_a_password(client: Client, db: None) -> None:
    page = client.get("/report?status=found", follow=True).content.decode()
    assert page.index("/sign-up?next=%2Freport%3Fstatus%3Dfound") < page.index('name="password"')
    assert "Open one" in client.get("/sign-in").content.decode()

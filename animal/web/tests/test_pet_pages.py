"""One's own pets on pages: registering, facts, photos, what is printed, deleting. Nobody else gets near them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image as Pillow

from animal.conftest import Actor
from animal.images.models import Image
from animal.pets.models import FeatureStatus, OlderTag, Pet
from animal.pets.printing.choices import TAG_SIZES
from animal.pets.printing.codes import tag_print_address
from animal.pets.tests.printed import codes_in, photographed, words_on
from animal.reports.models import Report
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

PET = {"name": "Milo", "type": "Cats", "breed": "", "isPublic": "false", "colours": ["", "black", "white"]}


@pytest.fixture
def pet(browser: Client, picture: Callable[..., Any]) -> Pet:
    answer = browser.post("/pets/new", {**PET, "photos": [picture(), picture(color=(9, 9, 9))]})
    assert answer.status_code == 302, answer.content
    return Pet.objects.get()


def said(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def report_lost(pet: Pet, **changes: str) -> Report:
    form = {**FORM, "status": "lost", "pet_id": str(pet.pk), "last_seen_date": "2026-01-05", "animal_name": pet.name}
    assert browser_of(pet.owner).post("/report", {**form, **changes}).status_code == 302
    return Report.objects.latest("pk")


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_begins_by_saying_what_a_pet_here_is_good_for(browser: Client) -> None:
    page = said(browser.get("/pets"))
    assert "You have no pet here yet" in page
    assert 'href="/pets/new"' in page


def test_the_list_shows_ones_own_pets_with_what_can_be_done_next(browser: Client, pet: Pet, stranger: Actor) -> None:
    page = said(browser.get("/pets"))
    assert "At home" in page
    assert f'href="/report?status=lost&amp;pet_id={pet.pk}"' in page
    assert "We are looking at the photos" in page
    report_lost(pet)
    page = said(browser.get("/pets"))
    assert 'class="badge lost">Lost' in page
    assert f'href="/pets/{pet.pk}#poster"' in page
    assert "Milo" not in said(browser_of(stranger).get("/pets"))


def test_a_report_that_begins_at_a_pet_has_it_chosen(browser: Client, pet: Pet, stranger: Actor) -> None:
    path = f"/report?status=lost&pet_id={pet.pk}"
    assert f'value="{pet.pk}" selected' in said(browser.get(path))
    assert "Milo" not in said(browser_of(stranger).get(path))


def test_the_page_where_mails_lead_is_that_of_ones_pets(client: Client) -> None:
    assert client.get("/user")["Location"] == "/pets"
    assert client.get("/pets")["Location"] == "/sign-in?next=/pets"


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_pet_is_registered_with_several_photos_and_leads_on_to_its_tag(browser: Client, pet: Pet) -> None:
    assert (pet.name, pet.category, pet.breed, pet.is_public) == ("Milo", "Domestic", "Unknown", False)
    assert (pet.colours, pet.photos.count()) == (["black", "white"], 2)
    assert "print a tag" in said(browser.get(f"/pets/{pet.pk}"))


def test_a_form_without_photos_comes_back_with_all_that_was_typed(browser: Client) -> None:
    answer = browser.post("/pets/new", {**PET, "name": "Nala", "isPublic": ["false", "true"]})
    page = said(answer)
    assert (answer.status_code, Pet.objects.count()) == (400, 0)
    assert 'id="photos-error">Please add at least one photo.' in page
    assert 'value="Nala"' in page
    assert re.search(r'id="isPublic"[^>]* checked', page)
    assert re.search(r'value="black" checked', page)
    assert not re.search(r'value="brown" checked', page)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "<b>"), ("type", ""), ("chip_number", "12"), ("colours", "plaid"), ("sex", "x")],
)
def test_what_is_wrong_with_a_pet_stands_next_to_its_field(
    browser: Client, picture: Callable[..., Any], field: str, value: str
) -> None:
    answer = browser.post("/pets/new", {**PET, field: value, "photos": picture()})
    assert (answer.status_code, Pet.objects.count(), Image.objects.count()) == (400, 0, 0)
    assert f'id="{field}-error"' in said(answer)
    assert ("Please choose what kind of animal it is." in said(answer)) == (field == "type")
    assert 'required><option value="">Please choose</option>' in said(browser.get("/pets/new")), "none is chosen yet"


def test_the_script_gets_the_next_page_or_what_was_wrong_without_losing_the_chosen_photos(
    browser: Client, picture: Callable[..., Any]
) -> None:
    script = {"accept": "application/json"}
    refused = browser.post("/pets/new", {**PET, "name": "", "photos": picture()}, headers=script)
    assert (refused.status_code, refused.json()) == (400, {"problems": ["Name: This field may not be blank."]})
    done = browser.post("/pets/new", {**PET, "photos": picture()}, headers=script)
    pet = Pet.objects.get()
    assert (done.status_code, done.json()) == (200, {"next": f"/pets/{pet.pk}"})
    assert "Milo is registered" in said(browser.get(f"/pets/{pet.pk}")), "what is flashed waits for the page itself"
    none = browser.post(f"/pets/{pet.pk}/photos", {}, headers=script)
    assert (none.status_code, none.json()) == (400, {"problems": ["Please choose a photo first."]})
    more = browser.post(f"/pets/{pet.pk}/photos", {"photos": picture(color=(1, 2, 3))}, headers=script)
    assert more.json() == {"next": f"/pets/{pet.pk}"}
    assert "Milo has 2 photos now." in said(browser.get(f"/pets/{pet.pk}"))


def test_a_form_that_is_sent_twice_registers_one_pet_and_adds_photos_once(
    browser: Client, picture: Callable[..., Any]
) -> None:
    token = {"csrfmiddlewaretoken": "t" * 64}
    for _ in range(2):
        answer = browser.post("/pets/new", {**PET, **token, "photos": picture()})
        assert (answer.status_code, Pet.objects.count()) == (302, 1)
    pet = Pet.objects.get()
    for _ in range(2):
        browser.post(f"/pets/{pet.pk}/photos", {**token, "photos": picture(color=(1, 2, 3))})
    assert pet.photos.count() == 2


# --- facts ------------------------------------------------------------------------------------------------------------


def test_facts_are_changed_and_photos_stay(browser: Client, pet: Pet) -> None:
    changed = {**PET, "name": "Milo II", "breed": "Tabby", "sex": "male", "colours": "", "isPublic": ["false", "true"]}
    answer = browser.post(f"/pets/{pet.pk}", {**changed, "chip_number": "276 093 400 123 456"})
    assert (answer.status_code, answer["Location"]) == (302, f"/pets/{pet.pk}")
    pet.refresh_from_db()
    assert (pet.name, pet.breed, pet.sex, pet.colours, pet.is_public) == ("Milo II", "Tabby", "male", [], True)
    assert (pet.chip_number, pet.photos.count()) == ("276093400123456", 2)
    assert "276093400123456" in said(browser.get(f"/pets/{pet.pk}"))


def test_a_wrong_fact_comes_back_and_changes_nothing(browser: Client, pet: Pet) -> None:
    answer = browser.post(f"/pets/{pet.pk}", {**PET, "name": "Nala", "chip_number": "12"})
    assert answer.status_code == 400
    assert 'id="chip_number-error"' in said(answer)
    assert 'value="Nala"' in said(answer)
    pet.refresh_from_db()
    assert pet.name == "Milo"


def test_a_breed_that_the_photos_suggest_is_taken_by_one_touch_which_changes_nothing_else(
    browser: Client, pet: Pet
) -> None:
    suggested = [{"label": "Egyptian Mau", "score": 0.77}]
    Pet.objects.update(suggested_breeds=suggested, is_public=True, colours=["grey"], type="Owls", category="Wild")
    page = said(browser.get(f"/pets/{pet.pk}"))
    assert '<strong lang="en">Egyptian Mau</strong> (77 %)' in page
    assert '<option value="Owls" selected>Owls' in page, "a kind that another client chose can stay"
    browser.post(f"/pets/{pet.pk}", {"breed": "Egyptian Mau"})
    pet.refresh_from_db()
    assert (pet.breed, pet.is_public, pet.colours, pet.category) == ("Egyptian Mau", True, ["grey"], "Wild")
    assert "By the photos it could be" not in said(browser.get(f"/pets/{pet.pk}"))


def test_breeds_of_another_kind_and_mere_guesses_are_not_suggested(browser: Client, pet: Pet) -> None:
    guesses = [{"label": "Boxer", "score": 0.8}, {"label": "Pug", "score": 0.09}]
    Pet.objects.update(suggested_breeds=guesses, suggested_species="dog", species="dog", type="Dogs")
    page = said(browser.get(f"/pets/{pet.pk}"))
    assert ("Boxer" in page, "Pug" in page) == (True, False)
    Pet.objects.update(species="cat", type="Cats")
    assert "Boxer" not in said(browser.get(f"/pets/{pet.pk}"))


# --- photos -----------------------------------------------------------------------------------------------------------


def test_a_photo_that_could_be_better_says_how_and_is_kept(browser: Client, pet: Pet) -> None:
    page = said(browser.get(f"/pets/{pet.pk}"))
    assert "This photo is very dark" in page
    assert pet.photos.count() == 2
    assert "A better photo would help" in said(browser.get("/pets"))


def test_a_file_that_is_no_picture_is_named_among_the_others_and_the_page_waits_for_photos_to_be_read(
    browser: Client, pet: Pet, picture: Callable[..., Any]
) -> None:
    text = SimpleUploadedFile("<list>.txt", b"not a picture", content_type="text/plain")
    sent = {"photos": [picture(), text]}
    answer = browser.post(f"/pets/{pet.pk}/photos", sent, headers={"Accept": "application/json"})
    assert answer.json()["problems"][0].startswith("<list>.txt: This file is not a picture that we can read.")
    text.seek(0)
    sent["photos"][0].seek(0)
    assert "&lt;list&gt;.txt: This file" in said(browser.post(f"/pets/{pet.pk}/photos", sent))
    assert "data-reading" in said(browser.get(f"/pets/{pet.pk}"))
    Pet.objects.update(feature_status="completed")
    assert "data-reading" not in said(browser.get(f"/pets/{pet.pk}"))


def test_a_photo_is_removed_but_never_the_last_one(browser: Client, pet: Pet) -> None:
    first, second = pet.photos.all()
    remove = f"/pets/{pet.pk}/photos/{first.image_id}/remove"
    assert browser.post(remove)["Location"] == f"/pets/{pet.pk}"
    assert [photo.image_id for photo in pet.photos.all()] == [second.image_id]
    assert "gone already" in said(browser.post(remove, follow=True))
    last = browser.post(f"/pets/{pet.pk}/photos/{second.image_id}/remove", follow=True)
    assert "Please add at least one photo" in said(last)
    assert pet.photos.count() == 1
    assert "/remove" not in said(browser.get(f"/pets/{pet.pk}"))


def test_more_photos_than_a_pet_may_have_are_refused_with_a_sentence(
    browser: Client, pet: Pet, picture: Callable[..., Any], settings: Any
) -> None:
    settings.MAX_PET_PHOTOS = 3
    many = [picture(color=(shade, 0, 0)) for shade in (1, 2)]
    answer = browser.post(f"/pets/{pet.pk}/photos", {"photos": many})
    assert answer.status_code == 400
    assert "at most 3 photos" in said(answer)
    assert (pet.photos.count(), Image.objects.count()) == (2, 2)
    assert browser.post(f"/pets/{pet.pk}/photos", {"photos": picture(color=(3, 0, 0))}).status_code == 302
    assert "as many as a pet may have" in said(browser.get(f"/pets/{pet.pk}"))


def test_photos_that_could_not_be_read_are_looked_at_again_on_request(browser: Client, pet: Pet) -> None:
    again = f"/pets/{pet.pk}/look-again"
    assert again not in said(browser.get(f"/pets/{pet.pk}"))
    assert "not in need of another attempt" in said(browser.post(again, follow=True))
    Pet.objects.update(feature_status=FeatureStatus.FAILED, feature_error="We could not find an animal.")
    page = said(browser.get(f"/pets/{pet.pk}"))
    assert "We could not find an animal." in page
    assert again in page
    browser.post(again)
    pet.refresh_from_db()
    assert pet.feature_status == FeatureStatus.PENDING


# --- what is printed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["collar-25", "collar-32", "card"])
def test_a_sheet_of_tags_comes_in_every_size_with_or_without_the_name(browser: Client, pet: Pet, size: str) -> None:
    for named, expected in (("true", True), ("false", False)):
        query = {"size": size, "paper": "letter", "language": "de", "name": named}
        answer = browser.get(f"/pets/{pet.pk}/tags.pdf", query)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert ("Milo" in words_on(answer.content)) is expected
    assert browser.get(f"/pets/{pet.pk}/tag.svg", {"size": size})["Content-Type"] == "image/svg+xml"
    picture = browser.get(f"/pets/{pet.pk}/tag.png", {"size": size})
    assert picture["Content-Disposition"] == f'attachment; filename="pawgle-tag-{size}.png"'
    drawn = Pillow.open(io.BytesIO(picture.content))
    assert codes_in(photographed(drawn.convert("L"), angle=11)) == [tag_print_address(pet.animal_id)]
    assert drawn.width / drawn.info["dpi"][0] * 25.4 == pytest.approx(TAG_SIZES[size].code, abs=0.1)


@pytest.mark.parametrize(
    "file", ["tags.pdf?size=huge", "tag.svg?size=huge", "tag.png?size=huge", "poster.pdf?paper=a0"]
)
def test_what_cannot_be_printed_leads_back_to_the_page_with_what_there_is(browser: Client, pet: Pet, file: str) -> None:
    report_lost(pet)
    answer = browser.get(f"/pets/{pet.pk}/{file}")
    assert answer.status_code == 400
    assert "Please choose one of" in said(answer)


def test_a_poster_is_there_once_the_pet_is_reported_lost_in_five_languages(browser: Client, pet: Pet) -> None:
    poster = f"/pets/{pet.pk}/poster.pdf"
    early = browser.get(poster)
    assert (early.status_code, "Please report it first" in said(early)) == (409, True)
    assert f'action="{poster}"' not in said(browser.get(f"/pets/{pet.pk}"))
    report = report_lost(pet)
    assert f'action="{poster}"' in said(browser.get(f"/pets/{pet.pk}"))
    for language in ("en", "es", "de", "fr", "hi"):
        answer = browser.get(poster, {"language": language, "paper": "letter", "place": "by the river"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    exact = browser.get(poster, {"place": "5 Mill Lane"})
    assert (exact.status_code, "without digits" in said(exact)) == (400, True)
    Report.objects.filter(pk=report.pk).update(hidden_at=timezone.now())
    assert "not shown to others, so there is no poster" in said(browser.get(f"/pets/{pet.pk}"))


def test_a_new_tag_makes_the_old_one_lead_nowhere(browser: Client, client: Client, pet: Pet) -> None:
    assert "an older tag" not in said(browser.get(f"/pets/{pet.pk}"))
    OlderTag.objects.create(pet=pet, animal_id="ANI7CA9")
    assert "also has an older tag, ANI7CA9" in said(browser.get(f"/pets/{pet.pk}"))
    assert client.get("/found/ANI7CA9").status_code == 200
    assert client.get(f"/found/{pet.animal_id}").status_code == 200
    browser.post(f"/pets/{pet.pk}/new-tag")
    assert client.get(f"/found/{pet.animal_id}").status_code == 404
    pet.refresh_from_db()
    assert f"/found/{pet.animal_id}" in said(browser.get(f"/pets/{pet.pk}"))


# --- deleting ---------------------------------------------------------------------------------------------------------


def test_deleting_says_first_what_becomes_of_the_open_reports_and_it_does(
    browser: Client, client: Client, pet: Pet
) -> None:
    path = f"/pets/{pet.pk}/delete"
    assert "There is no open report" in said(browser.get(path))
    Pet.objects.update(is_public=True)  # What is private is on no public page before either.
    report = report_lost(pet)
    page = said(browser.get(path))
    assert "last seen on 5 January 2026" in page
    assert "stays open and on the map" in page
    assert Pet.objects.get().deleted_at is None, "asking deletes nothing"
    done = browser.post(path, follow=True)
    assert done.redirect_chain == [("/pets", 302)]
    assert "Milo is deleted" in said(done)
    assert client.get(f"/found/{pet.animal_id}").status_code == 404
    assert browser.get(f"/pets/{pet.pk}").status_code == 404
    report.refresh_from_db()
    assert report.status == Report.Status.LOST
    shown = said(client.get("/pet/map"))
    assert "Milo" in shown
    assert "/photos/" not in shown, "the pet's photos are no longer with its report"


def test_a_pet_that_is_registered_again_in_time_comes_back_with_its_tag(
    browser: Client, pet: Pet, picture: Callable[..., Any]
) -> None:
    browser.post(f"/pets/{pet.pk}/delete")
    browser.post("/pets/new", {**PET, "photos": picture(color=(7, 7, 7))})
    assert Pet.objects.get(deleted_at=None).animal_id == pet.animal_id
    browser.post(f"/pets/{pet.pk}/delete")
    Pet.objects.update(deleted_at=timezone.now() - timedelta(hours=25))
    browser.post("/pets/new", {**PET, "photos": picture(color=(8, 8, 8))})
    assert Pet.objects.get(deleted_at=None).animal_id != pet.animal_id


# --- others -----------------------------------------------------------------------------------------------------------


def test_nobody_else_sees_changes_prints_or_deletes_a_pet(pet: Pet, finder: Actor, stranger: Actor) -> None:
    report_lost(pet)
    photo = pet.photos.all()[0].image_id
    reads = ("", "/delete", "/tag.svg", "/tag.png", "/tags.pdf", "/poster.pdf")
    writes = ("", "/photos", f"/photos/{photo}/remove", "/look-again", "/new-tag")
    before = Pet.objects.values().get()
    for other in (browser_of(finder), browser_of(stranger)):
        assert {other.get(f"/pets/{pet.pk}{path}").status_code for path in reads} == {404}
        assert {other.post(f"/pets/{pet.pk}{path}", PET).status_code for path in writes} == {404}
        other.post(f"/pets/{pet.pk}/delete")
    nobody = Client()
    assert all(nobody.get(f"/pets/{pet.pk}{path}")["Location"].startswith("/sign-in") for path in reads)
    signs_in = [nobody.post(f"/pets/{pet.pk}{path}")["Location"] for path in (*writes, "/delete")]
    assert all(address.startswith("/sign-in") for address in signs_in)
    assert (Pet.objects.values().get(), pet.photos.count()) == (before, 2)

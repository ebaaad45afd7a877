"""The poster of a lost animal, from the report to the paper."""

from __future__ import annotations

from typing import Any

import pytest

from animal.conftest import Actor
from animal.images.withholding import image_withhold
from animal.pets.models import Pet
from animal.pets.tests.printed import codes_in, rendered, words_on
from animal.reports.models import Report
from animal.reports.tests.conftest import PLACE, filed, photo_of

FOUND_PAGE, CASE_PAGE = "https://pawgle.example.org/found/", "https://pawgle.example.org/lost/"


@pytest.fixture(autouse=True)
def _reached_from_outside(settings: Any) -> None:
    settings.SITE_URL, settings.FRONTEND_URL, settings.API_URL = "https://pawgle.example.org", "", ""


@pytest.fixture
def lost(owner: Actor, pet_of: Any) -> Pet:
    """A pet that everybody may see, and its open report."""
    pet = pet_of(owner, is_public=True)
    filed(owner, pet_id=str(pet.pk), description="Shy. Call 0171 1234567 or ada@example.org.")
    return pet


def test_the_owner_of_a_lost_pet_prints_its_poster_and_nobody_else_does(
    owner: Actor, stranger: Actor, anonymous: Actor, lost: Pet
) -> None:
    path = f"/api/v1/pets/{lost.pk}/poster.pdf"
    answer = owner.get(path, data={"paper": "letter", "language": "es", "place": "Parque del Oeste, junto al lago"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="pawgle-poster-letter-es.pdf"'
    assert answer["Cache-Control"] == "private, no-cache"
    said = words_on(answer.content)
    assert "GATO PERDIDO" in said
    assert "Milo" in said
    assert "2 de enero de 2026" in said
    assert "Parque del Oeste" in said
    assert [actor.get(path).status_code for actor in (stranger, anonymous)] == [404, 401]


def test_the_poster_says_neither_the_exact_place_nor_how_anybody_is_reached(owner: Actor, lost: Pet) -> None:
    said = words_on(owner.get(f"/api/v1/pets/{lost.pk}/poster.pdf").content)
    report = Report.objects.get(pet=lost)
    point = [f"{report.public_latitude:.2f}", f"{report.public_longitude:.2f}", f"{PLACE[0]:.2f}", f"{PLACE[1]:.2f}"]
    secrets = [*point, "Around", "0171", "1234567", "555", "@", "Ada", "Owner", lost.animal_id]
    assert [secret for secret in secrets if secret in said] == []


def test_the_code_leads_to_the_case_or_for_a_private_pet_to_its_tag(owner: Actor, lost: Pet) -> None:
    path = f"/api/v1/pets/{lost.pk}/poster.pdf"
    case = Report.objects.get(pet=lost)
    assert set(codes_in(rendered(owner.get(path).content))) == {f"{CASE_PAGE}{case.pk}"}
    Pet.objects.update(is_public=False)
    assert set(codes_in(rendered(owner.get(path).content))) == {f"{FOUND_PAGE}{lost.animal_id}"}


def test_a_pet_that_is_not_reported_lost_has_no_poster(owner: Actor, lost: Pet, pet_of: Any) -> None:
    safe = pet_of(owner)
    refused = owner.get(f"/api/v1/pets/{safe.pk}/poster.pdf")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_lost")
    case = Report.objects.get(pet=lost)
    owner.post(f"/api/auth/pets/locations/{case.pk}/status/", {"status": "resolved"})
    assert owner.get(f"/api/v1/pets/{lost.pk}/poster.pdf").status_code == 409
    owner.delete(f"/api/auth/pets/{lost.pk}/delete/")
    assert owner.get(f"/api/v1/pets/{lost.pk}/poster.pdf").status_code == 404


def test_an_animal_that_is_not_registered_has_a_poster_for_who_reported_it(owner: Actor, stranger: Actor) -> None:
    case = filed(owner, animal_name="Strolch", type="Dogs", image=photo_of("bruno"))["id"]
    path = f"/api/v1/reports/{case}/poster.pdf"
    page = owner.get(path, data={"language": "de"})
    assert page["Content-Disposition"] == 'attachment; filename="pawgle-poster-a4-de.pdf"'
    assert "HUND VERMISST" in words_on(page.content)
    assert "Strolch" in words_on(page.content)
    assert stranger.get(path).status_code == 404
    found = filed(owner, status="found", animal_name="N/A")["id"]
    assert owner.get(f"/api/v1/reports/{found}/poster.pdf").status_code == 409


def test_the_language_follows_the_browser_unless_one_is_asked_for(owner: Actor, lost: Pet) -> None:
    path = f"/api/v1/pets/{lost.pk}/poster.pdf"
    german = {"accept-language": "nl, de-AT;q=0.8, en;q=0.5"}
    assert "-de.pdf" in owner.get(path, headers=german)["Content-Disposition"]
    assert "-fr.pdf" in owner.get(path, data={"language": "fr"}, headers=german)["Content-Disposition"]
    assert "-en.pdf" in owner.get(path, headers={"accept-language": "nl"})["Content-Disposition"]


@pytest.mark.parametrize("place", ["Main Street 12", "mail ada@example.org", "https://example", "x" * 81])
def test_a_place_that_could_be_an_address_is_refused(owner: Actor, lost: Pet, place: str) -> None:
    answer = owner.get(f"/api/v1/pets/{lost.pk}/poster.pdf", data={"place": place})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["place"])


def test_a_photo_that_staff_hid_is_not_printed(owner: Actor, lost: Pet) -> None:
    path = f"/api/v1/pets/{lost.pk}/poster.pdf"
    assert "No photo yet" not in words_on(owner.get(path, data={"language": "en"}).content)
    image_withhold(image_id=lost.photos.get().image_id, hidden=True, record=lambda: None)
    assert "No photo yet" in words_on(owner.get(path, data={"language": "en"}).content)


def test_a_report_that_staff_hid_is_printed_for_nobody(owner: Actor, lost: Pet) -> None:
    bare = filed(owner, animal_name="Strolch", type="Dogs")["id"]
    paths = [f"/api/v1/pets/{lost.pk}/poster.pdf", f"/api/v1/reports/{bare}/poster.pdf"]
    assert [owner.get(path).status_code for path in paths] == [200, 200]
    Report.objects.update(hidden_at=Report.objects.get(pk=bare).reported_at)
    refused = [owner.get(path) for path in paths]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(409, "not_lost")] * 2

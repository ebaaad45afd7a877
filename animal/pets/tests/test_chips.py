"""Chip numbers as people write them, kept in one form and shown to nobody but who wrote them down."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from animal.pets.chips import chip_normalised
from animal.pets.models import Pet
from animal.reports.models import Report

CHIP = "276098106000001"
ADD, FILE = "/api/auth/pets/add/", "/api/auth/pets/report/"
PET = {"name": "Milo", "type": "Cats", "category": "Domestic", "breed": "Tabby"}
REPORT = {
    "animal_name": "N/A", "category": "Domestic", "type": "Cats", "breed": "Tabby", "status": "found",
    "latitude": "48.137", "longitude": "11.575",
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("276098106000001", CHIP),
        (" 276 098 106 000 001 ", CHIP),
        ("276.098-106_000/001", CHIP),
        ("٢٧٦٠٩٨١٠٦٠٠٠٠٠١", CHIP),
        ("２７６０９８１０６０００００１", CHIP),
        ("AVID*012*345*678", "012345678"),
        ("012-345-678", "012345678"),
        ("00 01ab cdef", "0001ABCDEF"),
        ("0612345678", "0612345678"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_one_number_is_one_however_it_is_written(written: str, kept: str) -> None:
    assert chip_normalised(written) == kept


@pytest.mark.parametrize(
    "text",
    ["12345678", "27609810600001", "2760981060000012", "Milo", "00012GHIJK", "000000000000000", "999000000000001"],
    ids=["8 digits", "14 digits", "16 digits", "a name", "letters past F", "zeros", "for testing"],
)
def test_what_is_no_chip_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"15 digits|999"):
        chip_normalised(text)


@pytest.fixture
def pet(owner: Any, picture: Any) -> dict:
    form = {**PET, "chip_number": "276 098 106 000 001", "sex": "male", "size": "small", "colours": ["black", "white"]}
    answer = owner.multipart(ADD, {**form, "isPublic": "true", "images": picture()})
    assert answer.status_code == 201, answer.content
    return answer.json()["pet"]


def test_the_owner_sees_the_marks_and_may_change_or_clear_them(owner: Any, pet: dict) -> None:
    address = f"/api/v1/pets/{pet['id']}/"
    marks = ("chip_number", "sex", "size", "colours")
    seen = owner.get(address).json()
    assert [seen[name] for name in marks] == [CHIP, "male", "small", ["black", "white"]]
    changed = owner.put(
        f"/api/auth/pets/{pet['id']}/edit/", {"chip_number": "", "sex": "", "colours": []}, format="json"
    )
    assert changed.status_code == 200, changed.content
    seen = owner.get(address).json()
    assert [seen[name] for name in marks] == ["", "", "small", []]


def test_a_pet_that_the_web_client_edits_by_adding_it_again_keeps_its_marks(owner: Any, pet: dict) -> None:
    assert owner.delete(f"/api/auth/pets/{pet['id']}/delete/").status_code == 204
    form = {**PET, "breed": "Siamese", "existing_images": f'["{pet["images"][0]}"]'}
    again = owner.multipart(ADD, form).json()["pet"]
    row = Pet.objects.get(pk=again["id"])
    assert (row.pk, row.breed, row.chip_number, row.sex, row.colours) == (
        pet["id"],
        "Siamese",
        CHIP,
        "male",
        ["black", "white"],
    )


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"chip_number": "12345"}, "chip_number", "This is no chip number: a chip number has 15 digits"),
        ({"colours": "mauve"}, "colours", "We do not know the colour 'mauve'. Known are black"),
        ({"sex": "both"}, "sex", "not a valid choice"),
    ],
)
def test_what_cannot_be_a_mark_is_refused_with_a_sentence_and_nothing_is_kept(
    owner: Any, picture: Any, changes: dict, field: str, sentence: str
) -> None:
    answer = owner.multipart(ADD, {**PET, **changes, "images": picture()})
    assert answer.status_code == 400
    assert sentence in str(answer.json()["errors"][field])
    answer = owner.multipart(FILE, {**REPORT, **changes})
    assert answer.status_code == 400
    assert sentence in str(answer.json()["errors"][field])
    assert not Pet.objects.exists()
    assert not Report.objects.exists()


def test_a_strangers_answers_hold_no_chip_number(
    owner: Any, finder: Any, stranger: Any, anonymous: Any, pet: dict
) -> None:
    found = finder.multipart(FILE, {**REPORT, "chip_number": "276098106000777", "sex": "female"}).json()["id"]
    owner.multipart(FILE, {**REPORT, "status": "lost", "animal_name": "Milo", "pet_id": str(pet["id"])})
    detail = f"/api/v1/reports/{found}/"
    assert finder.get(detail).json()["chip_number"] == "276098106000777"
    seen = stranger.get(detail).json()
    assert (seen["chip_number"], seen["sex"]) == ("", "female")
    pages = [
        stranger.get("/api/auth/pets/locations/"),
        stranger.get("/api/v1/reports/"),
        anonymous.get("/api/auth/dashboard/pets/"),
        owner.get("/api/auth/profile/"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "276098106" not in page.content.decode()


def test_the_admin_holds_no_chip_number(moderator: Any, finder: Any, pet: dict) -> None:
    found = finder.multipart(FILE, {**REPORT, "chip_number": "276098106000777"}).json()["id"]
    User.objects.filter(pk=moderator.user.pk).update(is_superuser=True)
    staff = Client()
    staff.force_login(User.objects.get(pk=moderator.user.pk))
    for page in (f"/admin/pets/pet/{pet['id']}/change/", f"/admin/reports/report/{found}/change/"):
        answer = staff.get(page)
        assert answer.status_code == 200
        assert "276098106" not in answer.content.decode()


def test_a_report_of_a_pet_takes_its_marks_from_the_pet_where_they_are_changed(owner: Any, pet: dict) -> None:
    lost = {**REPORT, "status": "lost", "pet_id": str(pet["id"]), "size": "large"}
    report = owner.multipart(FILE, lost).json()["id"]
    seen = owner.get(f"/api/v1/reports/{report}/").json()
    assert (seen["chip_number"], seen["sex"], seen["size"]) == (CHIP, "male", "small")
    refused = owner.client.patch(f"/api/v1/reports/{report}/", {"chip_number": ""}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "pet_says")
    assert "please change chip number at the pet" in refused.json()["error"]


def test_the_finder_may_correct_a_number(finder: Any) -> None:
    report = finder.multipart(FILE, {**REPORT, "chip_number": "276098106000777"}).json()["id"]
    answer = finder.client.patch(f"/api/v1/reports/{report}/", {"chip_number": "276 098 106 000 778"}, format="json")
    assert (answer.status_code, answer.json()["chip_number"]) == (200, "276098106000778")

"""Registering a pet."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from animal.conftest import Actor
from animal.core.models import BackgroundTask
from animal.images.models import Image
from animal.images.tests.stored import answer_at, pictures_at
from animal.pets.models import Pet, PetPhoto

pytestmark = pytest.mark.django_db
ADD = "/api/auth/pets/add/"
SHAPE = {
    "id", "name", "type", "category", "breed", "isPublic", "additionalInfo", "animal_id", "registered_at", "images",
    "features", "feature_status", "owner", "photo_hints",
}  # fmt: skip


def assert_refused_without_a_trace(response: Any, *, status: int = 400) -> None:
    assert response.status_code == status
    body = response.json()
    assert body["detail"]
    assert body["error"] == body["message"] == body["detail"]
    assert (Pet.objects.count(), PetPhoto.objects.count(), Image.objects.count()) == (0, 0, 0)
    assert BackgroundTask.objects.count() == 0


def test_a_pet_is_registered_with_its_photo_and_queued_for_recognition(
    owner: Actor, form: dict[str, Any], picture: Callable[..., Any]
) -> None:
    response = owner.multipart(ADD, {**form, "images": [picture()]})
    assert response.status_code == 201
    body = response.json()
    assert (body["success"], bool(body["message"]), set(body["pet"])) == (True, True, SHAPE)
    pet = body["pet"]
    assert (pet["name"], pet["type"], pet["category"], pet["breed"]) == ("Milo", "Cats", "Domestic", "Tabby")
    assert (pet["isPublic"], pet["features"], pet["feature_status"]) == (True, [], "pending")
    assert pet["owner"] == owner.user.pk
    assert pet["additionalInfo"] == {"weight": "4 kg", "height": "", "subNotes": ["shy"]}
    assert pet["animal_id"].startswith("ANI")
    assert len(pet["animal_id"]) == 19
    assert pet["images"][0].startswith(f"{pictures_at()}photos/")
    assert answer_at(pet["images"][0]) == (200, "image/jpeg")
    assert list(BackgroundTask.objects.values_list("name", "target")) == [
        ("animal.pets.tasks.extract_pet_features", str(pet["id"]))
    ]


def test_up_to_ten_photos_are_kept_in_their_order(owner: Actor, add: Callable[..., Any], picture: Any) -> None:
    photos = [picture(size=(100 + 10 * number, 80)) for number in range(10)]
    pet = add(owner, images=photos)
    widths = [photo.image.width for photo in PetPhoto.objects.filter(pet_id=pet["id"])]
    assert (len(pet["images"]), widths) == (10, [100 + 10 * number for number in range(10)])


def test_an_eleventh_photo_is_refused_before_anything_is_stored(owner: Actor, form: dict, picture: Any) -> None:
    response = owner.multipart(ADD, {**form, "images": [picture() for _ in range(11)]})
    assert_refused_without_a_trace(response)
    assert response.json()["code"] == "too_many_photos"


@pytest.mark.parametrize("key", ["image", "file", "files", "pet_image"])
def test_other_names_of_the_photo_field_work_too(owner: Actor, add: Callable[..., Any], picture: Any, key: str) -> None:
    assert len(add(owner, images=None, **{key: picture()})["images"]) == 1


@pytest.mark.parametrize(
    ("type_", "breed", "category", "name"),
    [
        ("Hamsters", "Dwarf Campbell’s", "Domestic", "Zoë"),
        ("Rabbits", "European (Wild)", "Domestic", "मोती"),
        ("Hens", "Leghorn", "Poultry", "N/A"),
        ("Sheep", "N/A", "Livestock", "福"),
        ("Tiger", "-", "Wild", "Dr. O'Neil Jr."),
    ],
)
def test_the_words_that_the_client_offers_and_names_of_any_script_are_accepted(
    owner: Actor, add: Callable[..., Any], type_: str, breed: str, category: str, name: str
) -> None:
    pet = add(owner, type=type_, breed=breed, category=category, name=name)
    assert (pet["type"], pet["breed"], pet["category"], pet["name"]) == (type_, breed, category, name)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": None},
        {"name": "x" * 10_000},
        {"name": "<img src=x onerror=alert(1)>"},
        {"name": 'a"b'},
        {"name": "NUL\0byte"},
        {"type": ""},
        {"breed": "x" * 101},
        {"breed": "a>b"},
        {"category": ""},
        {"category": "Mythical"},
        {"isPublic": "perhaps"},
        {"additionalInfo": json.dumps({"notes": "x" * 30_000})},
        {"images": None},
        {"images": "not a file"},
    ],
)
def test_bad_fields_are_refused(owner: Actor, form: dict[str, Any], picture: Any, change: dict[str, Any]) -> None:
    body = {key: value for key, value in {**form, "images": [picture()], **change}.items() if value is not None}
    assert_refused_without_a_trace(owner.multipart(ADD, body))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a text file", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (b"", "empty_file"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 31_000_000, "file_too_large"),
    ],
)
def test_a_bad_photo_among_good_ones_is_refused_and_the_good_ones_do_not_stay(
    owner: Actor, form: dict[str, Any], picture: Any, content: bytes, code: str
) -> None:
    response = owner.multipart(ADD, {**form, "images": [picture(), SimpleUploadedFile("photo.jpg", content)]})
    assert_refused_without_a_trace(response)
    assert response.json()["code"] == code


@pytest.mark.parametrize("body", [{}, {"name": 1}, [], "text", None])
def test_an_empty_or_misshapen_json_body_is_a_400(owner: Actor, body: Any) -> None:
    assert_refused_without_a_trace(owner.client.post(ADD, body, format="json"))


def test_broken_multipart_json_and_other_media_types_are_refused(owner: Actor) -> None:
    post = owner.client.generic
    assert_refused_without_a_trace(post("POST", ADD, b"{broken", content_type="application/json"))
    assert_refused_without_a_trace(post("POST", ADD, b"x", content_type="multipart/form-data; boundary=none"))
    assert_refused_without_a_trace(post("POST", ADD, b"x", content_type="text/plain"), status=415)


def test_more_files_than_any_form_has_are_a_400(owner: Actor, form: dict[str, Any], picture: Any) -> None:
    assert_refused_without_a_trace(owner.multipart(ADD, {**form, "images": [picture() for _ in range(21)]}))


def test_somebody_who_is_not_signed_in_cannot_add_a_pet(anonymous: Actor, form: dict[str, Any], picture: Any) -> None:
    assert_refused_without_a_trace(anonymous.multipart(ADD, {**form, "images": [picture()]}), status=401)


@pytest.mark.parametrize(
    "junk",
    ["{broken", "[]", "7", '"text"', "null", "[" * 5000, '{"a":NaN}', '{"a":"\\ud800"}', '{"a":' * 50 + "1" + "}" * 50],
)
def test_additional_info_that_makes_no_sense_counts_as_none(owner: Actor, add: Callable[..., Any], junk: str) -> None:
    assert add(owner, additionalInfo=junk)["additionalInfo"] == {"subNotes": []}


def test_sub_notes_are_a_list_of_texts_whatever_was_sent(owner: Actor, add: Callable[..., Any]) -> None:
    assert add(owner, additionalInfo='{"subNotes":"one"}')["additionalInfo"] == {"subNotes": []}
    assert add(owner, additionalInfo='{"subNotes":["a",{"b":1},2]}')["additionalInfo"] == {"subNotes": ["a"]}
    assert add(owner, additionalInfo=None)["additionalInfo"] == {"subNotes": []}


def test_a_pet_can_be_registered_with_photos_that_one_uploaded_before(owner: Actor, add: Callable[..., Any]) -> None:
    first = add(owner)
    second = add(owner, name="Mila", images=None, existing_images=json.dumps(first["images"]))
    assert second["images"] == first["images"]
    assert second["id"] != first["id"]
    assert Image.objects.count() == 1


@pytest.mark.parametrize(
    "junk",
    [
        "{broken",
        '"http://testserver/x.jpg"',
        "{}",
        '[1, null, {"url": "x"}, ["x"]]',
        '["http://169.254.169.254/latest/meta-data/"]',
        '["file:///etc/passwd"]',
        "[" * 5000,
    ],
)
def test_addresses_that_are_not_photos_of_ours_are_left_out(
    owner: Actor, form: dict[str, Any], add: Callable[..., Any], junk: str
) -> None:
    refused = owner.multipart(ADD, {**form, "existing_images": junk})
    assert_refused_without_a_trace(refused)
    assert refused.json()["code"] == "no_photo"
    assert len(add(owner, existing_images=junk)["images"]) == 1


def test_photos_of_somebody_else_cannot_be_used(
    owner: Actor, stranger: Actor, form: dict[str, Any], add: Callable[..., Any]
) -> None:
    theirs = add(owner)["images"]
    response = stranger.multipart(ADD, {**form, "existing_images": json.dumps(theirs)})
    assert (response.status_code, response.json()["code"]) == (400, "no_photo")
    assert add(stranger, existing_images=json.dumps(theirs))["images"] != theirs


def test_server_side_values_cannot_be_sent(owner: Actor, add: Callable[..., Any]) -> None:
    sent = {"ai_classification": "Unicorn", "embedding_image_count": 99}
    pet = add(
        owner,
        additionalInfo=json.dumps(sent),
        features="[[1]]",
        feature_status="completed",
        animal_id="ANI0000",
        id="1",
        owner="999",
    )
    assert (pet["additionalInfo"], pet["features"], pet["feature_status"]) == ({"subNotes": []}, [], "pending")
    assert (pet["owner"], pet["animal_id"] == "ANI0000") == (owner.user.pk, False)


def test_what_a_test_account_registers_is_test_data(owner: Actor, add: Callable[..., Any]) -> None:
    assert not Pet.objects.get(pk=add(owner)["id"]).is_test
    owner.user.is_test = True
    owner.user.save()
    assert Pet.objects.get(pk=add(owner, name="Two")["id"]).is_test


def test_adding_is_throttled(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    from animal.core.throttles import RequestThrottle

    monkeypatch.setattr(RequestThrottle, "THROTTLE_RATES", {**RequestThrottle.THROTTLE_RATES, "pet_write": "2/min"})
    answers = [owner.multipart(ADD, {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert int(answers[-1]["Retry-After"]) > 0

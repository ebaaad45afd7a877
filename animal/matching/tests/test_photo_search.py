"""Searching by a photo, over HTTP, with the real model and real photos."""

from __future__ import annotations

import re
import threading
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL.Image import Exif, Transpose
from PIL.Image import open as open_picture

from animal.conftest import Actor
from animal.images.models import Image
from animal.images.services import image_store
from animal.images.tests.stored import names_stored, pictures_at
from animal.matching import search
from animal.pets.models import Pet, PetPhoto
from animal.recognition import labels, providers
from animal.recognition.services import GalleryPayload, gallery_put, photo_read
from animal.recognition.tests.remembered import networks_run_anew
from animal.reports.models import Report

pytestmark = pytest.mark.django_db

PHOTOS = Path(settings.BASE_DIR) / "animal" / "demo" / "photos"
SEARCH = "/api/auth/pets/search/"


def photo(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(Path(name).name, (PHOTOS / name).read_bytes(), content_type="image/jpeg")


def stored(name: str, actor: Actor, source: str) -> Image:
    return image_store(upload=photo(name), uploader=actor.user, source=source)


def in_gallery(kind: str, object_id: int, image: Image, actor: Actor, **payload: object) -> None:
    reading = photo_read(image)
    values = {"species": reading.species, "owner_id": actor.user.pk, "is_test": actor.user.is_test} | payload
    gallery_put(
        kind=kind,
        object_id=object_id,
        vectors=[reading.as_array()],
        version=reading.version,
        payload=GalleryPayload(**values),
    )


def registered(actor: Actor, name: str, *, is_public: bool = True, is_lost: bool = False) -> Pet:
    pet = Pet.objects.create(
        owner=actor.user, name=name.capitalize(), type="Cats", category="Domestic", breed="Tabby",
        species=labels.species_of("Cats"), is_public=is_public, is_lost=is_lost, is_test=actor.user.is_test,
    )  # fmt: skip
    image = stored(f"{name}/a.jpg", actor, Image.Source.PET)
    PetPhoto.objects.create(pet=pet, image=image, position=0)
    in_gallery("pet", pet.pk, image, actor, side="lost" if is_lost else "home", is_public=is_public)
    return pet


def reported(actor: Actor, name: str, *, pet: Pet | None = None, with_photo: bool = True, **values: object) -> Report:
    image = stored(f"{name}/b.jpg", actor, Image.Source.REPORT) if with_photo else None
    point = {"latitude": 48.1, "longitude": 11.5, "public_latitude": 48.102, "public_longitude": 11.503}
    cells = dict.fromkeys(["cell_r4", "cell_r5", "cell_r6", "cell_r7"], 0)
    report = Report.objects.create(
        **({"reporter": actor.user, "side": "found", "status": "found", "pet": pet, "pet_name": "N/A", "image": image,
            "pet_type": "Cats", "pet_breed": "Unknown", "species": "cat", "is_test": actor.user.is_test}
           | point | cells | values)
    )  # fmt: skip
    if image is not None:
        in_gallery("report", report.pk, image, actor, side=report.side, is_public=True)
    return report


def searched(actor: Actor, name: str = "chelsea/b.jpg") -> dict:
    response = actor.multipart(SEARCH, {"image": photo(name)})
    assert response.status_code == 200, response.content
    return response.json()


def names(actor: Actor, name: str = "chelsea/b.jpg") -> list[str]:
    return [result["pet"]["name"] for result in searched(actor, name)["results"]]


def test_another_photo_of_a_public_pet_finds_it_first_with_the_shape_that_the_web_client_reads(owner, finder) -> None:
    pet = registered(owner, "chelsea")
    registered(owner, "rusty")
    body = searched(finder)
    first = body["results"][0]
    assert first["pet"].keys() == {"id", "name", "type", "breed", "images"}
    assert (first["pet"]["id"], first["pet"]["name"], first["pet_location"]) == (pet.pk, "Chelsea", None)
    assert first["pet"]["images"][0].startswith(pictures_at())
    assert 0.6 < first["similarity"] <= 1
    assert first["similarity"] == round(first["similarity"], 4)
    assert body["success"] is True
    assert body["search_info"] == {
        "total_items_searched": 2,
        "matches_found": len(body["results"]),
        "similarity_threshold": 0.3,
        "search_feature_dimensions": 512,
        "pending_features_count": 2,
    }
    scores = [result["similarity"] for result in body["results"]]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0.3


def test_each_result_says_how_likely_it_is_and_why_in_words(owner, finder) -> None:
    pet = registered(owner, "chelsea", is_lost=True)
    suggested = photo_read(stored("chelsea/b.jpg", owner, Image.Source.PET)).breeds[0]["label"]
    Pet.objects.filter(pk=pet.pk).update(breed=suggested)
    reported(owner, "chelsea", pet=pet, with_photo=False, side="lost", status="lost", last_seen_date=date(2026, 6, 4))
    first = searched(finder)["results"][0]
    assert first["probability"] == first["similarity"]
    assert first["likelihood"] == ("very likely" if first["probability"] >= 0.95 else "likely")
    assert first["pet_location"]["last_seen_date"] == "2026-06-04"
    photos, *others = first["reasons"]
    assert re.fullmatch(r"The photos look alike \((very )?likely, (0\.[89]\d|1\.00)\)", photos)
    assert others == [
        f"Looks like its breed: {suggested}",
        "Both are cats",
        "Reported lost, last seen on 4 June 2026, near the place on the map",
    ]


def test_what_speaks_against_a_result_is_said_and_counts(owner, finder) -> None:
    pet = registered(owner, "chelsea")
    as_a_cat = searched(finder)["results"][0]
    assert as_a_cat["reasons"][-1] == "Nobody has reported it lost"
    Pet.objects.filter(pk=pet.pk).update(species="parrot")
    results = searched(finder, "chelsea/a.jpg")["results"]
    assert "The animal in your photo looks like another species, this is a parrot" in results[0]["reasons"]
    assert results[0]["probability"] < as_a_cat["probability"]


def test_the_reasons_are_those_of_the_score_when_a_pets_report_says_something_else(owner, finder) -> None:
    """Nobody has said what the pet is: the score goes by what its photo shows, and so does the sentence."""
    pet = registered(owner, "chelsea", is_lost=True)
    Pet.objects.filter(pk=pet.pk).update(species="", suggested_species="cat", breed="")
    reported(owner, "chelsea", pet=pet, with_photo=False, side="lost", status="lost", species="dog", pet_breed="Tabby")
    reasons = searched(finder)["results"][0]["reasons"]
    assert "Both are cats" in reasons
    assert not any("dog" in reason for reason in reasons)


def test_the_reasons_of_a_report_are_those_of_the_score_when_its_pet_says_something_else(owner, finder) -> None:
    """The pet has no photo that a search could find, so its report is the result; what was weighed is the pet's."""
    suggested = photo_read(stored("chelsea/b.jpg", owner, Image.Source.PET)).breeds[0]["label"]
    pet = Pet.objects.create(
        owner=owner.user, name="Chelsea", type="Cats", category="Domestic", breed=suggested, species="cat",
        is_lost=True, is_test=owner.user.is_test,
    )  # fmt: skip
    reported(owner, "chelsea", pet=pet, side="lost", status="lost", species="dog", pet_breed="Sphynx")
    result = searched(finder)["results"][0]
    assert result["pet"]["breed"] == suggested
    assert f"Looks like its breed: {suggested}" in result["reasons"]
    assert "Both are cats" in result["reasons"]
    assert not any("Sphynx" in reason or "dog" in reason for reason in result["reasons"])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_read_however_the_phone_was_held(owner, finder, orientation: int) -> None:
    """The eight values of EXIF's orientation, and the turn that each of them undoes."""
    registered(owner, "chelsea")
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(orientation)  # Of PIL's Transpose: FLIP_LEFT_RIGHT is 0.
    exif = Exif()
    exif[0x0112] = orientation
    content = BytesIO()
    with open_picture(PHOTOS / "chelsea/b.jpg") as upright:
        stored_as = upright if turn is None else upright.transpose(Transpose(turn))
        stored_as.save(content, "JPEG", quality=95, exif=exif)
    upload = SimpleUploadedFile("phone.jpg", content.getvalue(), content_type="image/jpeg")
    results = finder.multipart(SEARCH, {"image": upload}).json()["results"]
    assert [result["pet"]["name"] for result in results] == ["Chelsea"]
    assert results[0]["probability"] == pytest.approx(upright_probability(finder), abs=0.03)


def upright_probability(actor: Actor) -> float:
    return float(searched(actor)["results"][0]["probability"])


def test_a_search_needs_an_account(anonymous) -> None:
    assert anonymous.multipart(SEARCH, {"image": photo("chelsea/b.jpg")}).status_code == 401


def test_a_private_pet_is_shown_to_its_owner_and_not_to_a_stranger(owner, stranger) -> None:
    registered(owner, "chelsea", is_public=False)
    assert names(owner) == ["Chelsea"]
    assert names(stranger) == []


def test_a_private_pet_that_is_lost_is_shown_to_everybody(owner, stranger) -> None:
    registered(owner, "chelsea", is_public=False, is_lost=True)
    assert names(stranger) == ["Chelsea"]


def test_a_pet_that_turned_private_is_hidden_even_while_the_index_does_not_know(owner, stranger) -> None:
    pet = registered(owner, "chelsea")
    Pet.objects.filter(pk=pet.pk).update(is_public=False)
    assert names(stranger) == []


def test_private_pets_of_others_take_no_place_among_the_candidates(owner, stranger) -> None:
    registered(owner, "chelsea")
    probe = stored("chelsea/b.jpg", owner, Image.Source.PET)
    for object_id in range(1000, 1000 + search.CANDIDATES_PER_KIND):
        in_gallery("pet", object_id, probe, owner, side="home", is_public=False)
    assert names(stranger) == ["Chelsea"]


def test_a_lost_pet_comes_with_its_newest_open_report_at_a_moved_point(owner, stranger) -> None:
    pet = registered(owner, "chelsea", is_lost=True)
    reported(owner, "chelsea", pet=pet, with_photo=False, side="lost", status="lost")
    newest = reported(owner, "chelsea", pet=pet, with_photo=False, side="lost", status="lost")
    reported(owner, "chelsea", pet=pet, with_photo=False, side="lost", status="resolved")
    place = searched(stranger)["results"][0]["pet_location"]
    assert place.keys() == {"id", "status", "latitude", "longitude", "image_url", "last_seen_date", "reported_at"}
    assert (place["id"], place["status"]) == (newest.pk, "lost")
    assert (place["latitude"], place["longitude"]) == (48.102, 11.503)
    assert place["image_url"].startswith(pictures_at()), "the report shows its pet's photo"
    place = searched(owner)["results"][0]["pet_location"]
    assert (place["latitude"], place["longitude"]) == (48.1, 11.5)


def test_a_report_is_a_result_of_its_own_with_the_reports_id(owner, finder) -> None:
    report = reported(finder, "chelsea")
    result = searched(owner, "chelsea/a.jpg")["results"][0]
    assert result["pet"] == {"id": report.pk, "name": "A cat", "type": "Cats", "breed": "Unknown", "images": []}
    assert result["pet_location"]["id"] == report.pk
    assert result["pet_location"]["image_url"].startswith(pictures_at())


def test_a_report_of_a_listed_pet_is_not_listed_again_and_lends_it_its_score(owner, stranger) -> None:
    pet = registered(owner, "rusty", is_lost=True)
    assert all(result["similarity"] < 0.5 for result in searched(stranger)["results"]), "its own photo is another cat's"
    report = reported(owner, "chelsea", pet=pet, side="lost", status="lost")
    results = searched(stranger)["results"]
    assert [(result["pet"]["id"], result["pet_location"]["id"]) for result in results] == [(pet.pk, report.pk)]
    assert results[0]["similarity"] > 0.8


def test_a_resolved_report_is_no_result_even_while_the_index_does_not_know(owner, finder) -> None:
    report = reported(finder, "chelsea")
    assert names(owner) == ["A cat"]
    Report.objects.filter(pk=report.pk).update(status="resolved")
    assert names(owner) == []


def test_a_deleted_pet_is_no_result(owner, stranger) -> None:
    pet = registered(owner, "chelsea")
    Pet.objects.filter(pk=pet.pk).update(deleted_at=pet.registered_at)
    assert names(stranger) == []
    assert names(owner) == []


def test_test_data_is_shown_to_test_accounts_only(owner, stranger) -> None:
    stranger.user.is_test = True
    stranger.user.save()
    registered(owner, "chelsea")
    assert (names(owner), names(stranger)) == (["Chelsea"], [])
    registered(stranger, "rusty")
    assert (names(owner, "rusty/a.jpg"), names(stranger, "rusty/a.jpg")) == ([], ["Rusty"])


def test_a_photo_without_an_animal_is_answered_with_a_kind_sentence(owner) -> None:
    response = owner.multipart(SEARCH, {"image": photo("no_animal/rocket.jpg")})
    assert response.status_code == 400
    assert response.json()["code"] == "no_animal"
    assert response.json()["error"].startswith("We could not find an animal in this photo.")


def test_a_search_keeps_nothing_of_the_photo(owner) -> None:
    before = names_stored()
    searched(owner)
    assert names_stored() == before
    assert Image.objects.count() == 0


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"image": ""},
        {"image": "a sentence"},
        {"image": SimpleUploadedFile("photo.jpg", b"", "image/jpeg")},
        {"image": SimpleUploadedFile("photo.jpg", b"no picture at all", "image/jpeg")},
        {"image": SimpleUploadedFile("p.jpg", (PHOTOS / "chelsea/b.jpg").read_bytes()[:3000], "image/jpeg")},
    ],
    ids=["no field", "empty field", "text", "empty file", "not a picture", "truncated"],
)
def test_what_is_no_picture_is_refused(owner, data: dict) -> None:
    response = owner.multipart(SEARCH, data)
    assert response.status_code == 400
    assert response.json().keys() >= {"detail", "error", "message", "code"}


def test_a_json_body_is_refused_without_a_server_error(owner) -> None:
    assert owner.post(SEARCH, {"image": "x"}, format="json").status_code == 415


def test_without_the_model_the_search_says_so_and_works_again_after_its_mending(owner, settings, tmp_path) -> None:
    registered(owner, "chelsea")
    blocked = tmp_path / "models"
    blocked.write_text("a file where the folder should be")
    whole = settings.MODEL_DIR
    settings.MODEL_DIR = blocked
    response = owner.multipart(SEARCH, {"image": photo("chelsea/b.jpg")})
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    settings.MODEL_DIR = whole
    assert names(owner) == ["Chelsea"]


def test_without_the_index_the_search_says_so(owner, settings, monkeypatch) -> None:
    settings.QDRANT_CLUSTER_ENDPOINT = "http://127.0.0.1:9"  # Nobody listens on the discard port.
    monkeypatch.setattr("animal.recognition.index.fallback.MAX_VECTORS", -1)  # As with a gallery too large for memory.
    response = owner.multipart(SEARCH, {"image": photo("chelsea/b.jpg")})
    assert (response.status_code, response["Retry-After"]) == (503, "60")


def test_more_searches_than_slots_are_asked_to_come_back(owner, monkeypatch) -> None:
    monkeypatch.setattr(search, "WAIT_SECONDS", 0.05)
    for _ in range(search.READINGS_AT_ONCE):
        search._reading_slots.acquire()
    try:
        response = owner.multipart(SEARCH, {"image": photo("chelsea/b.jpg")})
        assert (response.status_code, response["Retry-After"]) == (503, "5")
    finally:
        for _ in range(search.READINGS_AT_ONCE):
            search._reading_slots.release()
    assert searched(owner)["success"]


def test_a_refused_picture_gives_its_slot_back(owner) -> None:
    for _ in range(search.READINGS_AT_ONCE + 1):
        owner.multipart(SEARCH, {"image": SimpleUploadedFile("photo.jpg", b"no picture", "image/jpeg")})
    assert searched(owner)["success"]


def test_other_threads_go_on_while_a_photo_is_read() -> None:
    """The networks release Python's lock, so a reading does not stop the process from answering."""
    embedder = providers.get_embedder()
    picture = search.decode_upload(photo("chelsea/b.jpg"))
    embedder.read([picture])
    done = threading.Event()
    ticks = 0

    def read() -> None:
        embedder.read([picture] * 6)
        done.set()

    with networks_run_anew():
        threading.Thread(target=read).start()
        while not done.wait(0.005):
            ticks += 1
    assert ticks > 20


def test_the_number_of_queries_does_not_grow_with_the_results(owner, finder, django_assert_max_num_queries) -> None:
    for _ in range(5):
        pet = registered(owner, "chelsea", is_lost=True)
        reported(owner, "chelsea", pet=pet, side="lost", status="lost")
        reported(finder, "chelsea")
    with django_assert_max_num_queries(20):
        assert len(searched(finder)["results"]) == 10

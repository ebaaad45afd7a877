"""What anybody sees of pets, and the tag."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image as Pillow

from animal.conftest import Actor
from animal.pets.models import Pet
from animal.pets.tags import tag_grouped, tag_normalised, tag_qr_png
from animal.pets.tests.printed import codes_in, photographed

pytestmark = pytest.mark.django_db
DASHBOARD, PROFILE = "/api/auth/dashboard/pets/", "/api/auth/profile/"


def test_the_dashboard_shows_public_pets_newest_first_and_nothing_of_their_owners(
    owner: Actor, anonymous: Actor, add: Callable[..., Any]
) -> None:
    first, hidden, last = add(owner), add(owner, name="Hidden", isPublic="false"), add(owner, name="Last")
    shown = anonymous.get(DASHBOARD)
    assert [pet["id"] for pet in shown.json()] == [last["id"], first["id"]]
    for pet in shown.json():
        assert (pet["animal_id"], pet["owner"], pet["additionalInfo"]) == ("", None, {"subNotes": []})
        assert set(pet) == set(first) - {"photo_hints"}
    for secret in (first["animal_id"], "shy", "4 kg", owner.user.email, hidden["name"]):
        assert secret not in shown.content.decode()


@pytest.mark.parametrize("path", ["/api/auth/pets/count/", DASHBOARD])
def test_public_lists_do_not_mind_a_stale_bearer(anonymous: Actor, path: str) -> None:
    anonymous.client.credentials(HTTP_AUTHORIZATION="Bearer null")
    assert anonymous.get(path).status_code == 200


def test_pets_are_counted(owner: Actor, anonymous: Actor, add: Callable[..., Any]) -> None:
    assert anonymous.get("/api/auth/pets/count/").json() == {"pet_count": 0}
    add(owner)
    add(owner, name="Hidden", isPublic="false")
    assert anonymous.get("/api/auth/pets/count/").json() == {"pet_count": 2}


def test_the_profile_holds_oneself_and_only_ones_own_pets(
    owner: Actor, stranger: Actor, add: Callable[..., Any]
) -> None:
    mine = [add(owner), add(owner, name="Second", isPublic="false")]
    add(stranger)
    assert owner.get(PROFILE).json() == {
        "user": {"id": owner.user.pk, "username": "Owner", "email": "owner@example.org"},
        "pets": mine[::-1],
    }


def test_lists_are_bounded(owner: Actor, anonymous: Actor, monkeypatch: pytest.MonkeyPatch, add: Any) -> None:
    from animal.pets import selectors

    monkeypatch.setattr(selectors, "NEWEST_LIMIT", 2)
    for number in range(3):
        newest = add(owner, name=f"Pet {number}")
    for pets in (anonymous.get(DASHBOARD).json(), owner.get(PROFILE).json()["pets"]):
        assert [pet["name"] for pet in pets] == [newest["name"], "Pet 1"]


def test_who_holds_a_tag_sees_the_card_of_a_private_pet_and_nothing_else(
    owner: Actor, anonymous: Actor, add: Callable[..., Any]
) -> None:
    pet = add(owner, isPublic="false")
    anonymous.client.credentials(HTTP_AUTHORIZATION="Bearer null")
    answer = anonymous.get(f"/api/auth/found/{pet['animal_id']}/")
    assert answer.status_code == 200
    assert answer.json() == {
        "animal_id": pet["animal_id"],
        "name": "Milo",
        "type": "Cats",
        "breed": "Tabby",
        "category": "Domestic",
        "images": pet["images"],
        "has_owner": True,
    }


def test_notes_are_shown_to_who_holds_the_tag_only_when_the_owner_chose_so_and_nowhere_else(
    owner: Actor, anonymous: Actor, add: Callable[..., Any], client: Any
) -> None:
    said = {"medical_note": "Insulin at 8, vet 0171 1234567", "temperament_note": "Shy of men"}
    pet = add(owner, **said)
    card, page = f"/api/auth/found/{pet['animal_id']}/", f"/found/{pet['animal_id']}"
    detail = f"/api/v1/pets/{pet['id']}/"
    assert {name: owner.get(detail).json()[name] for name in (*said, "show_notes")} == {**said, "show_notes": False}
    assert not {*said} & {*anonymous.get(card).json()}
    assert "Insulin" not in client.get(page).content.decode()

    edit = f"/api/auth/pets/{pet['id']}/edit/"
    assert owner.put(edit, {"show_notes": True}).status_code == 200
    assert owner.put(edit, {"name": "Milo"}, format="multipart").status_code == 200, "the older client says nothing"
    assert anonymous.get(card).json()["temperament_note"] == "Shy of men"
    shown = client.get(page).content.decode()
    assert "Insulin at 8, vet …" in shown
    assert "Shy of men" in shown
    assert "1234567" not in shown + anonymous.get(card).content.decode()
    for elsewhere in (DASHBOARD, PROFILE):
        assert "Shy of men" not in owner.get(elsewhere).content.decode()
    assert owner.put(edit, {"show_notes": False}).status_code == 200
    assert "Shy of men" not in client.get(page).content.decode()
    assert owner.put(edit, {"medical_note": "x" * 301}).json()["errors"].keys() == {"medical_note"}


def test_a_tag_is_read_in_any_case_with_hyphens_and_with_lookalikes(
    owner: Actor, anonymous: Actor, add: Callable[..., Any]
) -> None:
    Pet.objects.filter(pk=add(owner)["id"]).update(animal_id="ANI0123456789ABCDEF")
    for spelling in (
        "ANI-0123-4567-89AB-CDEF",
        "ani0123456789abcdef",
        "ani-oi23-4567-89ab-cdef",
        "ANI 0l23 4567 89ab cdef",
    ):
        assert anonymous.get(f"/api/auth/found/{spelling}/").json()["name"] == "Milo", spelling
    assert tag_normalised(tag_grouped("ANI0123456789ABCDEF")) == "ANI0123456789ABCDEF"


@pytest.mark.parametrize("tag", ["ANI0000000000000000", "ANI", "x", "%00", "ANI" + "9" * 5000, "ÄNI-ß"])
def test_an_unknown_tag_is_a_404(anonymous: Actor, tag: str) -> None:
    answer = anonymous.get(f"/api/auth/found/{tag}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_tags_are_drawn_from_80_random_bits_of_an_alphabet_without_lookalikes(
    owner: Actor, add: Callable[..., Any]
) -> None:
    tags = {add(owner, name=f"Pet {number}")["animal_id"] for number in range(5)}
    assert len(tags) == 5
    assert all(set(tag[3:]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") and len(tag) == 19 for tag in tags)


def test_the_qr_code_is_a_png_to_download_that_leads_to_the_tags_page(
    owner: Actor, add: Callable[..., Any], settings: Any
) -> None:
    settings.SITE_URL = "https://pets.example.org"
    pet = add(owner)
    answer = owner.get(f"/api/auth/pets/{pet['id']}/qr/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Content-Disposition"] == f'attachment; filename="pawgle-{pet["animal_id"]}.png"'
    assert answer["Cache-Control"] == "private, max-age=3600"
    drawn = Pillow.open(io.BytesIO(answer.content))
    # Error correction H, 10 px a module, 4 modules of border: 49 characters make a version 5 or 6 code of 41 modules.
    assert (drawn.format, drawn.mode, drawn.size) == ("PNG", "1", (490, 490))
    assert codes_in(photographed(drawn.convert("L"), angle=11)) == [
        f"https://pets.example.org/found/{pet['animal_id']}"
    ]
    assert answer.content == tag_qr_png(pet["animal_id"])
    detail = owner.get(f"/api/v1/pets/{pet['id']}/").json()
    assert detail["tag_url"] == f"https://pets.example.org/found/{pet['animal_id']}"


def test_a_new_tag_ends_the_old_one(owner: Actor, anonymous: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    new = owner.post(f"/api/v1/pets/{pet['id']}/rotate-tag/").json()["animal_id"]
    assert new != pet["animal_id"]
    assert anonymous.get(f"/api/auth/found/{pet['animal_id']}/").status_code == 404
    assert anonymous.get(f"/api/auth/found/{new}/").json()["name"] == "Milo"


def test_the_owner_sees_what_recognition_suggests(owner: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    Pet.objects.update(suggested_species="cat", suggested_breeds=[{"label": "Tabby", "score": 0.7}])
    detail = owner.get(f"/api/v1/pets/{pet['id']}/").json()
    assert (detail["suggested_species"], detail["suggested_breeds"]) == ("cat", [{"label": "Tabby", "score": 0.7}])
    assert {key: detail[key] for key in pet} == pet
    assert detail["photos"][0]["urls"]["rendition"] == pet["images"][0]
    image = owner.get(f"/api/v1/images/{detail['photos'][0]['id']}/")
    assert image.status_code == 200

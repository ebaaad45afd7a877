"""The demo's data: real photos, two of the animals lost and found, and nothing of it real data."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from animal.conftest import Actor
from animal.demo.animals import BUNDLED, bundled_animals
from animal.images.models import Image
from animal.matching.models import PetMatch
from animal.pets.models import Pet
from animal.reports.models import Report

pytestmark = pytest.mark.django_db


def test_every_bundled_photo_has_its_provenance() -> None:
    provenance = (BUNDLED / "PROVENANCE.md").read_text(encoding="utf-8")
    animals = bundled_animals()
    assert len(animals) >= 12
    for animal in animals:
        assert len(animal.photos) == 2
        assert f"`{animal.first_photo.parent.name}/a.jpg`" in provenance
    assert sum(path.stat().st_size for path in BUNDLED.rglob("*.jpg")) < 3_000_000


def test_seeding_pairs_the_lost_with_the_found_and_asks_owners_of_animals_nobody_reported() -> None:
    call_command("seed_test_data", "--work", stdout=StringIO())
    assert not Report.objects.filter(is_test=False).exists()
    assert not Pet.objects.filter(is_test=False).exists()
    matches = PetMatch.objects.select_related("lost_pet", "owner", "finder")
    assert [m.lost_pet.name for m in matches.filter(is_question=False).order_by("pk")] == [
        "Chelsea (TEST)",
        "Rex (TEST)",
    ]
    assert {m.lost_pet.name for m in matches.filter(is_question=True)} == {"Bruno (TEST)"}
    assert {m.owner.email for m in matches} == {"test-owner@pawgle.test"}


def test_seeding_again_replaces_the_test_data_and_its_files(settings: object) -> None:
    call_command("seed_test_data", stdout=StringIO())
    first = set(Pet.objects.values_list("pk", flat=True))
    images = Image.objects.count()
    call_command("seed_test_data", stdout=StringIO())
    assert len(first) == Pet.objects.count()
    assert not first & set(Pet.objects.values_list("pk", flat=True))
    assert Image.objects.count() == images


def test_seeding_if_missing_leaves_a_newcomers_own_reports_alone() -> None:
    call_command("seed_test_data", stdout=StringIO())
    before = set(Report.objects.values_list("pk", flat=True))
    call_command("seed_test_data", "--if-missing", stdout=StringIO())
    assert set(Report.objects.values_list("pk", flat=True)) == before


def test_wiping_deletes_test_data_and_accounts_and_nothing_real(owner: Actor) -> None:
    call_command("seed_test_data", stdout=StringIO())
    call_command("seed_test_data", "--wipe", stdout=StringIO())
    assert (Pet.objects.count(), Report.objects.count(), Image.objects.count()) == (0, 0, 0)
    assert list(User.objects.values_list("email", flat=True)) == ["owner@example.org"]


def test_ones_own_pictures_can_be_seeded(tmp_path: Path) -> None:
    for animal in bundled_animals()[:2]:
        folder = tmp_path / "cats" / animal.name
        folder.mkdir(parents=True)
        for photo in animal.photos:
            (folder / photo.name).write_bytes(photo.read_bytes())
    call_command("seed_test_data", "--photos", str(tmp_path), stdout=StringIO())
    assert set(Pet.objects.values_list("name", "type")) == {("Chelsea (TEST)", "Cats"), ("Rusty (TEST)", "Cats")}


def test_a_folder_without_pictures_is_refused_with_a_sentence_and_nothing_is_deleted(tmp_path: Path) -> None:
    call_command("seed_test_data", stdout=StringIO())
    pets = Pet.objects.count()
    with pytest.raises(CommandError, match="no folder with two photos"):
        call_command("seed_test_data", "--photos", str(tmp_path), stdout=StringIO())
    assert Pet.objects.count() == pets


@pytest.mark.parametrize("latitude", ["91", "nan"])
def test_a_place_that_is_not_on_earth_is_refused(latitude: str) -> None:
    with pytest.raises(CommandError, match="--lat"):
        call_command("seed_test_data", f"--lat={latitude}", stdout=StringIO())


def test_links_sign_the_three_people_in() -> None:
    said = StringIO()
    call_command("demo_links", stdout=said)
    lines = said.getvalue().split("\n")
    assert [line.split()[0] for line in lines if line] == ["owner", "finder", "moderator"]
    assert all("/auth/magic?token=" in line for line in lines if line)
    moderator = User.objects.get(email="test-moderator@pawgle.test")
    assert moderator.is_staff
    assert not moderator.is_superuser
    assert not moderator.has_usable_password()

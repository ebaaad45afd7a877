"""Pets and reports never share a number: the web client lists both of a photo search by id."""

from __future__ import annotations

import pytest

from animal.conftest import Actor
from animal.pets.models import Pet


@pytest.mark.django_db
def test_pet_ids_start_above_any_report_of_a_young_installation(owner: Actor) -> None:
    pet = Pet.objects.create(owner=owner.user, name="Milo", type="Dogs", category="Domestic", breed="Mix")
    assert pet.pk >= 100_000

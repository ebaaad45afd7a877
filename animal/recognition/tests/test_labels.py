"""What people declare and what networks see comes to the same species."""

from __future__ import annotations

import pytest

from animal.recognition.labels import CLASS_SPECIES, breed_of_class, species_compatible, species_of


@pytest.mark.parametrize(
    ("declared", "species"),
    [
        ("Dogs", "dog"),
        ("dog", "dog"),
        (" CATS ", "cat"),
        ("Rabbits", "rabbit"),
        ("Hamsters", "hamster"),
        ("Hens", "bird"),
        ("Ducks", "bird"),
        ("Sheep", "sheep"),
        ("Goats", "goat"),
        ("Horses", "horse"),
        ("Cow", "cow"),
        ("Bear", "bear"),
        ("Lion", "lion"),
        ("Tiger", "tiger"),
        ("Löwe", "lion"),
        ("perro", "dog"),
        ("Chatte", "cat"),
        ("कुत्ता", "dog"),
        ("बिल्ली", "cat"),
        ("my old dog.", "dog"),
        ("guinea pigs", "guinea pig"),
        ("a guinea pig", "guinea pig"),
        ("cat/dog", ""),
        ("Others", ""),
        ("", ""),
    ],
)
def test_declared_types_are_understood(declared: str, species: str) -> None:
    assert species_of(declared) == species


def test_different_species_are_not_one_animal_but_an_unknown_one_may_be() -> None:
    assert species_compatible("cat", "cat")
    assert species_compatible("", "cat")
    assert not species_compatible("cat", "dog")
    assert not species_compatible("cat", "dog", detected=True)


def test_species_that_networks_confuse_are_forgiven_only_when_a_network_said_so() -> None:
    assert species_compatible("goat", "sheep", detected=True)
    assert not species_compatible("goat", "sheep")


@pytest.mark.parametrize(
    ("number", "species", "breed"),
    [
        (151, "dog", "Chihuahua"),
        (207, "dog", "Golden Retriever"),
        (235, "dog", "German Shepherd"),
        (258, "dog", "Samoyed"),
        (268, "dog", "Xoloitzcuintli"),
        (273, "dog", ""),
        (284, "cat", "Siamese"),
        (291, "lion", ""),
        (331, "rabbit", "Hare"),
        (333, "hamster", ""),
        (97, "bird", "Duck"),
        (967, None, ""),
    ],
)
def test_imagenet_classes_mean_species_and_breeds(number: int, species: str | None, breed: str) -> None:
    assert (CLASS_SPECIES.get(number), breed_of_class(number)) == (species, breed)

"""The animals that the demo is seeded with: a folder per animal, two photos each.

The bundled ones are described in `photos/animals.json` and `photos/PROVENANCE.md`. One's own folder-per-animal
pictures work too: `<species>/<name>/*.jpg` or `<name>/*.jpg`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

BUNDLED = Path(__file__).resolve().parent / "photos"
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}
_KNOWN_FOLDERS = {"cats": ("Cats", "Domestic"), "dogs": ("Dogs", "Domestic"), "horses": ("Horses", "Livestock")}


class NoAnimals(Exception):
    """The folder holds no usable pictures. The message says what was expected."""


@dataclass(frozen=True)
class Animal:
    name: str
    type: str
    category: str
    breed: str
    photos: tuple[Path, ...]

    @property
    def display_name(self) -> str:
        """As in the older service, names of seeded animals say that they are test data."""
        return f"{self.name} (TEST)"

    @property
    def first_photo(self) -> Path:
        return self.photos[0]

    @property
    def second_photo(self) -> Path:
        return self.photos[-1]


def bundled_animals() -> list[Animal]:
    described = json.loads((BUNDLED / "animals.json").read_text(encoding="utf-8"))
    return [
        Animal(
            name=entry["name"],
            type=entry["type"],
            category=entry["category"],
            breed=entry["breed"],
            photos=tuple(sorted((BUNDLED / entry["slug"]).glob("*.jpg"))),
        )
        for entry in described
    ]


def no_animal_photo() -> Path:
    return min((BUNDLED / "no_animal").glob("*.jpg"))


def animals_in(folder: Path, *, limit: int = 50) -> list[Animal]:
    """Animals of one's own pictures: every folder with at least two photos is one animal.

    A parent folder called cats, dogs or horses gives the type; otherwise it is left to recognition ("Other").
    """
    found = []
    for directory in sorted(path for path in [folder, *folder.rglob("*")] if path.is_dir()):
        photos = sorted(p for p in directory.iterdir() if p.suffix.lower() in PHOTO_SUFFIXES)
        if len(photos) < 2:
            continue
        kind, category = _KNOWN_FOLDERS.get(directory.parent.name.lower(), ("Other", "Domestic"))
        found.append(Animal(directory.name.capitalize(), kind, category, "Unknown", (photos[0], photos[-1])))
    if not found:
        raise NoAnimals(f"{folder} holds no folder with two photos of one animal (.jpg, .png, .webp or .heic).")
    return found[:limit]

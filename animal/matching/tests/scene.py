"""Animals with chosen vectors in the real gallery, at chosen places.

Vectors of two different seeds are unrelated; `alike` makes one whose photos alone reach a chosen probability, for cats.
At NEUTRAL kilometres what photos say is what is said of the pair.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.conftest import Actor
from animal.core.geo import destination
from animal.pets.models import Pet
from animal.recognition.calibration import bundled_calibration
from animal.recognition.index import current_version
from animal.recognition.services import GalleryPayload, gallery_put
from animal.reports.models import Report

Vector = NDArray[np.float32]
HOME = (48.137, 11.575)
# Of an animal lost and found on one day, whose distance takes back what the day adds.
NEUTRAL = 14.81


def face(seed: int) -> Vector:
    vector = np.random.default_rng(seed).normal(size=512).astype(np.float32)
    return vector / np.linalg.norm(vector)


def alike(vector: Vector, similarity: float, seed: int = 99) -> Vector:
    """A vector whose cosine with `vector` is the one at which photos alone say this probability."""
    other = face(seed)
    other -= (other @ vector) * vector
    other /= np.linalg.norm(other)
    cosine = bundled_calibration().cosine_for(similarity, "cat") + 1e-6
    return (cosine * vector + np.sqrt(1 - cosine**2) * other).astype(np.float32)


def place(km: float, bearing: float = 90.0) -> tuple[float, float]:
    """The point this far from HOME."""
    return destination(*HOME, bearing, km * 1000)


def report(
    actor: Actor,
    side: str,
    vector: Vector | None,
    *,
    at: tuple[float, float] = HOME,
    public_at: tuple[float, float] | None = None,
    species: str = "cat",
    **fields: Any,
) -> Report:
    public = public_at or destination(*at, 10, 300)
    made = Report.objects.create(
        reporter=actor.user,
        side=side,
        status=side,
        species=species,
        is_test=actor.user.is_test,
        latitude=at[0],
        longitude=at[1],
        public_latitude=public[0],
        public_longitude=public[1],
        **{"cell_r4": 0, "cell_r5": 0, "cell_r6": 0, "cell_r7": 0} | fields,
    )
    if vector is not None:
        _put("report", made.pk, vector, side=side, species=species, actor=actor, is_public=True, at=public)
    return made


def lost(actor: Actor, vector: Vector | None, **fields: Any) -> Report:
    return report(actor, "lost", vector, **{"pet_name": "Milo"} | fields)


def found(actor: Actor, vector: Vector | None, **fields: Any) -> Report:
    return report(actor, "found", vector, **{"pet_name": "N/A"} | fields)


def pet(
    actor: Actor, vector: Vector, *, lost_at: tuple[float, float] | None = None, species: str = "cat", **fields: Any
) -> Pet:
    """A registered pet at home; with `lost_at` one that an open lost report names (file that as well)."""
    values = {"name": "Milo", "type": "Cats", "category": "Domestic", "breed": "Siamese"} | fields
    made = Pet.objects.create(
        owner=actor.user, species=species, is_test=actor.user.is_test, is_lost=lost_at is not None, **values
    )
    side = "lost" if lost_at else "home"
    _put("pet", made.pk, vector, side=side, species=species, actor=actor, is_public=made.is_public, at=lost_at)
    return made


def _put(
    kind: str,
    object_id: int,
    vector: Vector,
    *,
    side: str,
    species: str,
    actor: Actor,
    is_public: bool,
    at: tuple[float, float] | None,
) -> None:
    gallery_put(
        kind=kind,
        object_id=object_id,
        vectors=[vector],
        version=current_version(),
        payload=GalleryPayload(
            side=side,
            species=species,
            owner_id=actor.user.pk,
            is_public=is_public,
            is_test=actor.user.is_test,
            latitude=at[0] if at else None,
            longitude=at[1] if at else None,
        ),
    )

"""A made-up gallery, and the plainest possible search of it to hold the engines against."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from animal.core.geo import haversine_m
from animal.recognition.index import Hit, SearchQuery
from animal.recognition.labels import species_compatible
from animal.recognition.models import GalleryEntry
from animal.recognition.services import GalleryPayload, gallery_put

VERSION = "v1"


def unit(rng: np.random.Generator, rows: int = 1) -> NDArray[np.float32]:
    vectors = rng.normal(size=(rows, 512)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def payload(**changes: object) -> GalleryPayload:
    values: dict = {"side": "lost", "species": "cat", "owner_id": 1, "is_public": True, "is_test": False}
    return GalleryPayload(**(values | changes))


def put(kind: str, object_id: int, vectors: NDArray[np.float32], version: str = VERSION, **changes: object) -> None:
    gallery_put(kind=kind, object_id=object_id, vectors=list(vectors), version=version, payload=payload(**changes))


def live_entry(object_id: int) -> None:
    """A row that stands for something at home, whose vector nobody looks at."""
    GalleryEntry.objects.create(
        kind="pet",
        object_id=object_id,
        slot=0,
        vector=b"\0" * 2048,
        version="v",
        side="home",
        owner_id=1,
        is_public=True,
        is_test=False,
        change=object_id,
    )


@dataclass
class Model:
    """The gallery as a dict."""

    objects: dict[tuple[str, int], tuple[NDArray[np.float32], GalleryPayload]] = field(default_factory=dict)

    def search(self, query: SearchQuery) -> list[Hit]:
        hits = [
            Hit(kind, object_id, float((vectors @ query.probes.T).max()))
            for (kind, object_id), (vectors, payload) in self.objects.items()
            if kind in query.kinds and passes(query, payload)
        ]
        return sorted(hits, key=lambda hit: -hit.cosine)[: query.limit]


def passes(query: SearchQuery, entry: GalleryPayload) -> bool:
    if query.sides is not None and entry.side not in query.sides:
        return False
    detected = query.species_detected or entry.species_detected
    if query.species and not species_compatible(query.species, entry.species, detected=detected):
        return False
    if query.is_test is not None and entry.is_test != query.is_test:
        return False
    if query.exclude_owner is not None and entry.owner_id == query.exclude_owner:
        return False
    hidden = entry.side == "home" and not entry.is_public
    if query.visible_to is not None and hidden and entry.owner_id != query.visible_to:
        return False
    if query.near is None:
        return True
    if entry.latitude is None or entry.longitude is None:
        return query.allow_placeless
    latitude, longitude, radius_km = query.near
    return haversine_m(latitude, longitude, entry.latitude, entry.longitude) <= radius_km * 1000


def agree(found: list[Hit], expected: list[Hit]) -> bool:
    """Same objects in the same order, same cosines up to rounding."""
    same_objects = [(hit.kind, hit.object_id) for hit in found] == [(hit.kind, hit.object_id) for hit in expected]
    return same_objects and np.allclose([hit.cosine for hit in found], [hit.cosine for hit in expected], atol=1e-5)

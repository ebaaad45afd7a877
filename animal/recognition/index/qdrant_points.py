"""Gallery entries as Qdrant's points: identity, payload and filter. No name, address, exact place or tag goes there."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from animal.core.cells import RADIUS_BANDS, cell_of, disk
from animal.recognition.index.query import SearchQuery, species_filter
from animal.recognition.models import GalleryEntry
from animal.recognition.vectors import from_bytes

if TYPE_CHECKING:
    from qdrant_client import models

# The coarsest cells that rows are filed under: a radius of up to 100 km is a few dozen of them.
CELL_RADIUS_KM, CELL_RESOLUTION = RADIUS_BANDS[-1]


def point_id(kind: str, object_id: int, slot: int) -> str:
    """The id that the older service gave an object's only point is that of slot 0."""
    name = f"pawgle:{kind}:{object_id}" + (f":{slot}" if slot else "")
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def entry_point_id(entry: GalleryEntry) -> str:
    return point_id(entry.kind, entry.object_id, entry.slot)


def point_of(entry: GalleryEntry) -> models.PointStruct:
    from qdrant_client import models

    return models.PointStruct(
        id=entry_point_id(entry), vector=from_bytes(entry.vector).tolist(), payload=payload_of(entry)
    )


def object_key(kind: str) -> str:
    """The payload key that holds a pet's or a report's id."""
    return "pet_id" if kind == GalleryEntry.Kind.PET else "location_id"


def payload_of(entry: GalleryEntry) -> dict[str, Any]:
    """The older service's keys, without the pet's `animal_id`: who has that reaches the pet's page. And our own."""
    payload: dict[str, Any] = {
        "kind": entry.kind,
        "pet_id": entry.pet_id,
        object_key(entry.kind): entry.object_id,
        "slot": entry.slot,
        "version": entry.version,
        "change": entry.change,
        "status": entry.side,
        "species": entry.species,
        "species_detected": entry.species_detected,
        "owner_id": entry.owner_id,
        "is_public": entry.is_public,
        "is_test": entry.is_test,
        **_words(entry),
    }
    if entry.latitude is not None and entry.longitude is not None:
        payload["cell"] = str(cell_of(entry.latitude, entry.longitude, CELL_RESOLUTION))
        # A centimetre: longer numbers come back from Qdrant, which reads decimals in haste, with another last digit.
        payload["location"] = {"lat": round(entry.latitude, 7), "lon": round(entry.longitude, 7)}
    return payload


def _words(entry: GalleryEntry) -> dict[str, str]:
    if entry.kind == GalleryEntry.Kind.PET:
        return {"type": entry.type, "breed": entry.breed, "category": entry.category}
    return {"pet_type": entry.type, "pet_breed": entry.breed, "pet_category": entry.category}


def filter_of(query: SearchQuery, kind: str, version: str, without: list[int]) -> models.Filter:
    """`query` in Qdrant's words, for entries of one kind and model version and without some objects."""
    from qdrant_client import models

    must: list[models.Condition] = [_is("version", version)]
    must_not: list[models.Condition] = []
    if query.sides is not None:
        must.append(_is_any("status", query.sides))
    if query.is_test is not None:
        must.append(_is("is_test", query.is_test))
    if query.exclude_owner is not None:
        must_not.append(_is("owner_id", query.exclude_owner))
    if without:
        must_not.append(_is_any(object_key(kind), without))
    if query.visible_to is not None:
        reported = _is_any("status", [GalleryEntry.Side.LOST, GalleryEntry.Side.FOUND])
        must.append(models.Filter(should=[_is("is_public", True), reported, _is("owner_id", query.visible_to)]))
    species = species_filter(query)
    if species is not None:
        read_off = models.Filter(must=[_is("species_detected", True), _is_any("species", species.detected)])
        must.append(models.Filter(should=[_is_any("species", species.declared), read_off]))
    if query.near is not None:
        must.append(_near(query))
    return models.Filter(must=must, must_not=must_not or None)


def _near(query: SearchQuery) -> models.Filter:
    from qdrant_client import models

    assert query.near is not None  # noqa: S101 (for the type checker)
    latitude, longitude, radius_km = query.near
    circle = models.GeoRadius(center=models.GeoPoint(lat=latitude, lon=longitude), radius=radius_km * 1000)
    inside: list[models.Condition] = [models.FieldCondition(key="location", geo_radius=circle)]
    if radius_km <= CELL_RADIUS_KM:
        cells = disk(latitude, longitude, radius_km, CELL_RESOLUTION)
        inside.insert(0, _is_any("cell", [str(cell) for cell in cells]))
    anywhere: list[models.Condition] = [models.Filter(must=inside)]
    if query.allow_placeless:
        anywhere.append(models.IsEmptyCondition(is_empty=models.PayloadField(key="location")))
    return models.Filter(should=anywhere)


def _is(key: str, value: Any) -> models.FieldCondition:
    from qdrant_client import models

    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def _is_any(key: str, values: Any) -> models.FieldCondition:
    from qdrant_client import models

    return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))

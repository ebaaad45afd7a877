"""H3 cells find everything within a radius, wherever on Earth."""

from __future__ import annotations

import math
import random

import pytest

from animal.core.cells import RADIUS_BANDS, RESOLUTIONS, band_for, cell_of, disk
from animal.core.geo import destination

PLACES = [(28.6, 77.2), (0.0, 0.0), (51.5, 179.999), (-16.5, -179.999), (69.6, 18.9), (-54.8, -68.3), (89.5, 10.0)]


def random_point() -> tuple[float, float]:
    return math.degrees(math.asin(random.uniform(-1, 1))), random.uniform(-180, 180)


@pytest.mark.parametrize(("radius_km", "resolution"), RADIUS_BANDS)
def test_a_disk_of_cells_misses_nothing_within_the_radius(radius_km: float, resolution: int) -> None:
    for lat, lon in [*PLACES, *(random_point() for _ in range(60))]:
        covered = set(disk(lat, lon, radius_km, resolution))
        for _ in range(20):
            other = destination(lat, lon, random.uniform(0, 360), radius_km * 1_000 * math.sqrt(random.random()))
            assert cell_of(*other, resolution) in covered


@pytest.mark.parametrize(("radius_km", "resolution"), RADIUS_BANDS)
def test_a_disk_stays_small_enough_for_a_query(radius_km: float, resolution: int) -> None:
    assert max(len(disk(*place, radius_km, resolution)) for place in PLACES) <= 200


@pytest.mark.parametrize(
    ("radius_km", "band"), [(0.1, (2.0, 7)), (2, (2.0, 7)), (2.01, (5.0, 6)), (20, (20.0, 5)), (100, (100.0, 4))]
)
def test_an_area_is_filed_under_the_smallest_band_that_holds_it(radius_km: float, band) -> None:
    assert band_for(radius_km) == band


def test_an_area_beyond_the_largest_band_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 100"):
        band_for(100.1)


def test_cells_fit_a_signed_64_bit_column_and_tell_resolutions_apart() -> None:
    for place in PLACES:
        cells = [cell_of(*place, resolution) for resolution in RESOLUTIONS]
        assert len(set(cells)) == len(RESOLUTIONS)
        assert all(0 < cell < 2**63 for cell in cells)

"""H3 cells as signed 64-bit integers, at the resolutions that our rows are indexed by.

Every resolution is computed from the point itself: for 6 to 7 % of points the parent of the fine cell is not the
coarse cell that contains the point (https://h3geo.org/docs/core-library/latLngToCellDesc).
"""

from __future__ import annotations

import h3.api.basic_int as h3

# An area is filed under the smallest band that holds its radius; grid_disk(cell, steps) around any point of the cell
# then covers the radius: steps * (about 1.5 edge lengths) exceeds radius + one cell.
RADIUS_BANDS: tuple[tuple[float, int], ...] = ((2.0, 7), (5.0, 6), (20.0, 5), (100.0, 4))
RESOLUTIONS: tuple[int, ...] = (4, 5, 6, 7)


def cell_of(lat: float, lon: float, resolution: int) -> int:
    return int(h3.latlng_to_cell(lat, lon, resolution))


def band_for(radius_km: float) -> tuple[float, int]:
    """The (radius in km, resolution) band that an area of this radius belongs to; ValueError above the largest."""
    for limit, resolution in RADIUS_BANDS:
        if radius_km <= limit:
            return limit, resolution
    raise ValueError(f"radius_km must be at most {RADIUS_BANDS[-1][0]:g}")


def disk(lat: float, lon: float, radius_km: float, resolution: int) -> list[int]:
    """Cells whose centre cell may hold a point within `radius_km`. The smallest H3 cells have about 0.8 of the mean
    edge; two neighbouring centres are sqrt(3) edges apart, and one extra ring absorbs both ends' offsets."""
    spacing_km = h3.average_hexagon_edge_length(resolution, unit="km") * 3**0.5 * 0.75
    return list(h3.grid_disk(cell_of(lat, lon, resolution), int(radius_km / spacing_km) + 2))

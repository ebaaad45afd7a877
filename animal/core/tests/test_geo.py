"""Distances, blurred points and boxes on the sphere."""

from __future__ import annotations

import math
import random

import pytest

from animal.core.geo import BLUR_MAX_M, BLUR_MIN_M, blurred_point, bounding_box, destination, haversine_m

DEGREE_M = 111_195.08  # One degree of a great circle on a sphere of 6,371,008.8 m.
POINTS = [
    (28.6139, 77.2090),
    (0.0, 0.0),
    (-33.9, 18.4),
    (78.2, 15.6),
    (51.5, 179.9999),
    (-16.5, -179.9999),
    (89.9, 0.0),
]


def random_point() -> tuple[float, float]:
    return math.degrees(math.asin(random.uniform(-1, 1))), random.uniform(-180, 180)


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((0, 0), (0, 1), DEGREE_M),
        ((0, 0), (1, 0), DEGREE_M),
        ((60, 0), (60, 1), 55_595.4),
        ((0, 179.5), (0, -179.5), DEGREE_M),
        ((90, 0), (-90, 0), 180 * DEGREE_M),
        ((48.8566, 2.3522), (51.5074, -0.1278), 343_557),  # Paris to London.
        ((28.6139, 77.2090), (28.6139, 77.2090), 0),
    ],
)
def test_distances_are_those_of_the_sphere(one, other, metres: float) -> None:
    assert haversine_m(*one, *other) == pytest.approx(metres, rel=1e-4, abs=0.01)
    assert haversine_m(*other, *one) == pytest.approx(haversine_m(*one, *other))


def test_opposite_points_of_the_globe_do_not_fail_by_rounding() -> None:
    for _ in range(2_000):
        lat, lon = random_point()
        assert haversine_m(lat, lon, -lat, lon + 180) == pytest.approx(180 * DEGREE_M, rel=1e-4)


@pytest.mark.parametrize("point", POINTS)
def test_going_a_distance_arrives_at_that_distance(point) -> None:
    for bearing in range(0, 360, 30):
        lat, lon = destination(*point, bearing, 5_000)
        assert haversine_m(*point, lat, lon) == pytest.approx(5_000, rel=1e-6)
        assert -90 <= lat <= 90
        assert -180 <= lon < 180


@pytest.mark.parametrize("point", POINTS)
def test_a_blurred_point_is_200_to_400_metres_away_in_any_direction(point) -> None:
    moved = [blurred_point(*point) for _ in range(500)]
    distances = [haversine_m(*point, *other) for other in moved]
    assert min(distances) >= BLUR_MIN_M - 0.01
    assert max(distances) <= BLUR_MAX_M + 0.01
    assert max(distances) - min(distances) > 150, "the distance is drawn too"
    assert {lat > point[0] for lat, _ in moved} == {True, False}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("radius_m", [100.0, 20_000.0, 100_000.0, 3_000_000.0])
def test_a_box_holds_the_whole_circle(point, radius_m: float) -> None:
    south, west, north, east = bounding_box(*point, radius_m)
    for bearing in range(0, 360, 5):
        lat, lon = destination(*point, bearing, radius_m * 0.999)
        assert south <= lat <= north
        assert (west <= lon <= east) if west <= east else (lon >= west or lon <= east), (point, lon, west, east)


def test_a_box_at_the_date_line_goes_across_it() -> None:
    _, west, _, east = bounding_box(-16.5, 179.99, 20_000)
    assert west > 179
    assert east < -179


def test_a_box_is_not_much_larger_than_needed() -> None:
    south, west, north, east = bounding_box(51.5, 0.0, 10_000)
    assert haversine_m(south, 0, north, 0) == pytest.approx(20_000, rel=0.01)
    assert haversine_m(51.5, west, 51.5, east) == pytest.approx(20_000, rel=0.01)

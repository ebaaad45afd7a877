"""Distances and blurred points on a sphere of 6,371,008.8 m (the mean Earth radius, IUGG)."""

from __future__ import annotations

import math
import secrets

EARTH_RADIUS_M = 6_371_008.8
BLUR_MIN_M = 200.0
BLUR_MAX_M = 400.0


def haversine_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres between two points in degrees (haversine formula)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_dphi, half_dlambda = (phi2 - phi1) / 2, math.radians(lon2 - lon1) / 2
    a = math.sin(half_dphi) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_dlambda) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, a)))


def destination(lat: float, lon: float, bearing_deg: float, distance_m: float) -> tuple[float, float]:
    """The point reached from (lat, lon) after `distance_m` metres on the initial bearing; longitude in [-180, 180)."""
    phi, delta, theta = math.radians(lat), distance_m / EARTH_RADIUS_M, math.radians(bearing_deg)
    phi2 = math.asin(math.sin(phi) * math.cos(delta) + math.cos(phi) * math.sin(delta) * math.cos(theta))
    dlambda = math.atan2(
        math.sin(theta) * math.sin(delta) * math.cos(phi), math.cos(delta) - math.sin(phi) * math.sin(phi2)
    )
    return math.degrees(phi2), (lon + math.degrees(dlambda) + 540.0) % 360.0 - 180.0


def blurred_point(lat: float, lon: float) -> tuple[float, float]:
    """A random point 200 to 400 m away. Draw it once and store it: fresh ones would average to the truth."""
    uniform = secrets.SystemRandom().random
    distance = math.sqrt(BLUR_MIN_M**2 + uniform() * (BLUR_MAX_M**2 - BLUR_MIN_M**2))
    return destination(lat, lon, uniform() * 360.0, distance)


def moved_alike(
    point: tuple[float, float], *, start: tuple[float, float], end: tuple[float, float]
) -> tuple[float, float]:
    """Where `point` comes to when it keeps its distance and bearing from `start`, which moves to `end`."""
    distance = haversine_m(*start, *point)
    return destination(*end, initial_bearing(*start, *point), distance)


def initial_bearing(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """In degrees from north, clockwise, at the first point."""
    phi1, phi2, dlambda = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    east = math.sin(dlambda) * math.cos(phi2)
    north = math.cos(phi1) * math.sin(phi2) - math.sin(phi1) * math.cos(phi2) * math.cos(dlambda)
    return math.degrees(math.atan2(east, north)) % 360.0


def bounding_box(lat: float, lon: float, radius_m: float) -> tuple[float, float, float, float]:
    """(south, west, north, east) in degrees that contains the circle; west > east when it crosses the date line."""
    dlat = math.degrees(radius_m / EARTH_RADIUS_M)
    south, north = lat - dlat, lat + dlat
    if south <= -90 or north >= 90:
        return max(south, -90.0), -180.0, min(north, 90.0), 180.0
    sine = math.sin(radius_m / EARTH_RADIUS_M) / math.cos(math.radians(lat))
    if abs(sine) >= 1:
        return south, -180.0, north, 180.0
    dlon = math.degrees(math.asin(sine))
    if dlon >= 180:
        return south, -180.0, north, 180.0
    return south, _wrapped(lon - dlon), north, _wrapped(lon + dlon)


def _wrapped(longitude: float) -> float:
    return (longitude + 540.0) % 360.0 - 180.0

"""A pasted place is read as what it says, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from animal.web.places import place_typed, point_pasted

MUNICH = ("48.137154", "11.576124")


@pytest.mark.parametrize(
    "text",
    [
        "48.137154, 11.576124",
        " (48.137154 11.576124) ",
        "48.137154°; 11.576124°",
        "geo:48.137154,11.576124;u=35",
        "https://www.google.com/maps/place/X/@48.1,11.5,17z/data=!3m1!4b1!3d48.137154!4d11.576124",
        "https://www.google.com/maps/@48.137154,11.576124,17z",
        "https://maps.google.com/?q=48.137154%2C11.576124",
        "https://maps.apple.com/?ll=48.137154,11.576124&z=3",
        "https://www.openstreetmap.org/?mlat=48.137154&mlon=11.576124#map=17/48.1/11.5",
        "https://www.openstreetmap.org/#map=17/48.137154/11.576124",
    ],
)
def test_two_numbers_and_links_of_maps_say_where(text: str) -> None:
    assert point_pasted(text) == MUNICH
    assert place_typed(text, "") == MUNICH


@pytest.mark.parametrize(
    "text", ["", "48.1", "5 Mill Lane", "1,2,3", "https://maps.app.goo.gl/x", "9" * 3000, "nan, nan"]
)
def test_what_says_no_place_stays_as_it_was_typed(text: str) -> None:
    assert point_pasted(text) is None
    assert place_typed(text, "") == (text, "")


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("48.137154, 11.576124", "7"),
        ("48.137154, 11.576124", "48.137154, 11.576124"),
        ("28.6139", "geo:48.137154,11.576124"),
        ("", "48.137154 11.576124"),
    ],
)
def test_a_place_pasted_into_either_field_counts_for_both(latitude: str, longitude: str) -> None:
    assert place_typed(latitude, longitude) == MUNICH


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("48,137", "11,576"), ("48,137", "11.576"), ("48.1, 11.5", "28.6, 77.2")]
)
def test_what_may_be_meant_in_two_ways_is_left_to_whoever_typed_it(latitude: str, longitude: str) -> None:
    assert place_typed(latitude, longitude) == (latitude, longitude)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("48°08'13.8\"N 11°34'34.0\"E", ("48.137167", "11.576111")),
        ("33°51′24,5″ S, 151°12′54″ W", ("-33.856806", "-151.215000")),
    ],
)
def test_degrees_minutes_and_seconds_say_where_too(text: str, point: tuple[str, str]) -> None:
    assert place_typed(text, "") == point


@pytest.mark.parametrize("text", ["48°60'13.8\"N 11°34'34.0\"E", "48°08'13.8\"N 11°34'60.0\"E"])
def test_a_degree_has_sixty_minutes_of_sixty_seconds(text: str) -> None:
    assert place_typed(text, "") == (text, "")

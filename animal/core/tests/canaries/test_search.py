"""The search itself: it finds a canary in every disguise, and leaves alone what is none."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime

import h3.api.basic_str as h3
import numpy as np
import pytest

from animal.core.geo import destination, haversine_m
from animal.core.tests.canaries.pictures import drawing, photo
from animal.core.tests.canaries.search import EVERYBODY, Watch, geohash

LATITUDE, LONGITUDE = 48.105312, 11.505731
NEAR = destination(LATITUDE, LONGITUDE, 30, 150)
FAR = destination(LATITUDE, LONGITUDE, 30, 210)
VECTOR = np.random.default_rng(1).normal(size=512).astype("<f4")
DIGEST = hashlib.sha256(b"a token").hexdigest()


@pytest.fixture
def watch() -> Watch:
    watch = Watch()
    watch.add("zq100001", "a note", ["owner"])
    watch.add_address("zq100002@canary.example", "an address", ["owner"])
    watch.add("15779100003", "a number", ["owner"])
    watch.add("ani7k2mqx9rtvw3bcdf", "a tag", ["owner"])
    watch.add(DIGEST, "a digest")
    watch.add("kZq3vX-w0b9TnUqS5Yt_2Ls8DgHjRfPeXcVbNmQwErT", "a token")
    watch.add("20190102030405", "a moment", ["owner"])
    watch.add_point(LATITUDE, LONGITUDE, "a place", ["owner"])
    watch.add_vector(VECTOR.tobytes(), "a vector")
    return watch


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.json", text)
    return buffer.getvalue()


DISGUISES = {
    "a note in JSON": ('{"a": [{"b": "Say ZQ100001!"}]}', "a note"),
    "a note escaped for a page": ("&#122;q100001", "a note"),
    "a note escaped for an address": ("?next=%7Aq100001", "a note"),
    "a note escaped for JSON": (json.dumps("\u007aq100001 é").replace("z", "\\u007a"), "a note"),
    "a note in an archive": (zipped('{"note": "zq100001"}'), "a note"),
    "an address": ("Zq100002@Canary.example", "an address"),
    "a digest of an address": (hashlib.md5(b"zq100002@canary.example").hexdigest(), "md5 of an address"),  # noqa: S324
    "a number with blanks": ("+49 15779 100003", "a number"),
    "a number in brackets": ("+49 (157) 79-10 00 03", "a number"),
    "a number of the country": ("015779100003", "a number"),
    "a tag in its address": ("https://x.example/found/ANI7K2MQX9RTVW3BCDF?x", "a tag"),
    "a tag in groups": ("ANI-7K2M-QX9R-TVW3-BCDF", "a tag"),
    "a digest": (f'"{DIGEST}"', "a digest"),
    "a token in a cookie": ("refresh=1.kZq3vX-w0b9TnUqS5Yt_2Ls8DgHjRfPeXcVbNmQwErT; Path=/", "a token"),
    "a token in an address": ("?token=kZq3vX-w0b9TnUqS5Yt_2Ls8DgHjRfPeXcVbNmQwErT&x=1", "a token"),
    "a moment": ("2019-01-02T03:04:05Z", "a moment"),
    "a place": (json.dumps({"latitude": LATITUDE, "longitude": LONGITUDE}), "a place"),
    "a place as GeoJSON": (json.dumps({"coordinates": [LONGITUDE, LATITUDE]}), "a place"),
    "a place as texts": (json.dumps({"lat": str(LATITUDE), "name": "Home 7", "lng": str(LONGITUDE)}), "a place"),
    "a place to 111 m": ("near 48.105, 11.506", "a place"),
    "a place in whole numbers": ('{"lat_e7": 481053120, "lon_e7": 115057310}', "a place"),
    "a place in minutes and seconds": ("48°06'19.12\"N 11°30'20.63\"E", "a place"),
    "a place in a link": ("https://maps.example/@48.105312,11.505731,17z", "a place"),
    "a place near by": (f"{NEAR[0]}, {NEAR[1]}", "a place"),
    "a geohash": (geohash(LATITUDE, LONGITUDE, 9), "a place"),
    "a fine cell": (h3.latlng_to_cell(LATITUDE, LONGITUDE, 9), "a place"),
    "a fine cell as a number": (str(int(h3.latlng_to_cell(LATITUDE, LONGITUDE, 10), 16)), "a place"),
    "a vector": (json.dumps(VECTOR.tolist()), "a list of more than 63 numbers"),
    "a part of a vector": (json.dumps([round(float(x), 2) for x in VECTOR[:64]]), "a list of more than 63 numbers"),
    "a vector in base64": (base64.b64encode(VECTOR.tobytes()).decode(), "a vector"),
}
INNOCENT = {
    "a displaced point": f"{FAR[0]}, {FAR[1]}",
    "a coarse cell": h3.latlng_to_cell(LATITUDE, LONGITUDE, 7),
    "two numbers far apart in an answer": f"{LATITUDE} {'7 ' * 20} {LONGITUDE}",
    "a short list": json.dumps([0.5] * 60),
    "another note": "zq100009 zq1000011",
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_canary_is_found_in_every_disguise_and_only_by_those_who_may_not_see_it(watch: Watch, disguise: str) -> None:
    content, what = DISGUISES[disguise]
    assert what in {finding.what for finding in watch.look("stranger", "GET /x/", content)}
    assert str(watch.findings[-1]).endswith("is shown to stranger at GET /x/")
    for_owner = {finding.what for finding in watch.look("owner", "GET /x/", content)}
    assert for_owner <= {"md5 of an address", "a digest", "a token", "a vector", "a list of more than 63 numbers"}


@pytest.mark.parametrize("what", INNOCENT)
def test_what_is_no_canary_is_left_alone(watch: Watch, what: str) -> None:
    assert watch.look("stranger", "GET /x/", INNOCENT[what]) == []


def test_what_stood_in_the_request_is_nothing_new_to_whoever_sent_it(watch: Watch) -> None:
    assert watch.look("stranger", f"GET /media/{DIGEST}.jpg", f"ETag: {DIGEST}") == []


def test_the_displaced_points_are_remembered(watch: Watch) -> None:
    watch.look("stranger", "GET /x/", f"{FAR[0]}, {FAR[1]}")
    assert list(watch.displaced["a place"]) == [pytest.approx(FAR)]


@pytest.mark.parametrize("upload", ["photo", "drawing"])
def test_all_that_a_picture_says_beside_its_pixels_is_read(watch: Watch, upload: str) -> None:
    taken = datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC)
    picture = (
        photo((200, 10, 10), words="zq100001", at=(LATITUDE, LONGITUDE), taken=taken, name="x.jpg")
        if upload == "photo"
        else drawing(words="zq100001", name="x.png")
    )
    found = {finding.what for finding in watch.look("stranger", "GET /media/x", picture.read())}
    assert found == ({"a note", "a place", "a moment"} if upload == "photo" else {"a note"})


@pytest.mark.parametrize(
    "stated", ['"distance_meters": 2613.4', '"distance_km": 2.613', "2613 m away", "2.61 km from you"]
)
def test_an_exact_distance_is_found_and_a_rounded_one_is_not(stated: str) -> None:
    watch = Watch()
    there = destination(LATITUDE, LONGITUDE, 90, 2613.4)
    watch.add_point(LATITUDE, LONGITUDE, "mine", ["stranger"])
    watch.add_point(*there, "theirs", ["owner"])
    assert haversine_m(LATITUDE, LONGITUDE, *there) == pytest.approx(2613.4, abs=0.1)
    assert [finding.what for finding in watch.look("stranger", "GET /x/", stated)] == ["the exact distance to theirs"]
    assert watch.look("rival", "GET /x/", stated) == [], "who is nowhere can tell nothing from a distance"
    assert watch.look("stranger", "GET /x/", '"distance_meters": 2600.0, about 2.6 km') == []


def test_what_is_for_everybody_is_found_by_nobody(watch: Watch) -> None:
    watch.add("zq100001", "a note", [EVERYBODY])
    assert watch.look("stranger", "GET /x/", "zq100001") == []
    assert ("a note", "stranger") in watch.seen

"""Everything wrong that can be sent to the report routes: a clear 4xx, and nothing written."""

from __future__ import annotations

import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from animal.conftest import picture_bytes
from animal.core.models import BackgroundTask
from animal.images.models import Image
from animal.images.tests.stored import name_of
from animal.reports.models import Report
from animal.reports.tests.conftest import REPORT_URL, filed, form


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude", "nan"),
        ("latitude", "inf"),
        ("latitude", "-90.01"),
        ("latitude", "999"),
        ("latitude", ""),
        ("latitude", "north"),
        ("latitude", None),
        ("longitude", "NaN"),
        ("longitude", "1e400"),
        ("longitude", "180.01"),
        ("longitude", "9" * 2000),
        ("category", ""),
        ("category", "Mythical"),
        ("status", "resolved"),
        ("status", ""),
        ("status", None),
        ("animal_name", ""),
        ("animal_name", "   "),
        ("animal_name", "x" * 101),
        ("animal_name", "x" * 10_000),
        ("animal_name", "<img src=x onerror=alert(1)>"),
        ("animal_name", 'Milo" onload="alert(1)'),
        ("animal_name", "Mi\u0000lo"),
        ("animal_name", "Mi\u0007lo"),
        ("type", "<b>Cats</b>"),
        ("type", "x" * 101),
        ("breed", "<script>"),
        ("breed", ""),
        ("description", "x" * 4001),
        ("description", "a\u0000b"),
        ("contact_name", "x" * 101),
        ("contact_phone", "5" * 41),
        ("contact_email", "not an address"),
        ("contact_email", "a" * 250 + "@example.org"),
        ("last_seen_date", "yesterday"),
        ("last_seen_date", "2026-02-30"),
        ("last_seen_date", "0001-01-01"),
        ("last_seen_date", "9999-12-31"),
        ("last_seen_time", "25:00"),
        ("pet_id", "abc"),
        ("pet_id", "0"),
        ("pet_id", "9" * 40),
        ("register_pet", "perhaps"),
        ("image", "a text in the place of a file"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_wrong_field_is_named_in_a_sentence(owner, field, value):
    response = owner.multipart(REPORT_URL, form(**{field: value}))
    assert response.status_code == 400, response.content
    body = response.json()
    assert set(body) >= {"detail", "error", "message", "code", "errors"}
    assert body["detail"]
    assert set(body["errors"]) == {field}
    assert not Report.objects.exists()


def test_an_empty_form_names_every_missing_field(owner):
    response = owner.multipart(REPORT_URL, {})
    assert response.status_code == 400
    wanted = {"animal_name", "category", "type", "breed", "status", "latitude", "longitude"}
    assert set(response.json()["errors"]) == wanted


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("", "application/json", 400),
        ("[]", "application/json", 400),
        ('"text"', "application/json", 400),
        ("null", "application/json", 400),
        ('{"latitude": NaN}', "application/json", 400),
        ("{", "application/json", 400),
        ('{"animal_name": {"a": 1}, "status": ["lost"], "latitude": [1]}', "application/json", 400),
        ("<a/>", "application/xml", 415),
        ("x", "multipart/form-data", 400),
        ("--b\r\nnonsense", "multipart/form-data; boundary=b", 400),
    ],
)
def test_a_body_without_shape_is_refused(owner, body, content_type, status):
    response = owner.client.generic("POST", REPORT_URL, body, content_type=content_type)
    assert response.status_code == status
    assert response.json()["detail"]


def bomb_png() -> bytes:
    """A PNG of 20,000 x 10,000 pixels in 24 kB: 200 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20_000, 10_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 + 20_000 // 8) * 10_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.jpg", b"this is not an image"),
        ("empty.jpg", b""),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("truncated.jpg", picture_bytes((800, 600))[:-600]),
        ("bomb.png", bomb_png()),
        ("thirty-megabytes.jpg", picture_bytes() + bytes(30 * 2**20)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_good_photo_is_refused_and_nothing_stays(owner, name, content):
    upload = SimpleUploadedFile(name, content, content_type="image/jpeg")
    response = owner.multipart(REPORT_URL, form(image=upload))
    assert response.status_code in (400, 413), response.content
    assert response.json()["detail"]
    assert not Report.objects.exists()
    assert not Image.objects.exists()
    assert not BackgroundTask.objects.exists()


def test_a_photo_under_a_wrong_content_type_is_accepted(owner):
    upload = SimpleUploadedFile("photo.txt", picture_bytes(), content_type="text/html")
    assert name_of(filed(owner, image=upload)["image_url"]).endswith(".jpg")


def test_a_passer_by_is_asked_to_sign_in(anonymous):
    for response in (
        anonymous.multipart(REPORT_URL, form()),
        anonymous.get("/api/auth/pets/locations/"),
        anonymous.get("/api/auth/user/pet-locations/"),
        anonymous.post("/api/auth/pets/locations/1/status/", {"status": "resolved"}),
        anonymous.get("/api/v1/reports/1/"),
    ):
        assert response.status_code == 401
        assert response.json()["detail"]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "get"])
def test_a_wrong_method_is_refused(owner, method):
    response = getattr(owner.client, method)(REPORT_URL)
    assert response.status_code == 405
    assert response.json()["detail"]

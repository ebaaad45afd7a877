"""Files that are no good photos, at every door that takes one."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow

from animal.conftest import picture_bytes
from animal.core.tests.bad_input.answers import (
    FORM_TYPE,
    assert_no_crash,
    assert_refused,
    each,
    encoded,
    nothing_written,
    send,
)
from animal.core.tests.bad_input.calls import FORM, WITH_BODY, Call

DOORS = [call for call in WITH_BODY if call.photo]


def png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@functools.cache
def bomb() -> bytes:
    """20,000 x 10,000 pixels in 24 kB: 200 megapixels."""
    return png(20_000, 10_000, zlib.compress(bytes(1 + 20_000 // 8) * 10_000, 9))


@functools.cache
def animation() -> bytes:
    frames = [Pillow.new("L", (32, 32), number % 256) for number in range(2000)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def in_format(name: str) -> bytes:
    buffer = io.BytesIO()
    Pillow.new("RGB", (64, 64)).save(buffer, name)
    return buffer.getvalue()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a text named .jpg": ("photo.jpg", lambda: b"this is not an image"),
    "a file of 0 bytes": ("photo.jpg", lambda: b""),
    "a file of 1 byte": ("photo.jpg", lambda: b"\xff"),
    "an SVG with a script": ("a.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
    "an HTML page named .jpg": ("a.jpg", lambda: b"<!DOCTYPE html><html><script>alert(1)</script></html>"),
    "a PDF": ("a.pdf", lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"),
    "a ZIP archive": ("a.zip", lambda: b"PK\x03\x04" + bytes(100)),
    "a TIFF": ("a.tiff", lambda: in_format("TIFF")),
    "a BMP": ("a.bmp", lambda: in_format("BMP")),
    "an icon": ("a.ico", lambda: in_format("ICO")),
    "EPS, which programs interpret": ("a.eps", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    "the first bytes of a JPEG": ("a.jpg", lambda: b"\xff\xd8\xff\xe0" + bytes(200)),
    "a truncated JPEG": ("a.jpg", lambda: picture_bytes((800, 600))[:-600]),
    "half a JPEG": ("a.jpg", lambda: picture_bytes((800, 600))[: len(picture_bytes((800, 600))) // 2]),
    "a PNG without pixels": ("a.png", lambda: png(64, 64, b"")),
    "a PNG of 200 megapixels": ("a.png", bomb),
    "a PNG that claims 2 billion pixels a side": ("a.png", lambda: png(2**31 - 1, 2**31 - 1, zlib.compress(b"\x00"))),
    "a WebP that lies about its size": ("a.webp", lambda: b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\x7f" + bytes(64)),
    "a HEIC of zeros": ("a.heic", lambda: b"\x00\x00\x00\x18ftypheic" + bytes(500)),
    "an animation of 2,000 frames": ("a.gif", animation),
    "a picture of one pixel": ("a.jpg", lambda: picture_bytes((1, 1))),
    "a picture of 30 MB": ("a.jpg", lambda: picture_bytes() + bytes(30 * 2**20)),
}


def with_photo(body: dict[str, Any], call: Call, *files: SimpleUploadedFile | str) -> bytes:
    return encoded(body | {call.photo: list(files)}, FORM)


@pytest.mark.parametrize("call", DOORS, ids=str)
def test_a_file_that_is_no_good_photo_is_refused(scene, call: Call) -> None:
    body = call.body(scene, FORM)

    def is_refused(file: tuple[str, Callable[[], bytes]]) -> None:
        name, content = file
        upload = SimpleUploadedFile(name, content(), content_type="image/jpeg")
        with nothing_written():
            answer = send(scene, call, with_photo(body, call, upload), FORM_TYPE)
        assert_refused(answer)

    each(FILES, is_refused)


@pytest.mark.parametrize("call", DOORS, ids=str)
def test_a_bad_photo_after_a_good_one_takes_the_good_one_with_it(scene, call: Call) -> None:
    good = SimpleUploadedFile("good.jpg", picture_bytes(), content_type="image/jpeg")
    bad = SimpleUploadedFile("bad.jpg", b"no photo", content_type="image/jpeg")
    with nothing_written():
        answer = send(scene, call, with_photo(call.body(scene, FORM), call, *one_or_two(call, good, bad)), FORM_TYPE)
    assert_refused(answer)


def one_or_two(call: Call, good: SimpleUploadedFile, bad: SimpleUploadedFile) -> tuple[SimpleUploadedFile, ...]:
    """Where one photo is asked for, the last of two counts."""
    return (bad, good)[:1] if call.photo == "image" and "contact" in call.route else (good, bad)


@pytest.mark.parametrize("call", [call for call in DOORS if not call.optional and "contact" not in call.route], ids=str)
def test_a_text_in_the_place_of_the_photo_is_no_photo(scene, call: Call) -> None:
    def is_refused(text: str) -> None:
        with nothing_written():
            answer = send(scene, call, with_photo(call.body(scene, FORM), call, text), FORM_TYPE)
        assert_refused(answer)

    if "contact" not in call.route:
        each(
            {"a word": "photo.jpg", "an address": "http://localhost/photo.jpg", "base64": "/9j/4AAQSkZJRg=="},
            is_refused,
        )


@pytest.mark.parametrize("call", [call for call in DOORS if call.photo in ("images", "attachments")], ids=str)
def test_more_photos_than_one_may_send_are_refused_or_left_out(scene, call: Call) -> None:
    many = [SimpleUploadedFile(f"{number}.jpg", picture_bytes(), content_type="image/jpeg") for number in range(11)]
    answer = send(scene, call, with_photo(call.body(scene, FORM), call, *many), FORM_TYPE)
    if call.photo == "images":
        assert_refused(answer)
    else:
        assert len(answer.json()["attachments"]) == 6, "the contract keeps the first six"


@pytest.mark.parametrize("call", [call for call in DOORS if "search" not in call.route], ids=str)
def test_no_name_of_a_file_leads_anywhere(scene, call: Call) -> None:
    """Names and types that the other side gives are never looked at: a good photo under a bad name is a good photo."""

    def is_accepted(name: str) -> None:
        upload = SimpleUploadedFile("a.jpg", picture_bytes(), content_type="text/html")
        content = with_photo(call.body(scene, FORM), call, upload)
        content = content.replace(b'filename="a.jpg"', f'filename="{name}"'.encode())
        answer = send(scene, call, content, FORM_TYPE)
        assert answer.status_code in (200, 201), answer.content[:300]
        assert b"secret" not in answer.content

    names = (
        "../../secret",
        "..\\..\\secret.jpg",
        "secret.jpg\x00.php",
        "\u202egpj.secret",
        "secret.php",
        "secret" * 99,
    )
    each({repr(name)[:30]: name for name in names}, is_accepted)


@pytest.mark.parametrize("call", DOORS, ids=str)
def test_a_name_that_is_no_name_breaks_nothing(scene, call: Call) -> None:
    content = with_photo(call.body(scene, FORM), call, SimpleUploadedFile("a.jpg", b"no photo"))
    for name in ("", ".", "..", "x" * 5000):
        named = content.replace(b'filename="a.jpg"', f'filename="{name}"'.encode())
        assert_no_crash(send(scene, call, named, FORM_TYPE), call)

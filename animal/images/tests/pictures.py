"""Pictures that the tests draw for themselves."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow
from PIL import ImageDraw

HEIC = (Path(__file__).parent / "data" / "card.heic").read_bytes()
RED, BLUE = (200, 30, 30), (30, 30, 200)


def heic_of_a_phone_turned(turns: int, orientation: int) -> bytes:
    """card.heic as phones write what they took sideways: the pixels as the sensor saw them, a property that turns them
    `turns` times by 90 degrees against the clock, and EXIF that says the same once more, in the place of the model."""
    turn = struct.pack(">I4sB", 9, b"irot", turns)
    content = bytearray(HEIC)
    for name, added in ((b"meta", 10), (b"iprp", 10), (b"ipco", 9), (b"ipma", 1)):
        at = content.index(name) - 4
        content[at : at + 4] = struct.pack(">I", struct.unpack(">I", content[at : at + 4])[0] + added)
    for place in (16, 34):  # In iloc: where the pixels and the EXIF lie.
        at = content.index(b"iloc") + place
        content[at : at + 4] = struct.pack(">I", struct.unpack(">I", content[at : at + 4])[0] + 10)
    count = content.index(b"ipma") + 14
    content[count] += 1
    content[count + 5 : count + 5] = bytes([0x80 | 5])  # The fifth property, and nobody may leave it out.
    content[count - 18 : count - 18] = turn
    model, said = struct.pack(">HHII", 0x0110, 2, 9, 0x48), struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    assert model in content
    return bytes(content.replace(model, said))


def card(size: tuple[int, int] = (400, 300)) -> Pillow.Image:
    """The test card, upright: its upper left quarter red, the rest blue."""
    picture = Pillow.new("RGB", size, BLUE)
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2 - 1, size[1] // 2 - 1), fill=RED)
    return picture


def encoded(picture: Pillow.Image, container: str = "JPEG", **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, container, **options)
    return buffer.getvalue()


def upload(content: bytes, name: str = "photo.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=content_type)


def exif_of_a_phone(*, orientation: int = 1) -> Pillow.Exif:
    exif = Pillow.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Testmaker", "Camera 1", orientation
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 24.84), 3: "E", 4: (151.0, 12.0, 33.48)})
    exif.get_ifd(0x8769).update({0x9003: "2026:03:04 05:06:07", 0x9011: "+11:00"})
    return exif


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def is_near(pixel: Any, colour: tuple[int, int, int], *, tolerance: int = 24) -> bool:
    return all(abs(int(a) - b) <= tolerance for a, b in zip(pixel, colour, strict=True))

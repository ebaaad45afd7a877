"""What is not a photo, or asks too much of a decoder, is refused with a sentence and a code, and leaves nothing."""

from __future__ import annotations

import struct
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image as Pillow
from PIL import ImageFile

from animal.core.errors import InvalidInput
from animal.images.containers import MAX_FRAMES, gif_frame_count, jpeg_scan_count
from animal.images.decode import LARGE_PIXELS, picture_read
from animal.images.tests.pictures import HEIC, card, encoded, png_claiming, upload

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>'


def refusal(content: bytes, **kwargs: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        picture_read(upload(content, **kwargs))
    assert str(refused.value.detail)
    return str(refused.value.detail.code)


@pytest.mark.parametrize(
    "content",
    [
        b"hello, I am a text file",
        SVG,
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"GIF8",
        b"\xff\xd8",
        b"RIFF\0\0\0\0WAVE",
        encoded(card(), "TIFF"),
        encoded(card(), "BMP"),
        b"\0" * 100,
    ],
)
def test_what_is_not_a_photo_is_refused_whatever_it_calls_itself(content: bytes) -> None:
    assert refusal(content, name="photo.jpg", content_type="image/jpeg") == "not_an_image"


def test_html_behind_the_first_bytes_of_a_photo_is_refused() -> None:
    assert refusal(b"\xff\xd8\xff\xe0<script>alert(1)</script>" + b"x" * 500) == "damaged_image"


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"") == "empty_file"


def test_a_file_of_30_mb_is_refused_and_one_just_within_the_limit_is_not(settings: object) -> None:
    photo = encoded(card())
    assert refusal(photo + b"\0" * 30_000_000) == "file_too_large"
    settings.MAX_UPLOAD_SIZE_MB = 1
    assert picture_read(upload(photo + b"\0" * (1024 * 1024 - len(photo)))).image.size == (400, 300)
    assert refusal(photo + b"\0" * (1024 * 1024 - len(photo) + 1)) == "file_too_large"


def test_a_bomb_of_200_megapixels_is_refused_by_its_header() -> None:
    assert refusal(png_claiming(20_000, 10_000)) == "too_many_pixels"
    assert refusal(png_claiming(65_000, 65_000)) == "too_many_pixels"


def test_a_real_compressed_bomb_of_200_megapixels_is_refused_at_once() -> None:
    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(b"\0" * (1 + 3 * 20_000)) for _ in range(10_000)) + rows.flush()
    header = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )
    assert len(bomb) < 1_000_000
    started = time.process_time()
    assert refusal(bomb) == "too_many_pixels"
    assert time.process_time() - started < 0.2


def test_pixels_are_counted_against_the_setting(settings: object) -> None:
    photo = encoded(card((2000, 1500)))
    settings.MAX_IMAGE_MEGAPIXELS = 3
    assert picture_read(upload(photo)).image.size == (2000, 1500)
    settings.MAX_IMAGE_MEGAPIXELS = 2
    assert refusal(photo) == "too_many_pixels"


def test_a_heic_photo_is_held_to_the_same_limits(settings: object) -> None:
    settings.MAX_UPLOAD_SIZE_MB = 1
    assert picture_read(upload(HEIC)).image.size == (96, 64)
    assert refusal(HEIC[: len(HEIC) // 2]) == "damaged_image"
    assert refusal(HEIC.replace(b"heic", b"avif", 1)) == "not_an_image"


@pytest.mark.parametrize("container", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_truncated_photo_is_refused(container: str, part: float) -> None:
    noise = Pillow.effect_noise((400, 300), 80).convert("RGB")
    whole = encoded(noise, container)
    assert picture_read(upload(whole)).image.size == (400, 300)
    assert refusal(whole[: int(len(whole) * part)]) == "damaged_image"


def test_a_speck_is_refused() -> None:
    assert refusal(encoded(card((400, 2)), "PNG")) == "too_small"


@pytest.mark.parametrize("container", ["PNG", "JPEG"])
def test_a_strip_of_which_a_line_would_remain_is_refused_and_a_narrow_picture_is_not(container: str) -> None:
    assert refusal(encoded(card((60_000, 16)), container)) == "too_small"
    assert refusal(encoded(card((16, 60_000)), container)) == "too_small"
    assert min(picture_read(upload(encoded(card((4096, 40)), container))).image.size) == 20


def test_an_endless_animation_is_refused_without_decoding_it() -> None:
    frames = [Pillow.new("L", (20, 20), 8 * number) for number in range(30)]
    gif = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=10, loop=0)
    assert gif_frame_count(gif) == 30
    header_end = gif.index(b"\x21\xf9")
    frame = gif[gif.rindex(b"\x21\xf9") : -1]
    endless = gif[:header_end] + frame * (MAX_FRAMES + 5) + b";"
    assert refusal(endless) == "too_many_frames"


def test_a_progressive_photo_is_fine_and_one_of_thousands_of_scans_is_refused() -> None:
    photo = encoded(card(), progressive=True)
    assert 2 <= jpeg_scan_count(photo) <= 20
    assert picture_read(upload(photo)).image.size == (400, 300)
    last_scan = photo.rindex(b"\xff\xda")
    assert refusal(photo[:-2] + photo[last_scan:-2] * 3000 + photo[-2:]) == "damaged_image"


def test_bytes_behind_the_photo_are_not_taken_for_scans() -> None:
    """Phones append a film to a photo; its bytes contain every marker by chance."""
    assert picture_read(upload(encoded(card()) + b"\xff\xda\0\x02" * 500)).image.size == (400, 300)


def test_large_pictures_are_decoded_one_at_a_time_and_small_ones_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    large = encoded(Pillow.new("1", (5000, 4100)), "PNG")
    entered, both, go_on = threading.Event(), threading.Event(), threading.Event()
    inside: set[int] = set()
    whole_load = ImageFile.ImageFile.load

    def watched_load(self: ImageFile.ImageFile) -> object:
        if self.width * self.height > LARGE_PIXELS:
            inside.add(threading.get_ident())
            entered.set()
            if len(inside) > 1:
                both.set()
            go_on.wait(30)
        return whole_load(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load", watched_load)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(picture_read, upload(large))
        assert entered.wait(30)
        second = pool.submit(picture_read, upload(large))
        small = picture_read(upload(encoded(card())))
        overlapped = both.wait(0.5)
        go_on.set()
        sizes = [first.result(60).image.size, second.result(60).image.size]
    assert (overlapped, small.image.size) == (False, (400, 300))
    assert sizes == [(2048, 1679)] * 2
    assert len(inside) == 2

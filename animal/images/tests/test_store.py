"""Every upload comes through `image_store`: decoded, upright, stripped, bounded, re-encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image as Pillow
from PIL import ImageCms

from animal.conftest import Actor
from animal.core.errors import InvalidInput, ServiceUnavailable
from animal.images.capture import Capture, read_capture
from animal.images.models import Image
from animal.images.selectors import decode_upload, image_url, images_by_url, open_master
from animal.images.services import image_discard, image_store, images_stored
from animal.images.tests.pictures import (
    BLUE,
    HEIC,
    RED,
    card,
    encoded,
    exif_of_a_phone,
    heic_of_a_phone_turned,
    is_near,
    upload,
)
from animal.images.tests.stored import keep_on_disk, names_stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(owner: Actor) -> Callable[..., Image]:
    def run(content: bytes, **kwargs: str) -> Image:
        return image_store(upload=upload(content, **kwargs), uploader=owner.user, source="pet")

    return run


def stored_bytes(image: Image) -> dict[str, bytes]:
    return {size: getattr(image, size).open().read() for size in ("master", "rendition", "thumbnail")}


def test_three_bounded_sizes_are_kept_and_the_hash_is_of_the_bytes_as_received(store: Callable[..., Image]) -> None:
    content = encoded(card((4000, 3000)))
    image = store(content)
    sizes = {name: Pillow.open(BytesIO(data)).size for name, data in stored_bytes(image).items()}
    assert sizes == {"master": (2000, 1500), "rendition": (1600, 1200), "thumbnail": (320, 240)}
    assert (image.width, image.height, image.original_bytes) == (2000, 1500, len(content))
    assert image.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(("size", "master"), [((2048, 100), (2048, 100)), ((3000, 2000), (2048, 1365))])
def test_a_master_is_never_larger_than_the_setting_nor_larger_than_the_photo(
    store: Callable[..., Image], size: tuple[int, int], master: tuple[int, int]
) -> None:
    image = store(encoded(card(size), "PNG"))
    assert (image.width, image.height) == master


@pytest.mark.parametrize("container", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_accepted_format_shows_the_same_picture(store: Callable[..., Image], container: str) -> None:
    image = store(encoded(card(), container), name="photo.bin", content_type="application/octet-stream")
    master = open_master(image)
    assert (image.original_format, master.mode) == (container, "RGB")
    assert is_near(master.getpixel((50, 50)), RED)
    assert is_near(master.getpixel((350, 250)), BLUE)


def test_a_heic_photo_is_decoded_with_its_time_and_place(store: Callable[..., Image]) -> None:
    image = store(HEIC, name="IMG_0001.HEIC", content_type="image/heic")
    master = open_master(image)
    assert (image.original_format, master.size, image.camera_make) == ("HEIF", (96, 64), "Testmaker")
    assert is_near(master.getpixel((10, 30)), RED)
    assert is_near(master.getpixel((85, 30)), BLUE)
    assert (image.private_latitude, image.private_longitude) == (48.208333, 16.366667)
    assert image.private_taken_at == datetime(2026, 3, 4, 3, 6, 7, tzinfo=UTC)


def test_a_wrong_content_type_and_extension_do_not_matter_when_the_content_is_a_photo(
    store: Callable[..., Image],
) -> None:
    assert store(encoded(card()), name="notes.txt", content_type="text/html").original_format == "JPEG"


@pytest.mark.parametrize("container", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_kept(store: Callable[..., Image], container: str) -> None:
    frames = [Pillow.new("RGB", (100, 80), colour) for colour in (RED, BLUE, BLUE)]
    image = store(encoded(frames[0], container, save_all=True, append_images=frames[1:], duration=50))
    assert is_near(open_master(image).getpixel((50, 40)), RED)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(store: Callable[..., Image], orientation: int) -> None:
    """Each file holds the same card as a camera in that position would have written it."""
    undo = {
        2: Pillow.Transpose.FLIP_LEFT_RIGHT,
        3: Pillow.Transpose.ROTATE_180,
        4: Pillow.Transpose.FLIP_TOP_BOTTOM,
        5: Pillow.Transpose.TRANSPOSE,
        6: Pillow.Transpose.ROTATE_90,
        7: Pillow.Transpose.TRANSVERSE,
        8: Pillow.Transpose.ROTATE_270,
    }
    as_written = card().transpose(undo[orientation]) if orientation in undo else card()
    image = store(encoded(as_written, exif=exif_of_a_phone(orientation=orientation)))
    master = open_master(image)
    assert master.size == (image.width, image.height) == (400, 300)
    assert is_near(master.getpixel((50, 50)), RED)
    assert is_near(master.getpixel((50, 250)), BLUE)
    assert is_near(master.getpixel((350, 50)), BLUE)


@pytest.mark.parametrize(("turns", "orientation"), [(0, 1), (1, 8), (2, 3), (3, 6)])
def test_a_heic_photo_is_turned_upright_once(store: Callable[..., Image], turns: int, orientation: int) -> None:
    """A phone that was held sideways says so twice, and HEIC's own word is the one that counts."""
    master = open_master(store(heic_of_a_phone_turned(turns, orientation), name="IMG.HEIC", content_type="image/heic"))
    lies_on_its_side = turns % 2 == 1
    assert master.size == ((64, 96) if lies_on_its_side else (96, 64))
    red = {0: (5, 30), 1: (30, 90), 2: (90, 30), 3: (30, 5)}[turns]
    blue = {0: (90, 30), 1: (30, 5), 2: (5, 30), 3: (30, 90)}[turns]
    assert is_near(master.getpixel(red), RED)
    assert is_near(master.getpixel(blue), BLUE)


def test_camera_time_and_place_go_to_columns_and_are_in_none_of_the_stored_files(store: Callable[..., Image]) -> None:
    content = encoded(card(), exif=exif_of_a_phone(), comment=b"Home: 12 Secret Street", xmp=b"<x>secret place</x>")
    assert b"Testmaker" in content
    assert b"Secret Street" in content
    image = store(content)
    assert (image.camera_make, image.camera_model) == ("Testmaker", "Camera 1")
    assert image.private_taken_at == datetime(2026, 3, 3, 18, 6, 7, tzinfo=UTC)
    assert image.private_latitude == pytest.approx(-33.8569)
    assert image.private_longitude == pytest.approx(151.2093)
    for data in stored_bytes(image).values():
        for trace in (b"Exif", b"Testmaker", b"2026:03", b"ecret", b"ICC_PROFILE", b"http://ns.adobe.com"):
            assert trace not in data
        assert set(Pillow.open(BytesIO(data)).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (float("nan"), 0.0, 0.0), 3: "E", 4: (1.0, 0.0, 0.0)},
        {1: "N", 2: (99.0, 0.0, 0.0), 3: "E", 4: (1.0, 0.0, 0.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: "north", 3: "E"},
        {},
    ],
)
def test_a_senseless_place_or_time_is_left_out(gps: dict) -> None:
    exif = Pillow.Exif()
    exif.get_ifd(0x8825).update(gps)
    exif.get_ifd(0x8769).update({0x9003: "0000:00:00 00:00:00"})
    exif[0x0112], exif[0x010F] = 77, 12
    assert read_capture(exif) == Capture()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("directory", [b"garbage", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"])
def test_broken_exif_refuses_no_photo(store: Callable[..., Image], directory: bytes) -> None:
    image = store(encoded(card(), exif=b"Exif\0\0" + directory))
    assert (image.width, image.height, image.camera_make) == (400, 300, "")


def drawn_as(mode: str) -> tuple[bytes, tuple[int, int, int], tuple[int, int, int]]:
    """(bytes, colour expected at the upper left, colour expected at the lower right) of a card in that colour mode."""
    if mode == "CMYK":
        return encoded(card().convert("CMYK")), RED, BLUE
    if mode == "P":
        return encoded(card().convert("P", palette=Pillow.Palette.ADAPTIVE), "PNG"), RED, BLUE
    if mode == "L":
        return encoded(card().convert("L")), (81, 81, 81), (49, 49, 49)
    if mode == "1":
        picture = Pillow.new("1", (400, 300), 1)
        picture.paste(0, (0, 0, 200, 150))
        return encoded(picture, "PNG"), (0, 0, 0), (255, 255, 255)
    if mode == "I;16":
        picture = Pillow.new("I;16", (400, 300), 200 * 257)
        picture.paste(100 * 257, (0, 0, 200, 150))
        return encoded(picture, "PNG"), (100, 100, 100), (200, 200, 200)
    if mode == "LA":
        return encoded(Pillow.new("LA", (400, 300), (50, 0)), "PNG"), (255, 255, 255), (255, 255, 255)
    if mode == "P transparent":
        palette = card().convert("P", palette=Pillow.Palette.ADAPTIVE)
        return encoded(palette, "PNG", transparency=palette.getpixel((0, 0))), (255, 255, 255), BLUE
    picture = card().convert("RGBA")
    picture.paste((0, 0, 0, 0), (200, 150, 400, 300))
    return encoded(picture, "PNG"), RED, (255, 255, 255)


@pytest.mark.parametrize("mode", ["CMYK", "P", "P transparent", "L", "1", "I;16", "LA", "RGBA"])
def test_pictures_of_other_colour_modes_keep_their_looks_on_white(store: Callable[..., Image], mode: str) -> None:
    content, upper_left, lower_right = drawn_as(mode)
    master = open_master(store(content))
    assert is_near(master.getpixel((50, 50)), upper_left)
    assert is_near(master.getpixel((350, 250)), lower_right)


def test_colours_are_converted_by_the_embedded_profile(store: Callable[..., Image]) -> None:
    """The profile used is sRGB with red and green exchanged, so that what is written red is meant green."""
    plain = Pillow.new("RGB", (100, 100), (220, 10, 10))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = srgb.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    exchanged = exchanged.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))
    red, green, _ = open_master(store(encoded(plain, icc_profile=exchanged))).getpixel((50, 50))
    assert green > 180 > 60 > red
    for harmless in (srgb, b"damaged"):
        assert is_near(open_master(store(encoded(plain, icc_profile=harmless))).getpixel((50, 50)), (220, 10, 10))


def test_when_the_storage_fails_nothing_stays_behind(
    store: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, save = names_stored(), default_storage.save

    def disk_full(name: str, content: object) -> str:
        if "thumbnail" in name:
            raise OSError(28, "No space left on device")
        return str(save(name, content))

    monkeypatch.setattr(default_storage, "save", disk_full)
    with pytest.raises(ServiceUnavailable):
        store(encoded(card()))
    assert (names_stored(), Image.objects.count()) == (before, 0)


def test_a_photo_in_a_folder_that_cannot_be_written_is_a_503(
    store: Callable[..., Image], settings: object, tmp_path: object
) -> None:
    (tmp_path / "file").write_text("in the way")
    keep_on_disk(settings, tmp_path / "file")
    with pytest.raises(ServiceUnavailable):
        store(encoded(card()))
    assert Image.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_photos_of_a_transaction_that_rolls_back_leave_no_row_and_no_file(owner: Actor) -> None:
    before = names_stored()
    uploads = [upload(encoded(card())), upload(encoded(card()))]
    seen = 0

    def file_and_fail() -> None:
        nonlocal seen
        with images_stored(uploads=uploads, uploader=owner.user, source="pet"), transaction.atomic():
            seen = len(names_stored() - before)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        file_and_fail()
    assert seen == 6
    assert (names_stored(), Image.objects.count()) == (before, 0)


@pytest.mark.django_db(transaction=True)
def test_when_the_second_photo_is_refused_the_first_one_goes_too(owner: Actor) -> None:
    before = names_stored()
    uploads = [upload(encoded(card())), upload(b"not a photo")]
    with (
        pytest.raises(InvalidInput),
        images_stored(uploads=uploads, uploader=owner.user, source="pet"),
    ):
        pass
    assert (names_stored(), Image.objects.count()) == (before, 0)


@pytest.mark.django_db(transaction=True)
def test_a_discarded_photo_is_gone_with_its_files(owner: Actor) -> None:
    before = names_stored()
    image = image_store(upload=upload(encoded(card())), uploader=owner.user, source="pet")
    image_discard(image=image)
    assert (names_stored(), Image.objects.count()) == (before, 0)


def test_addresses_lead_back_to_their_pictures_and_nothing_else_does(store: Callable[..., Image]) -> None:
    image = store(encoded(card()))
    urls = [image_url(image, size) for size in ("master", "rendition", "thumbnail")]
    unknown = urls[0].replace(image.pk.hex, "0" * 32)
    noise = [unknown, "http://169.254.169.254/latest/meta-data/", "", 7, None, {"url": urls[0]}, [urls[0]]]
    assert images_by_url([*urls, *noise]) == dict.fromkeys(urls, image)


def test_a_search_photo_is_decoded_like_any_other_and_not_kept() -> None:
    before = names_stored()
    picture = decode_upload(upload(encoded(card((4000, 3000)), exif=exif_of_a_phone(orientation=6))))
    assert (picture.size, picture.mode) == ((1500, 2000), "RGB")
    assert (names_stored(), Image.objects.count()) == (before, 0)
    with pytest.raises(InvalidInput):
        decode_upload(upload(b"not a photo"))

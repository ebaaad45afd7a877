"""From a stranger's bytes to an upright sRGB picture of bounded size, or a sentence that says why not."""

from __future__ import annotations

import functools
import hashlib
import logging
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image as Pillow
from PIL import ImageCms

from animal.core.errors import InvalidInput
from animal.images.capture import Capture, read_capture
from animal.images.containers import (
    MAX_FRAMES,
    MAX_JPEG_SCANS,
    container_of,
    gif_frame_count,
    jpeg_scan_count,
)

logger = logging.getLogger(__name__)

MIN_SIDE_PX = 16
# libjpeg scales by 1/2, 1/4 and 1/8 while it decodes, which spares most of the work. A 12-megapixel photo (4000 px)
# halves to 2000 px: taken as it is, 2 % short of the largest master, rather than decoded in full and resized.
ENOUGH_OF_MASTER = 0.9
# Above this many pixels decoding takes hundreds of megabytes in some formats: one such picture at a time.
LARGE_PIXELS = 20_000_000
_one_large_decode = threading.BoundedSemaphore(1)

_UPRIGHT = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}

NOT_AN_IMAGE = gettext_lazy(
    "This file is not a picture that we can read. Please send a JPEG, PNG, WebP, GIF or HEIC photo."
)
DAMAGED = gettext_lazy("This picture is damaged or incomplete. Please choose the photo again, or another one.")

TOO_SMALL = gettext_lazy("This picture is too small or too narrow to show anything. Please send another one.")


@dataclass(frozen=True)
class Picture:
    """A decoded upload. `image` is upright, in sRGB, without metadata, at most IMAGE_MASTER_SIZE_PX on a side."""

    image: Pillow.Image
    container: str
    sha256: str
    byte_count: int
    capture: Capture


def picture_read(upload: UploadedFile[Any], *, keep_transparency: bool = False) -> Picture:
    """Decode an upload within the limits of size, pixels and frames; what is transparent becomes white unless kept.

    Raises InvalidInput with the code `empty_file`, `file_too_large`, `not_an_image`, `too_many_pixels`,
    `too_many_frames`, `too_small` or `damaged_image`.
    """
    data = _bytes_of(upload)
    container = container_of(data)
    if container is None:
        raise InvalidInput(NOT_AN_IMAGE, code="not_an_image")
    try:
        image, capture = _decode(data, container, keep_transparency)
    except InvalidInput:
        raise
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception as error:
        # Decoders meet hostile bytes here, and raise whatever those happen to trigger.
        logger.info("refused a damaged %s: %s: %s", container, type(error).__name__, error)
        raise InvalidInput(DAMAGED, code="damaged_image") from None
    return Picture(image, container, hashlib.sha256(data).hexdigest(), len(data), capture)


def _bytes_of(upload: UploadedFile[Any]) -> bytes:
    limit = settings.MAX_UPLOAD_SIZE_MB * 1024 * 1024
    upload.seek(0)
    data: bytes = upload.read(limit + 1)
    if not data:
        raise InvalidInput(_("This file is empty. Please choose the photo again."), code="empty_file")
    if len(data) > limit:
        raise InvalidInput(
            _("This file is larger than %(most)s MB. Please send a smaller photo.")
            % {"most": settings.MAX_UPLOAD_SIZE_MB},
            code="file_too_large",
        )
    return data


def _too_many_pixels() -> InvalidInput:
    return InvalidInput(
        _("This picture has more than %(most)s megapixels. Please send a smaller one.")
        % {"most": settings.MAX_IMAGE_MEGAPIXELS},
        code="too_many_pixels",
    )


def _decode(data: bytes, container: str, keep_transparency: bool) -> tuple[Pillow.Image, Capture]:
    if container == "HEIF":
        _register_heif()
    with Pillow.open(BytesIO(data), formats=[container]) as image:  # Reads the header only.
        _refuse_what_asks_too_much(image, data, container)
        profile = image.info.get("icc_profile")
        largest = settings.IMAGE_MASTER_SIZE_PX
        if container == "JPEG":
            scale = min(1.0, ENOUGH_OF_MASTER * largest / max(image.size))
            image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
        large = image.width * image.height > LARGE_PIXELS
        with _one_large_decode if large else nullcontext():
            capture = read_capture(image.getexif())  # Of a PNG this decodes all of it, as EXIF may come last.
            image.load()
            picture = fitted(_eight_bit(image), largest)
    if not (keep_transparency and picture.mode == "RGBA"):
        picture = _srgb(_flattened(picture), profile)
    if capture.orientation in _UPRIGHT:
        picture = picture.transpose(_UPRIGHT[capture.orientation])
    picture.info = {}  # Encoders write comments and profiles that they find here.
    return picture, capture


def _refuse_what_asks_too_much(image: Pillow.Image, data: bytes, container: str) -> None:
    if image.width * image.height > settings.MAX_IMAGE_MEGAPIXELS * 1_000_000:
        raise _too_many_pixels()
    # As it will be kept: of 60,000 x 16 pixels a strip of one pixel would remain.
    kept = min(1.0, settings.IMAGE_MASTER_SIZE_PX / max(image.size))
    if round(min(image.size) * kept) < MIN_SIDE_PX:
        raise InvalidInput(TOO_SMALL, code="too_small")
    if container == "JPEG" and jpeg_scan_count(data) > MAX_JPEG_SCANS:
        raise InvalidInput(DAMAGED, code="damaged_image")
    frames = gif_frame_count(data) if container == "GIF" else getattr(image, "n_frames", 1)
    if frames > MAX_FRAMES:
        raise InvalidInput(_("This animation is too long. Please send a single photo."), code="too_many_frames")


@functools.cache
def _register_heif() -> None:
    import pi_heif  # Half of all uploads to a server never are HEIC, and the library takes 10 MB.

    pi_heif.register_heif_opener()


def fitted(image: Pillow.Image, largest: int) -> Pillow.Image:
    """A new picture whose longer side is at most `largest` pixels."""
    ratio = largest / max(image.size)
    if ratio >= 1:
        return image.copy()
    size = (max(1, round(image.width * ratio)), max(1, round(image.height * ratio)))
    return image.resize(size, Pillow.Resampling.BICUBIC, reducing_gap=2.0)


def _eight_bit(image: Pillow.Image) -> Pillow.Image:
    """A mode of eight bits per channel that can be resized without loss of meaning: L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("LA", "PA") or (image.mode != "RGBA" and "transparency" in image.info):
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _flattened(image: Pillow.Image) -> Pillow.Image:
    """Without transparency: whatever shines through is white."""
    if image.mode != "RGBA":
        return image
    white = Pillow.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _srgb(image: Pillow.Image, profile: Any) -> Pillow.Image:
    """Colours as the embedded ICC profile means them, since the profile itself is not kept."""
    if isinstance(profile, bytes) and profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(source).lower():
                target = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
                return converted if converted is not None else image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # Damaged, or meant for another colour mode than the pixels have.
    return image if image.mode == "RGB" else image.convert("RGB")

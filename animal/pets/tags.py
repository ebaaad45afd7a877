"""The tag on a collar: reading its id as people type it, showing it, and drawing its QR code."""

from __future__ import annotations

from io import BytesIO

import qrcode
from qrcode.constants import ERROR_CORRECT_H

from animal.core.urls import site_url
from animal.pets.models import TAG_PREFIX, TAG_RANDOM_CHARACTERS

# What Crockford's alphabet leaves out is read as what it looks like (https://www.crockford.com/base32.html).
_LOOKALIKES = str.maketrans("OIL", "011")
_SEPARATORS = str.maketrans("", "", "- \t")
GROUP = 4


def tag_normalised(text: str) -> str:
    """A tag id as it is stored, from any case, with or without hyphens and spaces."""
    tag = text.translate(_SEPARATORS).upper()
    if not tag.startswith(TAG_PREFIX):
        return tag
    return TAG_PREFIX + tag.removeprefix(TAG_PREFIX).translate(_LOOKALIKES)


def is_older_tag(text: str) -> bool:
    """Whether it is too short to be one of ours: of those printed before, which can be guessed."""
    return len(tag_normalised(text)) < len(TAG_PREFIX) + TAG_RANDOM_CHARACTERS


def tag_grouped(animal_id: str) -> str:
    """For people to read: `ANI-7K2M-...`, in groups of four."""
    random_part = animal_id.removeprefix(TAG_PREFIX)
    groups = [random_part[start : start + GROUP] for start in range(0, len(random_part), GROUP)]
    return "-".join([TAG_PREFIX, *groups]) if animal_id.startswith(TAG_PREFIX) else animal_id


def tag_address(animal_id: str) -> str:
    return site_url(f"/found/{animal_id}")


def tag_qr_png(animal_id: str) -> bytes:
    """A QR code of the tag's address: error correction H, 10 pixels a module, a border of 4 modules (ISO/IEC 18004)."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_H, box_size=10, border=4)
    code.add_data(tag_address(animal_id))
    code.make(fit=True)
    buffer = BytesIO()
    code.make_image().save(buffer, "PNG")
    return buffer.getvalue()

"""Names and bytes of edited pictures."""

from __future__ import annotations

import re
import uuid
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from animal.images.decode import picture_read

# As for photos: who has not been shown the address does not find it. A `.json` is never served.
EDITED_NAME = re.compile(r"edited/[0-9a-f]{2}/[0-9a-f]{32}\.png")


def edited_file_name(key: uuid.UUID, suffix: str) -> str:
    return f"edited/{key.hex[:2]}/{key.hex}.{suffix}"


def edited_png(upload: UploadedFile[Any]) -> bytes:
    """The upload as a PNG without metadata, transparency kept: the editor removes backgrounds.

    Raises InvalidInput as `picture_read` does.
    """
    picture = picture_read(upload, keep_transparency=True)
    buffer = BytesIO()
    picture.image.save(buffer, "PNG")
    return buffer.getvalue()

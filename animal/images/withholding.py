"""Taking a photo out of sight at once, and bringing it back.

The files get names that nobody has been told, so that neither this service nor an object store with public addresses
serves them any more; lists show a placeholder. The pixels are kept, as evidence and because staff may be wrong.
A browser that has a copy shows it for at most five minutes more (see media.py). An object store's own cache rules are
its operator's.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import uuid
from collections.abc import Callable
from functools import partial
from io import BytesIO

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image as Pillow
from PIL import ImageDraw

from animal.core.errors import NotFound
from animal.core.tasks import background_task, task_enqueue
from animal.images.files import StoredPicture, contents_write, file_name, files_remove
from animal.images.models import Image

SIZES = ("master", "rendition", "thumbnail")
FOLDER = "withheld"
PLACEHOLDER_NAME = re.compile(rf"{FOLDER}/([0-9a-f]{{32}})\.png")


def is_withheld(image: Image | StoredPicture) -> bool:
    return str(image.master).startswith(f"{FOLDER}/")


def placeholder_name(image: Image | StoredPicture) -> str:
    """Still names the picture: the web client edits a pet by sending back the addresses of the photos that stay."""
    return f"{FOLDER}/{image.pk.hex}.png"


def image_withhold(*, image_id: uuid.UUID, hidden: bool, record: Callable[[], None]) -> bool:
    """False when it is so already. `record()` runs in the transaction of the change, to write down who made it.

    Raises NotFound, ServiceUnavailable. Call it outside any transaction.
    """
    image = Image.objects.filter(pk=image_id).first()
    if image is None:
        raise NotFound(_("This photo does not exist."))
    if is_withheld(image) == hidden:
        return False
    before = {size: str(getattr(image, size)) for size in SIZES}
    after = {size: _secret_name(image_id, size) if hidden else file_name(image_id, size) for size in SIZES}
    files_remove(after.values())  # Left over from an attempt that was cut short.
    contents_write({after[size]: _content(before[size]) for size in SIZES})
    with transaction.atomic():
        if not Image.objects.filter(pk=image_id, master=before["master"]).update(**after):
            return False  # Somebody else was faster, and wrote the same names.
        record()
        # The files go when this is committed; should the process die right then, the task sees to it.
        task_enqueue(remove_public_files, str(image_id))
        transaction.on_commit(partial(files_remove, before.values()))
    return True


@background_task()
def remove_public_files(image_id: str) -> None:
    image = Image.objects.filter(pk=image_id).first()
    if image is None or not is_withheld(image):
        return
    names = [file_name(image.pk, size) for size in SIZES]
    files_remove(names)
    if any(default_storage.exists(name) for name in names):
        raise RuntimeError("a hidden photo could not be removed from public view yet")


def _secret_name(image_id: uuid.UUID, size: str) -> str:
    secret = hmac.new(settings.SECRET_KEY.encode(), image_id.bytes, hashlib.sha256).hexdigest()
    return f"{FOLDER}/{secret}-{size}.jpg"


def _content(name: str) -> bytes:
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise NotFound(_("The files of this photo are gone.")) from None


@functools.cache
def placeholder_png() -> bytes:
    picture = Pillow.new("RGB", (320, 240), "#e5e7eb")
    ImageDraw.Draw(picture).text((160, 120), "Photo removed", fill="#374151", anchor="mm", font_size=24)
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()

"""Photos that came with a form which was refused: kept for a while, so that nobody has to choose them again.

They are pictures like all others, which nothing shows yet. The page carries a signed name of each; `pets_purge` removes
those that no form brings back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from animal.core.errors import ApplicationError, InvalidInput
from animal.images.models import Image
from animal.images.selectors import images_unused
from animal.images.services import image_store

SALT = "animal.images.kept"
# Well before they are purged.
LIFETIME = timedelta(hours=12)


def photos_keep(*, uploads: Iterable[UploadedFile[Any]], uploader: User | None, source: str) -> list[Image]:
    """Store what can be taken in. What cannot is left out: the refusal says what is wrong with it."""
    images = []
    for upload in uploads:
        upload.seek(0)  # It may have been read before the form was refused.
        with suppress(ApplicationError):
            images.append(image_store(upload=upload, uploader=uploader, source=source))
    return images


def photo_name(image: Image) -> str:
    return signing.dumps(image.pk.hex, salt=SALT)


def photos_kept(*, names: Iterable[str], uploader: User | None) -> list[Image]:
    """Those of this person, or of nobody, that nothing shows yet; what is forged, old or gone is left out."""
    ids = list(dict.fromkeys(filter(None, map(_image_id, names))))
    unused = images_unused(created_before=timezone.now()).filter(uploader=uploader)
    found = unused.in_bulk(ids) if ids else {}
    return [found[image_id] for image_id in ids if image_id in found]


def _image_id(name: str) -> UUID | None:
    try:
        return UUID(signing.loads(name, salt=SALT, max_age=LIFETIME))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def photos_claim(*, kept: Sequence[Image], uploader: User) -> list[Image]:
    """Take them out of what is kept, for what will show them in the caller's transaction. Raises InvalidInput when
    one of them is gone, or shown by then."""
    ids = [image.pk for image in kept]
    # Locked, so that of two forms at once one finds them shown already.
    list(Image.objects.select_for_update().filter(pk__in=ids))
    unused = images_unused(created_before=timezone.now()).filter(pk__in=ids)
    if unused.count() != len(ids):
        raise InvalidInput(kept_no_more(), code="photo_gone")
    Image.objects.filter(pk__in=ids).update(uploader=uploader)
    return list(kept)


def kept_no_more() -> str:
    return _("A photo that we had kept is here no more: please choose it again.")

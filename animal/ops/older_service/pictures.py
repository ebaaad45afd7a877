"""The older service's pictures: from the addresses that it kept to files of a copy of its bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from animal.core.errors import InvalidInput
from animal.images.decode import picture_read
from animal.images.models import Image
from animal.images.services import images_stored

REASONS = {
    "empty_file": "the file is empty",
    "file_too_large": "the file is too large",
    "not_an_image": "no picture",
    "too_many_pixels": "too many pixels",
    "too_many_frames": "too many frames",
    "too_small": "too small",
    "damaged_image": "damaged",
}
NO_FILE = "no such file in --media"
NO_FOLDER = "no --media was given"
NO_ADDRESS = "no address of a picture"
TOO_MANY = "more photos than a pet may have"


@dataclass
class Pictures:
    """What became of those of one pet. `lacking`: position -> why."""

    stored: list[Image] = field(default_factory=list)
    readable: int = 0
    lacking: dict[int, str] = field(default_factory=dict)


class Media:
    """A folder with the older service's files, as they lay in its bucket. Nothing is fetched from anywhere."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder.resolve() if folder is not None else None

    @contextmanager
    def taken(
        self, addresses: Sequence[Any], positions: Sequence[int], *, uploader: User | None, room: int
    ) -> Iterator[Pictures]:
        """Store those at `positions`, for good if the block succeeds. Without an uploader they are only looked at."""
        pictures = Pictures()
        with ExitStack() as stack:
            for position in positions:
                if pictures.readable >= room:
                    pictures.lacking[position] = TOO_MANY
                    continue
                try:
                    self._take(addresses[position], pictures, uploader, stack)
                    pictures.readable += 1
                except InvalidInput as error:
                    pictures.lacking[position] = REASONS.get(str(error.get_codes()), "damaged")
                except OSError:
                    pictures.lacking[position] = "the file cannot be read"
                except LookupError as error:
                    pictures.lacking[position] = str(error.args[0])
            yield pictures

    def _take(self, address: Any, pictures: Pictures, uploader: User | None, stack: ExitStack) -> None:
        with self._find(address).open("rb") as file:
            upload = UploadedFile(file=file, name="picture")
            if uploader is None:
                picture_read(upload)
                return
            stored = images_stored(uploads=[upload], uploader=uploader, source=Image.Source.PET)
            pictures.stored += stack.enter_context(stored)

    def _find(self, address: Any) -> Path:
        """The file of an address: its path, or as much of the path's end as there is in the folder.

        Raises LookupError with the reason. Nothing outside of the folder is ever opened, whatever the address says.
        """
        if self.folder is None:
            raise LookupError(NO_FOLDER)
        if not isinstance(address, str) or not address.strip():
            raise LookupError(NO_ADDRESS)
        try:
            parts = [part for part in unquote(urlsplit(address.strip()).path).split("/") if part]
            if any(part in (".", "..") for part in parts):
                raise LookupError(NO_ADDRESS)
            for start in range(min(len(parts), 8)):
                file = self.folder.joinpath(*parts[start:]).resolve()
                if file.is_relative_to(self.folder) and file.is_file():
                    return file
        except (ValueError, OSError):
            raise LookupError(NO_ADDRESS) from None
        raise LookupError(NO_FILE)


def addresses_of(value: Any) -> list[Any]:
    """The older service kept a list; some databases hand it out as its JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    if not isinstance(value, list):
        return [] if value in (None, "", {}) else [value]
    return list(dict.fromkeys(value)) if all(isinstance(one, str) for one in value) else value


def most() -> int:
    return int(settings.MAX_PET_PHOTOS)

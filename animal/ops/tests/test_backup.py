"""B73: `backup`, `listbackups` and `restore --verify`: what is in a set comes back as it was, and nothing else does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError
from django.utils import timezone

from accounts.models import User
from animal.conftest import make_actor
from animal.images.models import Image
from animal.ops.backup.create import LOCK, backup_create
from animal.ops.backup.pictures import index_read
from animal.ops.backup.restore import Restored, files_verify, restore, set_choose
from animal.ops.locks import LEASE, LockLost, lock_taken_at, only_one
from animal.ops.maintenance import maintenance_end, maintenance_is_on
from animal.ops.models import OperationLock
from animal.ops.tests.backups import (
    FULL_DISK,
    NO_ROOM,
    backdate,
    complete_sets_in,
    manage,
    manifest_edit,
    sets_in,
)

# Another connection copies the database, and sees what is committed only.
pytestmark = pytest.mark.django_db(transaction=True)

Picture = Callable[..., Any]


def lose_everything(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "media", ignore_errors=True)
    Image.objects.all().delete()
    User.objects.all().delete()


def content(photo: Image) -> bytes:
    with default_storage.open(str(photo.master)) as file:
        return bytes(file.read())


def test_b73_rows_and_files_come_back_as_they_were_when_both_are_lost(photo: Image, tmp_path: Path) -> None:
    before = content(photo)
    assert "is complete" in manage("backup")
    lose_everything(tmp_path)
    assert "everything is as it says" in manage("restore", "--verify")
    again = Image.objects.get()
    assert (again.pk, content(again), again.created_at) == (photo.pk, before, photo.created_at)
    assert User.objects.get().check_password("a long enough Passw0rd")
    assert not maintenance_is_on()


def test_b73_a_set_is_a_manifest_and_parts_whose_hashes_it_names(photo: Image, sets: Path) -> None:
    manage("backup", "--label", "before the move")
    listed = manage("listbackups")
    assert "before the move" in listed
    assert "        3 plain" in listed, "an image has three files"
    [name] = complete_sets_in(sets)
    assert {path.name.split(".")[0] for path in (sets / name).iterdir()} == {
        *("database", "manifest", "pictures", "pictures-0001")
    }


def test_b73_a_database_that_holds_something_is_replaced_only_by_force_and_kept_first(
    photo: Image, sets: Path, tmp_path: Path
) -> None:
    manage("backup")
    make_actor("newcomer")
    with pytest.raises(CommandError, match=r"not empty .*accounts_user.* --force"):
        manage("restore")
    assert User.objects.count() == 2
    assert "What was there is kept as" in manage("restore", "--force")
    assert User.objects.count() == 1
    kept = complete_sets_in(sets)[0]
    assert "restored" in manage("restore", kept, "--force", "--discard")
    assert User.objects.filter(username="Newcomer").exists(), "the kept set is one like any other"
    assert len(complete_sets_in(sets)) == 2


@pytest.mark.parametrize("part", ["database", "pictures-0001", "pictures.jsonl"])
def test_b73_a_damaged_part_is_found_before_anything_is_touched(photo: Image, sets: Path, part: str) -> None:
    manage("backup")
    [path] = (path for path in sets.glob("*/*") if path.name.startswith(part))
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(CommandError, match="is damaged"):
        manage("restore", "--force")
    assert (Image.objects.get().pk, len(sets_in(sets))) == (photo.pk, 1)
    path.unlink()
    with pytest.raises(CommandError, match="is missing"):
        manage("restore", "--force")
    assert not maintenance_is_on()


def test_b73_a_set_of_a_newer_release_is_refused_with_the_name_of_that_release(photo: Image, sets: Path) -> None:
    manage("backup")
    [name] = sets_in(sets)
    manifest_edit(sets, name, migrations=["pets.0999_the_future"], versions={"release": "2.0", "database": "x"})
    with pytest.raises(CommandError, match=r"newer release \(2.0\), whose pets.0999_the_future"):
        manage("restore", "--force")
    assert Image.objects.count() == 1


def test_b73_a_set_of_another_kind_of_database_is_refused(photo: Image, sets: Path) -> None:
    manage("backup")
    manifest_edit(sets, sets_in(sets)[0], engine="database.other.gz")
    with pytest.raises(CommandError, match="another kind of database"):
        manage("restore", "--force")


def test_b73_a_set_that_was_cut_short_is_never_used_and_goes_with_the_next_backup(photo: Image, sets: Path) -> None:
    manage("backup")
    [name] = sets_in(sets)
    for number, text in enumerate(["", '{"format": 1, "na']):
        backdate(sets, name, half := f"2999010{number + 1}T000000000Z")
        (sets / half / "manifest.json").unlink()
        if text:
            (sets / half / "manifest.json").write_text(text)
    assert manage("listbackups").count("incomplete") == 2
    with pytest.raises(CommandError, match="not complete"):
        manage("restore", half)
    manage("backup")
    assert len(sets_in(sets)) == 2
    with pytest.raises(CommandError, match="no backup 'nonsense'"):
        manage("restore", "nonsense")


def test_b73_one_backup_at_a_time_and_the_lock_of_a_killed_one_ends_by_itself(photo: Image, sets: Path) -> None:
    with only_one(LOCK):
        with pytest.raises(CommandError, match="Another backup has been running since"):
            manage("backup")
        assert sets_in(sets) == []
    now = timezone.now()
    OperationLock.objects.update(holder="killed", taken_at=now - LEASE, lease_until=now - timedelta(seconds=1))
    manage("backup")
    assert len(complete_sets_in(sets)) == 1


def test_b73_a_restore_holds_the_lock_to_its_end_though_it_replaces_the_row(
    photo: Image, sets: Path, tmp_path: Path
) -> None:
    manage("backup")
    held: list[str] = []
    restore(
        name="",
        force=True,
        discard=True,
        verify=False,
        migrate=False,
        say=lambda said: held.append(lock_taken_at(LOCK)),
    )
    assert len(held) == 3
    assert all(held)
    assert lock_taken_at(LOCK) == ""


def test_b73_a_backup_that_lost_its_lock_does_not_say_it_is_complete(photo: Image, sets: Path) -> None:
    def steal(said: str) -> None:
        OperationLock.objects.update(holder="somebody else")

    with pytest.raises(LockLost):
        backup_create(label="", say=steal)
    assert sets_in(sets) == []


def test_b73_on_a_full_disk_the_sets_that_there_are_stay_and_half_a_set_does_not(
    photo: Image, sets: Path, settings: Any
) -> None:
    manage("backup")
    before = sets_in(sets)
    full = {"BACKEND": FULL_DISK, "OPTIONS": {"location": sets}}
    settings.STORAGES = {**settings.STORAGES, "backups": full}
    with pytest.raises(CommandError, match=r"No backup was made. There is no room left .*one of them is full"):
        manage("backup")
    assert sets_in(sets) == before
    assert list((settings.VAR_DIR / "backup-spool").iterdir()) == []


def test_b73_sets_go_by_age_and_by_number_but_never_the_newest(photo: Image, sets: Path, settings: Any) -> None:
    settings.BACKUP_KEEP_DAYS, settings.BACKUP_KEEP_COUNT = 30, 3
    manage("backup")
    [name] = sets_in(sets)
    ages = {days: f"{timezone.now() - timedelta(days=days):%Y%m%dT%H%M%S}{days:03}Z" for days in (1, 2, 3, 29, 31)}
    for older in ages.values():
        backdate(sets, name, older)
    said = manage("backup")
    kept = complete_sets_in(sets)
    assert kept[1:] == [name, ages[1]], "three: the new one and the two before it"
    assert all(f"Forgot {ages[days]}." in said for days in (2, 3, 29, 31))
    settings.BACKUP_KEEP_COUNT = 30
    backdate(sets, name, ages[29])
    backdate(sets, name, ages[31])
    manage("backup")
    assert complete_sets_in(sets)[2:] == [name, ages[1], ages[29]]


def test_b73_an_encrypted_set_opens_with_its_key_alone_also_after_the_key_was_changed(
    photo: Image, sets: Path, settings: Any, tmp_path: Path
) -> None:
    from pyrage import x25519

    old, new = (x25519.Identity.generate() for _ in range(2))
    settings.BACKUP_ENCRYPTION_KEYS = [str(old)]
    manage("backup")
    [name] = sets_in(sets)
    assert {path.suffix for path in (sets / name).iterdir()} == {".age", ".json"}
    assert b"owner@example.org" not in b"".join(path.read_bytes() for path in (sets / name).iterdir())
    for keys, said in (
        ([], "Set BACKUP_ENCRYPTION_KEY"),
        ([str(new)], "none of the keys"),
        ([str(old.to_public())], "Set"),
    ):
        settings.BACKUP_ENCRYPTION_KEYS = keys
        with pytest.raises(CommandError, match=said):
            manage("restore", "--force", "--discard")
    assert Image.objects.count() == 1
    lose_everything(tmp_path)
    settings.BACKUP_ENCRYPTION_KEYS = [str(new), str(old)]
    manage("restore", "--verify")
    assert Image.objects.get().pk == photo.pk


def test_b73_files_that_were_gone_already_are_named_and_no_fault_of_the_backup(
    photo: Image, sets: Path, tmp_path: Path
) -> None:
    default_storage.delete(str(photo.thumbnail))
    assert "1 files that rows name could not be copied" in manage("backup")
    lose_everything(tmp_path)
    said = manage("restore", "--verify")
    assert f"Note: {photo.thumbnail} was deleted while" in said
    assert "everything is as it says" in said


def test_b73_verify_finds_a_file_that_is_lost_or_not_what_was_backed_up(photo: Image, sets: Path) -> None:
    manage("backup")
    manifest = set_choose("")
    index = index_read(next(sets.glob("*/pictures.jsonl.gz")))
    Path(default_storage.path(str(photo.master))).write_bytes(b"something else")
    default_storage.delete(str(photo.rendition))
    found = Restored(manifest)
    Image.objects.update(created_at=timezone.now() - timedelta(days=1))
    files_verify(manifest, index, found, lambda said: None)
    assert sorted(fault.partition(":")[0] for fault in found.faults) == sorted(
        [f"images.Image {photo.pk}", f"{photo.master} is not what was backed up."]
    )


def test_b73_without_a_place_for_backups_the_commands_name_the_setting(settings: Any) -> None:
    settings.BACKUPS_IN = ""
    for command in ("backup", "listbackups", "restore"):
        with pytest.raises(CommandError, match="Set BACKUP_DIR or BACKUP_BUCKET_NAME"):
            manage(command)


def test_b73_without_pictures_the_rows_alone_are_backed_up_and_the_files_left_as_they_are(
    photo: Image, sets: Path, settings: Any
) -> None:
    settings.BACKUP_PICTURES = False
    manage("backup")
    Image.objects.all().delete()
    User.objects.all().delete()
    assert "holds no pictures" in manage("restore", "--verify")
    assert default_storage.exists(str(Image.objects.get().master))


def test_b73_a_restore_that_fails_half_way_leaves_people_out_until_it_is_mended(
    photo: Image, sets: Path, settings: Any
) -> None:
    manage("backup")
    # The rows are back by the time the storage refuses the pictures.
    full = {"BACKEND": NO_ROOM, "OPTIONS": {"location": settings.VAR_DIR / "full"}}
    settings.STORAGES = {**settings.STORAGES, "default": full}
    with pytest.raises(CommandError, match=r"no room left.*Maintenance is on"):
        manage("restore", "--force", "--discard")
    assert maintenance_is_on()
    maintenance_end()

"""Handing people all that we hold of them: ZIP files of JSON and pictures, in a storage of their own."""

from __future__ import annotations

import json
import logging
import time
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import mails
from accounts.models import DataExport, User
from accounts.personal_data import Picture, sections
from accounts.services.letters import letter_send
from animal.core.errors import NotFound
from animal.core.tasks import task_enqueue
from animal.core.urls import site_url

logger = logging.getLogger(__name__)

EXPORT_TASK = "accounts.tasks.build_export"
KEPT_FOR = timedelta(days=7)
# A part is written in one task step, which stays well under TASK_TIMEOUT_SECONDS, and is a file that mail programs,
# phones and storages take.
STEP_SECONDS = 6.0
PART_BYTES = 200_000_000
State = DataExport.State


@transaction.atomic
def export_request(*, user: User) -> DataExport:
    """Have the worker pack everything. While one is being packed, that one."""
    User.objects.select_for_update().get(pk=user.pk)  # Two requests at once ask for one export.
    pending = user.data_exports.filter(state=State.PENDING).first()
    if pending is not None:
        return pending
    export = DataExport.objects.create(user=user, expires_at=timezone.now() + KEPT_FOR)
    task_enqueue(EXPORT_TASK, export.pk)
    return export


def export_build(export_id: uuid.UUID) -> None:
    """Write the next part, and ask for another step while pictures are left. A part that a killed worker left
    unfinished is written again."""
    export = DataExport.objects.select_related("user").filter(pk=export_id, state=State.PENDING).first()
    if export is None:
        return
    if not export.user.is_active:
        export_fail(export_id)  # Closed or disabled since; who comes back asks again.
        return
    with TemporaryFile() as file:
        packed, finished = _part_write(file, export)
        file.seek(0)
        name = part_name(export, export.parts)
        _storage().delete(name)
        _storage().save(name, File(file))
    _part_settle(export, packed=packed, finished=finished)


@transaction.atomic
def _part_settle(export: DataExport, *, packed: int, finished: bool) -> None:
    now = timezone.now()
    values: dict[str, Any] = {"parts": export.parts + 1, "pictures_packed": export.pictures_packed + packed}
    if finished:
        values |= {"state": State.READY, "ready_at": now, "expires_at": now + KEPT_FOR}
    if not DataExport.objects.filter(pk=export.pk, state=State.PENDING, parts=export.parts).update(**values):
        return
    if finished:
        write = partial(mails.export_ready, link=site_url("/user"))
        letter_send(to=export.user, key=f"export:{export.pk}", write=write)
    else:
        task_enqueue(EXPORT_TASK, export.pk)


def export_fail(export_id: uuid.UUID) -> None:
    DataExport.objects.filter(pk=export_id, state=State.PENDING).update(state=State.FAILED)


def export_open(*, user: User, export_id: uuid.UUID, part: int) -> IO[bytes]:
    """One part, for its owner alone. Raises NotFound for somebody else's, an unfinished or an expired one."""
    ready = DataExport.objects.filter(pk=export_id, user=user, state=State.READY, expires_at__gt=timezone.now())
    export = ready.first()
    if export is None or not 0 < part <= export.parts:
        raise NotFound(_("This export does not exist, or is not yours, or has expired."))
    try:
        return _storage().open(part_name(export, part - 1))
    except FileNotFoundError:
        raise NotFound(_("This export has expired.")) from None


def export_discard(export: DataExport) -> None:
    """The files first: a row without files is removed another time, files without a row never are."""
    for part in range(export.parts + 1):  # One more: a killed worker may have left it.
        _storage().delete(part_name(export, part))
    export.delete()


def exports_purge() -> int:
    """Remove those that have expired; returns how many."""
    expired = list(DataExport.objects.filter(expires_at__lte=timezone.now())[:100])
    for export in expired:
        export_discard(export)
    return len(expired)


def part_name(export: DataExport, part: int) -> str:
    return f"exports/{export.pk.hex}/pawgle-{part + 1}.zip"


def _storage() -> Storage:
    return storages["private"]


def _part_write(file: IO[bytes], export: DataExport) -> tuple[int, bool]:
    """(pictures packed, whether that was all)."""
    started, packed = time.monotonic(), 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        if export.parts == 0:
            for section in sections():
                document = json.dumps(section.collect(export.user), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
                archive.writestr(f"{section.name}.json", document)
        for picture in _pictures(export.user, export.pictures_packed):
            if packed and (time.monotonic() - started > STEP_SECONDS or file.tell() > PART_BYTES):
                return packed, False
            _picture_write(archive, picture.name, picture.read)
            packed += 1
    return packed, True


def _pictures(user: User, skip: int) -> Iterator[Picture]:
    """All but the first `skip`, section by section. Those are stepped over by their rows; no file is read."""
    for section in sections():
        position = 0
        while section.pictures is not None and (batch := section.pictures(user, position)):
            position += len(batch)
            yield from batch[skip:]
            skip = max(0, skip - len(batch))


def _picture_write(archive: zipfile.ZipFile, name: str, read: Any) -> None:
    try:
        content = read()
    except OSError:
        logger.warning("a picture is missing in an export")
        archive.writestr(f"{name}.missing.txt", "The file of this picture is not there any more.")
        return
    archive.writestr(zipfile.ZipInfo(name), content)  # Stored as it is: JPEGs do not get smaller.

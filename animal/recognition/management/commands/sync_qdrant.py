"""Bring Qdrant into step with the database, or prove that it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from animal.recognition.errors import IndexUnavailable
from animal.recognition.index.qdrant_connection import Connection, default_connection
from animal.recognition.index.qdrant_sync import compare, delete_stale, upload
from animal.recognition.models import GalleryEntry

KINDS = {"pets": [GalleryEntry.Kind.PET], "reports": [GalleryEntry.Kind.REPORT], "all": list(GalleryEntry.Kind)}


class Command(BaseCommand):
    help = "Copies the gallery's vectors from the database to Qdrant and deletes stale points. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", choices=sorted(KINDS), default="all", help="Which collection (default: all).")
        parser.add_argument("--batch", type=_batch_size, default=200, help="Vectors per request (default: 200).")
        parser.add_argument("--check", action="store_true", help="Write nothing; fail unless Qdrant agrees.")

    def handle(self, *, only: str, batch: int, check: bool, **options: Any) -> None:
        if not settings.QDRANT_CLUSTER_ENDPOINT:
            self.stdout.write(
                "Qdrant is not configured (QDRANT_CLUSTER_ENDPOINT is empty). Searches use the vectors in the "
                "database; there is nothing to sync."
            )
            return
        visit = self._check if check else self._sync
        try:
            outcomes = [visit(default_connection(), kind, batch) for kind in KINDS[only]]
        except IndexUnavailable as error:
            advice = "Start Qdrant or correct QDRANT_CLUSTER_ENDPOINT, then run this again."
            raise CommandError(f"{error}\n{advice}") from error
        if not all(outcomes):
            raise CommandError("Qdrant and the database disagree. Run sync_qdrant without --check.")

    def _sync(self, connection: Connection, kind: str, batch: int) -> bool:
        total = GalleryEntry.objects.filter(kind=kind, is_live=True).count()
        with tqdm(total=total, desc=f"{kind} vectors", unit="vector", disable=None) as progress:
            written = 0
            for count in upload(connection, kind, batch):
                written += count
                progress.update(count)
        stale = delete_stale(connection, kind)
        self.stdout.write(f"{kind}: {written} vectors written, {stale} stale points deleted.")
        return True

    def _check(self, connection: Connection, kind: str, batch: int) -> bool:
        found = compare(connection, kind)
        self.stdout.write(
            f"{kind}: {found.entries} vectors in the database; in Qdrant {found.missing} are missing, "
            f"{found.outdated} outdated, {found.stale} stale."
        )
        return found.is_complete


def _batch_size(text: str) -> int:
    size = int(text)
    if not 1 <= size <= 5000:
        raise ValueError(text)
    return size

"""Bring Qdrant into step with the database, or prove that it is."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from animal.core.models import BackgroundTask
from animal.recognition.errors import CollectionMissing, IndexUnavailable
from animal.recognition.index.qdrant_connection import Connection
from animal.recognition.index.qdrant_fill import UNFINISHED, copies_settle, fill_request, fill_settle
from animal.recognition.index.qdrant_sync import UPLOAD_POINTS, Disagreement, compare, delete_stale, upload
from animal.recognition.models import GalleryEntry
from animal.recognition.services import INDEX_TASK

KINDS = {"pets": [GalleryEntry.Kind.PET], "reports": [GalleryEntry.Kind.REPORT], "all": list(GalleryEntry.Kind)}
# Somebody waits for the command to end: a batch may take longer than in the background.
SECONDS = 30.0
SHOWN = 20
MAX_BATCH = 1000  # Some 10 MB for one request; Qdrant takes 32.


class Command(BaseCommand):
    help = (
        "Copies the gallery's vectors from the database to Qdrant. What Qdrant has already is not sent again, so this "
        "can be interrupted and repeated."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", choices=sorted(KINDS), default="all", help="which collection (default: all)")
        parser.add_argument(
            "--batch", type=_batch_size, default=UPLOAD_POINTS, help=f"vectors per request (default: {UPLOAD_POINTS})"
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing to Qdrant; say what disagrees, and fail if anything does",
        )
        parser.add_argument("--prune", action="store_true", help="also delete what stands for nothing in the database")
        parser.add_argument("--everything", action="store_true", help="send again what Qdrant has already")

    def handle(self, *, only: str, batch: int, check: bool, prune: bool, everything: bool, **options: Any) -> None:
        if check and (prune or everything):
            raise CommandError("--check writes nothing, so it does not go with --prune or --everything.")
        if not settings.QDRANT_CLUSTER_ENDPOINT:
            self.stdout.write(
                "Qdrant is not configured (QDRANT_CLUSTER_ENDPOINT is empty). Searches use the vectors in the "
                "database; there is nothing to sync."
            )
            return
        connection = Connection(seconds=SECONDS)
        try:
            if check:
                self._check(connection, KINDS[only], batch, verbose=options["verbosity"] > 1)
            else:
                self._sync(connection, KINDS[only], batch, prune=prune, everything=everything)
        except IndexUnavailable as error:
            advice = "Start Qdrant or correct QDRANT_CLUSTER_ENDPOINT, then run this again; it goes on where it was."
            raise CommandError(f"{error}\n{advice}") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run this again, and it goes on where it was.", returncode=130) from None

    def _sync(self, connection: Connection, kinds: Sequence[str], batch: int, *, prune: bool, everything: bool) -> None:
        for kind in kinds:
            _searches_wait_for_new_collection(connection, kind)
            began = timezone.now()
            total, written, seen = GalleryEntry.objects.filter(kind=kind, is_live=True).count(), 0, 0
            with tqdm(total=total, desc=f"{kind} vectors", unit="vector", disable=None) as progress:
                for done in upload(connection, kind, batch, everything=everything):
                    written, seen = written + done.written, seen + done.seen
                    progress.update(done.seen)
            self.stdout.write(f"{kind}: {written} vectors written, {seen - written} were there.")
            if prune:
                self.stdout.write(f"{kind}: {delete_stale(connection, kind)} stale points deleted.")
                copies_settle(kind, failed_by=began)
            else:
                fill_settle(kind, failed_by=began)

    def _check(self, connection: Connection, kinds: Sequence[str], batch: int, *, verbose: bool) -> None:
        faults: Counter[str] = Counter()
        for kind in kinds:
            began, total = timezone.now(), GalleryEntry.objects.filter(kind=kind, is_live=True).count()
            found: list[Disagreement] = []
            with tqdm(total=total, desc=f"{kind} vectors", unit="vector", disable=None) as progress:
                for disagreements in compare(connection, kind, batch):
                    found += disagreements
                    progress.update(min(batch, total - progress.n))
            self._say(kind, total, found, verbose=verbose)
            faults.update(one.fault for one in found)
            if not found:
                copies_settle(kind, failed_by=began)
        if faults:
            raise CommandError(f"Qdrant and the database disagree. {_advice(faults)}")

    def _say(self, kind: str, total: int, found: list[Disagreement], *, verbose: bool) -> None:
        count = Counter(one.fault for one in found)
        self.stdout.write(
            f"{kind}: {total} vectors in the database; in Qdrant {count['missing']} are missing, "
            f"{count['outdated']} outdated, {count['altered']} altered, {count['stale']} stale."
        )
        shown = found if verbose else found[:SHOWN]
        for one in shown:
            self.stdout.write(f"  {one.where}: {one.what}")
        if len(found) > len(shown):
            self.stdout.write(f"  and {len(found) - len(shown)} more, which --verbosity 2 shows")


def _searches_wait_for_new_collection(connection: Connection, kind: str) -> None:
    try:
        connection.ask(kind, lambda client, collection: None)
    except CollectionMissing:
        fill_request(kind)


def _advice(faults: Counter[str]) -> str:
    options = [option for option, fault in (("--everything", "altered"), ("--prune", "stale")) if faults[fault]]
    advice = f"Run {' '.join(['sync_qdrant', *options])}."
    waiting = BackgroundTask.objects.filter(name=INDEX_TASK, state__in=UNFINISHED).count()
    return f"{advice} {waiting} changes are on their way to it by themselves." if waiting else advice


def _batch_size(text: str) -> int:
    size = int(text) if text.isdecimal() else 0
    if not 1 <= size <= MAX_BATCH:
        raise ArgumentTypeError(f"a number from 1 to {MAX_BATCH}")
    return size

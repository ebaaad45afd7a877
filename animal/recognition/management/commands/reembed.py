"""``manage.py reembed``: read every photo of the gallery again with the model in use, and show how far it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from tqdm import tqdm

from animal.core.tasks import DependencyDown
from animal.recognition.errors import ModelUnavailable
from animal.recognition.reembedding import pass_retire, pass_start, pass_work, version_serve
from animal.recognition.selectors import gallery_outdated

MAX_THREADS = 8


class Command(BaseCommand):
    help = (
        "Reads the photos of the gallery again after a change of model, open reports first. The worker does so by "
        "itself; this does it now, beside the worker or without one. Can be interrupted and repeated."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say how much is left; fail if there is any")
        parser.add_argument("--threads", type=int, default=2, help="how many photos at a time (default 2)")

    def handle(self, *, check: bool, threads: int, **options: Any) -> None:
        if not 1 <= threads <= MAX_THREADS:
            raise CommandError(f"--threads is a number from 1 to {MAX_THREADS}.")
        left = gallery_outdated().count()
        if check:
            self.stdout.write(f"{left} pets and reports have vectors of an older model only.")
            if left:
                raise CommandError("Run reembed, or wait for the worker.")
            return
        try:
            serving = version_serve(at_start=True)
        except ModelUnavailable as error:
            raise CommandError(str(error)) from error
        if serving is None or not left:
            self.stdout.write("Everything has been read with the model in use.")
            return
        pass_start(serving.version)
        try:
            self._work(left, threads)
        except DependencyDown as error:
            raise CommandError(f"{error} Run this again once that is mended; nothing is lost.") from error
        self.stdout.write(f"{left} pets and reports have been read with the model {serving.version}.")

    def _work(self, total: int, threads: int) -> None:
        left = total
        with tqdm(total=total, unit="animal", disable=None) as progress, ThreadPoolExecutor(threads) as pool:
            more = True
            while more:
                more = any(pool.map(_work_in_thread, range(threads)))
                before, left = left, gallery_outdated().count()
                progress.update(max(0, before - left))
        if left:
            raise CommandError(f"{left} pets and reports are left; the reasons stand with their background tasks.")
        while pass_retire():
            pass


def _work_in_thread(_: int) -> bool:
    try:
        return pass_work()
    finally:
        connection.close()  # Each thread has its own.

"""One drill from start to account."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from animal.bench.drills.audit import audit, wait_until_done
from animal.bench.drills.faults import DRILLS, small_disk, small_disk_away
from animal.bench.drills.scene import scene
from animal.bench.results import Results
from animal.ops.stack import roomy_memory


def run_drill(name: str, *, reports: int, seed: int, keep_in: Path | None = None) -> Results:
    """With `keep_in`, logs and database stay there for who wants to know more.

    Raises Missing when this machine lacks something that the drill needs, DrillFailed when it cannot be held.
    """
    drill = DRILLS[name]
    with _folder(name, keep_in) as folder:
        media = folder / "var" / "media"
        try:
            if drill.on_small_disk:
                small_disk(media, reports)
            results = Results(f"drill {name}", f"{reports} reports, seed {seed}. {drill.story}")
            with scene(
                folder, needs=drill.needs, environment=drill.environment, total=reports, seed=seed
            ) as everything:
                drill.fault(everything)
                everything.filing.wait()
                audit(everything, wait_until_done(everything), results)
            return results
        finally:
            if drill.on_small_disk:
                small_disk_away(media)


@contextmanager
def _folder(name: str, keep_in: Path | None) -> Iterator[Path]:
    if keep_in is not None:
        folder = keep_in / name
        folder.mkdir(parents=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="pawgle-drill-", dir=roomy_memory()) as scratch:
        yield Path(scratch)

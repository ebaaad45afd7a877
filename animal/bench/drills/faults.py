"""What is done to the service while reports are filed. Each function files, breaks, and leaves everything mended."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DatabaseError, connections

from animal.bench.drills.scene import ALIAS, DrillFailed, Scene
from animal.bench.drills.servers import Missing, clock_set

# animal.core.faults: every step of a task at which a worker can be told to die; at its first and at its second passing.
STEPS = (
    *("claimed", "read", "embedded", "indexed", "searched"),
    *("match_written", "notified", "alerted", "mail_sent", "finished"),
)
POINTS = [f"{step}:{passing}" for passing in (1, 2) for step in STEPS]
WORKERS_AT_A_TIME = 5
DEATH_SECONDS = 120.0
CUT_EVERY_SECONDS = 2.0
# Besides what the reports need: a report takes some 100 kB.
SPARE_DISK_MB = 24
REPORTS_PER_MB = 5
JUMP_SECONDS = 2 * 3600
# Longer than any request may take, so that each that meets the hanging database has to give it up.
HANG_SECONDS = 15.0
# Longer than a request waits for an answer, shorter than it takes to ask what became of its COMMIT: those that were
# under way take effect when the server goes on. Few are at any one moment, so it stalls several times.
STALL_SECONDS = 5.0
STALLS_AT = (0.1, 0.2, 0.3, 0.4)
NEXT_CUT = "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND command <> 'Daemon'"


def worker(scene: Scene) -> None:
    """Twenty workers die by `kill -9`, with all their processes, each at another step of its work; some at a time."""
    scene.filing.start(released=0)
    scene.broken()
    for first in range(0, len(POINTS), WORKERS_AT_A_TIME):
        doomed = {
            point: scene.service.start_worker(FAULT_KILL_AT=point, DEBUG="true")
            for point in POINTS[first : first + WORKERS_AT_A_TIME]
        }
        _all_die(scene, doomed)
    scene.service.start_worker()
    scene.healed()
    scene.filing.release(scene.filing.total)


def _all_die(scene: Scene, doomed: dict[str, subprocess.Popen[bytes]]) -> None:
    """Give them work, a little at a time, until each has come to its point."""
    share, deadline = max(scene.filing.total // len(POINTS), 1), time.monotonic() + DEATH_SECONDS
    scene.filing.release(share * len(doomed))
    try:
        while alive := [point for point, process in doomed.items() if process.poll() is None]:
            if time.monotonic() > deadline:
                raise DrillFailed(f"Workers did not come to {', '.join(alive)} within {DEATH_SECONDS:.0f} s.")
            time.sleep(0.5)
            if not scene.tasks_left():
                scene.filing.release(1)
    finally:
        for process in doomed.values():
            scene.service.kill(process)
    wrong = {point: process.returncode for point, process in doomed.items() if process.returncode != -signal.SIGKILL}
    if wrong:
        raise DrillFailed(f"Workers that were to be killed ended by themselves: {wrong}.")
    scene.kills += len(doomed)


def database(scene: Scene) -> None:
    """The database stalls and goes on, four times; hangs, is gone, and comes back on its data."""
    _works(scene)
    scene.broken()
    for share in STALLS_AT:
        scene.wait_for_share(share)
        _stalls(scene, "mariadb")
    scene.wait_for_share(0.5)
    _hangs_and_goes(scene, "mariadb", hang_seconds=HANG_SECONDS)


def connections_cut(scene: Scene) -> None:
    """Every connection to the database is cut, every two seconds at most, until all is filed."""
    _works(scene)
    scene.broken()
    rounds, every = 0, min(CUT_EVERY_SECONDS, 0.5 + scene.filing.total / 100)
    while rounds < 5 or not scene.filing.is_over:
        time.sleep(every)
        rounds += 1
        scene.notes["connections cut"] = scene.notes.get("connections cut", 0) + _cut_all()
    scene.notes["cuts"] = rounds
    scene.healed()


def redis(scene: Scene) -> None:
    """Redis hangs, then is gone, then comes back empty."""
    _hangs_then_goes(scene, "redis")


def storage(scene: Scene) -> None:
    """The object store hangs, then is gone, then comes back."""
    _hangs_then_goes(scene, "s3")


def index(scene: Scene) -> None:
    """Qdrant hangs, then is gone, then comes back without what it held: it is filled anew from the database."""
    _hangs_then_goes(scene, "qdrant")


def disk(scene: Scene) -> None:
    """The disk of the pictures is full."""
    _works(scene)
    scene.wait_for_share(0.3)
    filler = Path(scene.service.directory) / "media" / "filler"
    scene.broken()
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    time.sleep(_outage(scene))
    filler.unlink()
    scene.healed()


def clock(scene: Scene) -> None:
    """The clock of both processes is set two hours ahead, and back again."""
    _works(scene)
    scene.wait_for_share(0.2)
    scene.broken()
    clock_set(scene.folder, JUMP_SECONDS)
    scene.wait_for_share(0.6)
    clock_set(scene.folder, 0)
    scene.healed()


def _works(scene: Scene) -> None:
    """Filing begins when the worker has done what the stage was set with: the fault is to meet it at work."""
    scene.service.start_worker()
    scene.wait_for(lambda: scene.tasks() and not scene.tasks_left(), seconds=120, what="the worker does nothing")
    scene.filing.start()


def _stalls(scene: Scene, name: str) -> None:
    """Until those that met it have their answers: nobody meets two, which would be a longer one."""
    scene.servers[name].hang()
    time.sleep(STALL_SECONDS)
    met = scene.filing.under_way
    scene.servers[name].go_on()
    scene.wait_for(lambda: not met & scene.filing.under_way, seconds=60, what="requests have no answer")


def _outage(scene: Scene) -> float:
    return min(3.0 + scene.filing.total / 50, 20.0)


def _hangs_then_goes(scene: Scene, name: str) -> None:
    _works(scene)
    scene.wait_for_share(0.2)
    scene.broken()
    _hangs_and_goes(scene, name)


def _hangs_and_goes(scene: Scene, name: str, *, hang_seconds: float = 0.0) -> None:
    server = scene.servers[name]
    server.hang()
    if name == "mariadb":
        scene.cut_short = scene.filing.under_way
        scene.database_outages += 1
    time.sleep(max(_outage(scene), hang_seconds))
    server.kill()
    time.sleep(_outage(scene))
    server.start_again()
    scene.healed()


def _cut_all() -> int:
    """How many were cut. Ours is not among them."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(NEXT_CUT)
        ids = [row[0] for row in cursor.fetchall()]
        for number in ids:
            with suppress(DatabaseError):  # It has just ended by itself.
                cursor.execute(f"KILL CONNECTION {int(number)}")
    return len(ids)


def small_disk(media: Path, reports: int) -> None:
    """A disk of its own below `media`, in memory, with room for so many reports."""
    media.mkdir(parents=True, exist_ok=True)
    size = f"size={SPARE_DISK_MB + reports // REPORTS_PER_MB}m"
    mount = shutil.which("mount", path="/usr/bin:/bin:/usr/sbin:/sbin")
    done = mount and subprocess.run(  # noqa: S603
        [mount, "-t", "tmpfs", "-o", size, "pawgle-drill", str(media)], capture_output=True, check=False
    )
    if not done or done.returncode:
        raise Missing("A small disk cannot be mounted here: run this drill as root, or in a container that may mount.")


def small_disk_away(media: Path) -> None:
    umount = shutil.which("umount", path="/usr/bin:/bin:/usr/sbin:/sbin")
    if umount:
        subprocess.run([umount, "-l", str(media)], capture_output=True, check=False)  # noqa: S603


@dataclass(frozen=True)
class Drill:
    fault: Callable[[Scene], None]
    needs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    on_small_disk: bool = False

    @property
    def story(self) -> str:
        return (self.fault.__doc__ or "").strip()


DRILLS = {
    "worker": Drill(worker),
    "database": Drill(database, ("mariadb",)),
    "connections": Drill(connections_cut, ("mariadb",)),
    # Workers are told of work by what goes away.
    "redis": Drill(redis, ("redis",), {"Q_BROKER": "redis"}),
    "storage": Drill(storage, ("s3",)),
    "index": Drill(index, ("qdrant",)),
    "disk": Drill(disk, on_small_disk=True),
    "clock": Drill(clock, ("clock",)),
}

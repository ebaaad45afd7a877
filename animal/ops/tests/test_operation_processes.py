"""Operation by real processes: backups while work goes on and when it is killed, the change of keys, maintenance."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from animal.ops.launch import WEB, WORKER, demo_environment, free_port, prepare_demo, ready_url
from animal.ops.supervisor import Supervisor
from animal.ops.tests.backups import complete_sets_in, sets_in
from animal.ops.tests.processes import PYTHON, ROOT, House, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

SLOW = "animal.ops.tests.slow_task.slow"
# One transaction writes a task's row and the queue row that is to wake it tomorrow.
WRITE_FOR_EVER = """
from datetime import timedelta
from animal.core.tasks import task_enqueue
for number in range(10_000_000):
    task_enqueue("animal.ops.tests.slow_task.slow", number, delay=timedelta(days=1))
"""


@pytest.fixture
def sets(house: House) -> Path:
    folder = house.folder / "sets"
    house.environment["BACKUP_DIR"] = str(folder)
    return folder


def start_worker(house: House) -> None:
    house.start(PYTHON, "manage.py", "worker")


def done(house: House, target: int) -> bool:
    return house.task_states().get(f"{SLOW}:{target}") == "done"


def test_b73_the_seeded_story_plays_again_after_database_and_pictures_were_lost(tmp_path: Path) -> None:
    """The whole way: seed, back up with encryption, lose everything, restore, and find every animal as before."""
    port, folder = free_port(), tmp_path / "service"
    folder.mkdir()
    environment = {**demo_environment(folder, port), "BACKUP_DIR": str(tmp_path / "sets")}
    environment["BACKUP_ENCRYPTION_KEY"] = _manage(environment, "gen_secret", "--backup-key").splitlines()[0]
    prepare_demo(environment)
    assert "is complete" in _manage(environment, "backup")
    for lost in folder.glob("pawgle.sqlite3*"):
        lost.unlink()
    shutil.rmtree(folder / "media")
    assert "everything is as it says" in _manage(environment, "restore", "--verify")
    story = (PYTHON, str(ROOT / "manage.py"), "demo_check", "--base-url", environment["SITE_URL"])
    played = Supervisor(WEB, WORKER, ready_url(port), environment, follow_up=story, ends_with_follow_up=True).run()
    assert played == 0


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def test_b73_a_backup_while_web_and_worker_write_holds_one_moment(house: House, sets: Path) -> None:
    start_worker(house)
    house.start(PYTHON, "manage.py", "shell", "--no-imports", "-c", WRITE_FOR_EVER)
    wait_until(lambda: len(house.task_states()) > 20, seconds=30, what="rows are written")
    house.manage("backup")
    before = len(house.task_states())
    wait_until(lambda: len(house.task_states()) > before, seconds=20, what="writing goes on")
    house.clean_up()
    for file in house.folder.glob("pawgle.sqlite3*"):
        file.unlink()
    assert "everything is as it says" in house.manage("restore", "--verify")
    rows = json.loads((sets / complete_sets_in(sets)[0] / "manifest.json").read_text())["rows"]
    assert 20 < rows["core_backgroundtask"] < before
    # A task that has waited for long has been put into the queue once more.
    code = "from django_q.models import OrmQ; from animal.core.models import BackgroundTask as Task; "
    code += "queued = {row.task['args'][0] for row in OrmQ.objects.all() if row.func().endswith('tasks.task_run')}; "
    alone = house.python(code + "print(len(queued ^ set(Task.objects.values_list('pk', flat=True))))")
    assert int(alone) == 0, "of each pair both rows"


def test_b73_a_killed_backup_leaves_no_set_and_the_next_one_is_made(house: House, sets: Path) -> None:
    house.manage("backup")
    [kept] = complete_sets_in(sets)
    # Stopped while it holds the lock and has begun a set, then killed there.
    pause = "import os, signal; from animal.ops.backup import create; "
    pause += "create.backup_create(label='', say=lambda said: os.kill(os.getpid(), signal.SIGSTOP))"
    house.environment["BACKUP_PICTURES"] = "false"
    process = house.start(PYTHON, "manage.py", "shell", "--no-imports", "-c", pause)
    wait_until(lambda: process.status() == "stopped", seconds=30, what="the backup is under way")
    second = house.run(PYTHON, "manage.py", "backup")
    assert "Another backup has been running since" in second.stderr
    os.kill(process.pid, signal.SIGKILL)
    assert complete_sets_in(sets) == [kept]
    # As if two minutes had passed.
    house.python(
        "from animal.ops.models import OperationLock; from django.utils import timezone; "
        "OperationLock.objects.update(lease_until=timezone.now())"
    )
    house.manage("backup")
    assert len(complete_sets_in(sets)) == len(sets_in(sets)) == 2
    assert list((house.folder / "backup-spool").iterdir()) == []


def test_b73_the_daily_backup_outlives_the_task_that_starts_it(house: House, sets: Path) -> None:
    start_worker(house)
    house.python("from django_q.tasks import async_task; async_task('animal.ops.tasks.backup_start')")
    wait_until(lambda: complete_sets_in(sets), seconds=40, what="the backup is made")
    assert "daily" in house.manage("listbackups")


def test_b73_a_set_of_an_older_release_is_brought_to_this_one(house: House, sets: Path) -> None:
    house.manage("migrate", "ops", "zero")
    # Without tables of ours there is no lock; the release before had none either.
    code = (
        "from animal.ops.backup import create; create.backup_create_locked(type('L', (), {'require': lambda s: 0})(), "
    )
    house.python(code + "label='', say=print)")
    house.manage("migrate")
    house.manage("restore", "--verify")
    assert "[X] 0001_initial" in house.manage("showmigrations", "ops")


def test_work_queued_under_the_old_key_is_done_under_the_new_one(house: House) -> None:
    """Rotation of SECRET_KEY, with the old key among the fallbacks and without."""
    old, new = (f"the {which} key as long as it has to be for HS256 signatures" for which in ("old", "new"))
    house.environment.update(SECRET_KEY=old)
    house.queue(SLOW, 1)
    house.environment.update(SECRET_KEY=new, SECRET_KEY_FALLBACKS=old)
    start_worker(house)
    wait_until(lambda: done(house, 1), seconds=30, what="work of the old key is done")
    house.environment.update(SECRET_KEY=old, SECRET_KEY_FALLBACKS="")
    house.queue(SLOW, 2)  # A web process that has not been restarted yet.
    wait_until(lambda: done(house, 2), seconds=30, what="work that still comes under the old key is done")
    house.clean_up()
    house.queue(SLOW, 3)
    house.environment.update(SECRET_KEY=new)
    start_worker(house)
    wait_until(lambda: done(house, 3), seconds=30, what="work is done even where the old key is gone")


def test_b74_workers_take_no_new_work_during_maintenance_and_lose_none(house: House) -> None:
    start_worker(house)
    house.queue(SLOW, 3000)
    wait_until(lambda: "started 3000" in house.notes(), seconds=30, what="a task is in hand")
    house.manage("maintenance", "on")
    house.queue(SLOW, 5)
    wait_until(lambda: done(house, 3000), seconds=20, what="the task in hand is finished")
    time.sleep(2)  # Long enough for a worker that takes work to have taken it.
    assert not done(house, 5)
    house.manage("maintenance", "off")
    wait_until(lambda: done(house, 5), seconds=30, what="afterwards the work that waited is done")


def test_p19_the_start_waits_for_the_database_migrates_it_and_then_serves(house: House) -> None:
    place = house.folder / "late" / "pawgle.sqlite3"
    place.mkdir(parents=True)  # Where the file is to be, something is in the way.
    port = free_port()
    house.environment.update(DATABASE_URL=f"sqlite:///{place}", PORT=str(port), WEB_BIND="127.0.0.1")
    house.environment.update(SITE_URL=f"http://localhost:{port}")
    house.start("./startup.sh")
    time.sleep(4)  # Long enough to have given up, for one that does not wait.
    assert not serves(port)
    place.rmdir()
    wait_until(lambda: serves(port), seconds=240, what="it serves once the database is there")
    # The start asks for itself whether it serves, and may hear so a moment later than this test.
    wait_until(lambda: "PawGle serves port" in house.log(), seconds=60, what="the start says so")
    log = house.log()
    assert log.index("database answers") < log.index("migrations") < log.index("PawGle serves port")


def serves(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready/", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False

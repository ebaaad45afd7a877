"""What `./startup.sh` does once Python and the packages are there: `python -m animal.ops.launch MODE`.

production    the active environment, as configured by the environment variables and .env
demo          a complete service of its own under var/demo, with seeded animals
check         a fresh demo on a free port; the whole story is played against it over HTTP
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import IO, NoReturn

from dotenv import load_dotenv

from animal.core.dev_key import development_key
from animal.ops.steps import Step, StepFailed, run_steps
from animal.ops.supervisor import Supervisor, say

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
MANAGE = (PYTHON, str(ROOT / "manage.py"))
WEB = (PYTHON, "-m", "gunicorn", "-c", "python:animal.ops.gunicorn_conf", "animal.wsgi")
WORKER = (*MANAGE, "worker")
# A demo must touch nothing but its own folder, whatever a developer's environment or .env points to. Of what is set
# there it takes over only these.
DEMO_KEEPS = {
    *("PORT", "WEB_CONCURRENCY", "Q_WORKERS", "Q_LOG_LEVEL", "MODEL_DIR", "EMBEDDING_PROVIDER"),
    *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH"),
}


def refuse(sentence: str) -> NoReturn:
    sys.exit(f"PawGle cannot start: {sentence}")


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    modes = {"production": production, "demo": demo, "check": check}
    if len(arguments) != 1 or arguments[0] not in modes:
        sys.exit(f"Usage: python -m animal.ops.launch {{{'|'.join(modes)}}}")
    env_file = os.environ.get("ENV_FILE", str(ROOT / ".env"))
    if env_file:
        load_dotenv(env_file)
    try:
        return modes[arguments[0]]()
    except StepFailed as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        return 130


def production() -> int:
    port = chosen_port()
    address = os.environ.get("WEB_BIND", "").strip() or "0.0.0.0"  # noqa: S104 - containers are reached from outside
    refuse_a_port_in_use(address, port, "./startup.sh")
    environment = {**os.environ, "PORT": str(port), "WEB_BIND": address, **memory_thrift()}
    # One process for both, and none for the schedules, which `migrate` sees to: each takes a second to start.
    answers = Step("database answers", (PYTHON, "-m", "animal.ops.preflight", "--wait-for-db"))
    run_steps(
        [
            answers,
            Step("migrations", (*MANAGE, "migrate", "--noinput"), after=frozenset({answers.label})),
            Step("static files", (*MANAGE, "collectstatic", "--noinput"), after=frozenset({answers.label})),
        ],
        environment,
    )
    welcome = f"PawGle serves port {port}."
    return Supervisor(WEB, WORKER, ready_url(port, address), environment, announcement=welcome).run()


def demo() -> int:
    port = chosen_port()
    refuse_a_port_in_use("127.0.0.1", port, "./startup.sh demo")
    folder = ROOT / "var" / "demo"
    with only_one(folder):
        environment = demo_environment(folder, port)
        prepare_demo(environment)
        welcome = f"\nPawGle runs at {environment['SITE_URL']}  (Ctrl-C stops it). To sign in, open one of these once:"
        links = (*MANAGE, "demo_links")
        return Supervisor(WEB, WORKER, ready_url(port), environment, announcement=welcome, follow_up=links).run()


def check() -> int:
    folder = ROOT / "var" / "demo-check"
    with only_one(folder):
        # An earlier check must not help or hinder this one.
        for old in folder.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        port = free_port()
        environment = demo_environment(folder, port)
        prepare_demo(environment)
        story = (*MANAGE, "demo_check", "--base-url", environment["SITE_URL"])
        return Supervisor(WEB, WORKER, ready_url(port), environment, follow_up=story, ends_with_follow_up=True).run()


def ready_url(port: int, address: str = "127.0.0.1") -> str:
    return f"http://{'127.0.0.1' if address == '0.0.0.0' else address}:{port}/ready/"  # noqa: S104 - compared only


def prepare_demo(environment: dict[str, str]) -> None:
    database = Step("database", (*MANAGE, "migrate", "--noinput"))
    seed = (*MANAGE, "seed_test_data", "--if-missing", "--work")
    run_steps(
        [
            database,
            Step("animals", seed, after=frozenset({database.label})),
            Step("static files", (*MANAGE, "collectstatic", "--noinput")),
        ],
        environment,
    )


def demo_environment(folder: Path, port: int) -> dict[str, str]:
    """The environment of a service of its own in `folder`: no database, bucket, index or mail of anybody else."""
    kept = {name: value for name, value in os.environ.items() if name in DEMO_KEEPS}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "animal.settings",
        "ENV_FILE": "",
        "VAR_DIR": str(folder),
        "DEBUG": "false",
        "SECRET_KEY": development_key(folder),
        "PORT": str(port),
        "WEB_BIND": "127.0.0.1",
        "SITE_URL": f"http://localhost:{port}",
        "LOG_FORMAT": "console",
        # What the demo's check reads /metrics/ with, and says nothing of its key.
        "METRICS_TOKEN": hashlib.sha256(f"metrics {development_key(folder)}".encode()).hexdigest()[:32],
        **memory_thrift(),
    }


def memory_thrift() -> dict[str, str]:
    # glibc gives every thread its own heap, and eight threads that decode photos keep eight of them half empty.
    # The matrix library starts a thread per core for products too small to gain by it; our callers are threads already.
    return {
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX") or "2",
        "OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS") or "1",
    }


def chosen_port() -> int:
    raw = os.environ.get("PORT", "").strip() or "8000"
    if not raw.isdecimal() or not 1 <= int(raw) <= 65535:
        refuse(f"PORT must be a whole number from 1 to 65535, but it is {raw!r}.")
    return int(raw)


def refuse_a_port_in_use(address: str, port: int, command: str) -> None:
    with socket.socket() as probe:
        # As gunicorn does: connections that are only lingering do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            refuse(f"this user may not listen on port {port}. Choose one above 1023: PORT=8000 {command}")
        except OSError:
            refuse(f"port {port} is in use. Stop what listens there, or choose another: PORT={port + 1} {command}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def only_one(folder: Path) -> IO[str]:
    """An exclusive lock beside `folder`, held until it is closed or this process dies, however it dies."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        refuse(f"{folder.relative_to(ROOT)} is used by another ./startup.sh demo. Stop that one first.")
    return lock


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

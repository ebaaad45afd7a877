"""What `./startup.sh` says when it cannot start: one sentence about what to do, and an exit code."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import psutil
import pytest

from animal.ops.tests.processes import ROOT, House, alive, wait_until


@pytest.fixture
def quiet_house(tmp_path: Path) -> House:
    return House(tmp_path)


def bare_path(folder: Path, **programs: str) -> str:
    """A folder for PATH that holds bash and the given scripts, and nothing else."""
    commands = folder / "bin"
    commands.mkdir()
    (commands / "bash").symlink_to("/bin/bash")
    for name, script in programs.items():
        path = commands / name
        path.write_text("#!/bin/bash\n" + script)
        path.chmod(0o755)
    return str(commands)


def copied_script(folder: Path) -> Path:
    """startup.sh in a checkout without an environment."""
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in ("startup.sh", "uv.lock", "pyproject.toml"):
        (checkout / name).write_bytes((ROOT / name).read_bytes())
    (checkout / "startup.sh").chmod(0o755)
    return checkout / "startup.sh"


def outcome(*command: str, path: str) -> tuple[int, str]:
    done = subprocess.run(
        ["/bin/bash", *command], env={"PATH": path, "HOME": "/"}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_missing_python_is_named(tmp_path: Path) -> None:
    code, said = outcome(str(copied_script(tmp_path)), "demo", path=bare_path(tmp_path))
    assert code == 1
    assert "Install Python 3.11 or newer" in said


def test_a_python_that_is_too_old_is_named_with_its_version(tmp_path: Path) -> None:
    old = 'if [[ $1 == -V ]]; then echo "Python 3.9.2"; else exit 1; fi'
    code, said = outcome(str(copied_script(tmp_path)), "test", path=bare_path(tmp_path, python3=old))
    assert code == 1
    assert "Python 3.11 or newer is needed, but python3 is Python 3.9.2" in said


def test_a_python_without_venv_names_the_package_to_install(tmp_path: Path) -> None:
    lame = 'if [[ $1 == -m ]]; then echo "No module named venv" >&2; exit 1; else exit 0; fi'
    code, said = outcome(str(copied_script(tmp_path)), "demo", path=bare_path(tmp_path, python3=lame))
    assert code == 1
    assert "apt install python3-venv" in said


def test_a_failed_install_says_what_to_check(tmp_path: Path) -> None:
    half = r"""
        if [[ $1 == -m && $2 == venv ]]; then
            /bin/mkdir -p "$4/bin"
            printf '#!/bin/bash\necho "cannot reach pypi.org" >&2\nexit 1\n' >"$4/bin/python"
            /bin/chmod +x "$4/bin/python"
        fi
    """
    code, said = outcome(str(copied_script(tmp_path)), "demo", path=bare_path(tmp_path, python3=half))
    assert code == 1
    assert "run this again" in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stop_in_the_middle_of_an_install_stops_what_it_started(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    note = tmp_path / "note"
    # The install starts a process of its own, as `python3 -m venv` does for pip.
    slow = f'if [[ $1 == -m ]]; then /bin/sleep 600 & echo "$$ $!" >{note}; wait; fi'
    environment = {"PATH": bare_path(tmp_path, python3=slow), "HOME": "/"}
    script = subprocess.Popen(
        ["/bin/bash", str(copied_script(tmp_path)), "setup"],
        env=environment,
        process_group=0,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: note.exists() and note.read_text().strip(), seconds=20, what="the install runs")
    os.killpg(script.pid, number)
    assert script.wait(10) == code
    below = [psutil.Process(int(pid)) for pid in note.read_text().split() if psutil.pid_exists(int(pid))]
    wait_until(lambda: not any(alive(process) for process in below), seconds=5, what="nothing of it is left")


def test_production_without_the_packages_says_so_and_installs_nothing(tmp_path: Path) -> None:
    script = copied_script(tmp_path)
    code, said = outcome(str(script), path=bare_path(tmp_path, python3="exit 1"))
    assert code == 1
    assert "lacks PawGle's packages" in said
    assert not (script.parent / ".venv").exists()


@pytest.mark.parametrize("arguments", [["nonsense"], ["demo", "--chekc"], ["production", "extra"]])
def test_an_unknown_argument_shows_how_to_call_it(quiet_house: House, arguments: list[str]) -> None:
    done = quiet_house.run("./startup.sh", *arguments)
    assert done.returncode == 2
    assert "./startup.sh demo" in done.stderr


def test_help_names_every_mode(quiet_house: House) -> None:
    done = quiet_house.run("./startup.sh", "help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("demo --check", "test --stack", "production"))


def test_a_port_in_use_is_named(quiet_house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - as the service would
        taken.listen()
        port = taken.getsockname()[1]
        quiet_house.environment["PORT"] = str(port)
        done = quiet_house.run("./startup.sh")
    assert done.returncode == 1
    assert f"port {port} is in use" in done.stderr
    assert f"PORT={port + 1}" in done.stderr


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_named(quiet_house: House, port: str) -> None:
    quiet_house.environment["PORT"] = port
    done = quiet_house.run("./startup.sh")
    assert done.returncode == 1
    assert f"PORT must be a whole number from 1 to 65535, but it is '{port}'" in done.stderr


def test_a_missing_secret_key_is_named_and_nothing_is_migrated(quiet_house: House) -> None:
    quiet_house.environment |= {"DEBUG": "false", "SECRET_KEY": ""}
    done = quiet_house.run("./startup.sh")
    assert done.returncode == 1
    assert "SECRET_KEY is not set" in done.stdout
    assert not (quiet_house.folder / "pawgle.sqlite3").exists()


def test_every_wrong_setting_is_named_at_once(quiet_house: House) -> None:
    quiet_house.environment |= {"Q_WORKERS": "many", "AUTOMATCH_MIN_SIMILARITY": "nan"}
    quiet_house.environment |= {"DEBUG": "false", "ALLOWED_HOSTS": "*", "SITE_URL": "pawgle.example"}
    quiet_house.environment |= {"DATABASE_URL": "mysql://pawgle:hunter2@db:port/pawgle", "REDIS_URL": "hunter2@cache"}
    quiet_house.environment |= {"CLOUDFLARE_S3_API": "https://s3.example/bucket"}
    done = quiet_house.run("./startup.sh")
    assert done.returncode == 1
    assert "Q_WORKERS must be" in done.stdout
    assert "AUTOMATCH_MIN_SIMILARITY must be" in done.stdout
    assert "ALLOWED_HOSTS must name hosts; * lets any host through." in done.stdout
    assert "SITE_URL must be an address such as https://pawgle.example, but it is 'pawgle.example'." in done.stdout
    assert "CLOUDFLARE_S3_API must be an address such as" in done.stdout
    assert "DATABASE_URL must be an address such as mysql://" in done.stdout
    assert "REDIS_URL must be an address such as redis://" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr

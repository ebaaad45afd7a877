"""The steps before a start, and the walls around the demo."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from animal.ops.launch import demo_environment
from animal.ops.steps import Step, StepFailed, run_steps
from animal.ops.tests.processes import ROOT, wait_until


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_a_step_waits_for_those_it_comes_after_and_no_others(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    # Left and right each wait for the other's mark, so they only end when they run at the same time.
    meet = (
        "import pathlib, sys, time; here = pathlib.Path(sys.argv[1]); here.with_name(sys.argv[2]).touch()\n"
        "while not here.with_name(sys.argv[3]).exists(): time.sleep(0.01)\n"
        "if sys.argv[2] == 'left': here.touch()"
    )
    last = "import pathlib, sys; sys.exit(not pathlib.Path(sys.argv[1]).exists())"
    run_steps(
        [
            Step("last", (*python(last), str(flag)), frozenset({"left"})),
            Step("left", (*python(meet), str(flag), "left", "right")),
            Step("right", (*python(meet), str(flag), "right", "left")),
        ],
        os.environ,
    )
    assert flag.exists()


def test_a_failing_step_is_named_with_what_it_said_and_the_rest_is_stopped() -> None:
    steps = [
        Step("good", python("import time; time.sleep(60)")),
        Step("bad", python("print('the disk is full'); raise SystemExit(3)")),
        Step("never", python("raise SystemExit('must not run')"), frozenset({"bad"})),
    ]
    started = time.monotonic()
    with pytest.raises(StepFailed, match=r"the disk is full\nThe step 'bad' failed"):
        run_steps(steps, os.environ)
    assert time.monotonic() - started < 10


def test_a_demo_touches_no_service_that_the_environment_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TIDB_HOST", "DATABASE_URL", "REDIS_URL", "CLOUDFLARE_S3_API", "RESEND_API_KEY", "SITE_URL"):
        monkeypatch.setenv(name, "production")
    monkeypatch.setenv("VAR_DIR", "/production")
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("Q_WORKERS", "2")
    environment = demo_environment(tmp_path, 8123)
    assert "production" not in " ".join(environment.values())
    assert environment["VAR_DIR"] == str(tmp_path)
    assert environment["DEBUG"] == "false"
    assert environment["ENV_FILE"] == ""
    assert environment["SITE_URL"] == "http://localhost:8123"
    assert environment["Q_WORKERS"] == "2"


def test_a_demo_keeps_its_secret_key_and_lets_nobody_else_read_it(tmp_path: Path) -> None:
    first, second = demo_environment(tmp_path, 1), demo_environment(tmp_path, 1)
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) > 50
    assert oct((tmp_path / "development-key").stat().st_mode)[-3:] == "600"


def test_killing_the_launcher_in_the_middle_of_a_step_ends_the_step(tmp_path: Path) -> None:
    note = tmp_path / "step"
    step = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    code = (
        f"import os, sys; from animal.ops.steps import Step, run_steps; "
        f"run_steps([Step('long', (sys.executable, '-c', {step!r}))], os.environ)"
    )
    launcher = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    wait_until(lambda: note.exists() and note.read_text(), seconds=20, what="the step runs")
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    stat = Path(f"/proc/{note.read_text()}/stat")
    wait_until(lambda: not stat.exists() or ") Z " in stat.read_text(), seconds=5, what="the step is gone")

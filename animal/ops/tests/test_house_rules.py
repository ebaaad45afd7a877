"""Promises about the code base itself: every setting is documented with its default, modules stay small, and tests run
in parallel with their coverage at hand (B79)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from animal.ops.tests.processes import ROOT

EXAMPLE = ROOT / ".env.example"
READERS = re.compile(
    r"""(?:\benv_(?:str|int|float|bool|list|choice|origin|file|redis|database|version)|\benviron\.get)\(\s*["']([A-Z][A-Z0-9_]+)["']"""
)
# Where .env itself lies, and what Django, gunicorn and pytest name and read before it: none of them can stand in .env.
NOT_FOR_ENV_FILES = {"ENV_FILE", "DJANGO_SETTINGS_MODULE", "GUNICORN_CMD_ARGS", "PYTEST_XDIST_WORKER"}
LONGEST_MODULE = 400


def sources() -> list[Path]:
    found = [path for app in ("animal", "accounts") for path in (ROOT / app).rglob("*.py")]
    return [path for path in found if not {"migrations", "tests"} & set(path.relative_to(ROOT).parts)]


def names_read() -> set[str]:
    from django.conf import settings

    names = {name for path in sources() for name in READERS.findall(path.read_text())}
    return (names | {f"THROTTLE_{scope.upper()}_RATE" for scope in settings.THROTTLE_RATES}) - NOT_FOR_ENV_FILES


def names_documented() -> list[str]:
    return re.findall(r"^([A-Z][A-Z0-9_]*)=", EXAMPLE.read_text(), re.MULTILINE)


def settings_under(env_file: str, folder: Path) -> dict[str, object]:
    code = (
        "import json; import animal.settings as s; from animal.core import env; assert not env.problems, env.problems; "
        "print(json.dumps({k: v for k, v in vars(s).items() if k.isupper()}, default=repr))"
    )
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": env_file, "VAR_DIR": str(folder), "DEBUG": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_every_setting_is_documented_and_everything_documented_is_read() -> None:
    documented = names_documented()
    assert sorted(documented) == sorted(set(documented)), "a name stands twice in .env.example"
    assert set(documented) == names_read()


def test_the_example_unedited_means_the_defaults(tmp_path: Path) -> None:
    with_example, without = settings_under(str(EXAMPLE), tmp_path), settings_under("", tmp_path)
    assert with_example == without


def test_no_module_outgrows_400_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_b79_the_suite_runs_on_all_cores_by_pytest_and_can_say_what_it_covers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pytest_settings, coverage = (project["tool"][name] for name in ("pytest", "coverage"))
    assert pytest_settings["ini_options"]["DJANGO_SETTINGS_MODULE"] == "animal.test_settings"
    assert {*pytest_settings["ini_options"]["testpaths"]} == {"animal", "accounts"} == {*coverage["run"]["source"]}
    tools = {re.split(r"[\[>]", str(one))[0] for one in project["dependency-groups"]["dev"]}
    assert {"pytest", "pytest-django", "pytest-xdist", "pytest-cov", "coverage"} <= tools
    whole_suite = re.search(r"^ +\(\(\$#\)\) \|\| set -- (.+)$", (ROOT / "startup.sh").read_text(), re.MULTILINE)
    assert whole_suite is not None
    assert "-n auto" in whole_suite[1]


def test_no_secret_of_this_checkout_is_tracked() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    names = tracked.stdout.splitlines()
    assert [name for name in names if Path(name).name in {".env", "development-key"} or name.startswith("var/")] == []

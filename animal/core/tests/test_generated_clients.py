"""The API description is good enough to make clients of: they are generated, compiled, and used on a running service.

What they do there is in `clients/`. Any warning of a generator is a failure.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from animal.bench.service import LocalService, local_service
from animal.bench.tests.seeded import seeded_service
from animal.conftest import picture_bytes

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

CLIENTS = Path(__file__).with_name("clients")
SUCCESS = "is filed and found again\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with local_service(tmp_path_factory.mktemp("service"), seeded_service(tmp_path_factory)) as running:
        running.start_web()
        yield running


@pytest.fixture
def workshop(service: LocalService, tmp_path: Path) -> Path:
    """A folder with what makes and uses the clients, the service's description of itself, and a photo."""
    shutil.copytree(CLIENTS, tmp_path, dirs_exist_ok=True)
    description = httpx.get(f"{service.base_url}/api/schema/", params={"format": "json"}, timeout=30)
    (tmp_path / "pawgle.json").write_bytes(description.raise_for_status().content)
    (tmp_path / "photo.jpg").write_bytes(picture_bytes())
    return tmp_path


def run(workshop: Path, command: Sequence[str]) -> str:
    """What the command printed; it must end well and complain of nothing."""
    # Generators run tools such as ruff, which are installed beside this interpreter.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(command, cwd=workshop, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(command)}:\n{said}"
    return said


def test_a_typescript_client_compiles_strictly_and_files_a_report(service: LocalService, workshop: Path) -> None:
    run(workshop, ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    assert run(workshop, ["node", "generate.mjs", "pawgle.json", "pawgle.ts"]) == ""
    assert run(workshop, ["node", "node_modules/typescript/bin/tsc"]) == ""
    said = run(workshop, ["node", "compiled/use_client.js", service.base_url, "photo.jpg"])
    assert SUCCESS in said


def test_a_python_client_passes_mypy_strictly_and_files_a_report(service: LocalService, workshop: Path) -> None:
    source = ["--path", "pawgle.json", "--output-path", "pawgle_client", "--meta", "none"]
    config = ["--config", "python_client.yaml", "--fail-on-warning"]
    said = run(workshop, ["openapi-python-client", "generate", *source, *config])
    assert "warning" not in said.lower(), said
    assert compileall.compile_dir(workshop / "pawgle_client", quiet=1)
    run(workshop, [sys.executable, "-W", "error", "-c", IMPORT_ALL])
    run(workshop, [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(workshop / ".mypy")])
    said = run(workshop, [sys.executable, "use_client.py", service.base_url, "photo.jpg"])
    assert SUCCESS in said


IMPORT_ALL = """
import importlib, pkgutil, pawgle_client
for module in pkgutil.walk_packages(pawgle_client.__path__, "pawgle_client."):
    importlib.import_module(module.name)
"""

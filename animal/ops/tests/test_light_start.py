"""What every process imports at its start is what every start waits for, and what every process carries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from animal.settings import BASE_DIR

LARGE = {"boto3", "fontTools", "fpdf", "gradio_client", "httpx", "onnxruntime", "pypdfium2", "qdrant_client"}
START = "import sys, django; django.setup(); import animal.urls; print(*sys.modules)"


@pytest.mark.stack
def test_a_process_starts_without_what_only_some_requests_need(tmp_path: Path) -> None:
    server = {"PATH": os.environ["PATH"], "ENV_FILE": "", "SECRET_KEY": "k" * 50, "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", START],
        cwd=BASE_DIR,
        env={**server, "DJANGO_SETTINGS_MODULE": "animal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stdout.split())
    assert "animal.urls" in imported
    assert LARGE & imported == set()

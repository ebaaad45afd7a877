"""What the release that runs here is called."""

from __future__ import annotations

import functools
import shutil
import subprocess

from django.conf import settings


def release_here() -> str:
    """RELEASE, else the commit where this is a checkout, else "unknown"."""
    return str(settings.RELEASE)[:100] or _commit()


@functools.cache
def _commit() -> str:
    git = shutil.which("git")
    if git is None or not (settings.BASE_DIR / ".git").exists():
        return "unknown"
    asked = subprocess.run(  # noqa: S603
        [git, "rev-parse", "--short=12", "HEAD"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"

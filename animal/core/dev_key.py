"""A secret key for development, made on first use and kept, so that sign-ins survive a restart."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def development_key(var_dir: Path) -> str:
    path = var_dir / "development-key"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(secrets.token_urlsafe(50), encoding="utf-8")
        draft.chmod(0o600)
        try:
            os.link(draft, path)  # Unlike rename, link never replaces a key that another process has just made.
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()

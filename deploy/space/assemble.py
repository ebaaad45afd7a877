#!/usr/bin/env python3
"""Puts a Space together in an empty folder: this app, and the modules of the recogniser that it needs.

python3 deploy/space/assemble.py /tmp/pawgle-space
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RECOGNITION = HERE.parents[1] / "animal" / "recognition"
# The recogniser without the service: none of these knows of Django.
MODULES = (
    *("__init__", "bundled", "crops", "detector", "dog_breeds", "embedder", "errors"),
    *("labels", "networks", "pipeline", "unit_vectors"),
)


def assemble(target: Path) -> None:
    """Raises FileExistsError when there is something in the folder already."""
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty.")
    package = target / "animal" / "recognition"
    package.mkdir(parents=True, exist_ok=True)
    (target / "animal" / "__init__.py").touch()
    for module in MODULES:
        shutil.copy(RECOGNITION / f"{module}.py", package)
    shutil.copytree(RECOGNITION / "weights", package / "weights")
    for name in ("app.py", "requirements.txt", "README.md"):
        shutil.copy(HERE / name, target)
    shutil.copy(HERE.parents[1] / "LICENSE", target)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("Usage: python3 deploy/space/assemble.py FOLDER\n")
        return 2
    try:
        assemble(Path(arguments[0]))
    except OSError as error:
        sys.stderr.write(f"The Space was not put together: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

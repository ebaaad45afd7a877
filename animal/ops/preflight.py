"""`python -m animal.ops.preflight` stops a start that the settings forbid, with a sentence for each reason.

With `--wait-for-db` it then waits for the database, as `manage.py wait_for_db` does.
"""

from __future__ import annotations

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from animal.core.checks import refuse_bad_configuration


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animal.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(f"PawGle cannot start: {error}")
    refuse_bad_configuration()
    if "--wait-for-db" in sys.argv[1:]:
        execute_from_command_line(["manage.py", "wait_for_db"])


if __name__ == "__main__":
    main()

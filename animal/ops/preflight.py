"""`python -m animal.ops.preflight` stops a start that the settings forbid, with a sentence for each reason."""

from __future__ import annotations

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured

from animal.core.checks import refuse_bad_configuration


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animal.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(f"PawGle cannot start: {error}")
    refuse_bad_configuration()


if __name__ == "__main__":
    main()

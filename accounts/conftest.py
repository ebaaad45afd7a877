"""accounts uses the project's fixtures: see animal/conftest.py."""

from animal.conftest import *  # noqa: F403

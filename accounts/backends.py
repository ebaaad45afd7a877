"""Sign-in by e-mail address, without regard to case."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend


class EmailBackend(ModelBackend):
    """ModelBackend already looks people up by USERNAME_FIELD through `get_by_natural_key`, hashes a password for
    unknown addresses too, and refuses inactive accounts; our manager makes the look-up case-insensitive."""

"""The project's fixtures, for the tests of accounts: pytest finds fixtures only in the folders above a test."""

from animal.conftest import (
    _no_throttle_carries_over,
    anonymous,
    finder,
    moderator,
    owner,
    picture,
    stranger,
    unverified,
    work_off,
)

__all__ = [
    "_no_throttle_carries_over",
    "anonymous",
    "finder",
    "moderator",
    "owner",
    "picture",
    "stranger",
    "unverified",
    "work_off",
]

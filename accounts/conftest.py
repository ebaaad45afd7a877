"""The project's fixtures, for the tests of accounts: pytest finds fixtures only in the folders above a test."""

from animal.conftest import (
    _description_is_made_once,
    _files_do_not_wait_for_the_disk,
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
    "_description_is_made_once",
    "_files_do_not_wait_for_the_disk",
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

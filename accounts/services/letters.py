"""Writing to people in their language."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import override

from accounts.models import User
from accounts.selectors import language_of
from animal.core.letters import Letter, letter_queue


def letter_send(*, to: User, key: str, write: Callable[[], Letter], address: str = "") -> None:
    """Queue what `write` says, in the language of its reader, in the caller's transaction.

    It goes to `address` instead of the account's own where that is given. A second letter with the same `key` is never
    sent.
    """
    with override(language_of(to)):
        letter_queue(key=key, to_email=address or to.email, letter=write(), reader_id=to.pk)

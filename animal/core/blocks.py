"""Who has blocked whom.

The rows belong to the moderation app, which lies above the apps that must ask (chat, reports, matching); it hands its
reader down in AppConfig.ready().
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Blocks:
    """One person's blocks, as ids of people: those whom they blocked, and those who blocked them.

    Only the first is ever told to the person; the second must leave no trace.
    """

    made: frozenset[int] = frozenset()
    met: frozenset[int] = frozenset()

    @property
    def either(self) -> frozenset[int]:
        return self.made | self.met


_readers: list[Callable[[int], Blocks]] = []


def blocks_reader_set(reader: Callable[[int], Blocks]) -> None:
    _readers[:] = [reader]


def blocks_of(user_id: int) -> Blocks:
    return _readers[0](user_id) if _readers else Blocks()

"""What happens to the things of a person when others may see them from now on, or may not any more.

Queries already go by `accounts.selectors.proven`, so lists and maps need nothing. What is derived from the rows does:
the gallery of vectors, alerts that were held back, matches that nobody looked for. The apps that own these lie above
this one and say in AppConfig.ready() what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User

Step = Callable[[User], None]


@dataclass(frozen=True)
class Steps:
    publish: Step
    withdraw: Step


_steps: dict[str, Steps] = {}


def steps_register(name: str, *, publish: Step, withdraw: Step) -> None:
    """Both run in the worker, any number of times, and outside of a transaction. They queue work rather than do it."""
    _steps[name] = Steps(publish, withdraw)


def apply(user: User) -> None:
    for steps in _steps.values():
        (steps.publish if user.is_proven else steps.withdraw)(user)

"""What happens to the things of a person when others may see them from now on, or may not any more.

Queries already go by `accounts.selectors.proven`, so lists and maps need nothing. What is derived from the rows does:
the gallery of vectors, alerts that were held back, matches that nobody looked for. The apps that own these lie above
this one and say in AppConfig.ready() what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User
from animal.core.tasks import task_enqueue

PART_TASK = "accounts.tasks.publish_part"
BATCH = 100

# (person, id) -> the last id of one batch of the person's things with ids above that one; None when there is none left.
Step = Callable[[User, int], int | None]


@dataclass(frozen=True)
class Steps:
    publish: Step
    withdraw: Step


_steps: dict[str, Steps] = {}


def steps_register(name: str, *, publish: Step, withdraw: Step) -> None:
    """Both run in the worker, any number of times, and outside of a transaction."""
    _steps[name] = Steps(publish, withdraw)


def publication_start(user_id: int) -> None:
    """Have every app bring the person's things in line with what others may see of them."""
    for name in _steps:
        task_enqueue(PART_TASK, f"{user_id}.{name}.0")


def publication_continue(target: str) -> None:
    """One batch of one app, and a task for the next one. `target` is "user id.name.last id"."""
    user_id, name, after = target.split(".")
    user = User.objects.filter(pk=int(user_id)).first()
    if user is None or name not in _steps:
        return
    steps = _steps[name]
    last = (steps.publish if user.is_proven else steps.withdraw)(user, int(after))
    if last is not None:
        task_enqueue(PART_TASK, f"{user_id}.{name}.{last}")

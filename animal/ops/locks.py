"""One at a time, on whichever host: a row with a lease that its holder renews and that outlives nobody for long."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from animal.ops.models import OperationLock

LEASE = timedelta(minutes=2)
RENEW_SECONDS = 30.0
# Django's InterfaceError, of a connection that was cut, is no DatabaseError.
DATABASE_TROUBLE = (DatabaseError, InterfaceError)


class Busy(Exception):
    """Somebody else is at it. The message says what and since when."""


class LockLost(Exception):
    """The lease ran out before the work was done: the database was away, or the clock jumped."""


class Lease:
    def __init__(self, name: str, holder: str) -> None:
        self.name, self.holder = name, holder

    def renew(self) -> bool:
        mine = OperationLock.objects.filter(name=self.name, holder=self.holder)
        return bool(mine.update(lease_until=timezone.now() + LEASE))

    def require(self) -> None:
        """Raise LockLost unless nobody else can have begun meanwhile. Ask before what cannot be taken back."""
        if not self.renew():
            raise LockLost(f"The lock '{self.name}' was lost, so another one may be running. Please start again.")

    def take_back(self) -> None:
        """After a restore, which brought the rows of when the set was made: hold it again, and nobody any other."""
        now = timezone.now()
        OperationLock.objects.update(lease_until=now, holder="")
        mine = {"holder": self.holder, "taken_at": now, "lease_until": now + LEASE}
        OperationLock.objects.update_or_create(name=self.name, defaults=mine)

    def release(self) -> None:
        mine = OperationLock.objects.filter(name=self.name, holder=self.holder)
        # The lease ends by itself; a restore may have brought tables without this one.
        with suppress(*DATABASE_TROUBLE):
            mine.update(lease_until=timezone.now(), holder="")


@contextmanager
def only_one(name: str) -> Iterator[Lease]:
    """Hold the lock `name` for the duration of a block. Raises Busy."""
    lease = _take(name)
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(lease, done), daemon=True, name=f"lock {name}")
    keeper.start()
    try:
        yield lease
    finally:
        done.set()
        keeper.join()
        lease.release()


def lock_taken_at(name: str) -> str:
    """Since when somebody holds the lock, in words; "" when nobody does."""
    row = OperationLock.objects.filter(name=name, lease_until__gt=timezone.now()).exclude(holder="").first()
    return f"{row.taken_at:%Y-%m-%d %H:%M:%S} UTC" if row else ""


@transaction.atomic
def _take(name: str) -> Lease:
    now, holder = timezone.now(), uuid.uuid4().hex
    OperationLock.objects.get_or_create(name=name, defaults={"taken_at": now, "lease_until": now})
    free = OperationLock.objects.filter(name=name, lease_until__lte=now)
    if not free.update(holder=holder, taken_at=now, lease_until=now + LEASE):
        raise Busy(
            f"Another {name} has been running since {lock_taken_at(name)}. Wait for it; if it was killed, its lock "
            f"ends within {LEASE.total_seconds() / 60:g} minutes."
        )
    return Lease(name, holder)


def _keep(lease: Lease, done: threading.Event) -> None:
    while not done.wait(RENEW_SECONDS):
        try:
            lease.renew()
        except DATABASE_TROUBLE:
            continue  # `require` will tell when it matters.
        finally:
            connection.close()  # This thread's own.

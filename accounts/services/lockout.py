"""How often a password may be guessed, so that nobody can lock somebody else out for long.

Two tallies, of addresses that have no account as well, so that waiting tells nothing:

- an account from one client address: five free tries, then waits that double from 30 seconds to 15 minutes;
- an account from everywhere: after thirty failures, a minute. It stops a guess from many addresses at once, and does
  not hold for a client address from which somebody signed in to this account lately. So whoever keeps it full cannot
  keep the owner out, who besides can always use a mailed link.

Tries count before the password is looked at, so parallel ones cannot slip through; a success takes its count back.
Rows, not a cache: they hold for every process, and a restart forgets nothing. How often one client address may try
at all is the `login` throttle's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy, ngettext
from rest_framework.exceptions import Throttled

from accounts.models import SignInTally
from animal.core.text import normalised_key

FREE_TRIES = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
ACCOUNT_TRIES = 30
ACCOUNT_WAIT = timedelta(minutes=1)
# Failures older than this no longer count.
FORGOTTEN_AFTER = timedelta(hours=1)
KNOWN_CLIENT_FOR = timedelta(days=30)


class TooManyAttempts(Throttled):
    """429 with Retry-After; the sentence says how long in our words, not the framework's."""

    default_detail = gettext_lazy(
        "Too many attempts to sign in. Please wait a little, or ask for a sign-in link by mail."
    )

    def __init__(self, wait: int) -> None:
        again = ngettext(
            "You can try again in %(seconds)s second.", "You can try again in %(seconds)s seconds.", wait
        ) % {"seconds": wait}
        super().__init__(detail=f"{self.default_detail} {again}")
        self.wait = wait


@dataclass(frozen=True)
class Attempt:
    """One try, already counted."""

    account_key: str
    pair_key: str


def attempt_begin(*, email: str, client_address: str) -> Attempt:
    """Count a try to sign in. Raises TooManyAttempts, with the seconds to wait, when there were too many."""
    account = normalised_key(email)
    attempt = Attempt(_key(account), _key(f"{account}|{client_address}"))
    now = timezone.now()
    _rows_made([attempt.account_key, attempt.pair_key], now)
    with transaction.atomic():
        # Always in this order, so that two of them never wait for each other.
        everywhere, here = _locked(attempt.account_key, now), _locked(attempt.pair_key, now)
        known = here.succeeded_at is not None and here.succeeded_at > now - KNOWN_CLIENT_FOR
        wait = _wait(here, now)
        if not known:
            wait = max(wait, _wait(everywhere, now))
        if not wait:
            _count(here, now, wait=_pair_wait(here.failures + 1))
            _count(everywhere, now, wait=_account_wait(everywhere.failures + 1))
    if wait:
        raise TooManyAttempts(wait=wait)
    return attempt


@transaction.atomic
def attempt_succeeded(attempt: Attempt) -> None:
    now = timezone.now()
    SignInTally.objects.filter(key=attempt.account_key, failures__gt=0).update(failures=F("failures") - 1)
    SignInTally.objects.filter(key=attempt.pair_key).update(
        failures=0, blocked_until=None, succeeded_at=now, changed_at=now
    )


def tallies_purge() -> int:
    """Forget what no longer counts; returns how many rows went."""
    return SignInTally.objects.filter(changed_at__lt=timezone.now() - KNOWN_CLIENT_FOR).delete()[0]


def _key(text: str) -> str:
    return salted_hmac("accounts.sign-in-tally", text, algorithm="sha256").hexdigest()


def _rows_made(keys: list[str], now: datetime) -> None:
    """Make the rows that are missing, each committed on its own before any is locked: on MySQL two transactions that
    lock a missing row, or collide in inserting it, and then want another one, wait for each other for ever."""
    for key in set(keys) - set(SignInTally.objects.filter(key__in=keys).values_list("key", flat=True)):
        SignInTally.objects.bulk_create([SignInTally(key=key, changed_at=now)], ignore_conflicts=True)


def _locked(key: str, now: datetime) -> SignInTally:
    row = SignInTally.objects.select_for_update().filter(key=key).first()
    if row is None:  # The daily purge took it in this very moment.
        return SignInTally.objects.create(key=key, changed_at=now)
    if row.changed_at < now - FORGOTTEN_AFTER:
        row.failures, row.blocked_until = 0, None
    return row


def _wait(row: SignInTally, now: datetime) -> int:
    """Whole seconds until the next try; 0 for now."""
    return max(0, ceil((row.blocked_until - now).total_seconds())) if row.blocked_until else 0


def _count(row: SignInTally, now: datetime, *, wait: timedelta) -> None:
    """One more failure, and how long the next try has to wait if it stays one."""
    row.failures += 1
    row.changed_at = now
    row.blocked_until = now + wait if wait else None
    row.save(update_fields=["failures", "blocked_until", "changed_at"])


def _pair_wait(failures: int) -> timedelta:
    if failures < FREE_TRIES:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _account_wait(failures: int) -> timedelta:
    return ACCOUNT_WAIT if failures >= ACCOUNT_TRIES else timedelta(0)

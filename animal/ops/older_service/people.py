"""The older service's accounts. Who they are is what their address proves, so no account is ever taken over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from accounts.services.importing import AddressTaken, ImportedAccount, account_draft, may_gain
from animal.core.text import normalised_key
from animal.ops.models import ImportedRow
from animal.ops.older_service.dump import Row
from animal.ops.older_service.outcome import IMPORTED, JOINED, THERE
from animal.ops.older_service.run import USER, Run, Unusable

# Of one transaction: some 200 ms, during which nobody else writes to SQLite.
BATCH = 50
TAKEN = "another account has this address"
NO_ADDRESS = "no e-mail address"
BAD_ADDRESS = "its e-mail address is none"
CHANGED = "somebody took its name or address meanwhile: run again"
NO_PASSWORD = "accounts without a password that works here; a mailed link signs them in"
RENAMED = "accounts whose name was taken, or shows an address"
DISABLED = "accounts that were disabled there and are disabled here"
STAFF = "accounts whose rights of staff were not carried over"


def people_import(found: Iterable[Row], run: Run) -> None:
    for batch in _batches(iter(found)):
        if run.dry_run:
            for row in batch:
                _import(row, run)
        else:
            with transaction.atomic():
                for row in batch:
                    _import(row, run)


def _batches(found: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(found, BATCH)):
        yield batch


def _import(row: Row, run: Run) -> None:
    if row.pk in run.users:
        run.outcome.count("users", THERE)
        return
    try:
        _save(row, account_draft(_said(row.fields), taken=run.fresh), run)
    except AddressTaken as error:
        _join(row, error.user, run)
    except ValidationError as error:
        run.outcome.leave_out("users", row.pk, BAD_ADDRESS if error.code == "address" else str(error.message))
    except IntegrityError:
        run.outcome.leave_out("users", row.pk, CHANGED)
    except Unusable as error:
        run.outcome.leave_out("users", row.pk, str(error))


def _save(row: Row, draft: User, run: Run) -> None:
    if run.dry_run:
        run.fresh |= {draft.email_key: draft.is_proven, draft.username_key: False}
        run.users[row.pk] = 0
    else:
        with transaction.atomic():
            draft.save(force_insert=True)
            _remember(row, draft.pk, run)
    run.outcome.count("users", IMPORTED)
    _remark(row, draft, run)


def _join(row: Row, user: User | None, run: Run) -> None:
    """What belongs to a proven address goes to the account that proved it, which itself stays as it is."""
    key = normalised_key(str(row.fields.get("email")))
    if not (may_gain(user) if user is not None else run.fresh.get(key, False)):
        run.outcome.leave_out("users", row.pk, TAKEN)
        return
    if run.dry_run or user is None:
        run.users[row.pk] = 0
    else:
        _remember(row, user.pk, run)
    run.outcome.count("users", JOINED)


def _remember(row: Row, user_id: int, run: Run) -> None:
    ImportedRow.objects.create(kind=USER, older_id=row.pk, object_id=user_id)
    run.users[row.pk] = user_id


def _remark(row: Row, draft: User, run: Run) -> None:
    remarks = run.outcome.remarks
    remarks[NO_PASSWORD] += not draft.has_usable_password()
    remarks[RENAMED] += draft.username != str(row.fields.get("username", "")).strip()
    remarks[DISABLED] += not draft.is_active
    remarks[STAFF] += bool(row.fields.get("is_staff") or row.fields.get("is_superuser"))


def _said(fields: dict[str, Any]) -> ImportedAccount:
    for name, kind in (("username", str), ("email", str), ("password", str), ("is_active", bool)):
        if not isinstance(fields.get(name, kind()), kind):
            raise Unusable(f"{name} is of another type than it should be")
    email = str(fields.get("email", "")).strip()
    if not email:
        raise Unusable(NO_ADDRESS)
    return ImportedAccount(
        name=str(fields.get("username", "")),
        email=email,
        password=str(fields.get("password", "")),
        joined_at=moment(fields.get("date_joined")),
        proven_at=_proven_at(fields),
        is_active=bool(fields.get("is_active", True)),
    )


def _proven_at(fields: dict[str, Any]) -> datetime | None:
    """The older service activated accounts that had proven nothing: that they are active says nothing."""
    said = moment(fields.get("email_verified_at"))
    return timezone.now() if said is None and fields.get("email_verified") is True else said


def moment(value: Any) -> datetime | None:
    """A time as Django writes it into a dump; None for none, and for what is still to come."""
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if parsed is None:
        return None
    aware = parsed if timezone.is_aware(parsed) else parsed.replace(tzinfo=UTC)
    return aware if datetime(1990, 1, 1, tzinfo=UTC) < aware <= timezone.now() else None

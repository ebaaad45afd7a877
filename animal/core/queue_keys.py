"""Queue rows while SECRET_KEY is changed.

django-q2 (1.10) checks signatures with a copy of Django's signer from before SECRET_KEY_FALLBACKS, so it deletes what
was queued under the earlier key. Tasks would come back, for their own rows carry the guarantee; other calls would not.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.core import signing
from django_q import core_signing
from django_q.conf import Conf
from django_q.models import OrmQ

from animal.core.models import BackgroundTask

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def accept_earlier_keys() -> None:
    """Have django-q2 check signatures as Django does: against SECRET_KEY, then against each of its fallbacks."""
    core_signing.Signer.unsign = signing.Signer.unsign


def queue_drop_unreadable() -> int:
    """Delete queue rows that no key of ours has signed, so that the sweeper wakes their tasks; returns how many.

    django-q2 would delete them one by one as it meets them, and until then the sweeper takes them for wake-ups.
    """
    signer = core_signing.TimestampSigner(key=Conf.SECRET_KEY, salt=Conf.PREFIX)
    unreadable = []
    for row_id, payload in OrmQ.objects.values_list("pk", "payload").iterator(chunk_size=500):
        try:
            signer.unsign(payload)
        except signing.BadSignature:
            unreadable.append(row_id)
    for start in range(0, len(unreadable), 500):
        OrmQ.objects.filter(pk__in=unreadable[start : start + 500]).delete()
    if unreadable:
        # Whose they were cannot be read: whatever waits is woken again, for nothing where it is awake already.
        BackgroundTask.objects.filter(state=BackgroundTask.State.PENDING).update(woken_at=LONG_AGO)
    return len(unreadable)

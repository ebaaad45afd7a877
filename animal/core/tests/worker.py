"""A worker for tests: takes django-q2's real queue rows and runs their real payloads in this process."""

from __future__ import annotations

from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage


def work_off(*, limit: int = 1000) -> int:
    """Run due queue rows until none is left. Delayed rows (retries) stay: tests move their `lock` to the past."""
    ran = 0
    while row := OrmQ.objects.filter(lock__lte=timezone.now()).order_by("pk").first():
        package = SignedPackage.loads(row.payload)
        row.delete()
        package["func"](*package["args"], **package["kwargs"])
        ran += 1
        assert ran < limit, "the queue does not come to an end"
    return ran

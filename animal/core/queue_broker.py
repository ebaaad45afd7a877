"""django-q2's queue in the database, for processes that outlive a cut connection."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import InterfaceError, OperationalError, connections
from django_q.brokers.orm import ORM
from django_q.conf import Conf

from animal.core.queue_wakeup import wakeup_after_commit, wakeup_wait

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0


class PatientOrm(ORM):
    """django-q2's own pusher stops for ten seconds and ends at the first error, its monitor ends at once."""

    def dequeue(self) -> Any:
        try:
            return super().dequeue()
        except (OperationalError, InterfaceError) as error:
            logger.warning("The queue cannot be read (%s); the worker keeps trying.", type(error).__name__)
            connections[Conf.ORM].close()
            time.sleep(PAUSE_SECONDS)
            return None

    def acknowledge(self, task_id: Any) -> Any:
        """A row that stays comes back, and finds its task done."""
        try:
            return super().acknowledge(task_id)
        except (OperationalError, InterfaceError):
            connections[Conf.ORM].close()
            return None


class WokenOrm(PatientOrm):
    """The same queue, whose workers listen while it is empty (Q_BROKER=redis; `poll` is then 0)."""

    def enqueue(self, task: Any) -> Any:
        row = super().enqueue(task)
        wakeup_after_commit()
        return row

    def dequeue(self) -> Any:
        found = super().dequeue()
        if found is None:  # An empty list: there was work, and another worker was faster.
            wakeup_wait()
        return found

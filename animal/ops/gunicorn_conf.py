"""gunicorn's settings; `python -m gunicorn -c animal/ops/gunicorn_conf.py animal.wsgi`."""

from __future__ import annotations

import gc
import os
import signal
from typing import Any

from animal.ops.gunicorn_log import ScrubbedLogger
from animal.ops.lifeline import die_with_parent

bind = f"{os.environ.get('WEB_BIND') or '0.0.0.0'}:{os.environ.get('PORT') or '8000'}"  # noqa: S104 - containers
workers = int(os.environ.get("WEB_CONCURRENCY") or "1")
worker_class = "gthread"
threads = 8
# A photo from a slow phone may take its time: with threads this guards the process, not the single request.
timeout = 60
graceful_timeout = 8
keepalive = 5
# Its default place is the home directory, which a service account may not have.
control_socket_disable = True
# Links in mails carry their token in the query, so neither the whole request line nor the referring page is written.
# Nor is the client's address, which is personal data; the proxy in front knows it.
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms "%(a)s"'
logger_class = ScrubbedLogger


def post_fork(server: Any, worker: Any) -> None:
    """A web process whose master was killed must not keep the port."""
    die_with_parent(server.pid, signal.SIGKILL)


def post_worker_init(worker: Any) -> None:
    """What was loaded stays for as long as the process: the collector need not look through it again and again.

    It held up all threads for 60 to 110 ms each time; now for 5.
    """
    gc.collect()
    gc.freeze()

"""Django's MySQL backend, which leaves a server alone for a while that takes connections and says nothing.

A request may ask for a connection several times: to read, to clean up after a failure, to see what became of a commit.
Waiting each time would make it hang; so what one thread has waited for in vain is not waited for again at once. A
server that refuses is asked again each time, which costs nothing.

A server that stalls again and again would keep one request waiting at each of its statements. So each is asked only as
long as the request has patience left: PATIENCE_SECONDS of DATABASES, set by `connections_limit_waiting`.

What was sent on a connection that was given up may still be at work at the server, and commit later: see
`left_behind_ended`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.mysql import base

from animal.core.connections import settling_until
from animal.core.scope import current_scope

LEFT_ALONE_SECONDS = 4.0
# What a server that refuses at once does not take.
A_WHILE_SECONDS = 1.0
# What takes less is work.
STALLED_SECONDS = 0.5

_left_alone_until = 0.0


# Of the threads of a server that were given up, only the last ones: those before have ended long ago.
REMEMBERED = 4
OURS = "SELECT id FROM information_schema.processlist WHERE id IN ({}) OR id = CONNECTION_ID()"


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By the server's number of the connection: when it was opened.
        self._opened: tuple[int, float] = (0, 0.0)
        self._left_behind: deque[tuple[int, float]] = deque(maxlen=REMEMBERED)
        # A request has waited long enough for this one, which may still be fine.
        self._given_up = False
        self.execute_wrappers.append(self._asked)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        begun = time.monotonic()
        self._be_patient()
        with _waiting():
            connection = self._connected(conn_params, begun)
        self._opened, self._given_up = (connection.thread_id(), begun), False
        return connection

    def is_usable(self) -> bool:
        if self._given_up or not self._may_wait():
            return False
        with _waiting():
            return bool(super().is_usable())

    def _set_autocommit(self, autocommit: bool) -> None:
        if not autocommit:  # A transaction begins.
            self._be_patient()
        with _waiting():
            super()._set_autocommit(autocommit)  # type: ignore[misc] # Of a mixin that has no types.

    def _commit(self) -> None:
        self._be_patient()
        with _waiting():
            super()._commit()  # type: ignore[misc]
        # What is written is to be answered as such: patience begins anew, to read what the answer says.
        if (scope := current_scope()) is not None:
            scope.stalled_seconds = 0.0

    def _rollback(self) -> None:
        self._be_patient()  # Django closes the connection then, which is as good, and waits for nothing.
        with _waiting():
            super()._rollback()  # type: ignore[misc]

    def _asked(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self._be_patient()
        with _waiting():
            return execute(sql, *rest)

    def _be_patient(self) -> None:
        """Raises OperationalError when the request at hand has waited for long enough."""
        if not self._may_wait():
            self.errors_occurred = self._given_up = True
            raise OperationalError(2013, "The server has stalled for longer than this request waits.")

    def _may_wait(self) -> bool:
        scope, patience = current_scope(), self.settings_dict.get("PATIENCE_SECONDS")
        if patience is None or scope is None:
            return True
        if (until := settling_until.get()) is not None:
            return time.monotonic() <= until
        return scope.stalled_seconds < float(patience)

    def _close(self) -> None:
        if self.errors_occurred:
            self._left_behind.append(self._opened)
        super()._close()  # type: ignore[misc]

    def left_behind_ended(self) -> bool:
        """Whether all connections that were closed after an error have ended at the server as well, as far as it says.

        They are told to end, which anybody may tell their own. A COMMIT may take its time about it.
        """
        if not self._left_behind:
            return True
        if "TiDB" in self.mysql_server_data["version"]:
            return False  # Each of its servers knows its own connections only.
        with self.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'Uptime'")
            # A server that was started since has ended all, and counts from one again.
            started = time.monotonic() - int(cursor.fetchone()[1]) - 1
            asked = {number for number, opened in self._left_behind if opened >= started}
            if asked:
                cursor.execute(OURS.format(", ".join(map(str, sorted(asked)))))
                known = {number for (number,) in cursor.fetchall()}
                for number in known & asked:
                    cursor.execute(f"KILL CONNECTION {number}")
                if known & asked or not known:
                    return False
        self._left_behind.clear()
        return True

    def _connected(self, conn_params: dict[str, Any], begun: float) -> Any:
        global _left_alone_until
        if "read_timeout" not in conn_params:  # A command: it waits as long as it likes.
            return super().get_new_connection(conn_params)
        if settling_until.get() is not None:
            # Asked again and again until then. MySQL's own client counts in whole seconds.
            conn_params |= dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), 1)
            self.close_at = begun  # Not kept: others may wait for longer.
        elif begun < _left_alone_until:
            raise self.Database.OperationalError(2003, "The server hung a moment ago; it is left alone.")
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            if time.monotonic() - begun > A_WHILE_SECONDS:
                _left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
            raise


@contextmanager
def _waiting() -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        scope, seconds = current_scope(), time.monotonic() - begun
        if scope is not None and seconds > STALLED_SECONDS:
            scope.stalled_seconds += seconds

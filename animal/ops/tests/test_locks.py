"""A lock whose database goes away ends by itself, and hides nothing of what was done under it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from animal.ops.locks import lock_taken_at, only_one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("error", [OperationalError(2006, "gone"), InterfaceError(0, "")])
def test_a_connection_that_was_cut_meanwhile_hides_no_error_of_the_work(error: Exception) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    def work(cut: ExitStack) -> None:
        with only_one("test"):
            cut.enter_context(connection.execute_wrapper(refuse))
            raise KeyError("the work's own")

    with ExitStack() as cut, pytest.raises(KeyError, match="the work's own"):
        work(cut)
    assert lock_taken_at("test"), "it ends with its lease"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

COUNTS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="module")
def print_counts(request: pytest.FixtureRequest) -> Callable[[list[str]], None]:
    """Takes the lines that stand at the end of the test run, whatever is captured."""
    return lambda lines: request.config.stash.setdefault(COUNTS, []).extend(lines)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if lines := config.stash.get(COUNTS, []):
        terminalreporter.section("requests made from the API description")
        for line in lines:
            terminalreporter.write_line(line)

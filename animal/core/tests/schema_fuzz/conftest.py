from __future__ import annotations

from typing import Any

# A property of a test, which comes from the process that ran it to the one that writes the summary.
COUNTS = "requests made from the API description"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The counts stand at the end of the test run, whatever is captured."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [line for report in reports for name, line in report.user_properties if name == COUNTS]
    if lines:
        terminalreporter.section(COUNTS)
        for line in lines:
            terminalreporter.write_line(line)

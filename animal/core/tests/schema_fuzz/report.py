"""The counts of a run, as the lane prints them."""

from __future__ import annotations

from collections import Counter

from animal.core.tests.schema_fuzz.expectations import LEAST_GOOD, UNREACHED
from animal.core.tests.schema_fuzz.run import Outcome

SELDOM = "few of the random requests for it were valid in this run"


def reached(outcome: Outcome) -> set[str]:
    return {operation for operation in outcome.operations if outcome.good(operation) >= LEAST_GOOD}


def counts(outcome: Outcome) -> list[str]:
    classes: Counter[str] = Counter()
    for statuses in outcome.statuses.values():
        for status, count in statuses.items():
            classes[f"{status // 100}xx" if status else "no answer"] += count
    share = len(reached(outcome)) / len(outcome.operations)
    lines = [
        f"operations   {len(outcome.operations)}",
        f"cases        {outcome.cases} in {outcome.seconds:.0f} s",
        f"by actor     {_listed(outcome.by_actor)}",
        f"by phase     {_listed(outcome.by_phase)}",
        f"by status    {_listed(classes)}",
        f"failures     {len(outcome.failures)} kinds, {sum(outcome.failed.values())} in all",
        f"reached      {len(reached(outcome))} operations ({share:.0%}) answered 2xx at least {LEAST_GOOD} times",
    ]
    fewest = sorted(reached(outcome), key=lambda operation: (outcome.good(operation), operation))[:5]
    lines += [f"fewest 2xx   {outcome.good(operation)} {operation}" for operation in fewest]
    for operation in sorted(outcome.operations - reached(outcome)):
        seen = _listed({str(status): count for status, count in outcome.statuses[operation].items()})
        reason = SELDOM if outcome.good(operation) else UNREACHED.get(operation, "NO REASON IS GIVEN")
        lines.append(f"not reached  {operation} ({seen or 'never called'}): {reason}")
    return lines


def failures(outcome: Outcome) -> str:
    return "\n\n".join(f"{outcome.failed[key]} x {key}\n{text}" for key, text in sorted(outcome.failures.items()))


def _listed(counted: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))

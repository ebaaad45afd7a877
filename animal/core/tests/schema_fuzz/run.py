"""Plays one actor against the service: examples, boundary values, random requests, and chains of requests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import schemathesis
from hypothesis import configuration, strategies
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.generation import GenerationMode
from schemathesis.hooks import unregister
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.transport.serialization import Binary

from animal.core.examples import FILE
from animal.core.tests.schema_fuzz import inputs
from animal.core.tests.schema_fuzz.expectations import NOT_ALL_IN_THE_DESCRIPTION, OFF
from animal.core.tests.schema_fuzz.inputs import Cast

REFRESH_COOKIE = "pawgle_refresh"
ENDS_A_SESSION = "DELETE /api/v1/sessions/{session_id}/"
"""The list of sessions names the actor's own as well; without it there would be nothing more to try."""


@dataclass(frozen=True)
class Part:
    """How much an actor does. Boundary values come from the description alone: they are the same for everybody."""

    boundaries: bool
    examples: int
    chains: int


@dataclass
class Outcome:
    """What came of all requests, of every actor."""

    operations: set[str] = field(default_factory=set)
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    by_actor: Counter[str] = field(default_factory=Counter)
    by_phase: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def cases(self) -> int:
        return sum(self.by_actor.values())

    def good(self, operation: str) -> int:
        return sum(count for status, count in self.statuses[operation].items() if 200 <= status < 300)


def play(cast: Cast, part: Part, *, base_url: str, scratch: Path, seed: int, outcome: Outcome) -> None:
    configuration.set_hypothesis_home_dir(scratch)
    schemathesis.openapi.format("binary", strategies.sampled_from(inputs.PICTURES))
    description = httpx.get(f"{base_url}/api/schema/?format=json").raise_for_status().json()
    settings = schemathesis.Config.from_dict({"base-url": base_url, **_settings(cast, part, seed)})
    schema = schemathesis.openapi.from_dict(description, config=settings)
    outcome.operations |= {operation.ok().label for operation in schema.get_all_operations()}
    _sign_in(base_url, cast)
    schema.auth(refresh_interval=None)(_bearer_of(cast))
    schema.hooks.register_hook_with_name(_counts, "filter_failure")
    with _mending(cast):
        for event in from_schema(schema).execute():
            _note(event, cast, outcome)


def _sign_in(base_url: str, cast: Cast) -> None:
    answer = httpx.post(f"{base_url}/api/auth/login/", json={"email": cast.email, "password": cast.password})
    cast.bearer = answer.raise_for_status().json()["access"]
    cast.session_id = jwt.decode(cast.bearer, options={"verify_signature": False})["sid"]


def _settings(cast: Cast, part: Part, seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "continue-on-failure": True,
        "request-timeout": 30,
        "cache": {"enabled": False},
        "generation": {"no-shrink": True, "with-security-parameters": False, "database": "none"},
        "phases": {
            "coverage": {"enabled": part.boundaries},
            "fuzzing": {"generation": {"max-examples": part.examples}},
            "stateful": {"generation": {"max-examples": part.chains}, "max-steps": 8},
        },
        "dictionaries": inputs.dictionaries(cast),
        "parameters": inputs.parameters(),
        "checks": {name: {"enabled": False} for name in OFF},
        "operations": [
            {
                "include-path": path,
                "include-method": method,
                "parameters": inputs.bound(names),
            }
            for (method, path), names in inputs.IN_OPERATIONS.items()
        ]
        + [
            {"include-path": path, "phases": {"fuzzing": {"generation": {"max-examples": examples}}}}
            for paths, examples in (
                (inputs.COSTLY, inputs.COSTLY_EXAMPLES),
                (inputs.PARTICULAR, inputs.PARTICULAR_EXAMPLES),
            )
            for path in paths
        ],
    }


def _counts(context: Any, failure: Failure, case: Any, response: Any) -> bool:
    """Whether a failure is one: valid requests may be refused where the description cannot say all."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    return not case.operation.body and case.operation.label not in NOT_ALL_IN_THE_DESCRIPTION


def _bearer_of(cast: Cast) -> type:
    class Bearer:
        def get(self, case: Any, context: Any) -> str:
            return cast.disposable_bearer() if case.operation.label in inputs.NEVER_AS_ONESELF else cast.bearer

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = case.headers or {}
            case.headers.setdefault("Authorization", f"Bearer {data}")

    return Bearer


@contextmanager
def _mending(cast: Cast) -> Iterator[None]:
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        _mend(cast, case)

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        unregister(before_call)


def _mend(cast: Cast, case: Any) -> None:
    label = case.operation.label
    if label == ENDS_A_SESSION and case.path_parameters.get("session_id") == cast.session_id:
        case.path_parameters = {"session_id": cast.next_of("session_gone")}
    if isinstance(case.body, dict):
        case.body = {name: _with_pictures(value) for name, value in case.body.items()}
    if label not in inputs.ONCE or not _is_as_described(case) or cast.calls[label] >= _mended_calls(label):
        return
    mended = inputs.ONCE[label](cast, cast.calls[label])
    cast.calls[label] += 1
    if mended.body is not None and case.operation.body:
        case.body, case.media_type = mended.body, "application/json"
    if mended.query is not None and case.operation.query:
        case.query = mended.query
    if mended.path is not None:
        case.path_parameters = mended.path
    if mended.headers:
        case.headers = {**(case.headers or {}), **mended.headers}
    if mended.cookie:
        case.cookies = {REFRESH_COOKIE: mended.cookie}


def _mended_calls(label: str) -> int:
    return inputs.MENDED_CALLS_OF.get(label, inputs.MENDED_CALLS)


def _with_pictures(value: Any) -> Any:
    """The description's examples cannot hold files: they say where one belongs."""
    if isinstance(value, list):
        return [_with_pictures(one) for one in value]
    return Binary(inputs.ANIMAL) if isinstance(value, str) and value == FILE else value


def _is_as_described(case: Any) -> bool:
    """Whether it is meant to be accepted: neither spoilt, nor with another method."""
    is_positive = case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE
    return is_positive and _is_its_own_method(case)


def _is_its_own_method(case: Any) -> bool:
    return bool(case.method.upper() == case.operation.method.upper())


def _note(event: Any, cast: Cast, outcome: Outcome) -> None:
    if isinstance(event, events.NonFatalError):
        outcome.errors.append(f"{cast.name}: {event.label}: {event.info.format()}")
    if isinstance(event, events.FatalError):
        raise event.exception
    if isinstance(event, events.ScenarioFinished):
        _note_requests(event, cast, outcome)
        _note_failures(event.recorder, cast, outcome)


def _note_requests(event: Any, cast: Cast, outcome: Outcome) -> None:
    recorder = event.recorder
    for case_id, interaction in recorder.interactions.items():
        case = recorder.cases[case_id].value
        outcome.by_actor[cast.name] += 1
        outcome.by_phase[str(event.phase)] += 1
        # OPTIONS of an operation, which is answered 200 as well, is not that operation.
        label = case.operation.label if _is_its_own_method(case) else f"{case.method.upper()} {case.operation.path}"
        outcome.statuses[label][interaction.response.status_code if interaction.response else 0] += 1


def _note_failures(recorder: Any, cast: Cast, outcome: Outcome) -> None:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            key = f"{check.name}: {recorder.cases[case_id].value.operation.label}: {failure.title}"
            outcome.failed[key] += 1
            outcome.failures.setdefault(key, f"as {cast.name}: {failure.message}\n{check.failure_info.code_sample}")

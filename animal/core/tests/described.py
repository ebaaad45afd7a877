"""Holds an answer against the API description: its status is declared for the operation, its body has that shape."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

FORMATS = FormatChecker()


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: Any) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("time", raises=ValueError)
def _is_time_with_offset(value: Any) -> bool:
    """RFC 3339, section 5.6: what JSON Schema calls a time has an offset."""
    return not isinstance(value, str) or datetime.fromisoformat(f"2000-01-01T{value}").tzinfo is not None


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: Any) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@cache
def description() -> dict[str, Any]:
    return dict(Client().get("/api/schema/?format=json").json())


def assert_described(operation: str, answer: Any) -> None:
    """`operation` is `POST /api/v1/matches/{match_id}/confirm/`: the method, and the path as the description has it."""
    method, path = operation.split()
    declared = description()["paths"][path][method.lower()]["responses"]
    status = str(answer.status_code)
    assert status in declared, f"{operation} answers {status}, and declares only {', '.join(declared)}"
    content = declared[status].get("content", {})
    if not content:
        assert not answer.content, f"{operation} answers {status} with a body, and declares none"
        return
    media_type = answer["Content-Type"].partition(";")[0]
    assert media_type in content, f"{operation} answers {media_type}, and declares only {', '.join(content)}"
    if media_type == "application/json":
        schema = {**content[media_type]["schema"], "components": description()["components"]}
        errors = Draft202012Validator(schema, format_checker=FORMATS).iter_errors(answer.json())
        wrong = [f"{error.json_path} {error.message}" for error in errors]
        assert not wrong, f"{operation} {status}: {wrong[:3]}"

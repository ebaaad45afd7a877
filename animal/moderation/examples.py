"""Examples for the API documentation."""

from __future__ import annotations

from animal.core.errors import InvalidInput
from animal.core.examples import answer_example, error_example, request_example

_COMPLAINT = {"kind": "report", "reason": "scam", "text": "They ask for money first."}
ABUSE_REPORT_INPUT_EXAMPLE = request_example("A scam", {**_COMPLAINT, "id": "12"})
ABUSE_REPORT_EXAMPLE = answer_example(
    "Taken down",
    {"id": 3, **_COMPLAINT, "object_id": "12", "state": "open", "created_at": "2026-11-21T01:54:11.736830Z"},
)
BLOCK_EXAMPLE = answer_example("One person", {"user_id": 9, "name": "Ada", "created_at": "2026-11-21T01:54:11.736830Z"})
ONESELF_EXAMPLE = error_example("Oneself", InvalidInput("This is you.", code="oneself"))
HIDE_EXAMPLE = request_example("A report", {"kind": "report", "id": "12", "reason": "Scam"})
HIDDEN_EXAMPLE = answer_example("Hidden", {"hidden": True, "changed": True})
SHOWN_EXAMPLE = answer_example("Shown again", {"hidden": False, "changed": True})

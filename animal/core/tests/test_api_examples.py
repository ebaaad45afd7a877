"""What a newcomer reads in the API documentation: every operation is named, described and shown, and that truly."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from animal.core.api_tags import TAGS
from animal.core.examples import FILE
from animal.core.tests.test_openapi import operations

JSON = "application/json"
FORMATS = FormatChecker()
# What OpenAPI 3.0 says otherwise than JSON Schema 2020-12, of which 3.1 schemas are made.
OLD_KEYWORDS = {"nullable"}
RESERVED = re.compile(r"(^|\.)(example|test)$")


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(text: Any) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@FORMATS.checks("time", raises=ValueError)
def is_time(text: Any) -> bool:
    return not isinstance(text, str) or isinstance(time.fromisoformat(text), time)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return Client().get("/api/schema/?format=json").json()


def bodies(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body of an operation, named: what is sent in each encoding, and each answer."""
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        yield f"request ({media_type})", media
    for status, answer in operation["responses"].items():
        for media_type, media in answer.get("content", {}).items():
            yield f"{status} ({media_type})", media


def examples(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example, with its name and the schema that it must satisfy."""
    for name, operation in operations(description):
        for body, media in bodies(operation):
            for title, example in media.get("examples", {}).items():
                yield f"{name} {body} {title!r}", media["schema"], resolved(description, example)["value"]
    for name, schema in description["components"]["schemas"].items():
        for field, field_schema in schema.get("properties", {}).items():
            for value in field_schema.get("examples", ()):
                yield f"{name}.{field}", field_schema, value


def resolved(description: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    target: Any = description
    for key in node["$ref"].removeprefix("#/").split("/"):
        target = target[key]
    return target


def values(node: Any) -> Iterator[Any]:
    """Every key and every value in a tree of dicts and lists."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from values(value)
    elif isinstance(node, list):
        for value in node:
            yield from values(value)
    else:
        yield node


def test_the_description_is_openapi_3_1_throughout(description):
    assert description["openapi"].startswith("3.1.")
    assert not OLD_KEYWORDS.intersection(str(key) for key in schema_keys(description["components"]["schemas"]))


def test_every_schema_is_one_and_every_default_is_what_it_says(description):
    schemas = description["components"]["schemas"]
    wrong = []
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        for place, part in parts(schema, name):
            checker = Draft202012Validator({**part, "components": {"schemas": schemas}}, format_checker=FORMATS)
            if "default" in part and not checker.is_valid(part["default"]):
                wrong.append(f"{place}: {part['default']!r}")
    assert wrong == []


def parts(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema and all schemas in it, with where they are."""
    if isinstance(schema, dict):
        yield place, schema
        for key, child in schema.items():
            yield from parts(child, f"{place}.{key}")
    elif isinstance(schema, list):
        for position, child in enumerate(schema):
            yield from parts(child, f"{place}.{position}")


def schema_keys(node: Any) -> Iterator[str]:
    """The keywords of a schema, without the names of its properties."""
    if isinstance(node, list):
        for child in node:
            yield from schema_keys(child)
    if isinstance(node, dict):
        for key, child in node.items():
            if key == "properties":
                for schema in child.values():
                    yield from schema_keys(schema)
            elif key not in ("default", "enum", "const"):
                yield key
                yield from schema_keys(child)


def test_every_operation_has_a_readable_id_of_its_own(description):
    ids = Counter(operation["operationId"] for _, operation in operations(description))
    assert [name for name, count in ids.items() if count > 1] == []
    # Those that are made of the path change with it.
    from_paths = [name for name in ids if not re.fullmatch(r"(?!api_|auth_|v1_)[a-z]+(_[a-z]+)+", name)]
    assert from_paths == [], "give these an operation_id like report_create"


def test_every_operation_is_described_under_one_known_subject(description):
    known = [tag["name"] for tag in TAGS]
    assert [tag["name"] for tag in description["tags"]] == known
    subjects = set()
    for name, operation in operations(description):
        assert len(operation["tags"]) == 1, name
        assert operation["tags"][0] in known, name
        subjects.add(operation["tags"][0])
        summary, text = operation.get("summary", ""), operation.get("description", "")
        assert 5 < len(summary) <= 80, f"{name}: a summary of one line, please: {summary!r}"
        assert "\n" not in summary, name
        assert not summary.endswith("."), name
        assert len(text) > 15, f"{name}: a description for a newcomer, please: {text!r}"
        assert text.rstrip().endswith("."), f"{name}: {text!r}"
        assert "security" in operation, f"{name} does not say who may call it"
        assert all(choice in ({}, {"bearer": []}) for choice in operation["security"]), name
    assert subjects == set(known)
    assert set(description["components"]["securitySchemes"]) == {"bearer"}


def test_every_parameter_is_described(description):
    for name, operation in operations(description):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), f"{name}: {parameter['name']}"


def test_every_body_and_every_answer_has_an_example(description):
    without = [
        f"{name} {body}"
        for name, operation in operations(description)
        for body, media in bodies(operation)
        if not media.get("examples")
    ]
    assert without == []


def test_every_example_is_what_its_schema_says(description):
    schemas = copy.deepcopy(description["components"]["schemas"])
    for name, schema in schemas.items():
        # An answer holds what is named and nothing else; of a request, routes ignore what they do not know.
        if "properties" in schema and not name.endswith("Request"):
            schema.setdefault("additionalProperties", False)
    wrong = []
    for name, schema, value in examples(description):
        checker = Draft202012Validator({**schema, "components": {"schemas": schemas}}, format_checker=FORMATS)
        wrong += [f"{name}: {error.json_path} {error.message}" for error in checker.iter_errors(value)]
    assert wrong == []


def test_examples_lead_to_nobody(description):
    """Names under .example and .test can belong to nobody (RFC 2606); phone numbers have no such reserve everywhere."""
    seen = 0
    for name, _, example in examples(description):
        for text in filter(lambda value: isinstance(value, str), values(example)):
            hosts = re.findall(r"[\w.+-]+@([\w.-]+\w)", text) + re.findall(r"https?://([^/:\s\"]+)", text)
            seen += len(hosts)
            assert all(RESERVED.search(host) for host in hosts), f"{name}: {text}"
            bare = re.sub(r"\d{4}-\d\d-\d\d[T\d:.+Z]*|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|[\w-]{40,}", "", text)
            assert not re.search(r"\+?\d[\d ()/-]{6,}\d", bare), f"{name} shows what may be a phone number: {text}"
    assert seen > 20


def test_sentences_shown_are_those_that_are_said(description, owner):
    """Of what can be asked for without a file, whatever it changes."""
    said = 0
    for path, item in description["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {"content": {JSON: {"examples": {"": {"value": {}}}}}})["content"]
            if method == "get" or "{" in path or JSON not in content or path == "/api/v1/me/":
                continue
            for example in content[JSON]["examples"].values():
                answer = send_as_shown(owner, method, path, JSON, example["value"], None)
                status = str(answer.status_code)
                if status in ("204", "404") or (status == "401" and operation["security"]):
                    continue  # Nothing is said, or something that is the route's own, or the session has been ended.
                examples_of_status = operation["responses"][status]["content"][JSON]["examples"].values()
                shown = [resolved(description, example)["value"] for example in examples_of_status]
                named = f"{method} {path}: {answer.json()} is not like {shown}"
                assert any(set(answer.json()) == set(value) for value in shown), named
                for key in ("detail", "message"):
                    if sentence := answer.json().get(key):
                        said += 1
                        assert sentence in [value.get(key) for value in shown], named
    assert said > 10


def test_request_examples_are_taken_by_their_routes(description, owner, picture):
    """An example may name what is not there, or a password that is wrong; it is never malformed."""
    for path, item in description["paths"].items():
        for method, operation in item.items():
            for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
                for title, example in media["examples"].items():
                    answer = send_as_shown(owner, method, path, media_type, example["value"], picture)
                    named = f"{method} {path} {title!r}: {answer.status_code} {answer.content[:300]}"
                    assert answer.status_code < 500 or answer.status_code == 503, named
                    assert answer.status_code not in (413, 415, 422), named
                    assert not (answer.status_code == 400 and answer.json()["errors"]), named


def send_as_shown(actor: Any, method: str, path: str, media_type: str, value: Any, picture: Any) -> Any:
    path = re.sub(r"\{(conversation|image|session|export)_id\}", "00000000-0000-4000-8000-000000000000", path)
    path = re.sub(r"\{\w+\}", "1", path)
    send = getattr(actor.client, method)
    if media_type == JSON:
        return send(path, json.dumps(value), content_type=JSON)
    form = {key: item if isinstance(item, list) else [item] for key, item in value.items()}
    files = {key: [picture() if one == FILE else one for one in items] for key, items in form.items()}
    return send(path, files, format="multipart")

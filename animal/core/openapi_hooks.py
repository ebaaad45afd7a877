"""The last touch on the API description: what can be said of every operation alike is added here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from animal.core.examples import ERROR_EXAMPLES, FILE, FORM, missing_field

JSON = "application/json"
Operation = dict[str, Any]

REPLAYED = {
    "Idempotent-Replayed": {
        "description": "There when this is the first answer, given again.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
PATH_PARAMETERS = {
    "animal_id": "The id on the tag, in any case, with or without hyphens.",
    "answer": "`yes`, or anything else for no.",
    "conversation_id": "Of one of your conversations.",
    "edit_id": "Of one of your edited pictures.",
    "export_id": "Of your export.",
    "image_id": "Of a picture that you uploaded.",
    "match_id": "Of one of your matches.",
    "notification_id": "Of one of your notifications.",
    "part": "Which of the files, from 1.",
    "pet_id": "Of one of your pets.",
    "report_id": "Of a report.",
    "session_id": "Of one of your sessions.",
    "subscription_id": "Of one of your areas.",
    "device_id": "Of one of your browsers.",
    "tag": "The id on the tag, in any case, with or without hyphens.",
    "token": "Of the signed link.",
    "user_id": "Of a person.",
    "user_type": "`owner` or `reporter`. It makes no difference.",
}


def complete_description(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A drf-spectacular postprocessing hook."""
    components = result["components"]
    components["examples"] = dict(ERROR_EXAMPLES.values())
    components["securitySchemes"] = {"bearer": components["securitySchemes"]["bearer"]}
    for schema in components["schemas"].values():
        for field in schema.get("properties", {}).values():
            lift_default(field)
    for operation in operations(result):
        describe_parameters(operation)
        prefer_json(operation)
        show_who_may_call(operation)
        show_replays(operation)
        show_errors(operation, components["schemas"])
        show_form_fields(operation, components["schemas"])
    return result


def operations(description: dict[str, Any]) -> Iterator[Operation]:
    for item in description["paths"].values():
        yield from item.values()


def lift_default(field: dict[str, Any]) -> None:
    """Of an address that may be left empty, drf-spectacular calls the empty text a default among the addresses."""
    for choice in field.get("oneOf", ()):
        if "default" in choice:
            field["default"] = choice.pop("default")


def describe_parameters(operation: Operation) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in PATH_PARAMETERS:
            parameter.setdefault("description", PATH_PARAMETERS[parameter["name"]])


def prefer_json(operation: Operation) -> None:
    """What is taken as JSON is taken as a form as well; to name one is enough, and clients have one way to do it."""
    content = operation.get("requestBody", {}).get("content", {})
    for media_type in list(content):
        if media_type != JSON and JSON in content and content[media_type]["schema"] == content[JSON]["schema"]:
            del content[media_type]


def show_who_may_call(operation: Operation) -> None:
    """An operation that everybody may call says so by an empty list, which all generators understand."""
    choices = operation.get("security", [{}])
    operation["security"] = [] if choices == [{}] else [{"bearer": []} if choice else {} for choice in choices]


def show_replays(operation: Operation) -> None:
    if is_keyed(operation):
        for status, answer in operation["responses"].items():
            if status < "300":
                answer["headers"] = {**REPLAYED, **answer.get("headers", {})}


def is_keyed(operation: Operation) -> bool:
    return any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))


def show_errors(operation: Operation, schemas: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        media = answer.get("content", {}).get(JSON)
        if status < "400" or media is None or "examples" in media:
            continue
        field = first_required_field(operation, schemas) if status == "400" else None
        if field:
            shown = {"MissingField": missing_field(field)}
        elif name := applicable_example(operation, status):
            shown = {name: {"$ref": f"#/components/examples/{name}"}}
        else:
            continue
        if "success" in schema_of(media, schemas).get("properties", {}):
            shown = {
                name: unsuccessful(ERROR_EXAMPLES[status][1] if "$ref" in it else it) for name, it in shown.items()
            }
        media["examples"] = shown


def unsuccessful(example: dict[str, Any]) -> dict[str, Any]:
    """As the routes say it that add a `success` to every answer."""
    return {**example, "value": {"success": False, **example["value"]}}


def show_form_fields(operation: Operation, schemas: dict[str, Any]) -> None:
    """Swagger UI fills a form in field by field, not from the example of the whole.

    A form cannot say null either, clients that tried would send the word: an empty field says it.
    """
    media = operation.get("requestBody", {}).get("content", {}).get(FORM)
    if media is None:
        return
    shown = next(iter(media["examples"].values()))["value"]
    for name, field in schema_of(media, schemas)["properties"].items():
        if isinstance(field.get("type"), list):
            (field["type"],) = (kind for kind in field["type"] if kind != "null")
        if name in shown:
            if shown[name] not in (FILE, [FILE]):
                field["examples"] = [shown[name]]
        elif field.get("type") == "integer":
            number = {key: field.pop(key) for key in list(field) if key != "description"}
            field |= {"oneOf": [number, {"type": "string", "maxLength": 0}], "examples": [""]}
        elif field.get("type") == "string" and not {"default", "minLength"}.intersection(field):
            field["examples"] = [""]


def applicable_example(operation: Operation, status: str) -> str | None:
    """None where the reason is the operation's own, which then has to show it."""
    if (status == "409" and not is_keyed(operation)) or (status == "400" and "requestBody" not in operation):
        return None
    return ERROR_EXAMPLES[status][0] if status in ERROR_EXAMPLES else None


def first_required_field(operation: Operation, schemas: dict[str, Any]) -> str | None:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if required := schema_of(media, schemas).get("required"):
            return str(required[0])
    return None


def schema_of(media: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = media["schema"].get("$ref", "").rpartition("/")[2]
    return dict(schemas.get(name, media["schema"]))

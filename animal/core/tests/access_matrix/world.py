"""Where the table's people and things are: made once, and left as they are by every cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin

from accounts.models import User
from animal.core.tests.access_matrix.people import Person, people_make
from animal.core.tests.access_matrix.things import SECRET_WORDS, things_make
from animal.images.tests.stored import pictures_at

# What nothing has.
MISSING: dict[str, Any] = {
    **dict.fromkeys(
        ("pet_id", "report_id", "case_id", "match_id", "user_id", "edit_id", "subscription_id", "notification_id"),
        999_999,
    ),
    **dict.fromkeys(
        ("conversation_id", "message_id", "image_id", "session_id", "export_id"), "00000000-0000-4000-8000-000000000000"
    ),
    **dict.fromkeys(("animal_id", "tag"), "ANI0000000000000000"),
    "name": f"photos/00/{'0' * 32}-rendition.jpg",
    "token": "a-token-that-nobody-was-sent",
    "object_id": 999_999,
    "device_id": 999_999,
}


@dataclass
class World:
    people: dict[str, Person]
    things: dict[str, dict[str, Any]]
    photo_url: str
    staff_objects: dict[str, Any]
    """By the label of a model, the id of one of its rows."""
    kept_from_staff: dict[str, str]
    """By what it is: text that no page of the admin shows."""


def world_build() -> World:
    people = people_make()
    things = things_make(people)
    # Only now: what they have was filed while they were allowed to. Their session is left open, and the token good.
    User.objects.filter(pk=people["disabled"].user.pk).update(is_active=False)
    User.objects.filter(pk=people["disabled moderator"].user.pk).update(is_active=False)
    kept = {
        "a message": SECRET_WORDS,
        "a tag": things["a private pet"]["animal_id"],
        "a password's hash": people["owner"].user.password,
    }
    objects = {label: _any_of(label) for label in _model_labels()}
    objects["accounts.user"] = people["owner"].user.pk
    objects["images.image"] = things["a photo of the owner"]["image_id"]
    objects["chat.conversation"] = things["their conversation"]["conversation_id"]
    return World(people, things, f"{pictures_at()}{things['a photo of the owner']['name']}", objects, kept)


def _any_of(label: str) -> Any:
    model = apps.get_model(label)
    return model._default_manager.order_by("pk").values_list("pk", flat=True)[0]


def _model_labels() -> set[str]:
    """Of the models that the admin has pages for."""
    return {model._meta.label_lower for model in admin.site._registry}

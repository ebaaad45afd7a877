"""What an owner notes of a pet's health and nature, for whoever has to handle it: one choice shows both notes on the
page of its tag. They are shown nowhere else, and without what has the shape of a way to reach a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from rest_framework import serializers
from rest_framework.fields import empty

from animal.core.text import LongTextField
from animal.pets.printing.facts import discreet

if TYPE_CHECKING:
    from animal.pets.models import Pet

NOTES = ("medical_note", "temperament_note")
MAX_NOTE = 300
MEDICAL_HELP = "What a finder should know of its health, such as a medicine that it needs."
TEMPERAMENT_HELP = "How to approach it."
SHOW_HELP = "Whether whoever holds the tag is shown both notes."
CHOSEN_HELP = "Only there when its owner chose to show it."


class Notes(models.Model):
    medical_note = models.CharField(max_length=MAX_NOTE, blank=True)
    temperament_note = models.CharField(max_length=MAX_NOTE, blank=True)
    show_notes = models.BooleanField(default=False, help_text="On the page of the tag, and nowhere else.")

    class Meta:
        abstract = True


class _Switch(serializers.BooleanField):
    """A form that leaves it out says nothing of it; to DRF that is a checkbox which is off."""

    default_empty_html = empty


class NotesInput(serializers.Serializer[dict[str, Any]]):
    medical_note = LongTextField(max_length=MAX_NOTE, required=False, allow_blank=True, help_text=MEDICAL_HELP)
    temperament_note = LongTextField(max_length=MAX_NOTE, required=False, allow_blank=True, help_text=TEMPERAMENT_HELP)
    show_notes = _Switch(required=False, help_text=SHOW_HELP)


class NotesKept(serializers.Serializer[Any]):
    """As their author sees them."""

    medical_note = serializers.CharField()
    temperament_note = serializers.CharField()
    show_notes = serializers.BooleanField(help_text=SHOW_HELP)


class NotesChosen(serializers.Serializer[Any]):
    """As the holder of the tag sees them."""

    medical_note = serializers.CharField(required=False, help_text=CHOSEN_HELP)
    temperament_note = serializers.CharField(required=False, help_text=CHOSEN_HELP)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        card = super().to_representation(instance)
        return {name: value for name, value in card.items() if name not in NOTES} | notes_shown(instance)


def notes_shown(pet: Pet) -> dict[str, str]:
    """Those that the owner chose to show and that say something, fit for strangers."""
    said = {name: discreet(getattr(pet, name)) for name in NOTES} if pet.show_notes else {}
    return {name: note for name, note in said.items() if note}

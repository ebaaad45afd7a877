"""What tells one animal from another beside its photo: chip, sex, size and colours. All of it may be left out.

The chip's number is shown to whoever wrote it down and to nobody else: it proves whose animal it is.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from animal.pets.chips import LONGEST, chip_normalised

COLOURS = ("black", "blue", "brown", "cream", "ginger", "green", "grey", "red", "white", "yellow")
MARKS = ("chip_number", "sex", "size", "colours")
CHIP_HELP = "15 digits; older chips have 9 or 10. Shown to nobody else."


class Sex(models.TextChoices):
    FEMALE = "female"
    MALE = "male"


class Size(models.TextChoices):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Marks(models.Model):
    """Columns that pets and reports share."""

    chip_number = models.CharField(
        max_length=LONGEST, blank=True, db_index=True, help_text="As animal.pets.chips writes it."
    )
    sex = models.CharField(max_length=6, choices=Sex.choices, blank=True)
    size = models.CharField(max_length=6, choices=Size.choices, blank=True, help_text="For its species.")
    colours = models.JSONField(default=list, blank=True, help_text="Names of colours, such as black and white.")

    class Meta:
        abstract = True


class ChipNumberField(serializers.CharField):
    """Digits as people write them; empty for none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_blank=True, max_length=60, help_text=CHIP_HELP, **options)

    def to_internal_value(self, data: Any) -> str:
        try:
            return chip_normalised(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(
                _("This is no chip number: %(error)s. Please check it, or leave it out.") % {"error": error},
                code="invalid_chip",
            ) from error


@extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=COLOURS)))
class ColoursField(serializers.Field[list[str], Any, list[str], Any]):
    """A list, or in a form the field repeated, or names with commas between."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, help_text="The most of its coat first.", **options)

    def get_value(self, dictionary: Any) -> Any:
        name = self.field_name or ""
        if isinstance(dictionary, QueryDict) and name in dictionary:
            return dictionary.getlist(name)
        return super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> list[str]:
        given = [data] if isinstance(data, str) else data
        if not isinstance(given, list) or not all(isinstance(part, str) for part in given):
            raise serializers.ValidationError(_("Please give colours as a list of their names."), code="invalid")
        names = [name for part in given for name in part.lower().replace(",", " ").split()]
        if unknown := sorted(set(names) - set(COLOURS)):
            raise serializers.ValidationError(
                _("We do not know the colour %(colour)s. Known are %(known)s.")
                % {"colour": f"{unknown[0][:20]!r}", "known": ", ".join(COLOURS)},
                code="invalid_choice",
            )
        return list(dict.fromkeys(names))

    def to_representation(self, value: list[str]) -> list[str]:
        return value


class MarksInput(serializers.Serializer[dict[str, Any]]):
    """The marks, for a form that takes them."""

    chip_number = ChipNumberField()
    sex = serializers.ChoiceField(choices=Sex.choices, required=False, allow_blank=True)
    size = serializers.ChoiceField(choices=Size.choices, required=False, allow_blank=True)
    colours = ColoursField()


class MarksShown(serializers.Serializer[Any]):
    """The marks, in an answer."""

    chip_number = serializers.CharField()
    sex = serializers.ChoiceField(choices=Sex.choices, allow_blank=True)
    size = serializers.ChoiceField(choices=Size.choices, allow_blank=True)
    colours = serializers.ListField(child=serializers.ChoiceField(choices=COLOURS))

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from animal.core.coordinates import LatitudeField, LongitudeField
from animal.core.serializers import KnownFields
from animal.core.text import LongTextField, PlainTextField, StoredSentenceField
from animal.images.serializers import HINTS_HELP, PhotoHintSerializer
from animal.pets.marks import MarksInput, MarksShown
from animal.pets.models import Category, FeatureStatus
from animal.pets.serializers import BreedSuggestionSerializer
from animal.reports.examples import (
    REPORT_DETAIL_EXAMPLE,
    REPORT_EXAMPLE,
    REPORT_FILED_EXAMPLE,
    REPORT_INPUT_EXAMPLE,
    REPORT_STATUS_EXAMPLE,
)
from animal.reports.models import Report, ReportEvent

MAX_PET_ID = 2**63 - 1
# Nobody looks for an animal that was lost before; such a date is a slip of the finger.
EARLIEST_DATE = date(1990, 1, 1)
NO_POINT_HELP = "Null where the finder of a tag gave the place in words alone, which only the pet's owner is told."


@extend_schema_serializer(examples=[REPORT_INPUT_EXAMPLE])
class ReportInputSerializer(MarksInput):
    """A lost or found animal. Empty dates and contact fields mean none."""

    status = serializers.ChoiceField(choices=Report.Side.choices)
    animal_name = PlainTextField(max_length=100)
    category = serializers.ChoiceField(choices=Category.choices)
    type = PlainTextField(max_length=100)
    breed = PlainTextField(max_length=100)
    latitude = LatitudeField()
    longitude = LongitudeField()
    description = LongTextField(max_length=4000, required=False, allow_blank=True, default="")
    contact_name = PlainTextField(max_length=100, required=False, allow_blank=True, default="")
    contact_phone = PlainTextField(max_length=40, required=False, allow_blank=True, default="")
    contact_email = serializers.EmailField(max_length=254, required=False, allow_blank=True, default="")
    last_seen_date = serializers.DateField(required=False, allow_null=True, default=None)
    last_seen_time = serializers.TimeField(required=False, allow_null=True, default=None)
    pet_id = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=MAX_PET_ID,
        help_text="Of a pet of mine.",
    )
    register_pet = serializers.BooleanField(
        required=False, default=False, help_text="With a photo: also register the animal as one's pet."
    )
    image = serializers.FileField(required=False, allow_null=True, default=None, help_text="A photo.")

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            # A form cannot say "none"; the client sends these empty, in JSON as well as in a form.
            photos = data.getlist("photos") if isinstance(data, MultiValueDict) and "photos" in data else None
            data = {key: data[key] for key in data if data[key] != "" or key not in _EMPTY_MEANS_NONE}
            if photos is not None:
                data["photos"] = photos
        return super().to_internal_value(data)

    def validate_last_seen_time(self, value: time | None) -> time | None:
        return value if value is None else value.replace(microsecond=0)

    def validate_last_seen_date(self, value: date | None) -> date | None:
        # A day's grace: it is tomorrow already in the Pacific.
        if value is not None and value > timezone.now().date() + timedelta(days=1):
            raise serializers.ValidationError(_("This date is in the future."))
        if value is not None and value < EARLIEST_DATE:
            raise serializers.ValidationError(_("This date is too long ago."))
        return value


_EMPTY_MEANS_NONE = frozenset({"last_seen_date", "last_seen_time", "pet_id", "register_pet", "image"})


@extend_schema_serializer(examples=[REPORT_STATUS_EXAMPLE])
class ReportEditSerializer(KnownFields, ReportInputSerializer):
    """What may be changed afterwards. A report never changes sides; its pet and its photos have routes of their own."""

    ELSEWHERE = {
        "status": gettext_lazy("To resolve or reopen a report, POST to /api/auth/pets/locations/<id>/status/."),
        "photos": gettext_lazy("Photos are added and removed at /api/v1/reports/<id>/photos/."),
        "image": gettext_lazy("Photos are added and removed at /api/v1/reports/<id>/photos/."),
        "pet_id": gettext_lazy("The pet of a report stays the one that it was filed for."),
    }

    status = None  # type: ignore[assignment]
    pet_id = None  # type: ignore[assignment]
    register_pet = None  # type: ignore[assignment]
    image = None  # type: ignore[assignment]

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        cleared = [name for name in ("last_seen_date", "last_seen_time") if data.get(name) == ""]
        return {**values, **dict.fromkeys(cleared)}


class ReportCreateSerializer(ReportInputSerializer):
    """As the web client's form, with up to ten photos."""

    image = None  # type: ignore[assignment]
    photos = serializers.ListField(
        child=serializers.FileField(), required=False, default=list, max_length=10, help_text="At most ten."
    )


class ReportPhotosSerializer(serializers.Serializer[Any]):
    photos = serializers.ListField(child=serializers.FileField(), min_length=1, max_length=10, help_text="At most ten.")


class ReportListQuerySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        choices=Report.Status.choices, required=False, help_text="Only those of this status."
    )
    mine = serializers.BooleanField(
        required=False, default=False, help_text="My own, open and resolved, instead of everybody's open ones."
    )


class ReportEventSerializer(serializers.Serializer[Any]):
    what = serializers.ChoiceField(choices=ReportEvent.What.choices)
    sentence = serializers.CharField()
    by = serializers.ChoiceField(
        choices=["", "me", "other", "staff"], help_text="Empty when nobody did it: the service itself."
    )
    created_at = serializers.DateTimeField()


class ReportStatusInputSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=Report.Status.choices)


@extend_schema_serializer(examples=[REPORT_EXAMPLE])
class LocationSerializer(serializers.Serializer[Any]):
    """A report as everybody sees it. For others than its reporter the place is moved by 200 to 400 m, and `animal_id`,
    `owner_name` and `contact_*` are empty."""

    id = serializers.IntegerField()
    pet = serializers.IntegerField(allow_null=True)
    pet_name = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True, help_text=NO_POINT_HELP)
    longitude = serializers.FloatField(allow_null=True, help_text=NO_POINT_HELP)
    status = serializers.ChoiceField(choices=Report.Status.choices)
    description = serializers.CharField()
    reported_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    contact_name = serializers.CharField()
    contact_phone = serializers.CharField()
    contact_email = serializers.CharField()
    last_seen_date = serializers.DateField(allow_null=True)
    last_seen_time = serializers.TimeField(allow_null=True)
    animal_name = serializers.CharField()
    animal_id = serializers.CharField()
    type = serializers.CharField()
    breed = serializers.CharField()
    category = serializers.CharField()
    owner_name = serializers.CharField()
    image = serializers.URLField(allow_null=True)
    image_url = serializers.URLField(allow_null=True)
    feature_status = serializers.ChoiceField(choices=FeatureStatus.choices)
    is_test = serializers.BooleanField()


class PhotoSuggestionSerializer(serializers.Serializer[Any]):
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    taken_at = serializers.DateTimeField(allow_null=True)


class ReportPhotoSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    url = serializers.URLField()


@extend_schema_serializer(examples=[REPORT_FILED_EXAMPLE])
class ReportFiledSerializer(LocationSerializer):
    photo_hints = PhotoHintSerializer(many=True, help_text=HINTS_HELP)


@extend_schema_serializer(examples=[REPORT_DETAIL_EXAMPLE])
class ReportDetailSerializer(LocationSerializer, MarksShown):
    side = serializers.ChoiceField(choices=Report.Side.choices)
    photos = ReportPhotoSerializer(many=True, help_text="The report's own, the first one first.")
    is_mine = serializers.BooleanField()
    suggested_species = serializers.CharField()
    suggested_breeds = BreedSuggestionSerializer(many=True)
    feature_error = StoredSentenceField()
    suggestion = PhotoSuggestionSerializer(
        allow_null=True,
        help_text="Where and when the camera says the report's own photo was taken. Null for all but the reporter, and "
        "when the photo says nothing.",
    )
    photo_hints = PhotoHintSerializer(many=True, help_text=HINTS_HELP)

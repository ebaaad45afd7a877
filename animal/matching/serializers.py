"""Shapes of matches on the wire."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.models import User
from animal.core.text import StoredSentenceField
from animal.images.models import Image
from animal.images.selectors import image_url
from animal.matching.examples import MATCH_EXAMPLE
from animal.matching.models import PetMatch
from animal.matching.selectors import lost_animal_name, lost_animal_picture


class LostSideSerializer(serializers.Serializer):
    """The lost animal. `pet_id` is the owner's own; the point is the public one."""

    pet_id = serializers.IntegerField(allow_null=True)
    report_id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    type = serializers.CharField()
    breed = serializers.CharField()
    image_url = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True)
    last_seen_date = serializers.DateField(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)


class FoundSideSerializer(serializers.Serializer):
    """The found animal; the point is the public one."""

    report_id = serializers.IntegerField()
    type = serializers.CharField()
    breed = serializers.CharField()
    image_url = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    last_seen_date = serializers.DateField(allow_null=True)
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()


@extend_schema_serializer(examples=[MATCH_EXAMPLE])
class MatchSerializer(serializers.Serializer):
    """A candidate with its reasons. `distance_meters` lies between the public points."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=PetMatch.Status.choices)
    my_side = serializers.SerializerMethodField(help_text="Which side the reader is on.")
    is_question = serializers.BooleanField()
    similarity = serializers.FloatField()
    distance_meters = serializers.FloatField(allow_null=True)
    days_apart = serializers.IntegerField(allow_null=True)
    reasons = serializers.ListField(child=StoredSentenceField())
    lost = serializers.SerializerMethodField()
    found = serializers.SerializerMethodField()
    conversation_id = serializers.UUIDField(allow_null=True)
    is_test = serializers.BooleanField(source="found_report.is_test")
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)

    def _is_owner(self, match: PetMatch) -> bool:
        viewer: User = self.context["viewer"]
        return match.owner_id == viewer.pk

    @extend_schema_field(serializers.ChoiceField(choices=["owner", "finder"]))
    def get_my_side(self, match: PetMatch) -> str:
        return "owner" if self._is_owner(match) else "finder"

    @extend_schema_field(LostSideSerializer)
    def get_lost(self, match: PetMatch) -> dict[str, Any]:
        pet, report = match.lost_pet, match.lost_report
        side = {
            "pet_id": pet.pk if pet and self._is_owner(match) else None,
            "report_id": report.pk if report else None,
            "name": lost_animal_name(match),
            "type": pet.type if pet else report.pet_type if report else "",
            "breed": pet.breed if pet else report.pet_breed if report else "",
            "image_url": self._url(lost_animal_picture(match)),
            "status": report.status if report else None,
            "last_seen_date": report.last_seen_date if report else None,
            "latitude": report.public_latitude if report else None,
            "longitude": report.public_longitude if report else None,
        }
        return dict(LostSideSerializer(side).data)

    @extend_schema_field(FoundSideSerializer)
    def get_found(self, match: PetMatch) -> dict[str, Any]:
        report = match.found_report
        side = {
            "report_id": report.pk,
            "type": report.pet_type,
            "breed": report.pet_breed,
            "image_url": self._url(report.image),
            "status": report.status,
            "last_seen_date": report.last_seen_date,
            "latitude": report.public_latitude,
            "longitude": report.public_longitude,
        }
        return dict(FoundSideSerializer(side).data)

    def _url(self, image: Image | None) -> str | None:
        return image_url(image, size="rendition", request=self.context.get("request")) if image else None

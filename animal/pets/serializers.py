"""Pets on the wire (contract 4.1). Keys are exact; what only the owner may know stays, empty, in the public form."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from animal.core.text import PlainTextField, StoredSentenceField
from animal.images.hints import photo_hints
from animal.images.selectors import image_url
from animal.images.serializers import HINTS_HELP, ImageUrlsSerializer, PhotoHintSerializer
from animal.pets.additional_info import AdditionalInfoField, shown_info
from animal.pets.examples import (
    FEATURE_STATUS_EXAMPLE,
    FOUND_PET_EXAMPLE,
    PET_ADDED_EXAMPLE,
    PET_COUNT_EXAMPLE,
    PET_DETAIL_EXAMPLE,
    PET_EXAMPLE,
    PET_FORM_EXAMPLE,
    PROFILE_EXAMPLE,
    PUBLIC_PET_EXAMPLE,
    TAG_EXAMPLE,
)
from animal.pets.marks import MarksInput, MarksShown
from animal.pets.models import Category, FeatureStatus, Pet
from animal.pets.notes import NotesChosen, NotesInput, NotesKept
from animal.pets.tags import tag_address, tag_grouped

MAX_EXISTING_IMAGES = 100


@extend_schema_serializer(examples=[PET_EXAMPLE])
class PetSerializer(serializers.Serializer[Pet]):
    """A pet as its owner sees it."""

    # Expects `photos` with their images to be prefetched.

    id = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.CharField()
    category = serializers.ChoiceField(choices=Category.choices)
    breed = serializers.CharField()
    isPublic = serializers.BooleanField(source="is_public")  # noqa: N815
    additionalInfo = serializers.SerializerMethodField()  # noqa: N815
    animal_id = serializers.SerializerMethodField()
    registered_at = serializers.DateTimeField()
    images = serializers.SerializerMethodField()
    features = serializers.SerializerMethodField(help_text="Always empty: vectors never leave the server.")
    feature_status = serializers.ChoiceField(choices=FeatureStatus.choices)
    owner = serializers.SerializerMethodField()
    photo_hints = serializers.SerializerMethodField(help_text=HINTS_HELP)

    @extend_schema_field(PhotoHintSerializer(many=True))
    def get_photo_hints(self, pet: Pet) -> list[dict[str, object]]:
        return photo_hints(photo.image for photo in pet.photos.all())

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_additionalInfo(self, pet: Pet) -> dict[str, Any]:  # noqa: N802
        return shown_info(pet.additional_info)

    def get_animal_id(self, pet: Pet) -> str:
        return pet.animal_id

    @extend_schema_field(serializers.ListField(child=serializers.URLField()))
    def get_images(self, pet: Pet) -> list[str]:
        return [image_url(photo.image, request=self.context.get("request")) for photo in pet.photos.all()]

    @extend_schema_field(serializers.ListField(child=serializers.ListField(child=serializers.FloatField())))
    def get_features(self, pet: Pet) -> list[list[float]]:
        return []

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_owner(self, pet: Pet) -> int | None:
        return pet.owner_id


@extend_schema_serializer(examples=[PUBLIC_PET_EXAMPLE])
class PublicPetSerializer(PetSerializer):
    """A pet as anybody sees it: without its tag, its owner and what only the owner is told."""

    photo_hints = None  # type: ignore[assignment]

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_additionalInfo(self, pet: Pet) -> dict[str, Any]:  # noqa: N802
        return shown_info({})

    def get_animal_id(self, pet: Pet) -> str:
        return ""

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_owner(self, pet: Pet) -> int | None:
        return None


class BreedSuggestionSerializer(serializers.Serializer[dict[str, Any]]):
    label = serializers.CharField()  # type: ignore[assignment]
    score = serializers.FloatField()


class PetPhotoSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="image_id")
    urls = serializers.SerializerMethodField()

    @extend_schema_field(ImageUrlsSerializer)
    def get_urls(self, photo: Any) -> dict[str, str]:
        request = self.context.get("request")
        return {size: image_url(photo.image, size, request) for size in ("master", "rendition", "thumbnail")}


@extend_schema_serializer(examples=[PET_DETAIL_EXAMPLE])
class PetDetailSerializer(PetSerializer, MarksShown, NotesKept):
    """All that its owner may know of a pet, with what recognition suggests."""

    tag = serializers.SerializerMethodField(help_text="The tag id in groups of four, to be read aloud.")
    tag_url = serializers.SerializerMethodField(help_text="What the QR code says.")
    is_lost = serializers.BooleanField()
    is_test = serializers.BooleanField()
    feature_error = StoredSentenceField()
    suggested_species = serializers.CharField()
    suggested_breeds = BreedSuggestionSerializer(many=True)
    photos = PetPhotoSerializer(many=True)

    def get_tag(self, pet: Pet) -> str:
        return tag_grouped(pet.animal_id)

    def get_tag_url(self, pet: Pet) -> str:
        return tag_address(pet.animal_id)


@extend_schema_field(serializers.ListField(child=serializers.URLField()))
class ExistingImagesField(serializers.Field[list[str], Any, list[str], Any]):
    """Addresses of photos to keep, as a list or as its JSON text. What is not a text is left out."""

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                return []
        return [url for url in data if isinstance(url, str)][:MAX_EXISTING_IMAGES] if isinstance(data, list) else []

    def to_representation(self, value: list[str]) -> list[str]:
        return value


class PetInputSerializer(MarksInput, NotesInput):
    """The fields of a pet, without its photos."""

    name = PlainTextField(max_length=100)
    type = PlainTextField(max_length=100)
    category = serializers.ChoiceField(choices=Category.choices)
    breed = PlainTextField(max_length=100)
    isPublic = serializers.BooleanField(source="is_public", required=False)  # noqa: N815
    additionalInfo = AdditionalInfoField(source="additional_info", required=False)  # noqa: N815
    existing_images = ExistingImagesField(required=False)


@extend_schema_field({"type": "string", "format": "binary"})
class _UploadField(serializers.FileField):
    pass


@extend_schema_serializer(examples=[PET_FORM_EXAMPLE])
class PetFormSerializer(PetInputSerializer):
    """A pet, with its photos as repeated files."""

    additionalInfo = serializers.CharField(required=False, allow_blank=True, help_text="JSON text of an object.")  # type: ignore[assignment] # noqa: N815
    existing_images = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, help_text="JSON text of a list of addresses of one's own photos."
    )
    images = serializers.ListField(child=_UploadField(), required=False)


@extend_schema_serializer(examples=[PET_ADDED_EXAMPLE])
class PetAddedSerializer(serializers.Serializer[dict[str, Any]]):
    success = serializers.BooleanField()
    pet = PetSerializer()
    photo_hints = PhotoHintSerializer(many=True, help_text=HINTS_HELP)
    message = serializers.CharField()


class ProfileUserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.EmailField()


@extend_schema_serializer(examples=[PROFILE_EXAMPLE])
class ProfileSerializer(serializers.Serializer[dict[str, Any]]):
    user = ProfileUserSerializer()
    pets = PetSerializer(many=True)


@extend_schema_serializer(examples=[PET_COUNT_EXAMPLE])
class PetCountSerializer(serializers.Serializer[dict[str, int]]):
    pet_count = serializers.IntegerField()


@extend_schema_serializer(examples=[FEATURE_STATUS_EXAMPLE], component_name="RecognitionProgress")
class FeatureStatusSerializer(serializers.Serializer[Pet]):
    feature_status = serializers.ChoiceField(choices=FeatureStatus.choices)
    feature_error = StoredSentenceField()
    photo_hints = serializers.SerializerMethodField(help_text=HINTS_HELP)

    @extend_schema_field(PhotoHintSerializer(many=True))
    def get_photo_hints(self, pet: Pet) -> list[dict[str, object]]:
        return photo_hints(photo.image for photo in pet.photos.all())


class RetrySerializer(serializers.Serializer[dict[str, str]]):
    message = serializers.CharField()


@extend_schema_serializer(examples=[TAG_EXAMPLE])
class TagSerializer(serializers.Serializer[dict[str, str]]):
    animal_id = serializers.CharField()
    tag = serializers.CharField()
    tag_url = serializers.CharField()


@extend_schema_serializer(examples=[FOUND_PET_EXAMPLE])
class FoundPetSerializer(NotesChosen):
    """What holding a tag permits to see: the pet's card, the notes that its owner chose to show, and nothing of its
    owner."""

    animal_id = serializers.CharField(source="shown_tag")
    name = serializers.CharField()
    type = serializers.CharField()
    breed = serializers.CharField()
    category = serializers.CharField()
    images = serializers.SerializerMethodField()
    has_owner = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.URLField()))
    def get_images(self, pet: Pet) -> list[str]:
        return [image_url(photo.image, request=self.context.get("request")) for photo in pet.photos.all()]

    def get_has_owner(self, pet: Pet) -> bool:
        return True

"""POST /api/auth/pets/search/: find an animal by a photo."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from animal.images.hints import hints_said
from animal.images.models import Image
from animal.images.selectors import image_url
from animal.images.serializers import HintSerializer
from animal.matching.examples import PHOTO_SEARCH_ANSWER_EXAMPLE, PHOTO_SEARCH_EXAMPLE
from animal.matching.reasons import LIKELIHOODS, likelihood
from animal.matching.search import MIN_SIMILARITY, Lookalike, SearchOutcome, photo_search
from animal.matching.search_reasons import lookalike_reasons
from animal.recognition.unit_vectors import DIMENSIONS
from animal.reports.models import Report
from animal.reports.selectors import display_name, exact_points_shown_to, first_photo, live_pet

NOBODY = gettext_lazy("No animal that looks like this one is registered or reported yet.")


@extend_schema_serializer(examples=[PHOTO_SEARCH_EXAMPLE])
class PhotoSearchInputSerializer(serializers.Serializer):
    image = serializers.FileField(
        error_messages={
            "required": gettext_lazy("Please choose a photo of the animal."),
            "invalid": gettext_lazy("Please choose a photo of the animal."),
            "empty": gettext_lazy("This photo is empty. Please choose another one."),
        }
    )


class SearchedAnimalSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Of the pet; of the report when pet_location is the result itself.")
    name = serializers.CharField()
    type = serializers.CharField()
    breed = serializers.CharField()
    images = serializers.ListField(child=serializers.URLField())


class SearchedPlaceSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Report.Status.choices)
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    image_url = serializers.URLField(allow_null=True)
    last_seen_date = serializers.DateField(allow_null=True)
    reported_at = serializers.DateTimeField()


class SearchResultSerializer(serializers.Serializer):
    pet = SearchedAnimalSerializer()
    similarity = serializers.FloatField(min_value=0, max_value=1, help_text="The same as `probability`.")
    probability = serializers.FloatField(
        min_value=0, max_value=1, help_text="That it is the animal in the photo, if that is one of ten like it."
    )
    likelihood = serializers.ChoiceField(choices=[word for _, word in LIKELIHOODS])
    reasons = serializers.ListField(child=serializers.CharField(), help_text="For and against, what weighs most first.")
    pet_location = SearchedPlaceSerializer(
        allow_null=True,
        help_text="Where it was last seen, 200 to 400 m from the true place for others than its people.",
    )


class SearchInfoSerializer(serializers.Serializer):
    total_items_searched = serializers.IntegerField()
    matches_found = serializers.IntegerField()
    similarity_threshold = serializers.FloatField()
    search_feature_dimensions = serializers.IntegerField()
    pending_features_count = serializers.IntegerField(
        help_text="Animals that were not compared: their photos are waiting to be read, or to be read anew."
    )


@extend_schema_serializer(examples=[PHOTO_SEARCH_ANSWER_EXAMPLE])
class PhotoSearchOutputSerializer(serializers.Serializer):
    success = serializers.BooleanField()
    results = SearchResultSerializer(many=True)
    search_info = SearchInfoSerializer()
    photo_hints = HintSerializer(many=True, help_text="What would make the photo a better one to search by.")
    message = serializers.CharField()


class PhotoSearchApi(APIView):
    parser_classes = [MultiPartParser, FormParser]
    throttle_scope = "pet_search"

    @extend_schema(
        operation_id="photo_search",
        summary="Find pets and open reports that look like the animal in a photo",
        description="The likeliest first, with the probability and the reasons in words. The photo may be turned as "
        "phones turn them, and is not kept.",
        request={"multipart/form-data": PhotoSearchInputSerializer},
        responses=PhotoSearchOutputSerializer,
        tags=["matches"],
    )
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        sent = PhotoSearchInputSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        outcome = photo_search(actor=actor, upload=sent.validated_data["image"])
        places = [found.report for found in outcome.lookalikes if found.report is not None]
        return Response(_rendered(request, outcome, exact_points_shown_to(actor, places)))


def _rendered(request: Request, outcome: SearchOutcome, exact: Collection[int]) -> dict[str, Any]:
    """`exact` holds the ids of the reports whose exact place the caller may see."""
    results = [_result(request, found, exact) for found in outcome.lookalikes]
    return {
        "success": True,
        "results": results,
        "search_info": {
            "total_items_searched": outcome.searched,
            "matches_found": len(results),
            "similarity_threshold": MIN_SIMILARITY,
            "search_feature_dimensions": DIMENSIONS,
            "pending_features_count": outcome.pending,
        },
        "photo_hints": hints_said(outcome.hints),
        "message": _message(len(results), outcome.unread),
    }


def _message(count: int, unread: int) -> str:
    """An old model's vectors cannot be compared with a photo that the new one reads: those animals are not passed off
    as unlike it."""
    if not count:
        found = _("None of the animals compared looks like this one.") if unread else str(NOBODY)
    else:
        found = ngettext("%(count)s animal looks like this one.", "%(count)s animals look like this one.", count) % {
            "count": count
        }
    if not unread:
        return found
    left = ngettext(
        "%(count)s animal was not compared: the photos are being read anew. Please search again later.",
        "%(count)s animals were not compared: the photos are being read anew. Please search again later.",
        unread,
    ) % {"count": unread}
    return f"{found} {left}"


def _result(request: Request, found: Lookalike, exact: Collection[int]) -> dict[str, Any]:
    return {
        "pet": _animal(request, found),
        "similarity": round(found.similarity, 4),
        "probability": round(found.similarity, 4),
        "likelihood": likelihood(found.similarity),
        "reasons": lookalike_reasons(found),
        "pet_location": None if found.report is None else _place(request, found.report, exact),
    }


def _animal(request: Request, found: Lookalike) -> dict[str, Any]:
    if found.pet is not None:
        pet = found.pet
        images = [image_url(photo.image, request=request) for photo in pet.photos.all()]
        return {"id": pet.pk, "name": pet.name, "type": pet.type, "breed": pet.breed, "images": images}
    report = found.report
    assert report is not None  # noqa: S101 (a look-alike has one of the two)
    known = live_pet(report)
    return {
        "id": report.pk,
        "name": display_name(report),
        "type": known.type if known else report.pet_type,
        "breed": known.breed if known else report.pet_breed,
        "images": [],
    }


def _place(request: Request, report: Report, exact: Collection[int]) -> dict[str, Any]:
    is_exact, photo = report.pk in exact, first_photo(report)
    return {
        "id": report.pk,
        "status": report.status,
        "latitude": report.latitude if is_exact else report.public_latitude,
        "longitude": report.longitude if is_exact else report.public_longitude,
        "image_url": _url(request, photo),
        "last_seen_date": report.last_seen_date,
        "reported_at": report.reported_at,
    }


def _url(request: Request, photo: Image | None) -> str | None:
    return None if photo is None else image_url(photo, request=request)

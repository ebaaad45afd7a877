"""What anybody may ask about pets. All of it works without signing in, whatever the Authorization header says."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from animal.pets.selectors import pet_by_tag, pet_count, pets_public
from animal.pets.serializers import FoundPetSerializer, PetCountSerializer, PublicPetSerializer


class PublicApi(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]


class PetCountApi(PublicApi):
    @extend_schema(
        operation_id="pet_count",
        summary="How many pets are registered",
        description="For everybody, as a counter on a landing page.",
        responses=PetCountSerializer,
        auth=[],
        tags=["pets"],
    )
    def get(self, request: Request) -> Response:
        return Response({"pet_count": pet_count()})


class PetDashboardApi(PublicApi):
    @extend_schema(
        operation_id="pet_list_public",
        summary="Public pets, newest first",
        description="For everybody: the newest 500 whose owners made them public. Tag, owner and notes are empty.",
        responses=PublicPetSerializer(many=True),
        auth=[],
        tags=["pets"],
    )
    def get(self, request: Request) -> Response:
        pets = list(pets_public())
        return Response(PublicPetSerializer(pets, many=True, context={"request": request}).data)  # type: ignore[arg-type]


class PetFoundApi(PublicApi):
    @extend_schema(
        operation_id="pet_found",
        summary="The card of the pet that carries a tag",
        description="For whoever scans a tag: the pet, and nothing of its owner. "
        "The tag id in any case, with or without hyphens; also one that the older service printed.",
        responses=FoundPetSerializer,
        auth=[],
        tags=["pets"],
    )
    def get(self, request: Request, animal_id: str) -> Response:
        return Response(FoundPetSerializer(pet_by_tag(animal_id), context={"request": request}).data)

"""An owner's own pets."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.models import User
from animal.core.examples import FILE, sentence_example
from animal.core.idempotency import idempotent
from animal.core.serializers import IDEMPOTENCY_KEY, ErrorSerializer
from animal.images.models import Image
from animal.images.selectors import images_by_url
from animal.pets.examples import NOT_FAILED_EXAMPLE, PET_CHANGE_EXAMPLE, PET_CHANGE_FORM_EXAMPLE, PET_EXAMPLE
from animal.pets.selectors import access_pet_as_owner, pets_owned
from animal.pets.serializers import (
    FeatureStatusSerializer,
    PetAddedSerializer,
    PetDetailSerializer,
    PetFormSerializer,
    PetInputSerializer,
    PetSerializer,
    ProfileSerializer,
    ProfileUserSerializer,
    RetrySerializer,
    TagSerializer,
)
from animal.pets.services import (
    PetFields,
    pet_add,
    pet_change,
    pet_delete,
    pet_retry_features,
    pet_rotate_tag,
)
from animal.pets.tags import tag_address, tag_grouped, tag_qr_png

# The first of these that carries files is used; clients have called the field all of them.
PHOTO_KEYS = ("images", "image", "file", "files", "pet_image")


def photo_uploads(request: Request) -> list[UploadedFile[Any]]:
    for key in PHOTO_KEYS:
        if files := request.FILES.getlist(key):
            return list(files)
    return []


def own_images(actor: User, urls: list[str]) -> list[Image]:
    """Those of the addresses that lead to pictures which this person uploaded, each once, in their order."""
    found = images_by_url(urls)
    images = [found[url] for url in urls if url in found and found[url].uploader_id == actor.pk]
    return list(dict.fromkeys(images))


class ProfileApi(APIView):
    @extend_schema(
        operation_id="profile_retrieve",
        summary="Oneself, and one's pets, newest first",
        description="A good first question after signing in.",
        responses=ProfileSerializer,
        tags=["account"],
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        pets = PetSerializer(pets_owned(actor), many=True, context={"request": request})  # type: ignore[arg-type]
        return Response({"user": ProfileUserSerializer(actor).data, "pets": pets.data})


class PetAddApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="pet_create",
        summary="Register a pet with one to ten photos",
        description="Its photos are read in the background, so that it is recognised when somebody finds "
        "it. A pet that was deleted within 24 hours and shows one of these photos, or bears the same name and "
        "type, comes back with its id and tag.",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": PetFormSerializer},
        responses={201: PetAddedSerializer, **dict.fromkeys((400, 409, 422, 429), ErrorSerializer)},
        tags=["pets"],
    )
    @idempotent("pet", rebuild="answer_for")
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        form = PetInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        kept = own_images(actor, values.pop("existing_images", []))
        pet = pet_add(owner=actor, fields=PetFields(**values), uploads=photo_uploads(request), kept=kept)
        return self.answer_for(request, str(pet.pk))

    def answer_for(self, request: Request, object_id: str) -> Response:
        pet = access_pet_as_owner(actor_of(request), int(object_id))
        body = PetSerializer(pet, context={"request": request}).data
        message = _("%(name)s is registered.") % {"name": pet.name}
        answer = {"success": True, "pet": body, "photo_hints": body["photo_hints"], "message": message}
        return Response(answer, status=status.HTTP_201_CREATED)


class PetEditApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="pet_update",
        summary="Change a pet of one's own",
        description="Every field may be left out. New photos come as files and are added; `existing_images`, when "
        "given, names the present photos that stay.",
        request={
            "multipart/form-data": PetFormSerializer(partial=True),
            "application/json": PetInputSerializer(partial=True),
        },
        responses=PetSerializer,
        examples=[PET_CHANGE_FORM_EXAMPLE, PET_CHANGE_EXAMPLE, PET_EXAMPLE],
        tags=["pets"],
    )
    def put(self, request: Request, pet_id: int) -> Response:
        actor = actor_of(request)
        pet = access_pet_as_owner(actor, pet_id)
        form = PetInputSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        values = _sent(form, request)
        kept = own_images(actor, values.pop("existing_images")) if "existing_images" in values else None
        pet_change(actor=actor, pet=pet, changes=values, uploads=photo_uploads(request), kept=kept)
        return Response(PetSerializer(access_pet_as_owner(actor, pet_id), context={"request": request}).data)


def _sent(form: PetInputSerializer, request: Request) -> dict[str, Any]:
    """Only what was sent: to DRF a checkbox that a form leaves out is one that is off."""
    values = dict(form.validated_data)
    if "isPublic" not in request.data:
        values.pop("is_public", None)
    return values


class PetDeleteApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="pet_delete",
        summary="Delete a pet of one's own",
        description="It is gone from everywhere at once. Registering it again within 24 hours brings it back.",
        request=None,
        responses={204: None},
        tags=["pets"],
    )
    def delete(self, request: Request, pet_id: int) -> Response:
        pet_delete(pet=access_pet_as_owner(actor_of(request), pet_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PetDetailApi(APIView):
    @extend_schema(
        operation_id="pet_retrieve",
        summary="A pet of one's own, with what recognition suggests",
        description="Its tag, its photos in every size, and species and breeds as the photos suggest them.",
        responses=PetDetailSerializer,
        tags=["pets"],
    )
    def get(self, request: Request, pet_id: int) -> Response:
        pet = access_pet_as_owner(actor_of(request), pet_id)
        return Response(PetDetailSerializer(pet, context={"request": request}).data)


class PetQrApi(APIView):
    @extend_schema(
        operation_id="pet_qr",
        summary="The QR code of a pet's tag",
        description="A PNG to print for the collar. It leads to the pet's public card.",
        responses={
            (200, "image/png"): OpenApiResponse(
                OpenApiTypes.BINARY, examples=[OpenApiExample("A PNG picture", value=FILE)]
            )
        },
        tags=["pets"],
    )
    def get(self, request: Request, pet_id: int) -> HttpResponse:
        pet = access_pet_as_owner(actor_of(request), pet_id)
        response = HttpResponse(tag_qr_png(pet.animal_id), content_type="image/png")
        response["Content-Disposition"] = f'attachment; filename="pawgle-{pet.animal_id}.png"'
        response["Cache-Control"] = "private, max-age=3600"
        return response


class PetTagRotateApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="pet_tag_rotate",
        summary="Give a pet a new tag",
        description="The old tag, and one of the older service, leads nowhere from then on: for a tag that was lost or "
        "shown to the wrong person.",
        request=None,
        responses=TagSerializer,
        tags=["pets"],
    )
    def post(self, request: Request, pet_id: int) -> Response:
        pet = pet_rotate_tag(pet=access_pet_as_owner(actor_of(request), pet_id))
        tag = pet.animal_id
        return Response({"animal_id": tag, "tag": tag_grouped(tag), "tag_url": tag_address(tag)})


class PetFeatureStatusApi(APIView):
    @extend_schema(
        operation_id="pet_feature_status",
        summary="How far recognition is with a pet's photos",
        description="`completed`: it can be recognised. `failed`: see `feature_error`, and ask for another try.",
        responses=FeatureStatusSerializer,
        tags=["pets"],
    )
    def get(self, request: Request, pet_id: int) -> Response:
        return Response(FeatureStatusSerializer(access_pet_as_owner(actor_of(request), pet_id)).data)


class PetRetryFeaturesApi(APIView):
    throttle_scope = "pet_write"

    @extend_schema(
        operation_id="pet_retry_features",
        summary="Look at a pet's photos again after a failure",
        description="Only when `feature_status` is `failed`.",
        request=None,
        responses={200: RetrySerializer, 400: ErrorSerializer},
        examples=[sentence_example("The photos are being looked at again.", "message"), NOT_FAILED_EXAMPLE],
        tags=["pets"],
    )
    def post(self, request: Request, pet_id: int) -> Response:
        pet_retry_features(pet=access_pet_as_owner(actor_of(request), pet_id))
        return Response({"message": _("The photos are being looked at again.")})

"""Matches over HTTP: my list, and the verdict."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.models import User
from animal.core.paging import NewestFirstCursor
from animal.core.serializers import ErrorSerializer
from animal.matching.examples import MATCH_CONFIRMED_EXAMPLE, MATCH_DISMISSED_EXAMPLE, MATCH_SETTLED_EXAMPLE
from animal.matching.models import PetMatch
from animal.matching.selectors import access_match, access_match_as_owner, matches_of
from animal.matching.serializers import MatchSerializer
from animal.matching.services import match_confirm, match_dismiss


def _rendered(request: Request, actor: User, match: PetMatch) -> Response:
    return Response(MatchSerializer(match, context={"request": request, "viewer": actor}).data)


class MatchListApi(APIView):
    pagination_class = NewestFirstCursor

    @extend_schema(
        operation_id="match_list",
        summary="My matches, newest first",
        description="Pairs of a lost and a found animal that may be the same, with the reasons. `my_side` says "
        "which of the two is yours.",
        tags=["matches"],
        responses=MatchSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        pages = NewestFirstCursor()
        page = pages.paginate_queryset(matches_of(actor), request, view=self)
        shown = MatchSerializer(page, many=True, context={"request": request, "viewer": actor})
        return pages.get_paginated_response(shown.data)


class MatchDetailApi(APIView):
    @extend_schema(
        operation_id="match_retrieve",
        summary="One of my matches",
        description="Both sides with their photos, and why they may be the same.",
        tags=["matches"],
        responses=MatchSerializer,
    )
    def get(self, request: Request, match_id: int) -> Response:
        actor = actor_of(request)
        return _rendered(request, actor, access_match(actor, match_id))


class MatchConfirmApi(APIView):
    @extend_schema(
        operation_id="match_confirm",
        summary="It is my animal: final; opens the chat",
        description="For the owner of the lost animal. The finder is told, and both may talk. It cannot be taken back.",
        tags=["matches"],
        request=None,
        responses={200: MatchSerializer, 409: ErrorSerializer},
        examples=[MATCH_CONFIRMED_EXAMPLE, MATCH_SETTLED_EXAMPLE],
    )
    def post(self, request: Request, match_id: int) -> Response:
        actor = actor_of(request)
        match = access_match_as_owner(actor, match_id)
        return _rendered(request, actor, match_confirm(actor=actor, match=match))


class MatchDismissApi(APIView):
    @extend_schema(
        operation_id="match_dismiss",
        summary="These are two animals: final; never offered again",
        description="For either side. It cannot be taken back.",
        examples=[MATCH_DISMISSED_EXAMPLE, MATCH_SETTLED_EXAMPLE],
        tags=["matches"],
        request=None,
        responses={200: MatchSerializer, 409: ErrorSerializer},
    )
    def post(self, request: Request, match_id: int) -> Response:
        actor = actor_of(request)
        match = access_match(actor, match_id)
        return _rendered(request, actor, match_dismiss(actor=actor, match=match))

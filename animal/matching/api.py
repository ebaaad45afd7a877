"""Matches over HTTP: my list, and the verdict."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.models import User
from animal.core.paging import NewestFirstCursor
from animal.matching.models import PetMatch
from animal.matching.selectors import access_match, access_match_as_owner, matches_of
from animal.matching.serializers import MatchSerializer
from animal.matching.services import match_confirm, match_dismiss


def _rendered(request: Request, actor: User, match: PetMatch) -> Response:
    return Response(MatchSerializer(match, context={"request": request, "viewer": actor}).data)


class MatchListApi(APIView):
    pagination_class = NewestFirstCursor

    @extend_schema(summary="My matches, newest first", tags=["matches"], responses=MatchSerializer(many=True))
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        pages = NewestFirstCursor()
        page = pages.paginate_queryset(matches_of(actor), request, view=self)
        shown = MatchSerializer(page, many=True, context={"request": request, "viewer": actor})
        return pages.get_paginated_response(shown.data)


class MatchDetailApi(APIView):
    @extend_schema(summary="One of my matches", tags=["matches"], responses=MatchSerializer)
    def get(self, request: Request, match_id: int) -> Response:
        actor = actor_of(request)
        return _rendered(request, actor, access_match(actor, match_id))


class MatchConfirmApi(APIView):
    @extend_schema(
        summary="It is my animal: final; opens the chat", tags=["matches"], request=None, responses=MatchSerializer
    )
    def post(self, request: Request, match_id: int) -> Response:
        actor = actor_of(request)
        match = access_match_as_owner(actor, match_id)
        return _rendered(request, actor, match_confirm(actor=actor, match=match))


class MatchDismissApi(APIView):
    @extend_schema(
        summary="These are two animals: final; never offered again",
        tags=["matches"],
        request=None,
        responses=MatchSerializer,
    )
    def post(self, request: Request, match_id: int) -> Response:
        actor = actor_of(request)
        match = access_match(actor, match_id)
        return _rendered(request, actor, match_dismiss(actor=actor, match=match))

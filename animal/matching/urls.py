from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from animal.matching.api import MatchConfirmApi, MatchDetailApi, MatchDismissApi, MatchListApi
from animal.matching.photo_check_api import PhotoCheckApi
from animal.matching.search_api import PhotoSearchApi

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/auth/pets/search/", PhotoSearchApi.as_view(), name="pet-search"),
    path("api/v1/photos/check/", PhotoCheckApi.as_view(), name="photo-check"),
    path("api/v1/matches/", MatchListApi.as_view(), name="match-list"),
    path("api/v1/matches/<int:match_id>/", MatchDetailApi.as_view(), name="match-detail"),
    path("api/v1/matches/<int:match_id>/confirm/", MatchConfirmApi.as_view(), name="match-confirm"),
    path("api/v1/matches/<int:match_id>/dismiss/", MatchDismissApi.as_view(), name="match-dismiss"),
]

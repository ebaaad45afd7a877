from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from animal.web import place_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/places/search/", place_api.PlaceSearchApi.as_view()),
]

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from animal.pets import api, public_api
from animal.pets.printing import api as printing_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/auth/profile/", api.ProfileApi.as_view(), name="profile"),
    path("api/auth/pets/count/", public_api.PetCountApi.as_view(), name="pet_count"),
    path("api/auth/dashboard/pets/", public_api.PetDashboardApi.as_view(), name="pet_dashboard"),
    path("api/auth/found/<str:animal_id>/", public_api.PetFoundApi.as_view(), name="pet_found"),
    path("api/auth/pets/add/", api.PetAddApi.as_view(), name="pet_add"),
    path("api/auth/pets/<int:pet_id>/edit/", api.PetEditApi.as_view(), name="pet_edit"),
    path("api/auth/pets/<int:pet_id>/delete/", api.PetDeleteApi.as_view(), name="pet_delete"),
    path("api/auth/pets/<int:pet_id>/qr/", api.PetQrApi.as_view(), name="pet_qr"),
    path("api/auth/pets/<int:pet_id>/feature-status/", api.PetFeatureStatusApi.as_view(), name="pet_feature_status"),
    path("api/auth/pets/<int:pet_id>/retry-features/", api.PetRetryFeaturesApi.as_view(), name="pet_retry_features"),
    path("api/v1/pets/<int:pet_id>/", api.PetDetailApi.as_view(), name="pet_detail"),
    path("api/v1/pets/<int:pet_id>/rotate-tag/", api.PetTagRotateApi.as_view(), name="pet_rotate_tag"),
    path("api/v1/pets/<int:pet_id>/tag.svg", printing_api.TagSvgApi.as_view(), name="pet_tag_svg"),
    path("api/v1/pets/<int:pet_id>/tags.pdf", printing_api.TagSheetApi.as_view(), name="pet_tag_sheet"),
]

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from animal.reports import api, map_api, poster_api, public_api, resource_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/auth/pets/report/", api.ReportFileApi.as_view()),
    path("api/auth/pets/locations/", api.ReportMapApi.as_view()),
    path("api/auth/pets/lost/locations/", api.ReportMapLostApi.as_view()),
    path("api/auth/pets/found/locations/", api.ReportMapFoundApi.as_view()),
    path("api/auth/user/pet-locations/", api.ReportMineApi.as_view()),
    path("api/auth/pets/locations/<int:report_id>/status/", api.ReportStatusApi.as_view()),
    path("api/lost_pets/", public_api.LostPetsApi.as_view()),
    path("api/v1/map/", map_api.MapApi.as_view()),
    path("api/v1/reports/", resource_api.ReportListApi.as_view()),
    path("api/v1/reports/<int:report_id>/", resource_api.ReportDetailApi.as_view()),
    path("api/v1/reports/<int:report_id>/photos/", resource_api.ReportPhotoListApi.as_view()),
    path("api/v1/reports/<int:report_id>/photos/<uuid:image_id>/", resource_api.ReportPhotoDetailApi.as_view()),
    path("api/v1/reports/<int:report_id>/timeline/", resource_api.ReportTimelineApi.as_view()),
    path("api/v1/pets/<int:pet_id>/poster.pdf", poster_api.PetPosterApi.as_view()),
    path("api/v1/reports/<int:report_id>/poster.pdf", poster_api.ReportPosterApi.as_view()),
    path("api/v1/reports/<int:report_id>/retry-features/", api.ReportRetryFeaturesApi.as_view()),
]

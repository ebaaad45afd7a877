from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from animal.images.api import ImageDetailApi
from animal.images.edited_api import EditedImageDetailApi, EditedImageListApi
from animal.images.media import media_file

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/images/<uuid:image_id>/", ImageDetailApi.as_view(), name="image_detail"),
    path("api/auth/edited-pet-images/", EditedImageListApi.as_view(), name="edited_image_list"),
    path("api/auth/edited-pet-images/<int:edit_id>/", EditedImageDetailApi.as_view(), name="edited_image_detail"),
    path("media/<path:name>", media_file, name="media_file"),
]

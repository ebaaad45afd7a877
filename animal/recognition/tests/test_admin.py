"""Staff can look at readings and the gallery, and change neither."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client

from animal.recognition.models import GalleryEntry
from animal.recognition.tests.gallery import put, unit

pytestmark = pytest.mark.django_db


def test_staff_see_the_gallery_without_its_vectors_and_cannot_edit_it(moderator) -> None:
    moderator.user.is_superuser = True
    moderator.user.save()
    put("pet", 4711, unit(np.random.default_rng(1)))
    client = Client()
    client.force_login(moderator.user)
    assert b"4711" in client.get("/admin/recognition/galleryentry/").content
    assert client.get("/admin/recognition/photoembedding/").status_code == 200
    page = f"/admin/recognition/galleryentry/{GalleryEntry.objects.get().pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"side": "home"}).status_code == 403
    assert client.get("/admin/recognition/galleryentry/add/").status_code == 403


def test_people_without_staff_rights_see_no_gallery(stranger) -> None:
    client = Client()
    client.force_login(stranger.user)
    assert client.get("/admin/recognition/galleryentry/").status_code == 302

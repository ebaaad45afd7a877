"""Hints on a photo before it is used, over HTTP, with the real model and real photos made worse."""

from __future__ import annotations

import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageEnhance, ImageFilter

from animal.conftest import Actor
from animal.images import models as image_models
from animal.recognition import networks
from animal.recognition.providers import get_embedder
from animal.recognition.tests.next_model import NEXT_DOWN

pytestmark = pytest.mark.django_db
CHECK = "/api/v1/photos/check/"
PHOTOS = Path(settings.BASE_DIR) / "animal" / "demo" / "photos"


def photo(name: str = "chelsea/a.jpg") -> Image.Image:
    with Image.open(PHOTOS / name) as picture:
        return picture.convert("RGB")


def upload(picture: Image.Image) -> SimpleUploadedFile:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return SimpleUploadedFile("photo.jpg", buffer.getvalue(), content_type="image/jpeg")


def hints(actor: Actor, picture: Image.Image) -> list[str]:
    answer = actor.multipart(CHECK, {"image": upload(picture)})
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    assert body["looked_for_animals"] is True
    assert all(hint["message"].endswith(".") for hint in body["hints"])
    return [hint["code"] for hint in body["hints"]]


def side_by_side(*names: str) -> Image.Image:
    both = Image.new("RGB", (1000, 500))
    for place, name in enumerate(names):
        both.paste(photo(name).resize((500, 500)), (place * 500, 0))
    return both


def test_good_photos_get_no_hint(owner: Actor) -> None:
    for name in ("chelsea/a.jpg", "rex/a.jpg", "minka/a.jpg"):
        assert hints(owner, photo(name)) == [], name
    assert not image_models.Image.objects.exists(), "nothing is kept"


def test_a_photo_without_an_animal_is_told(owner: Actor) -> None:
    assert hints(owner, photo("no_animal/coffee.jpg"))[0] == "no_animal"


def test_two_animals_are_told(owner: Actor) -> None:
    assert "several_animals" in hints(owner, side_by_side("chelsea/a.jpg", "rusty/a.jpg"))


def test_an_animal_far_away_is_told(owner: Actor) -> None:
    meadow = Image.new("RGB", (900, 700), (120, 150, 90))
    meadow.paste(photo().resize((150, 100)), (400, 300))
    assert hints(owner, meadow) in (["too_small"], ["no_animal", "too_small"])


def test_a_dark_photo_is_told(owner: Actor) -> None:
    assert hints(owner, ImageEnhance.Brightness(photo()).enhance(0.25)) == ["too_dark"]


def test_a_blurred_photo_is_told(owner: Actor) -> None:
    picture = photo()
    assert "blurred" in hints(owner, picture.filter(ImageFilter.GaussianBlur(0.01 * max(picture.size))))


def test_without_the_model_the_pixels_are_still_looked_at(owner: Actor, settings) -> None:
    settings.EMBEDDING_PROVIDER = NEXT_DOWN
    answer = owner.multipart(CHECK, {"image": upload(ImageEnhance.Brightness(photo()).enhance(0.25))}).json()
    assert ([hint["code"] for hint in answer["hints"]], answer["looked_for_animals"]) == (["too_dark"], False)


def test_what_is_no_picture_is_refused_and_a_passer_by_has_to_sign_in(owner: Actor, anonymous: Actor) -> None:
    text = SimpleUploadedFile("photo.jpg", b"not a picture", content_type="image/jpeg")
    assert owner.multipart(CHECK, {"image": text}).status_code == 400
    assert owner.multipart(CHECK, {}).status_code == 400
    assert anonymous.multipart(CHECK, {"image": upload(photo())}).status_code == 401


def test_the_web_process_gives_the_memory_back_once_after_every_photo(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Library:
        def malloc_trim(self, pad: int) -> int:
            if threading.current_thread() is threading.main_thread():  # Not what earlier tests still have to give back.
                asked.append("trim")
            return 1

    hints(owner, photo())
    memory = get_embedder()._networks.get()._memory
    monkeypatch.setattr(memory, "_pause", 0.0)  # As if the photo before were long ago, each time.
    monkeypatch.setattr(networks.ctypes, "CDLL", lambda name: Library())
    for _ in range(3):
        hints(owner, photo())
    assert len(asked) == 3
    get_embedder().read([Image.new("RGB", (32, 32))])
    assert len(asked) == 4, "elsewhere the networks see to it themselves"

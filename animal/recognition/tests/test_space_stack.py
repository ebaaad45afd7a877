"""The app of deploy/space as somebody would host it, in a process of its own, and the provider against it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from animal.conftest import Actor
from animal.core.tests.worker import work_off
from animal.matching.models import PetMatch
from animal.ops.lifeline import bound_to_me
from animal.ops.stack import free_port, wait_for
from animal.recognition.embedder import OnnxEmbedder
from animal.recognition.errors import ModelUnavailable
from animal.recognition.models import PhotoEmbedding
from animal.recognition.providers import get_embedder
from animal.recognition.space import SpaceEmbedder
from animal.recognition.space_client import ask

pytestmark = pytest.mark.stack

ROOT = Path(django_settings.BASE_DIR)
PHOTOS = ROOT / "animal" / "demo" / "photos"
SHOWN = ("chelsea/a.jpg", "chelsea/b.jpg", "no_animal/rocket.jpg")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Put together as its README.md says, away from the project, and started."""
    folder = tmp_path_factory.mktemp("space")
    assemble = [sys.executable, str(ROOT / "deploy" / "space" / "assemble.py"), str(folder / "app")]
    subprocess.run(assemble, check=True)
    port, log = free_port(), folder / "log"
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")}
    own = {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_TEMP_DIR": str(folder / "tmp")}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=folder / "app",
            env={**kept, **own, "MODEL_DIR": str(django_settings.MODEL_DIR)},
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=bound_to_me(signal.SIGTERM),
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for("The Space", server, log, lambda: answers(address))
        yield address
    finally:
        server.terminate()
        server.wait(20)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/config", timeout=2).is_success
    except httpx.TransportError:
        return False


def local() -> OnnxEmbedder:
    return OnnxEmbedder(django_settings.MODEL_DIR)


def hosted(address: str) -> SpaceEmbedder:
    return SpaceEmbedder(address, token="", version=local().version, trusted=False)


def pictures() -> list[Image.Image]:
    return [Image.open(PHOTOS / name).convert("RGB") for name in SHOWN]


def test_the_space_reads_photos_as_this_process_does(space: str) -> None:
    here, there = local().read(pictures()), hosted(space).read(pictures())
    for mine, theirs in zip(here, there, strict=True):
        assert (mine.species, mine.animals) == (theirs.species, theirs.animals)
        assert (mine.vector is None) == (theirs.vector is None)
        assert [breed.label for breed in mine.breeds] == [breed.label for breed in theirs.breeds]
        assert mine.species_score == pytest.approx(theirs.species_score, abs=1e-3)
        if mine.vector is not None:
            np.testing.assert_allclose(theirs.vector, mine.vector, atol=1e-3)
            np.testing.assert_allclose(theirs.box, mine.box, atol=1e-3)
    assert here[0].species == "cat"
    assert here[2].vector is None, "a rocket is no animal"


def test_a_picture_without_an_animal_is_measured_as_a_whole(space: str) -> None:
    rocket = pictures()[2:]
    np.testing.assert_allclose(hosted(space).embed(rocket), local().embed(rocket), atol=1e-3)


def test_the_space_refuses_what_is_no_photo_and_goes_on(space: str) -> None:
    with pytest.raises(ModelUnavailable):
        ask(space, "", b"no picture at all", deadline=time.monotonic() + 6)
    assert hosted(space).read(pictures()[:1])[0].species == "cat"


def test_a_space_with_another_model_is_refused(space: str) -> None:
    other = SpaceEmbedder(space, token="", version="another-2", trusted=True)
    with pytest.raises(ModelUnavailable, match=f"runs the model {local().version}, and not another-2"):
        other.read(pictures()[:1])


@pytest.mark.django_db(transaction=True)
def test_a_lost_pet_is_recognised_through_the_space(
    space: str, settings: Any, tmp_path: Path, owner: Actor, finder: Actor
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMBEDDING_PROVIDER, settings.HUGGINGFACE_SPACE = "space", space
    place = {"latitude": "52.37", "longitude": "4.9"}
    form = {"category": "Domestic", "type": "Cats", "breed": "Tabby"}
    pet = owner.multipart("/api/auth/pets/add/", {**form, "name": "Chelsea", "images": photo("chelsea/a.jpg")})
    assert pet.status_code == 201, pet.content
    lost = {**form, **place, "animal_name": "N/A", "status": "lost", "pet_id": pet.json()["pet"]["id"]}
    assert owner.multipart("/api/auth/pets/report/", lost).status_code == 201
    found = {**form, **place, "animal_name": "N/A", "status": "found", "image": photo("chelsea/b.jpg")}
    assert finder.multipart("/api/auth/pets/report/", found).status_code == 201
    work_off()
    match = PetMatch.objects.get()
    assert (match.owner, match.finder) == (owner.user, finder.user)
    readings = set(PhotoEmbedding.objects.values_list("model", "version"))
    assert readings == {("space", get_embedder().version)}
    search = finder.multipart("/api/auth/pets/search/", {"image": photo("chelsea/b.jpg")})
    assert "Chelsea" in [result["pet"]["name"] for result in search.json()["results"]]


def photo(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", (PHOTOS / name).read_bytes(), "image/jpeg")

"""Recognition in a hosted Space, asked over real sockets: a right answer is used, and any other is no reading."""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from animal.conftest import Actor
from animal.core.models import BackgroundTask
from animal.core.tests.test_outages import let_time_pass
from animal.core.tests.worker import work_off
from animal.images.tests.stored import keep_on_disk
from animal.recognition.embedder import BreedSuggestion, OnnxEmbedder
from animal.recognition.errors import ModelUnavailable
from animal.recognition.models import PhotoEmbedding
from animal.recognition.providers import get_embedder
from animal.recognition.space import FAILURES_TO_OPEN, SpaceEmbedder, address_of
from animal.recognition.tests import scripted_space as misdeeds
from animal.recognition.tests.scripted_space import DATA, JOIN, UPLOAD, VERSION, ScriptedSpace, features, unit_vector

CHELSEA = Path(django_settings.BASE_DIR) / "animal" / "demo" / "photos" / "chelsea"
INFO = "/gradio_api/info"


@pytest.fixture
def space() -> Iterator[ScriptedSpace]:
    server = ScriptedSpace()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


def embedder(space: ScriptedSpace | str, **changes: Any) -> SpaceEmbedder:
    address = space if isinstance(space, str) else space.address
    given = {"token": "", "version": VERSION, "trusted": False, "call_seconds": 5.0, **changes}
    return SpaceEmbedder(address, **given)


def picture() -> Image.Image:
    return Image.effect_noise((60, 40), 80).convert("RGB")


def test_a_right_answer_becomes_a_reading(space: ScriptedSpace) -> None:
    space.answers["extract_features_api"] = features(animals=2, box=[0.1, 0.2, 0.8, 0.9])
    reading = embedder(space).read([picture()])[0]
    np.testing.assert_allclose(reading.vector, unit_vector(), atol=1e-7)
    assert (reading.vector.dtype, reading.animals, reading.box) == (np.float32, 2, (0.1, 0.2, 0.8, 0.9))
    assert (reading.species, reading.species_score) == ("cat", 0.931)
    assert reading.breeds == (BreedSuggestion("Egyptian Mau", 0.412),)


def test_only_pixels_are_sent_and_all_of_them(space: ScriptedSpace) -> None:
    photo = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "at 12 Secret Street"
    picture().save(photo, "JPEG", exif=exif, comment=b"of Anna Secret")
    upload = Image.open(photo)
    embedder(space).read([upload])
    for sent in space.uploads:
        assert b"Secret" not in sent
        start = sent.index(b"RIFF")
        length = int.from_bytes(sent[start + 4 : start + 8], "little") + 8
        received = Image.open(BytesIO(sent[start : start + length]))
        assert np.array_equal(np.asarray(received), np.asarray(upload))


def test_nothing_stays_on_disk_after_a_call(space: ScriptedSpace, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    one = embedder(space)
    one.read([picture()])
    space.misdeeds[JOIN] = misdeeds.status(500)
    with pytest.raises(ModelUnavailable):
        one.read([picture()])
    assert list(tmp_path.iterdir()) == []


def test_the_token_goes_along_and_no_other_of_this_machine(space: ScriptedSpace, monkeypatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody")
    embedder(space).read([picture()])
    assert not [headers for _, headers in space.requests if "hf_of_somebody" in str(headers)]
    space.requests.clear()
    embedder(space, token="hf_ours").read([picture()])
    assert all(headers["x-hf-authorization"] == "Bearer hf_ours" for _, headers in space.requests)


def test_a_picture_without_an_animal_has_no_vector_but_can_be_measured(space: ScriptedSpace) -> None:
    space.answers["extract_features_api"] = features(animals=0)
    assert embedder(space).read([picture()])[0].vector is None
    assert embedder(space).embed([picture(), picture()]).shape == (2, 512)
    assert embedder(space).embed([]).shape == (0, 512)


def test_a_space_that_does_not_classify_leaves_species_and_breed_open(space: ScriptedSpace) -> None:
    del space.answers["classify_image"]
    reading = embedder(space).read([picture()])[0]
    assert reading.vector is not None
    assert (reading.species, reading.species_score, reading.breeds) == ("", 0.0, ())


@pytest.mark.parametrize(
    ("text", "species", "score", "breeds"),
    [
        ("Prediction: Dog\nConfidence: 0.87", "dog", 0.87, ()),
        ("**Prediction:** Cats\n**Confidence:** 99.5%", "cat", 0.995, ()),
        ("Prediction: beagle\nConfidence: 61 %", "dog", 0.61, (BreedSuggestion("Beagle", 0.61),)),
        ("Prediction: Dog\nConfidence: 90 %\nBreed: Egyptian Mau (80 %)\nBreed: Nobody (5 %)", "dog", 0.9, ()),
        ("Prediction: Toaster\nConfidence: 90 %", "", 0.0, ()),
    ],
)
def test_a_classification_is_mapped_onto_our_species_and_breeds(
    space: ScriptedSpace, text: str, species: str, score: float, breeds: tuple
) -> None:
    space.answers["classify_image"] = text
    reading = embedder(space).read([picture()])[0]
    assert (reading.species, reading.species_score, reading.breeds) == (species, score, breeds)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Cat, I think", "no line of prediction"),
        ("Prediction: Cat", "none of confidence"),
        (None, "no line of prediction"),
        ("Prediction: Cat\nConfidence: 250 %", "no share"),
        ("Prediction: Cat\nConfidence: 1.2.3", "no share"),
    ],
)
def test_a_classification_that_is_none_is_refused(space: ScriptedSpace, text: str | None, reason: str) -> None:
    space.answers["classify_image"] = text  # type: ignore[assignment]
    with pytest.raises(ModelUnavailable, match=reason):
        embedder(space).read([picture()])


def changed(index: int, value: Any) -> list[Any]:
    return [value if place == index else part for place, part in enumerate(unit_vector())]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (features(features=unit_vector()[:511]), "511 features"),
        (features(features=[*unit_vector(), 0.0]), "513 features"),
        (features(feature_length=1280), "stated: 1280"),
        (features(features={"0": 1.0}), "no features"),
        (features(features=changed(7, float("nan"))), "no finite number"),
        (features(features=changed(7, float("inf"))), "no finite number"),
        (features(features=changed(7, 10**400)), "no finite number"),
        (features(features=changed(7, "0.1")), "no number"),
        (features(features=changed(7, None)), "no number"),
        (features(features=changed(7, True)), "no number"),
        (features(features=[0.0] * 512), "length 0, not 1"),
        (features(features=[1.02 * part for part in unit_vector()]), "length 1.02, not 1"),
        (features(success=False, error="no GPU left"), "could not read the photo: no GPU left"),
        (features(success="yes"), "could not read"),
        (features(version=3), "version of its model"),
        (features(version="another-2"), "runs the model another-2, and not scripted-1"),
        (features(version=""), "does not name"),
        (features(animals=-1), "number of animals"),
        (features(animals=True), "number of animals"),
        (features(box=[0, 0, 1]), "not four numbers"),
        (features(box=[0.5, 0, 0.4, 1]), "outside the picture"),
        (features(box=[0, 0, float("nan"), 1]), "outside the picture"),
        (features()[:300], "no JSON text"),
        ("[" * 100_000, "no JSON text"),
        ("[1, 2]", "no JSON object"),
        (json.loads(features()), "no JSON text, but dict"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) and len(value) < 60 else "",
)
def test_features_that_cannot_be_right_are_refused_and_not_asked_for_again(
    space: ScriptedSpace, answer: Any, reason: str, caplog
) -> None:
    space.answers["extract_features_api"] = answer
    with pytest.raises(ModelUnavailable, match=reason):
        embedder(space).read([picture()])
    assert space.asked("/config") == 1
    assert reason in caplog.text, "the operator is told why"


def test_lengths_that_rounding_explains_are_made_one(space: ScriptedSpace) -> None:
    space.answers["extract_features_api"] = features(features=[1.005 * part for part in unit_vector()])
    vector = embedder(space).embed([picture()])[0]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def test_a_space_that_names_no_version_is_trusted_only_when_its_operator_says_which_it_runs(
    space: ScriptedSpace, settings
) -> None:
    settings.EMBEDDING_PROVIDER, settings.HUGGINGFACE_SPACE = "space", space.address
    space.answers["extract_features_api"] = features(version="")
    bundled = OnnxEmbedder(settings.MODEL_DIR).version
    assert (get_embedder().name, get_embedder().version) == ("space", bundled)
    with pytest.raises(ModelUnavailable, match="does not name"):
        get_embedder().read([picture()])
    settings.HUGGINGFACE_SPACE_VERSION = "older-7"
    assert get_embedder().version == "older-7"
    assert get_embedder().read([picture()])[0].vector is not None
    space.answers["extract_features_api"] = features(version=bundled)
    with pytest.raises(ModelUnavailable, match="and not older-7"):
        get_embedder().read([picture()])


@pytest.mark.parametrize(
    ("path", "misdeed", "reason"),
    [
        ("/config", misdeeds.html, "/config answered with text/html"),
        ("/config", misdeeds.status(401), "/config answered with status 401"),
        ("/config", misdeeds.status(429), "/config answered with status 429"),
        (INFO, misdeeds.status(500), "info answered with status 500"),
        (UPLOAD, misdeeds.status(401), "upload answered with status 401"),
        (UPLOAD, misdeeds.html, "upload answered with text/html"),
        (JOIN, misdeeds.status(429), "join answered with status 429"),
        (JOIN, misdeeds.status(503), "join answered with status 503"),
        (DATA, misdeeds.html, "data answered with text/html"),
        (DATA, misdeeds.status(500), "data answered with status 500"),
        (DATA, misdeeds.reset, "broke off"),
        (DATA, misdeeds.cut_short, "gives no answer"),
        (DATA, misdeeds.flood, "longer than 2000000 bytes"),
        (DATA, misdeeds.failing, "CUDA is out of memory"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_space_in_trouble_is_asked_twice_and_then_named_with_its_trouble(
    space: ScriptedSpace, path: str, misdeed: misdeeds.Misdeed, reason: str, caplog
) -> None:
    space.misdeeds[path] = misdeed
    with pytest.raises(ModelUnavailable, match=reason):
        embedder(space).read([picture()])
    assert space.asked("/config") == 2
    assert reason in caplog.text


def test_a_trouble_that_passes_is_not_noticed(space: ScriptedSpace) -> None:
    def once(handler: misdeeds.Handler) -> None:
        del space.misdeeds[DATA]
        misdeeds.reset(handler)

    space.misdeeds[DATA] = once
    assert embedder(space).read([picture()])[0].vector is not None


def test_a_port_at_which_nobody_listens_is_known_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="ConnectError"):
        embedder("http://127.0.0.1:9").read([picture()])
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("path", "misdeed"),
    [
        ("/config", misdeeds.silent),
        ("/config", misdeeds.header_after_header),
        (UPLOAD, misdeeds.silent),
        (JOIN, misdeeds.silent),
        (DATA, misdeeds.silent),
        (DATA, misdeeds.endless),
    ],
)
def test_a_space_that_does_not_come_to_an_end_is_left_in_time(
    space: ScriptedSpace, path: str, misdeed: misdeeds.Misdeed
) -> None:
    one = embedder(space, call_seconds=0.4)
    space.misdeeds[path] = misdeed
    started = time.monotonic()
    with pytest.raises(ModelUnavailable):
        one.read([picture()])
    assert time.monotonic() - started < 0.4 + 0.6


def test_threads_of_an_endless_answer_end_with_its_call(space: ScriptedSpace) -> None:
    before = set(threading.enumerate())
    space.misdeeds[DATA] = misdeeds.endless
    with pytest.raises(ModelUnavailable):
        embedder(space, call_seconds=0.4).read([picture()])
    ours = [thread for thread in set(threading.enumerate()) - before if "ThreadPool" in thread.name]
    for thread in ours:
        thread.join(5)
    assert not [thread for thread in ours if thread.is_alive()]


def test_a_space_that_fails_again_and_again_is_left_alone_for_a_while_and_then_tried_once(
    space: ScriptedSpace, monkeypatch
) -> None:
    monkeypatch.setattr("animal.recognition.space.OPEN_SECONDS", 0.3)
    one = embedder(space)
    space.misdeeds["/config"] = misdeeds.status(500)

    def fail() -> int:
        """How often the Space was asked for a photo that could not be read."""
        before = space.asked("/config")
        with pytest.raises(ModelUnavailable):
            one.read([picture()])
        return space.asked("/config") - before

    assert [fail() > 0 for _ in range(FAILURES_TO_OPEN)] == [True] * FAILURES_TO_OPEN
    assert [fail(), fail()] == [0, 0]
    one._breaker._state_storage.opened_at -= timedelta(seconds=1)  # In place of a pause.
    assert fail() > 0
    assert fail() == 0, "one failed try is enough to open it again"
    one._breaker._state_storage.opened_at -= timedelta(seconds=1)
    space.misdeeds.clear()
    assert one.read([picture()])[0].vector is not None
    space.misdeeds["/config"] = misdeeds.status(500)
    assert fail() > 0, "it counts from nothing again"
    assert fail() > 0


def test_a_photo_does_not_wait_for_ever_behind_another(space: ScriptedSpace) -> None:
    one = embedder(space, call_seconds=0.6)
    space.misdeeds[DATA] = misdeeds.silent
    with ThreadPoolExecutor(2) as pool:
        started = time.monotonic()
        calls = [pool.submit(one.read, [picture()]) for _ in range(2)]
        reasons = [str(call.exception(10)) for call in calls]
        assert time.monotonic() - started < 2
    assert any("busy with other photos" in reason for reason in reasons), reasons


def test_a_space_is_named_by_owner_and_name_or_by_its_address() -> None:
    assert address_of("Nexus_Neon/PawGle.v2") == "https://nexus-neon-pawgle-v2.hf.space"
    assert address_of("http://127.0.0.1:7860") == "http://127.0.0.1:7860"


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", CHELSEA.joinpath("a.jpg").read_bytes(), "image/jpeg")


@pytest.fixture
def _through_the_space(space: ScriptedSpace, settings, tmp_path: Path) -> None:
    keep_on_disk(settings, tmp_path / "media")
    settings.EMBEDDING_PROVIDER, settings.HUGGINGFACE_SPACE = "space", space.address
    space.answers["extract_features_api"] = features(version=get_embedder().version)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_through_the_space")
def test_while_the_space_is_down_photos_wait_searches_say_when_and_nothing_is_lost(
    space: ScriptedSpace, owner: Actor, finder: Actor
) -> None:
    space.misdeeds["/config"] = misdeeds.status(503)
    form = {"name": "Chelsea", "category": "Domestic", "type": "Cats", "breed": "Tabby", "images": photo()}
    created = owner.multipart("/api/auth/pets/add/", form)
    assert created.status_code == 201, created.content
    for _ in range(5):  # Longer than the retries of a failing task.
        work_off()
        let_time_pass(minutes=5)
    for _ in range(FAILURES_TO_OPEN):
        with contextlib.suppress(ModelUnavailable):
            get_embedder().read([picture()])
    asked = space.asked("/config")
    search = finder.multipart("/api/auth/pets/search/", {"image": photo()})
    assert (search.status_code, int(search["Retry-After"]) > 0) == (503, True)
    assert space.asked("/config") == asked, "while the circuit is open the answer comes at once"
    task = BackgroundTask.objects.get(name__endswith="extract_pet_features")
    assert (task.state, task.failures) == (BackgroundTask.State.PENDING, 0)
    assert not PhotoEmbedding.objects.exists()

    space.misdeeds.clear()
    get_embedder()._breaker._state_storage.opened_at -= timedelta(minutes=5)
    let_time_pass(minutes=5)
    work_off()
    reading = PhotoEmbedding.objects.get()
    assert (reading.model, reading.version, reading.species) == ("space", get_embedder().version, "cat")
    found = finder.multipart("/api/auth/pets/search/", {"image": photo()})
    assert found.status_code == 200, found.content

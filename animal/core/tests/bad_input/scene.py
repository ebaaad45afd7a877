"""Something of everything that can be asked for, made over HTTP as people would; and a record of all that is stored."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django_q.models import OrmQ
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import one_time_token_create
from accounts.services.exports import export_build, export_request
from accounts.services.links import uid_of
from animal.alerts.models import Kind
from animal.alerts.push_services import push_device_add
from animal.alerts.unsubscribing import unsubscribe_token
from animal.conftest import Actor, make_actor, make_moderator, picture_bytes
from animal.core.letters import all_letters
from animal.core.tests.bad_input.values import a_browser


@dataclass
class Scene:
    """`ids` fits the parameters of the routes. What they name is the owner's; the report is the finder's."""

    clients: dict[str, APIClient]
    cookies: dict[str, SimpleCookie]
    ids: dict[str, Any]
    photo_url: str
    link: Callable[[str], dict[str, str]]
    """uid and token of a fresh link from a mail, by its purpose."""

    def page(self, by: str) -> Client:
        """A browser of this person: a new one each time, since pages sign people in and out."""
        client = Client(raise_request_exception=False)
        client.cookies = copy.deepcopy(self.cookies[by])
        return client

    def path(self, route: str, **changes: Any) -> str:
        """The route with the scene's ids, or others, in the place of its parameters."""
        for name, value in {**self.ids, **changes}.items():
            for converter in ("int", "uuid", "str", "path"):
                route = route.replace(f"<{converter}:{name}>", str(value))
        assert "<" not in route, f"the scene has nothing for {route}"
        return f"/{route}"


def scene_build() -> Scene:
    owner, finder = make_actor("owner"), make_actor("finder")
    pet = _sent(owner, "/api/auth/pets/add/", **_animal(), name="Milo", images=_photo())["pet"]
    _sent(owner, "/api/auth/pets/report/", **_sighting(), status="lost", pet_id=pet["id"])
    case = _sent(owner, "/api/auth/pets/report/", **_sighting(), status="lost")["id"]
    report = _sent(finder, "/api/auth/pets/report/", **_sighting(), status="found", image=_photo())["id"]
    conversation = owner.post("/api/auth/chat/conversations/start/", {"pet_location_id": report}).json()["id"]
    said = _sent(finder, f"/api/auth/chat/conversations/{conversation}/messages/", body="Is this Milo?")["id"]
    area = owner.post("/api/auth/alerts/", {"center_lat": 48.1, "center_lon": 11.5}).json()["id"]
    notification = owner.get("/api/auth/notifications/").json()["notifications"][0]["id"]
    match = apps.get_model("matching", "PetMatch").objects.create(
        pair_key=f"pet:{pet['id']}|found:{report}",
        lost_pet_id=pet["id"],
        found_report_id=report,
        owner=owner.user,
        finder=finder.user,
        similarity=0.7,
        cosine=0.9,
    )
    edit = _sent(owner, "/api/auth/edited-pet-images/", edited_image=_photo(), edit_metadata="{}")["id"]
    image = apps.get_model("images", "Image").objects.filter(uploader=owner.user).earliest("created_at")
    export = export_request(user=owner.user)
    export_build(export.pk)
    scan = {"latitude": 48.1, "longitude": 11.5, "message": "Is this yours?"}
    follow_up = APIClient().post(f"/api/v1/found/{pet['animal_id']}/report/", scan).json()["follow_up_token"]
    ids = {
        "token": follow_up,
        "pet_id": pet["id"],
        "animal_id": pet["animal_id"],
        "tag": pet["animal_id"],
        "report_id": report,
        "case_id": case,
        "conversation_id": conversation,
        "message_id": said,
        "subscription_id": area,
        "device_id": browser_add(owner.user, "a"),
        "notification_id": notification,
        "match_id": match.pk,
        "edit_id": edit,
        "user_id": finder.user.pk,
        "session_id": owner.user.sessions.get().pk,
        "user_type": "owner",
        "answer": "confirm",
        "image_id": image.pk,
        "export_id": export.pk,
        "part": 1,
        "name": str(image.rendition),
        "stop_token": unsubscribe_token(user_id=owner.user.pk, kind=Kind.TAG),
        "kind": next(iter(all_letters())),
    }
    people = {"owner": owner, "finder": finder, "moderator": make_moderator()}
    return Scene(
        clients={name: _crash_is_a_500(actor.client) for name, actor in people.items()}
        | {"nobody": APIClient(raise_request_exception=False)},
        cookies={name: _cookies(actor) for name, actor in people.items()} | {"nobody": SimpleCookie()},
        ids=ids,
        photo_url=pet["images"][0],
        link=lambda purpose: _link(owner.user, purpose),
    )


def browser_add(user: User, name: str) -> int:
    said = a_browser(name)
    keys = {"browser_key": said["keys"]["p256dh"], "browser_secret": said["keys"]["auth"]}
    return push_device_add(actor=user, endpoint=said["endpoint"], **keys).pk


def _link(user: User, purpose: str) -> dict[str, str]:
    token = one_time_token_create(user=user, purpose=purpose, lifetime=timedelta(minutes=5))
    return {"uid": uid_of(user), "token": token}


def _crash_is_a_500(client: APIClient) -> APIClient:
    client.raise_request_exception = False
    return client


def _cookies(actor: Actor) -> SimpleCookie:
    client = Client()
    client.force_login(actor.user)
    return client.cookies


def _sent(actor: Actor, path: str, **form: Any) -> dict[str, Any]:
    answer = actor.multipart(path, form)
    assert answer.status_code == 201, answer.content
    return answer.json()


def _photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", picture_bytes(), content_type="image/jpeg")


def _animal() -> dict[str, str]:
    return {"category": "Domestic", "type": "Cats", "breed": "Tabby"}


def _sighting() -> dict[str, str]:
    return {**_animal(), "animal_name": "Milo", "latitude": "48.137", "longitude": "11.575"}


COUNTS_OF_MARIADB = "SHOW SESSION STATUS WHERE Variable_name IN ('Handler_write', 'Handler_update', 'Handler_delete')"


def rows_stored() -> dict[str, Any]:
    """Every row of our own models and of the queue. Plain SQL, for its speed."""
    stored: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table, key in _our_tables():
            cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")  # noqa: S608 (names of our tables)
            stored[table] = cursor.fetchall()
    return stored


def rows_written() -> int | None:
    """How many were ever written, undone or not; None where the database does not say.

    SQLite counts them (https://docs.python.org/3/library/sqlite3.html#sqlite3.Connection.total_changes), and MariaDB
    (https://mariadb.com/kb/en/server-status-variables/#handler_write; temporary tables have a count of their own).
    """
    if connection.vendor == "sqlite":
        return int(connection.connection.total_changes)
    if not getattr(connection, "mysql_is_mariadb", False):
        return None
    with connection.cursor() as cursor:
        cursor.execute(COUNTS_OF_MARIADB)
        return sum(int(count) for _, count in cursor.fetchall())


@functools.cache
def _our_tables() -> list[tuple[str, str]]:
    """Name and primary key, quoted."""
    ours = [model for model in apps.get_models() if model.__module__.startswith(("animal.", "accounts."))]
    quoted = connection.ops.quote_name
    return [(quoted(model._meta.db_table), quoted(model._meta.pk.column)) for model in [*ours, OrmQ]]

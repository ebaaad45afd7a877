"""Section 12 of the wire contract, point by point: what the existing web client relies on."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

import pytest
from rest_framework.test import APIClient

from accounts.tests.steps import COOKIE, cookie_of, refresh, sign_in
from animal.conftest import Actor
from animal.core.tests.contract.client import (
    ALERTS,
    AREA,
    CHATS,
    CLIENT_ORIGIN,
    CONTACT,
    MAP,
    MINE,
    REPORT,
    SEARCH,
    contact_form,
    conversation_with,
    pet_added,
    photo,
    report_filed,
    report_form,
)
from animal.reports.tests.conftest import photo_of

LISTS = (
    MAP,
    "/api/auth/pets/lost/locations/",
    "/api/auth/pets/found/locations/",
    MINE,
    "/api/auth/dashboard/pets/",
    CHATS,
    ALERTS,
    "/api/auth/edited-pet-images/",
    "/api/lost_pets/",
)


def claims(jwt: str) -> dict[str, Any]:
    header, payload, signature = jwt.split(".")
    assert header
    assert signature
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def is_local_address(text: object) -> bool:
    return isinstance(text, str) and urlparse(text).scheme in ("http", "https") and bool(urlparse(text).netloc)


# --- JWT, cookie, refresh ---------------------------------------------------------------------------------------------


def test_login_answers_with_a_jwt_of_three_segments_that_names_the_user_and_sets_the_cookie(owner: Actor) -> None:
    answer = sign_in(APIClient())
    assert (answer.status_code, claims(answer.json()["access"])["user_id"]) == (200, str(owner.user.pk))
    cookie = answer.cookies["pawgle_refresh"]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"], cookie["domain"]) == ("/", "Lax", True, "")
    assert (cookie["max-age"], bool(cookie["secure"])) == (14 * 86400, False)


def test_refresh_with_an_empty_urlencoded_body_answers_access_and_logout_clears_the_cookie(owner: Actor) -> None:
    client = APIClient()
    sign_in(client)
    answer = client.post("/api/token/refresh/", "", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, claims(answer.json()["access"])["user_id"]) == (200, str(owner.user.pk))
    out = client.post("/api/auth/logout/", "", content_type="application/x-www-form-urlencoded")
    assert (out.status_code, out.cookies[COOKIE]["max-age"]) == (200, 0)
    assert refresh(cookie_of(answer)).status_code == 401


def test_refresh_accepts_the_older_json_body_and_ignores_it(owner: Actor) -> None:
    client = APIClient()
    sign_in(client)
    assert client.post("/api/token/refresh/", {"refresh": None}).json()["access"]


# --- CORS -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/api/auth/profile/", "/api/token/refresh/", "/media/photos/00/x.jpg", "//api/auth/pets/count/"]
)
def test_every_answer_of_api_and_media_allows_the_clients_origin_with_credentials(db: None, path: str) -> None:
    answer = APIClient().get("/", PATH_INFO=path, HTTP_ORIGIN=CLIENT_ORIGIN)
    assert answer["Access-Control-Allow-Origin"] == CLIENT_ORIGIN
    assert answer["Access-Control-Allow-Credentials"] == "true"


def test_the_preflight_allows_authorization_content_type_and_delete(db: None) -> None:
    answer = APIClient().options(
        "/api/auth/pets/1/delete/",
        HTTP_ORIGIN=CLIENT_ORIGIN,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="DELETE",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,content-type",
    )
    assert answer.status_code == 200
    assert {"authorization", "content-type"} <= set(answer["Access-Control-Allow-Headers"].split(", "))
    assert {"GET", "POST", "DELETE"} <= set(answer["Access-Control-Allow-Methods"].split(", "))


# --- lists and objects ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_bare_arrays(owner: Actor, path: str) -> None:
    answer = owner.get(path)
    assert (answer.status_code, answer.json()) == (200, [])


def test_profile_notifications_messages_search_and_counts_are_objects(
    owner: Actor, finder: Actor, anonymous: Actor
) -> None:
    assert set(owner.get("/api/auth/profile/").json()) == {"user", "pets"}
    assert set(owner.get("/api/auth/notifications/").json()) == {"notifications", "unread_count"}
    assert set(anonymous.get("/api/auth/users/count/").json()) == {"user_count"}
    assert set(anonymous.get("/api/auth/pets/count/").json()) == {"pet_count"}
    thread = conversation_with(finder, report_filed(owner))
    assert set(owner.get(thread).json()) == {"messages", "server_time"}
    assert set(anonymous.get("/api/auth/profile/").json()) >= {"detail", "error", "message"}


# --- pets -------------------------------------------------------------------------------------------------------------


def test_pet_images_are_absolute_addresses_and_sub_notes_are_a_list(owner: Actor, anonymous: Actor) -> None:
    pet_added(owner)
    (pet,) = owner.get("/api/auth/profile/").json()["pets"]
    (shown,) = anonymous.get("/api/auth/dashboard/pets/").json()
    for each in (pet, shown):
        assert all(is_local_address(url) for url in each["images"])
        assert isinstance(each["additionalInfo"]["subNotes"], list)
    assert (pet["features"], pet["additionalInfo"]["subNotes"]) == ([], ["shy"])
    without_notes = pet_added(owner, name="Rex", additionalInfo=None)
    assert without_notes["additionalInfo"]["subNotes"] == []


def test_search_answers_with_absolute_images_in_the_clients_shape(
    owner: Actor, finder: Actor, work_off: Callable[[], int]
) -> None:
    pet_added(owner, images=[photo_of("minka")])
    work_off()
    answer = finder.multipart(SEARCH, {"image": photo_of("minka")})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) == {"success", "results", "search_info", "message"} | {"photo_hints"}
    (hit,) = body["results"]
    assert set(hit) == {"pet", "similarity", "pet_location"} | {"probability", "likelihood", "reasons"}
    assert set(hit["pet"]) == {"id", "name", "type", "breed", "images"}
    assert all(is_local_address(url) for url in hit["pet"]["images"])
    assert 0 <= hit["similarity"] <= 1


def test_add_takes_repeated_images_and_the_edit_page_only_existing_ones(owner: Actor) -> None:
    pet = pet_added(owner, images=[photo(), photo((1, 2, 3))])
    assert len(pet["images"]) == 2
    assert owner.delete(f"/api/auth/pets/{pet['id']}/delete/").status_code == 204
    again = pet_added(owner, images=None, existing_images=json.dumps(pet["images"][:1]))
    assert (again["id"], again["animal_id"], again["images"]) == (pet["id"], pet["animal_id"], pet["images"][:1])


@pytest.mark.parametrize(("sent", "stored"), [("true", True), ("false", False)])
def test_is_public_is_a_word_in_the_form_and_a_boolean_in_the_answer(owner: Actor, sent: str, stored: bool) -> None:
    assert pet_added(owner, isPublic=sent)["isPublic"] is stored


@pytest.mark.parametrize("breed", ["Dwarf Campbell’s", "European (Wild)"])
def test_the_clients_breeds_are_accepted(owner: Actor, breed: str) -> None:
    assert pet_added(owner, breed=breed)["breed"] == breed


def test_the_qr_code_is_a_png_and_found_has_its_seven_keys(owner: Actor, anonymous: Actor, stranger: Actor) -> None:
    pet = pet_added(owner)
    code = owner.get(f"/api/auth/pets/{pet['id']}/qr/")
    assert (code.status_code, code["Content-Type"], code.content[:8]) == (200, "image/png", b"\x89PNG\r\n\x1a\n")
    assert stranger.get(f"/api/auth/pets/{pet['id']}/qr/").status_code == 404
    card = anonymous.get(f"/api/auth/found/{pet['animal_id']}/").json()
    assert set(card) == {"animal_id", "name", "type", "breed", "category", "images", "has_owner"}
    assert "owner@example.org" not in json.dumps(card)
    missing = anonymous.get("/api/auth/found/ANI0000000000000000/")
    assert (missing.status_code, bool(missing.json()["detail"])) == (404, True)


# --- reports and the contact form -------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_image", [True, False])
def test_a_report_with_empty_fields_and_the_name_n_a_is_filed(owner: Actor, with_image: bool) -> None:
    report = report_filed(owner, image=photo() if with_image else None)
    assert (report["animal_name"], report["last_seen_date"], report["pet"]) == ("N/A", None, None)
    assert is_local_address(report["image_url"]) is with_image


def test_an_empty_category_is_refused_in_json_with_detail(owner: Actor) -> None:
    answer = owner.multipart(REPORT, report_form(category=""))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert "category" in answer.json()["detail"].lower()


@pytest.mark.parametrize("verb", ["post", "put"])
def test_the_status_is_set_by_json(owner: Actor, verb: str) -> None:
    path = f"{MAP}{report_filed(owner)['id']}/status/"
    answer = getattr(owner.client, verb)(path, {"status": "resolved"}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (200, "resolved")


def test_contact_owner_works_with_bearer_null(owner: Actor) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer null")
    answer = client.post(CONTACT, contact_form(report_filed(owner)["id"]), format="multipart")
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert client.get(CONTACT).status_code == 405


# --- chat -------------------------------------------------------------------------------------------------------------


def test_a_message_may_be_photos_alone_and_the_cursor_is_the_last_created_at(owner: Actor, finder: Actor) -> None:
    thread = conversation_with(finder, report_filed(owner))
    sent = finder.multipart(thread, {"body": "", "attachments": [photo(), photo((1, 2, 3))]})
    assert (sent.status_code, len(sent.json()["attachments"])) == (201, 2)
    assert sent.json()["created_at"].endswith("Z")
    assert len(sent.json()["created_at"]) == len("2026-11-21T01:54:11.736830Z")
    owner.get(thread)
    assert owner.get(f"{thread}?after={sent.json()['created_at']}").json()["messages"] == []


def test_outsiders_are_sent_away_from_a_chat(owner: Actor, finder: Actor, stranger: Actor) -> None:
    thread = conversation_with(finder, report_filed(owner))
    for path in (thread, thread.removesuffix("messages/")):
        answer = stranger.get(path)
        assert answer.status_code in (403, 404)
        assert answer.json()["detail"]
    assert stranger.multipart(thread, {"body": "Hello"}).status_code in (403, 404)


# --- verbs and limits -------------------------------------------------------------------------------------------------


def test_deleting_answers_204(owner: Actor) -> None:
    area = owner.post(ALERTS, AREA).json()
    assert owner.delete(f"{ALERTS}{area['id']}/").status_code == 204
    assert owner.delete(f"/api/auth/pets/{pet_added(owner)['id']}/delete/").status_code == 204


def test_a_throttled_caller_gets_429_in_json_with_retry_after(owner: Actor) -> None:
    for _ in range(10):
        answer = owner.multipart(REPORT, {})
        assert answer.status_code == 400
    answer = owner.multipart(REPORT, {})
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/json")
    assert answer.json()["detail"]
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("verb", ["post", "put"])
def test_notifications_are_marked_read_without_a_body(owner: Actor, verb: str) -> None:
    report_filed(owner, status="lost")
    (note,) = owner.get("/api/auth/notifications/").json()["notifications"]
    assert set(note) >= {"id", "verb", "description", "target_id", "target_name", "is_read", "created_at"}
    for path in (f"/api/auth/notifications/{note['id']}/read/", "/api/auth/notifications/read-all/"):
        answer = getattr(owner.client, verb)(path)
        assert (answer.status_code, bool(answer.json()["detail"])) == (200, True)
    assert owner.get("/api/auth/notifications/").json()["unread_count"] == 0

"""Where somebody is signed in: the list, one device, all of them; and what ends access tokens."""

from __future__ import annotations

import uuid

import pytest
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import OneTimeToken
from accounts.services import one_time_token_create, sign_in_link
from accounts.tests.steps import COOKIE, PASSWORD, cookie_of, refresh, sessions, sign_in
from animal.core.models import OutgoingMail

pytestmark = pytest.mark.django_db
URL = "/api/v1/sessions/"
KEYS = {"id", "user_agent", "created_at", "last_seen_at", "expires_at", "is_current"}


def bearer(answer) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")


def test_the_list_shows_where_i_am_signed_in_and_nothing_secret(owner, stranger) -> None:
    phone = APIClient(HTTP_USER_AGENT="A phone")
    here = bearer(sign_in(phone))
    ended = cookie_of(sign_in(APIClient(HTTP_USER_AGENT="Ended")))
    client = APIClient()
    client.cookies[COOKIE] = ended
    client.post("/api/auth/logout/")
    rows = here.get(URL).json()["results"]
    assert [(row["user_agent"], row["is_current"]) for row in rows] == [("A phone", True), ("a fixture", False)]
    assert all(set(row) == KEYS for row in rows)


def test_one_device_is_signed_out(owner) -> None:
    signed_in = sign_in(APIClient())
    session = sessions().get()
    assert owner.delete(f"{URL}{session.pk}/").status_code == 204
    assert refresh(cookie_of(signed_in)).status_code == 401
    assert bearer(signed_in).get(URL).status_code == 401, "the access token dies with the session"
    assert owner.get(URL).status_code == 200
    assert owner.delete(f"{URL}{session.pk}/").status_code == 404


def test_a_stranger_ends_nobodys_session_and_learns_nothing(owner, stranger, anonymous) -> None:
    sign_in(APIClient())
    theirs, none = stranger.delete(f"{URL}{sessions().get().pk}/"), stranger.delete(f"{URL}{uuid.uuid4()}/")
    assert (theirs.status_code, theirs.content) == (404, none.content)
    assert sessions().get().ended_at is None
    assert anonymous.delete(URL).status_code == anonymous.get(URL).status_code == 401


def test_a9_signing_out_everywhere_ends_refresh_and_access_tokens_and_the_pages(owner, stranger) -> None:
    signed_in, page = sign_in(APIClient()), APIClient()
    link = sign_in_link(user=owner.user)
    page.post("/auth/magic", {"token": link.split("token=")[1].split("&")[0]}, format="multipart")
    assert page.get("/report").status_code == 200
    answer = owner.delete(URL)
    assert (answer.status_code, answer.cookies[COOKIE]["max-age"]) == (204, 0)
    assert refresh(cookie_of(signed_in)).status_code == 401
    assert {owner.get(URL).status_code, bearer(signed_in).get(URL).status_code} == {401}
    assert page.get("/report").status_code == 302, "the pages' own cookie ends too"
    assert stranger.get(URL).status_code == 200
    assert sign_in(APIClient()).status_code == 200


def test_a9_signing_out_ends_the_access_token(owner) -> None:
    client = APIClient()
    signed_in = bearer(sign_in(client))
    assert signed_in.get(URL).status_code == 200
    client.post("/api/auth/logout/")
    answer = signed_in.get(URL)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")


def test_an_access_token_without_a_session_is_none(owner, stranger) -> None:
    bare = AccessToken.for_user(owner.user)
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {bare}").get(URL).status_code == 401
    bare["sid"] = str(stranger.user.sessions.get().pk)
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {bare}").get(URL).status_code == 401, "somebody else's session"
    bare["sid"] = "junk"
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {bare}").get(URL).status_code == 401


def test_asking_who_is_signed_in_takes_one_query(owner, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):  # That one, and the count of accounts.
        owner.get("/api/auth/users/count/")


def test_the_person_is_told_once_of_a_replayed_refresh_token(owner, work_off) -> None:
    first = cookie_of(sign_in(APIClient()))
    second = cookie_of(refresh(first))
    refresh(second)
    sessions().update(rotated_at=timezone.now() - timezone.timedelta(minutes=1))
    refresh(second)
    for _ in range(2):
        assert refresh(first).status_code == 401
    work_off()
    assert [message.to for message in mail.outbox] == [["owner@example.org"]]
    assert OutgoingMail.objects.count() == 1


def test_a10_token_endpoint_does_not_hand_out_the_refresh_token(owner, anonymous) -> None:
    for name in ("owner@example.org", "oWNER"):
        answer = anonymous.post("/api/token/", {"username": name, "password": PASSWORD})
        assert (answer.status_code, list(answer.json())) == (200, ["access"])
        assert answer.cookies[COOKIE]["httponly"]
        assert answer.cookies[COOKIE].value not in answer.content.decode()


def test_a10_token_endpoint_counts_against_the_login_throttle(owner, anonymous) -> None:
    def attempt(number: int) -> int:
        form = {"username": f"nobody{number}@example.org", "password": "wrong"}
        return anonymous.post("/api/token/", form).status_code

    assert [attempt(number) for number in range(11)] == [401] * 10 + [429]
    assert sign_in(anonymous.client).status_code == 429, "one count for both doors"


@pytest.mark.parametrize("name", ["nobody", "stranger@example.org", "Owner "])
def test_a10_token_endpoint_refuses_what_login_refuses(owner, anonymous, name: str) -> None:
    answer = anonymous.post("/api/token/", {"username": name, "password": "not the Passw0rd"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


def test_signing_out_by_the_api_signs_this_browser_out_of_our_pages_too(owner, stranger) -> None:
    browser, other = APIClient(), APIClient()
    for client, actor in ((browser, owner), (other, stranger)):
        token = one_time_token_create(user=actor.user, purpose=OneTimeToken.Purpose.SIGN_IN)
        assert client.post("/auth/magic", {"token": token}, format="multipart").status_code == 302
        assert "Sign out" in client.get("/").content.decode()
    assert browser.post("/api/auth/logout/").status_code == 200
    assert ["Sign out" in client.get("/").content.decode() for client in (browser, other)] == [False, True]

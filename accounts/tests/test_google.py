"""Sign-in with Google, against a server of our own that publishes keys as Google does."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import GoogleIdentity, User
from accounts.services import user_deactivate
from accounts.tests.steps import COOKIE, cookie_of, link_in_mail, refresh, sessions, sign_in, sign_up

pytestmark = pytest.mark.django_db
CLIENT_ID = "pawgle.apps.googleusercontent.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Google:
    """Serves a JWK set and takes codes, counts how often it was asked, and signs."""

    def __init__(self) -> None:
        self.asked, self.status, self.max_age = 0, 200, 3600
        self.keys = {"first": KEY}
        self.codes: dict[str, str] = {}
        """The ID token for each code, which works once."""
        self.exchanged: list[dict[str, str]] = []
        google = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                google.asked += 1
                body = json.dumps({"keys": google.published()}).encode()
                self.send_response(google.status)
                self.send_header("Cache-Control", f"public, max-age={google.max_age}, must-revalidate")
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                google.exchanged.append(form)
                token = google.codes.pop(form["code"], None)
                body = {"id_token": token} if token else {"error": "invalid_grant"}
                self.send_response(google.status if google.status != 200 else 200 if token else 400)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/certs"

    def published(self) -> list[dict[str, Any]]:
        to_jwk = jwt.algorithms.RSAAlgorithm.to_jwk
        return [
            {**to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "RS256", "use": "sig"}
            for kid, key in self.keys.items()
        ]


def id_token(key: Any = KEY, kid: str = "first", algorithm: str = "RS256", **changes: Any) -> str:
    now = timezone.now()
    claims = {
        "iss": "https://accounts.google.com",
        "aud": CLIENT_ID,
        "sub": "1234567890",
        "email": "gina@example.org",
        "email_verified": True,
        "name": "Gina",
        "iat": now,
        "exp": now + timedelta(hours=1),
        **changes,
    }
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, key, algorithm, headers={"kid": kid}
    )


def enter(credential: Any, **fields: Any) -> Any:
    return APIClient().post("/api/auth/google/", {"credential": credential, **fields})


def test_a_google_account_opens_an_account_and_signs_in(google) -> None:
    answer = enter(id_token())
    user = User.objects.get()
    assert answer.status_code == 200
    assert answer.json()["user"] == {"id": user.pk, "username": "Gina", "email": "gina@example.org"}
    assert answer.json()["created"] is True
    assert (user.has_usable_password(), user.is_proven) == (False, True)
    assert refresh(cookie_of(answer)).status_code == 200
    assert enter(id_token()).json()["created"] is False
    assert User.objects.count() == 1


def test_the_other_name_of_the_field_works(google) -> None:
    assert APIClient().post("/api/auth/google/", {"id_token": id_token()}).status_code == 200


def test_an_account_is_recognised_by_sub_after_the_address_changed(google) -> None:
    first = enter(id_token()).json()["user"]["id"]
    again = enter(id_token(email="gina@elsewhere.example")).json()
    assert (again["user"]["id"], again["user"]["email"]) == (first, "gina@example.org")
    assert GoogleIdentity.objects.get().sub == "1234567890"


def test_an_account_with_the_same_address_is_joined_whatever_its_case(google, owner) -> None:
    answer = enter(id_token(email="OWNER@Example.org", hd="example.org"))
    assert (answer.json()["user"]["id"], answer.json()["created"]) == (owner.user.pk, False)
    assert sign_in(APIClient()).status_code == 200, "a password of somebody who has proved the address stays"


def test_an_account_with_a_gmail_address_is_joined(google) -> None:
    user = User.objects.create_user("Gil", "gil@gmail.com", email_verified_at=timezone.now())
    assert enter(id_token(email="Gil@Gmail.com")).json()["user"]["id"] == user.pk


def test_whoever_once_had_an_address_that_google_does_not_host_gets_no_account_by_it(google, owner, work_off) -> None:
    """Google looked at the mailbox when the Google account was opened; since then it may have changed hands."""
    for hd in (None, ""):
        answer = enter(id_token(email="owner@example.org", hd=hd))
        assert (answer.status_code, answer.json()["code"]) == (401, "google_unlinked")
        assert "link" in answer.json()["error"]
        assert COOKIE not in answer.cookies
    assert enter(id_token(email="owner@notgmail.com.example.org")).status_code == 200, "a new account harms nobody"
    assert not GoogleIdentity.objects.filter(user=owner.user).exists()
    work_off()
    assert mail.outbox[-1].to == ["owner@example.org"]
    consumed = APIClient().post("/api/auth/magic/consume/", {"token": link_in_mail()["token"]})
    assert consumed.json()["user"]["id"] == owner.user.pk


def test_a5_whoever_signed_up_with_a_victims_address_is_out_when_the_victim_comes_by_google(google) -> None:
    sign_up(APIClient(), email="gina@example.org")
    attacker = cookie_of(sign_in(APIClient(), "gina@example.org"))
    assert enter(id_token()).status_code == 200
    assert sign_in(APIClient(), "gina@example.org").status_code == 401
    assert refresh(attacker).status_code == 401


def test_a4_google_does_not_open_a_disabled_account(google, owner) -> None:
    enter(id_token(email="owner@example.org", hd="example.org"))
    user_deactivate(user=owner.user)
    answers = [enter(id_token(email="owner@example.org")), enter(id_token(email="owner@example.org", sub="2"))]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert not User.objects.get().is_active
    assert (sessions().filter(ended_at=None).count(), GoogleIdentity.objects.count()) == (0, 1)


REFUSED = {
    "another audience": {"aud": "other.apps.googleusercontent.com"},
    "another issuer": {"iss": "https://accounts.example.org"},
    "an expired token": {"exp": timezone.now() - timedelta(minutes=5)},
    "no expiry": {"exp": None},
    "no sub": {"sub": None},
    "no address": {"email": None},
    "an address that Google has not verified": {"email_verified": False},
    "an address of which nothing is said": {"email_verified": None},
    "another key under the same id": {"key": OTHER_KEY},
    "an unknown key": {"kid": "other", "key": OTHER_KEY},
    "a secret instead of a key": {"key": "a secret that is long enough for it", "algorithm": "HS256"},
    "no signature": {"key": None, "algorithm": "none"},
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_token_that_is_not_to_be_trusted_signs_nobody_in(google, case: str) -> None:
    answer = enter(id_token(**REFUSED[case]))
    assert (answer.status_code, bool(answer.json()["error"]), COOKIE in answer.cookies) == (401, True, False)
    assert User.objects.count() == 0


@pytest.mark.parametrize("credential", ["junk", "a.b.c", "x" * 8000, "a\x00.b.c"])
def test_what_is_no_token_is_refused(google, credential: str) -> None:
    answer = enter(credential)
    assert (answer.status_code in (400, 401), bool(answer.json()["error"])) == (True, True)


@pytest.mark.parametrize("credential", ["", None, ["a"], {}])
def test_a_missing_credential_is_a_400(google, credential: Any) -> None:
    assert enter(credential).status_code == 400


def test_a22_googles_keys_are_fetched_once_for_many_sign_ins(google) -> None:
    assert {enter(id_token()).status_code for _ in range(5)} == {200}
    assert google.asked == 1


def test_a22_keys_are_kept_as_long_as_the_answer_allows(google, monkeypatch) -> None:
    kept: list[int] = []
    keep = cache.set
    monkeypatch.setattr(cache, "set", lambda key, value, timeout=None, **k: (kept.append(timeout), keep(key, value)))
    google.max_age = 1234
    enter(id_token())
    assert 1234 in kept


def test_a_new_key_is_fetched_when_google_has_changed_it(google) -> None:
    enter(id_token())
    google.keys = {"second": OTHER_KEY}
    cache.delete("google-signing-keys-fetched")  # A minute passes.
    assert enter(id_token(OTHER_KEY, "second")).status_code == 200


def test_invented_key_ids_do_not_make_us_ask_google_each_time(google) -> None:
    for number in range(5):
        enter(id_token(OTHER_KEY, f"invented {number}"))
    assert google.asked == 1


def test_a22_an_outage_of_google_is_a_503_with_a_sentence(google) -> None:
    google.status = 500
    answer = enter(id_token())
    assert (answer.status_code, bool(answer.json()["error"]), "Retry-After" in answer) == (503, True, True)
    google.status = 200
    assert enter(id_token()).status_code == 200


def test_without_a_client_id_the_route_says_so(db) -> None:
    answer = enter(id_token())
    assert (answer.status_code, answer.json()["code"]) == (503, "google_unconfigured")
    assert answer.json()["error"]


def test_a_name_that_is_taken_or_unusable_gets_another(google, owner) -> None:
    first = enter(id_token(name="Owner")).json()["user"]["username"]
    assert first.startswith("Owner ")
    second = enter(id_token(name='<b>"', sub="2", email="x@example.org")).json()["user"]["username"]
    assert not set('<>"') & set(second)
    assert enter(id_token(name=None, sub="3", email="y@example.org")).json()["user"]["username"] == "y"
    ours = enter(id_token(name="PawGle Support", sub="6", email="support@example.org")).json()["user"]["username"]
    assert ours == "Animal friend"
    hers = enter(id_token(name="Support", sub="7", email="gwen@example.org")).json()["user"]["username"]
    assert hers == "gwen"
    hidden = enter(id_token(name="\u202eAd\u200ba", sub="4", email="z@example.org")).json()["user"]["username"]
    assert hidden == "Ada"
    assert enter(id_token(name="\u200d\u3164", sub="5", email="v@example.org")).json()["user"]["username"] == "v"

"""A change of SECRET_KEY signs nobody out while the earlier key is in SECRET_KEY_FALLBACKS."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import signing
from rest_framework.test import APIClient
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.tokens import AccessToken

from animal.conftest import Actor

EARLIER = "an earlier key, as long as keys have to be for HS256 signatures"
NEW = "a new key, also as long as keys have to be for HS256 signatures"
PROFILE = "/api/auth/profile/"


def with_bearer(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def signed_by(key: str, access: str, **claims: Any) -> str:
    return str(TokenBackend("HS256", key).encode({**AccessToken(access).payload, **claims}))


def test_an_access_token_of_the_earlier_key_counts_while_that_is_among_the_fallbacks(
    owner: Actor, settings: Any
) -> None:
    token = signed_by(EARLIER, owner.access)
    assert with_bearer(token).get(PROFILE).status_code == 401
    settings.SECRET_KEY_FALLBACKS = ["another key that is long enough to sign with", EARLIER]
    assert with_bearer(token).get(PROFILE).status_code == 200


@pytest.mark.parametrize("claims", [{"exp": 1}, {"token_type": "refresh"}, {"sid": "f" * 32}])
def test_an_earlier_key_vouches_for_no_more_than_the_present_one(
    owner: Actor, settings: Any, claims: dict[str, Any]
) -> None:
    settings.SECRET_KEY_FALLBACKS = [EARLIER]
    assert with_bearer(signed_by(EARLIER, owner.access, **claims)).get(PROFILE).status_code == 401


def test_a_session_of_the_pages_goes_on_under_the_new_key(owner: Actor, client: Any, settings: Any) -> None:
    for fallbacks, is_signed_in in (([], False), ([EARLIER], True)):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = EARLIER, []
        client.force_login(owner.user)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, fallbacks
        assert (owner.user.username in client.get("/").content.decode()) is is_signed_in


def test_a_signed_link_of_the_earlier_key_still_leads_somewhere(settings: Any) -> None:
    link = signing.dumps("somebody", key=EARLIER, salt="animal.chat.follow-up")
    with pytest.raises(signing.BadSignature):
        signing.loads(link, salt="animal.chat.follow-up")
    settings.SECRET_KEY_FALLBACKS = [EARLIER]
    assert signing.loads(link, salt="animal.chat.follow-up") == "somebody"

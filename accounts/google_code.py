"""Sign-in with Google without a script of Google's: the browser is sent there, and comes back with a code for us.

OAuth 2.0's authorization code (RFC 6749, section 4.1) with PKCE (RFC 7636), as
https://developers.google.com/identity/protocols/oauth2/web-server has it. What comes of it is the ID token that
`accounts.google` checks, whichever way it came.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import threading
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import GoogleRefused, GoogleUnconfigured
from accounts.tokens import random_token
from animal.core.errors import ServiceUnavailable

logger = logging.getLogger(__name__)
# For each of connecting, sending and reading. Google answers in a tenth of that.
TIMEOUT_SECONDS = 3.0
# Of the eight threads of a web process: however slow Google is, the others answer everybody else.
_seats = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Errand:
    """What this browser has to show when it comes back: nobody else's code is taken for its own."""

    state: str
    verifier: str
    redirect_uri: str

    @property
    def address(self) -> str:
        """Where to send the browser."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "client_id": settings.GOOGLE_OAUTH_CLIENT_ID,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid email profile",
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        return f"{settings.GOOGLE_SIGN_IN_URL}?{urlencode(query)}"


def google_is_offered() -> bool:
    """Whether our own pages can sign in with Google: for a code, Google asks for the secret as well."""
    return bool(settings.GOOGLE_OAUTH_CLIENT_ID and settings.GOOGLE_OAUTH_CLIENT_SECRET)


def google_errand(*, redirect_uri: str) -> Errand:
    """A new one. Raises GoogleUnconfigured."""
    if not google_is_offered():
        raise GoogleUnconfigured
    return Errand(state=random_token(), verifier=random_token(), redirect_uri=redirect_uri)


def google_id_token(*, code: str, errand: Errand) -> str:
    """The ID token for a code, which works once and only with the verifier that was kept here.

    Raises GoogleRefused for a code that Google does not take, ServiceUnavailable when it does not answer.
    """
    import httpx  # On first use: every start of every process would wait for it.

    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": settings.GOOGLE_OAUTH_CLIENT_ID,
        "client_secret": settings.GOOGLE_OAUTH_CLIENT_SECRET,
        "code_verifier": errand.verifier,
        "redirect_uri": errand.redirect_uri,
    }
    if not _seats.acquire(blocking=False):
        raise _away()
    try:
        answer = httpx.post(settings.GOOGLE_TOKEN_URL, data=form, timeout=TIMEOUT_SECONDS)
        said = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _away() from error
    finally:
        _seats.release()
    if answer.is_server_error or not isinstance(said, dict):
        raise _away()
    id_token = said.get("id_token")
    if answer.is_error or not isinstance(id_token, str):
        # `invalid_grant` is an old code. Anything else, such as `invalid_client`, is for whoever runs this service.
        logger.warning("Google took no code: %s %s", answer.status_code, said.get("error"))
        raise GoogleRefused
    return id_token


def _away() -> ServiceUnavailable:
    return ServiceUnavailable(_("Google does not answer now. Please try again, or use a sign-in link."))

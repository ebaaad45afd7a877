"""Fixtures of several tests of signing in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.tests.test_google import CLIENT_ID, Google


@pytest.fixture
def google(settings: Any) -> Iterator[Google]:
    server = Google()
    settings.GOOGLE_OAUTH_CLIENT_ID, settings.GOOGLE_KEYS_URL = CLIENT_ID, server.url
    yield server
    server.server.shutdown()
    server.server.server_close()

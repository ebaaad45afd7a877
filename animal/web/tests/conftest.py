"""The owner as a person, and with a browser on our pages."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from animal.conftest import Actor
from animal.web.tests.steps import browser_of


@pytest.fixture
def person(owner: Actor) -> User:
    assert owner.user is not None
    return owner.user


@pytest.fixture
def browser(owner: Actor) -> Client:
    return browser_of(owner)

"""What the tests of the pages fill in, and in whose browser."""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from animal.conftest import Actor

FORM = {
    "status": "found",
    "type": "Cats",
    "breed": "",
    "animal_name": "",
    "latitude": "28.6139",
    "longitude": "77.2090",
    "last_seen_date": "",
    "description": "In my garden",
}


def browser_of(actor: Actor | User) -> Client:
    client = Client()
    client.force_login(actor.user if isinstance(actor, Actor) else actor, backend="accounts.backends.EmailBackend")
    return client

"""What the API is measured on is what the size says, as clients see it."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts.models import User
from animal.bench.population import Size, populate
from animal.pets.models import Pet
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
SMALL = Size(
    people=4, pets=6, reports=12, my_pets=2, my_reports=3, my_conversations=2, my_messages=4, my_notifications=5
)


def test_the_measured_person_sees_as_many_rows_as_the_size_says() -> None:
    populated = populate(SMALL)
    counts = (User.objects.count(), Pet.objects.count(), Report.objects.count())
    assert counts == (SMALL.people, SMALL.pets, SMALL.reports)
    client = APIClient()
    answer = client.post("/api/auth/login/", {"email": populated.emails[0], "password": populated.password})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert len(client.get("/api/auth/profile/").json()["pets"]) == SMALL.my_pets
    assert len(client.get("/api/auth/user/pet-locations/").json()) == SMALL.my_reports
    talks = client.get("/api/auth/chat/conversations/").json()
    assert len(talks) == SMALL.my_conversations
    assert [talk["unread_count"] for talk in talks if talk["id"] == populated.conversation_id] == [0]
    thread = client.get(f"/api/auth/chat/conversations/{populated.conversation_id}/messages/").json()
    assert len(thread["messages"]) == SMALL.my_messages
    assert len(client.get("/api/auth/notifications/").json()["notifications"]) == SMALL.my_notifications
    assert client.get(f"/api/auth/found/{populated.tag}/").json()["name"] == "Pet 0"


def test_a_database_that_somebody_uses_is_left_alone(owner) -> None:
    with pytest.raises(CommandError, match="in use"):
        call_command("bench_populate")
    assert User.objects.count() == 1

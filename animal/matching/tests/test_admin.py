"""Staff see matches and change none."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from animal.conftest import Actor
from animal.matching.models import PetMatch
from animal.matching.tasks import run_auto_match
from animal.matching.tests.scene import face, found, lost


@pytest.fixture
def superuser(client: Client, db: None) -> Client:
    """Somebody who may do everything in the admin."""
    client.force_login(User.objects.create_superuser(username="Root", email="root@example.org", password="x"))
    return client


def test_staff_can_look_at_a_match_but_give_no_verdict(superuser: Client, owner: Actor, finder: Actor) -> None:
    lost(owner, face(1))
    run_auto_match(found(finder, face(1)).pk)
    match = PetMatch.objects.get()
    path = f"/admin/matching/petmatch/{match.pk}/change/"
    assert path in superuser.get("/admin/matching/petmatch/").content.decode()
    page = superuser.get(path)
    assert page.status_code == 200
    assert match.reasons[0] in page.content.decode()
    assert superuser.post(path, {"status": "confirmed"}).status_code == 403

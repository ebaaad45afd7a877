"""`import_older_service`: people sign in as they did, and the tags on the collars go on leading to their pets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.steps import sign_in
from animal.alerts.models import Notification
from animal.conftest import Actor, picture_bytes
from animal.core.models import OutgoingMail
from animal.images.models import Image
from animal.images.tests.stored import names_stored
from animal.ops.models import ImportedRow, OperationLock
from animal.ops.older_service import dump
from animal.pets.models import OlderTag, Pet

pytestmark = pytest.mark.django_db

PASSWORD = "an older Passw0rd"


@pytest.fixture(autouse=True)
def hashers(settings: Any) -> None:
    ours = settings.PASSWORD_HASHERS
    settings.PASSWORD_HASHERS = [*ours, "django.contrib.auth.hashers.PBKDF2PasswordHasher"]


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    folder = tmp_path / "bucket"
    folder.mkdir()
    (folder / "user_7_1700.jpg").write_bytes(picture_bytes())
    return folder


def user(pk: Any = 7, email: Any = "Anna@Example.org", **fields: Any) -> dict[str, Any]:
    stock = {"username": f"anna{pk}", "password": "!", "is_active": True, "date_joined": "2024-05-01T10:00:00Z"}
    return {"model": "auth.user", "pk": pk, "fields": {**stock, "email": email, **fields}}


def pet(pk: Any = 654321, owner: Any = 7, **fields: Any) -> dict[str, Any]:
    stock = {"name": "Milo", "type": "Dogs", "breed": "Labrador", "category": "Domestic", "isPublic": False}
    more = {"animal_id": "ANI123456", "images": ["https://pub-1.r2.dev/user_7_1700.jpg"], "features": [[0.5] * 512]}
    kept = {"additionalInfo": {"subNotes": ["shy"]}, "registered_at": "2025-01-02T03:04:05.123Z"}
    return {"model": "accounts.pet", "pk": pk, "fields": {**stock, **more, **kept, "owner": owner, **fields}}


@pytest.fixture
def bring(tmp_path: Path, bucket: Path) -> Callable[..., dict[str, Any]]:
    """Import these rows; returns the summary, with `said` for how the command ended."""

    def run(*rows: Any, dry_run: bool = False, text: str | bytes | None = None) -> dict[str, Any]:
        source, media, left = tmp_path / "dump.json", str(bucket), str(tmp_path / "left.csv")
        content = json.dumps(rows) if text is None else text
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        arguments = ["import_older_service", str(source), "--media", media, "--left-out", left, "--json"]
        output, said = io.StringIO(), ""
        try:
            call_command(*arguments, *(["--dry-run"] if dry_run else []), stdout=output)
        except CommandError as error:
            said = str(error)
        return {**json.loads(output.getvalue() or "{}"), "said": said}

    return run


def counts(done: dict[str, Any]) -> dict[str, list[int]]:
    """Imported, joined, there before, left out."""
    return {kind: list(states.values()) for kind, states in done["counts"].items()}


def reasons(done: dict[str, Any]) -> dict[str, int]:
    return {f"{entry['what']}: {entry['reason']}": entry["number"] for entry in done["left_out"]}


def test_an_owner_signs_in_with_the_old_password_and_the_old_tag_still_leads_to_the_pet(
    bring: Any, bucket: Path, work_off: Any
) -> None:
    anna = user(password=make_password(PASSWORD, hasher="pbkdf2_sha256"), is_staff=True, is_superuser=True)
    done = bring(anna, pet(), {"model": "sessions.session", "pk": 1, "fields": {}})
    assert counts(done) == {"users": [1, 0, 0, 0], "pets": [1, 0, 0, 0], "tags": [1, 0, 0, 0], "pictures": [1, 0, 0, 0]}
    assert (done["said"], done["not_imported"]) == ("", {"session": 1})
    work_off()
    assert not mail.outbox
    assert not OutgoingMail.objects.exists()
    assert not Notification.objects.filter(is_muted=False).exists()

    client = APIClient()
    signed_in = sign_in(client, "anna@example.org", PASSWORD)
    assert signed_in.status_code == 200
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed_in.json()['access']}")
    (mine,) = client.get("/api/auth/profile/").json()["pets"]
    assert (mine["name"], mine["additionalInfo"]["subNotes"], len(mine["images"])) == ("Milo", ["shy"], 1)
    assert mine["registered_at"].startswith("2025-01-02T03:04:05.123")
    account = User.objects.get()
    assert (account.is_staff, account.is_superuser, account.email_verified_at) == (False, False, None)

    # As printed, as typed, and never the new tag, which nobody can guess.
    new = mine["animal_id"]
    for typed in ("ANI123456", "ani-123-456"):
        found = APIClient().get(f"/api/auth/found/{typed}/")
        assert (found.status_code, found.json()["animal_id"], found.json()["name"]) == (200, "ANI123456", "Milo")
        page = APIClient().get(f"/found/{typed}").content.decode()
        assert 'action="/found/ANI123456/report"' in page
        assert new not in page + found.content.decode()
    assert APIClient().get(f"/api/auth/found/{new}/").json()["animal_id"] == new
    assert APIClient().get("/T/ANI123456").status_code == 404

    again = bring(anna, pet())
    assert counts(again) == {
        "users": [0, 0, 1, 0],
        "pets": [0, 0, 1, 0],
        "tags": [0, 0, 1, 0],
        "pictures": [0, 0, 1, 0],
    }
    assert client.post(f"/api/v1/pets/{mine['id']}/rotate-tag/").status_code == 200
    assert APIClient().get("/found/ANI123456").status_code == 404
    assert client.delete(f"/api/auth/pets/{mine['id']}/delete/").status_code == 204
    assert counts(bring(anna, pet()))["pets"] == [0, 0, 1, 0]
    assert client.get("/api/auth/profile/").json()["pets"] == []


def test_no_account_is_taken_over_and_what_is_unproven_stays_so(
    bring: Any, owner: Actor, unverified: Actor, work_off: Any
) -> None:
    before = {row["id"]: row for row in User.objects.values()}
    strange = "pbkdf2_sha256$900000000$salt$x"  # Would keep a process busy for hours.
    done = bring(
        user(1, "OWNER@example.org ", password=make_password("somebody else's")),
        user(2, "unverified@example.org"),
        user(3, "new@example.org", username="new@example.org", password=strange),
        user(4, "NEW@example.org"),
        user(5, ""),
        user(6, "nonsense"),
        user(8, "closed@example.org", username="Moderator", is_active=False),
        user(9, "said@example.org", email_verified=True),
        pet(100_001, 1, animal_id="ANI1A2B", images=[]),
        pet(100_002, 2, animal_id="ANI1A2C", images=[]),
        pet(100_008, 8, animal_id="ANI1A2D", images=[]),
    )
    assert counts(done)["users"] == [3, 1, 0, 4]
    assert reasons(done) == {
        "users: another account has this address": 2,
        "users: no e-mail address": 1,
        "users: its e-mail address is none": 1,
        "pets: its owner was left out": 1,
    }
    # Whoever proved the address gains the pet; neither account changed, and no password of there opens one.
    assert {row["id"]: row for row in User.objects.filter(pk__in=before).values()} == before
    (gained,) = owner.get("/api/auth/profile/").json()["pets"]
    assert gained["name"] == "Milo"
    assert unverified.get("/api/auth/profile/").json()["pets"] == []
    new, closed = User.objects.get(email_key="new@example.org"), User.objects.get(email_key="closed@example.org")
    assert (new.username, new.has_usable_password(), new.is_proven) == ("new", False, False)
    assert (closed.may_sign_in, closed.username) == (False, "Animal friend")
    assert APIClient().get("/found/ANI1A2D").status_code == 404
    assert User.objects.get(email_key="said@example.org").is_proven
    # It came without a photo, which is no news, however often one looks.
    assert owner.post(f"/api/auth/pets/{gained['id']}/retry-features/").status_code == 200
    work_off()
    said = owner.get(f"/api/auth/pets/{gained['id']}/feature-status/").json()
    assert (said["feature_status"], said["feature_error"]) == ("failed", "Please add at least one photo.")
    assert not Notification.objects.exists()


def test_each_row_that_cannot_be_taken_is_told_by_its_number_and_spoils_no_other(
    bring: Any, bucket: Path, tmp_path: Path, owner: Actor
) -> None:
    (tmp_path / "secret.jpg").write_bytes(picture_bytes())
    (bucket / "shell.jpg").write_text("<?php")
    (bucket / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    OlderTag.objects.create(pet=Pet.objects.create(owner=owner.user, name="Ours"), animal_id="ANI00AF")
    hostile = ["/../secret.jpg", "https://x/%2e%2e/secret.jpg", "link.jpg", "shell.jpg", "later.jpg", 5, "\0"]
    rows = (
        user(),
        user(),
        user(8, "b@example.org", is_active="yes"),
        {"model": "auth.user", "fields": {}},
        "nothing",
        {"model": "shop.order", "pk": 1, "fields": {}},
        pet(name='<img src=x onerror="x">', type="", category="Pets", images=[*hostile, "a/user_7_1700.jpg"]),
        pet(100_001, animal_id="ANI00AF", images=[]),
        pet(100_002, animal_id="../etc", images=[], name=5),
        pet(100_003, owner=99),
        pet(100_004, owner=["anna"]),
    )
    tried = bring(*rows, dry_run=True)
    assert (Pet.objects.count(), User.objects.count(), Image.objects.count()) == (1, 1, 0)
    assert not OperationLock.objects.exists()
    assert not (tmp_path / "left.csv").exists()
    files = names_stored()
    done = bring(*rows)
    assert {**tried, "said": ""} == {**done, "said": ""}
    assert len(names_stored() - files) == 3  # Of the one picture.
    assert counts(done) == {"users": [1, 0, 0, 3], "pets": [3, 0, 0, 2], "tags": [1, 0, 0, 2], "pictures": [1, 0, 0, 7]}
    assert reasons(done) == {
        "users: another row of the dump has this number": 1,
        "users: is_active is of another type than it should be": 1,
        "users: no number of its own (was it dumped with --natural-primary?)": 1,
        "rows: no row of a dump": 1,
        "rows: unknown model": 1,
        "pets: its owner is not in the dump": 1,
        "pets: its owner is no number (was it dumped with --natural-foreign?)": 1,
        "tags: another pet has this tag: its pet has a new one": 1,
        "tags: no tag of the older service: its pet has a new one": 1,
        "pictures: no address of a picture": 3,
        "pictures: no such file in --media": 3,
        "pictures: no picture": 1,
    }
    milo = Pet.objects.get(older_tags__animal_id="ANI123456")
    assert (milo.name, milo.type, milo.category) == ("img src=x onerror= x", "Other", "Domestic")
    left = list(csv.reader((tmp_path / "left.csv").open()))[1:]
    assert ["pets", "100003", "its owner is not in the dump"] in left
    assert len(left) == sum(reasons(done).values())
    assert "left out" in done["said"]
    # What was missing comes with the next run.
    (bucket / "later.jpg").write_bytes(picture_bytes(color=(1, 2, 3)))
    assert counts(bring(*rows))["pictures"] == [1, 0, 1, 6]
    assert milo.photos.count() == 2
    assert ImportedRow.objects.get(kind="pet", older_id=654321).pictures_lacking == [0, 1, 2, 3, 5, 6]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not begin with a list"),
        ("{}", "does not begin with a list"),
        ("[]", "no users and no pets"),
        (json.dumps([user()])[:-30], "Entry 1 of the dump is broken or cut off"),
        (json.dumps([user()])[:-1], "ends or is broken after entry 1"),
        (json.dumps([user()]) + "]", "Something follows"),
        (json.dumps([user()]).encode("utf-16"), "not in UTF-8"),
        ("[" * 100_000, "none that Django writes"),
    ],
)
def test_a_file_that_is_no_whole_dump_is_refused_before_anything_is_written(bring: Any, text: Any, said: str) -> None:
    assert said in bring(text=text)["said"]
    assert not User.objects.exists()


def test_a_dump_is_read_in_pieces_whatever_they_cut_through(bring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump, "CHUNK", 7)
    people = [user(number, f"z{number}@example.org", username=f"Zoë {number}") for number in range(1, 120)]
    assert counts(bring(*people))["users"] == [119, 0, 0, 0]


def test_whoever_tries_older_tags_one_after_the_other_is_slowed_down(anonymous: Actor) -> None:
    codes = [anonymous.get(f"/found/ANI{number}").status_code for number in range(100_000, 100_061)]
    assert (codes[0], codes[59], codes[60]) == (404, 404, 429)
    assert anonymous.get("/found/ANI0123456789ABCDEF").status_code == 404

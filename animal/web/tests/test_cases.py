"""The public page of a lost animal: what it shows, to whom, and how somebody who saw the animal writes."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client
from PIL import Image as Pillow

from animal.chat.models import Message
from animal.conftest import Actor
from animal.core.throttles import RequestThrottle
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.reports.tests.conftest import PLACE, filed, pet_of  # noqa: F401
from animal.web.tests.steps import browser_of

SAID = {"message": "She crossed the bridge at noon.", "contact_name": "Gus", "contact_email": "gus@example.org"}


class Silent(FileSystemStorage):
    """A store that does not answer."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        raise OSError(5, "Input/output error")


def silence(settings: Any) -> None:
    silent = {"BACKEND": f"{__name__}.{Silent.__name__}"}
    settings.STORAGES = {**settings.STORAGES, "default": silent}


@pytest.fixture
def case(owner: Actor, pet_of: Any, settings: Any) -> Report:  # noqa: F811
    settings.SITE_URL, settings.FRONTEND_URL, settings.API_URL = "https://pawgle.example.org", "", ""
    pet = pet_of(owner, is_public=True)
    filed(owner, pet_id=str(pet.pk), description="Shy. Call 0171 1234567.")
    return Report.objects.get(pet=pet)


def test_everybody_sees_who_is_missing_and_nobody_how_to_reach_the_family(client: Client, case: Report) -> None:
    answer = client.get(f"/lost/{case.pk}")
    page = answer.content.decode()
    assert answer.status_code == 200
    for told in ("Milo is missing", "2 January 2026", "Tell the family", "Shy. Call"):
        assert told in page
    # The place is on a map, and a way to the large one without JavaScript, but in no sentence.
    moved = f"{case.public_latitude},{case.public_longitude}"
    around = f"/pet/map?near={case.public_latitude:.5f},{case.public_longitude:.5f}&amp;distance_km=5"
    assert (f'data-point="{moved}" data-around="400"' in page, f'href="{around}"' in page) == (True, True)
    assert f"{case.public_latitude:.3f}" not in re.sub(r"<[^>]+>", "", page)
    pet = Pet.objects.get()
    for secret in (
        "0171",
        "555 0100",
        "Ada",
        "ada@example.org",
        ">Owner<",
        pet.animal_id,
        f"{PLACE[0]:.5f}",
        f"{PLACE[1]:.5f}",
    ):
        assert secret not in page


def test_other_sites_are_told_of_the_picture_with_absolute_addresses(client: Client, case: Report) -> None:
    page = client.get(f"/lost/{case.pk}").content.decode()
    assert '<meta property="og:title" content="Lost: Milo">' in page
    assert f'<meta property="og:image" content="https://pawgle.example.org/lost/{case.pk}/share.jpg">' in page
    assert f'<link rel="canonical" href="https://pawgle.example.org/lost/{case.pk}">' in page
    answer = client.get(f"/lost/{case.pk}/share.jpg")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "public, max-age=300")
    assert Pillow.open(BytesIO(answer.content)).size == (1200, 630)


def test_other_sites_are_told_in_the_language_of_whoever_reported_it_whatever_they_ask_for(
    client: Client, owner: Actor, case: Report
) -> None:
    asked = {"Accept-Language": "en-US"}
    english = client.get(f"/lost/{case.pk}/share.jpg", headers=asked)
    assert english["Vary"] == "Accept-Language", "as long as nobody has chosen one"
    type(owner.user).objects.update(language="de")
    page = client.get(f"/lost/{case.pk}", headers=asked).content.decode()
    assert '<meta property="og:title" content="Vermisst: Milo">' in page
    assert '<meta property="og:description" content="Haben Sie Milo gesehen?' in page
    assert "Milo is missing</h1>" in page, "those who read it choose for themselves"
    german = client.get(f"/lost/{case.pk}/share.jpg", headers=asked)
    assert (german.content == english.content, "Vary" in german) == (False, False)


def test_search_engines_keep_no_copy_and_test_data_stays_out_of_them(client: Client, case: Report) -> None:
    assert '<meta name="robots" content="noarchive">' in client.get(f"/lost/{case.pk}").content.decode()
    Report.objects.update(is_test=True)
    assert '<meta name="robots" content="noindex">' in client.get(f"/lost/{case.pk}").content.decode()


@pytest.mark.parametrize("what", ["resolved", "hidden", "private", "deleted", "unproven", "found"])
def test_a_case_that_is_not_public_any_more_is_gone(client: Client, owner: Actor, case: Report, what: str) -> None:
    if what == "resolved":
        owner.post(f"/api/auth/pets/locations/{case.pk}/status/", {"status": "resolved"})
    elif what == "hidden":
        Report.objects.update(hidden_at=case.reported_at)
    elif what == "private":
        Pet.objects.update(is_public=False)
    elif what == "deleted":
        owner.delete(f"/api/auth/pets/{case.pet_id}/delete/")
    elif what == "unproven":
        type(owner.user).objects.update(email_verified_at=None)
    else:
        Report.objects.update(side="found", status="found")
    paths = (f"/lost/{case.pk}", f"/lost/{case.pk}/share.jpg")
    assert [client.get(path).status_code for path in paths] == [404, 404]
    assert client.post(f"/lost/{case.pk}/message", SAID).status_code == 404


def test_somebody_without_an_account_writes_to_the_family(client: Client, owner: Actor, case: Report) -> None:
    answer = client.post(f"/lost/{case.pk}/message", SAID, follow=True)
    assert "Your message is on its way" in answer.content.decode()
    message = Message.objects.get()
    assert (message.body, message.conversation.report_id, message.sender) == (SAID["message"], case.pk, None)
    talks = owner.get("/api/auth/chat/conversations/").json()
    assert "gus@example.org" not in str(talks)


def test_somebody_with_an_account_needs_to_give_no_address(finder: Actor, case: Report) -> None:
    browser = browser_of(finder)
    assert 'name="contact_email"' not in browser.get(f"/lost/{case.pk}").content.decode()
    assert browser.post(f"/lost/{case.pk}/message", {"message": "By the river"}).status_code == 302
    assert Message.objects.get().sender == finder.user


@pytest.mark.parametrize("change", [{"message": ""}, {"contact_email": "x"}, {"contact_name": ""}])
def test_what_is_missing_is_said_and_what_was_written_is_kept(
    client: Client, case: Report, change: dict[str, str]
) -> None:
    answer = client.post(f"/lost/{case.pk}/message", SAID | change)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert ("She crossed the bridge" in answer.content.decode()) == ("message" not in change)
    assert not Message.objects.exists()


def test_the_owner_is_told_that_it_is_the_own_report(owner: Actor, case: Report) -> None:
    answer = browser_of(owner).post(f"/lost/{case.pk}/message", {"message": "Hello"})
    assert (answer.status_code, "This is your own report" in answer.content.decode()) == (400, True)


def test_beside_a_separate_web_client_of_unknown_whereabouts_the_case_and_its_picture_are_there(
    client: Client, case: Report, settings: Any
) -> None:
    settings.SITE_URL, settings.FRONTEND_URL = "", "https://client.example.org"
    Report.objects.update(pet=None)
    page = client.get(f"/lost/{case.pk}")
    assert (page.status_code, f"http://testserver/lost/{case.pk}/share.jpg" in page.content.decode()) == (200, True)
    assert client.get(f"/lost/{case.pk}/share.jpg").status_code == 200


def test_while_photos_cannot_be_read_the_case_is_there_and_its_picture_says_when_to_come_back(
    client: Client, case: Report, settings: Any
) -> None:
    silence(settings)
    assert client.get(f"/lost/{case.pk}").status_code == 200
    picture = client.get(f"/lost/{case.pk}/share.jpg")
    assert (picture.status_code, picture["Retry-After"]) == (503, "30")
    assert "Photos cannot be read" in picture.content.decode()
    assert picture["Cache-Control"] == "no-store"


def test_whoever_asks_often_for_the_picture_is_told_when_to_come_back_signed_in_or_not(
    client: Client, finder: Actor, case: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequestThrottle, "THROTTLE_RATES", {**RequestThrottle.THROTTLE_RATES, "pet_write": "2/min"})
    path = f"/lost/{case.pk}/share.jpg"
    assert [client.get(path).status_code, client.head(path).status_code] == [200, 200]
    refused = client.get(path)
    assert (refused.status_code, 0 < int(refused["Retry-After"]) <= 60) == (429, True)
    assert browser_of(finder).get(path).status_code == 429
    assert client.get(path, REMOTE_ADDR="203.0.113.7").status_code == 200
    assert client.get(f"/lost/{case.pk}").status_code == 200


def test_one_copy_of_the_picture_does_for_everybody_until_it_changes(
    client: Client, finder: Actor, case: Report
) -> None:
    path = f"/lost/{case.pk}/share.jpg"
    first = browser_of(finder).get(path)
    assert "Cookie" not in first["Vary"]
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", "public, max-age=300")
    Pet.objects.update(name="Felix")
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_too_many_guests_of_one_client_are_told_when_to_come_back(client: Client, case: Report) -> None:
    def said(number: int) -> Any:
        return client.post(f"/lost/{case.pk}/message", SAID | {"contact_email": f"gus{number}@example.org"})

    assert [said(number).status_code for number in range(3)] == [302] * 3
    refused = said(3)
    assert (refused.status_code, refused["Retry-After"]) == (429, str(24 * 60 * 60))


def test_a_photo_that_cannot_be_stored_is_refused_with_when_to_come_back(
    client: Client, case: Report, settings: Any, picture: Any
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "animal.ops.tests.backups.NoRoom"},
    }
    answer = client.post(f"/lost/{case.pk}/message", SAID | {"image": picture()})
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (503, True)
    assert "She crossed the bridge" in answer.content.decode()

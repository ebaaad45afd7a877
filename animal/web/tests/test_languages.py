"""In which language pages, errors and mails are, by account, cookie or header; and that nothing is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.utils import translation

from accounts.models import User
from accounts.services import language_set
from animal.alerts.models import AlertSubscription, Kind, Notification
from animal.alerts.unsubscribing import unsubscribe_token
from animal.chat.models import Message
from animal.conftest import FIXTURE_USER_AGENT, Actor
from animal.core.models import OutgoingMail
from animal.core.sentences import restated
from animal.core.tests.lists import rows
from animal.core.throttles import RequestThrottle
from animal.ops.maintenance import maintenance
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web.tests.pseudo import pseudo_language, untranslated, words_of
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

SPOKEN = re.compile(r'<html lang="(\w+)"')


def language_of(answer: Any) -> str:
    said = SPOKEN.search(answer.content.decode())
    assert said is not None
    assert answer["Content-Language"] == said[1]
    return said[1]


def test_the_account_wins_over_the_cookie_and_the_cookie_over_the_header(owner: Actor, client: Client) -> None:
    german = {"Accept-Language": "pt, de-AT;q=0.9, en;q=0.8"}
    assert [language_of(client.get("/sign-in", headers=headers)) for headers in ({}, german)] == ["en", "de"]
    assert "Anmelden" in client.get("/sign-in", headers=german).content.decode()
    nowhere = client.get("/nowhere", headers=german)
    assert (nowhere.status_code, language_of(nowhere)) == (404, "de")
    back = client.post("/language", {"language": "de"}, headers={"Referer": "http://testserver/nowhere?a=1"})
    assert back["Location"] == "/nowhere?a=1"
    client.cookies.clear()

    page = client.get("/pet/map?status=lost").content.decode()
    assert 'name="next" value="/pet/map?status=lost"' in page, "the switch comes back to the same page"
    chosen = client.post("/language", {"language": "fr", "next": "/pet/map?status=lost"})
    assert (chosen.status_code, chosen["Location"]) == (302, "/pet/map?status=lost")
    assert language_of(client.get("/sign-in", headers=german)) == "fr"
    assert client.post("/language", {"language": "xx", "next": "https://evil.example/"})["Location"] == "/"
    assert language_of(client.get("/sign-in", headers=german)) == "fr", "an unknown language changes nothing"

    browser = browser_of(owner)
    browser.cookies["pawgle_language"] = "es"
    assert language_of(browser.get("/pets", headers=german)) == "es"
    assert browser.post("/settings/language", {"language": "xx"}).status_code == 400
    assert browser.post("/settings/language", {"language": "hi"})["Location"] == "/settings"
    assert language_of(browser.get("/settings", headers=german)) == "hi"
    browser.post("/language", {"language": "de", "next": "/pets"})
    assert language_of(browser.get("/pets")) == "de", "the switch at the foot changes the account's, too"
    assert User.objects.get(pk=owner.user.pk).language == "de"
    browser.post("/settings/language", {"language": ""})
    browser.cookies.pop("pawgle_language")
    assert language_of(browser.get("/pets")) == "en", "left to the browser again"
    outside = Client(enforce_csrf_checks=True)
    outside.force_login(owner.user, backend="accounts.backends.EmailBackend")
    assert outside.post("/language", {"language": "fr", "next": "/"}).status_code == 403
    assert User.objects.get(pk=owner.user.pk).language == ""


def test_the_api_speaks_english_unless_the_header_asks_for_another_language(owner: Actor, anonymous: Actor) -> None:
    language_set(user=owner.user, language="fr")
    owner.client.cookies["pawgle_language"] = "es"
    missing = "/api/v1/pets/999999/"
    english = owner.get(missing)
    german = owner.get(missing, headers={"Accept-Language": "de"})
    assert english.json()["detail"] == owner.get(missing, headers={"Accept-Language": "pt"}).json()["detail"]
    assert german.json()["detail"] == "Dieses Tier gibt es nicht."
    assert english.json()["code"] == german.json()["code"]
    assert "Accept-Language" in english["Vary"]
    wrong = {"email": "nobody", "password": "x"}
    said = anonymous.post("/api/auth/signup/", wrong, headers={"Accept-Language": "es"}).json()
    assert said["errors"]["email"] == ["Introduce una dirección de correo electrónico válida."]
    assert translation.get_language() == "en", "nothing of it is left for the next request of this thread"


def test_what_is_stored_is_read_in_the_language_of_its_reader(owner: Actor, finder: Actor) -> None:
    stored = "Milo was reported lost in the area “Home” that you watch. See it on the map."
    Notification.objects.create(recipient=owner.user, verb="nearby_alert", description=stored, dedupe_key="one")
    pair = rows.match(owner.user, finder.user)
    pair.reasons = ["The photos look alike (very likely, 0.96)", "Both are dogs", "Something of a later release"]
    pair.save(update_fields=["reasons"])
    language_set(user=owner.user, language="de")
    browser = browser_of(owner)
    assert "Milo wird im Gebiet „Home“ vermisst" in browser.get("/notifications").content.decode()
    page = browser.get(f"/reports/{pair.lost_report_id}").content.decode()
    for sentence in ("Die Fotos sehen sich ähnlich (sehr wahrscheinlich, 0,96)", "Beide sind Hunde"):
        assert sentence in page
    assert "Something of a later release" in page
    assert owner.get("/api/auth/notifications/").json()["notifications"][0]["description"] == stored
    with translation.override("hi"):
        assert restated("A dog may have been found. Compare the photos and talk to the finder.").startswith("शायद एक")
        assert restated("Red is mine") == "Red is mine"
    language_set(user=owner.user, language="es")
    with translation.override("fr"):
        browser_of(owner).post("/settings/address", {"email": "new@example.org", "password": "a long enough Passw0rd"})
    assert OutgoingMail.objects.latest("pk").subject == "Confirma tu dirección nueva para PawGle"


# --- nothing is left out ----------------------------------------------------------------------------------------------

# Words that no sentence of a page consists of.
CONTENT = words_of("PawGle Milo Tabby Owner Finder Row Hi owner@example.org UTC km SVG PNG", FIXTURE_USER_AGENT)


def pages_of(owner: Actor, finder: Actor, picture: Any) -> dict[str, Any]:
    """Pages of each kind, signed out and of somebody who has one of everything; and forms that were refused."""
    anybody, browser = Client(headers={"Accept-Language": "de"}), browser_of(owner)
    language_set(user=owner.user, language="de")
    shown: dict[str, Any] = {}

    def get(client: Client, *paths: str) -> None:
        shown.update({f"GET {path}": client.get(path) for path in paths})

    def refused(client: Client, path: str, data: dict[str, Any]) -> None:
        shown[f"POST {path}"] = answer = client.post(path, data)
        assert answer.status_code == 400, path

    pair = rows.match(owner.user, finder.user)
    pair.reasons = ["Both are dogs", "Found the day after Milo was lost"]
    pair.save(update_fields=["reasons"])
    asked = rows.match(owner.user, finder.user)
    asked.is_question, asked.reasons = True, pair.reasons
    asked.save(update_fields=["is_question", "reasons"])
    pet = Pet.objects.latest("pk")
    suggested = [{"label": "Milo", "score": 0.5}]
    Pet.objects.filter(owner=owner.user).update(is_public=True, breed="Tabby", suggested_breeds=suggested)
    Notification.objects.create(
        recipient=owner.user, verb="message", description="You have a new message about Milo.", dedupe_key="one"
    )
    rows.area(owner.user)
    rows.session(owner.user)
    AlertSubscription.objects.update(label="Milo")
    lost = Report.objects.get(pk=pair.lost_report_id)
    tag = Pet.objects.get(pk=lost.pet_id).animal_id

    get(anybody, "/", "/pet/map", "/pet/map?status=lost", "/sign-in", "/sign-up", "/forgot-password")
    get(anybody, "/auth/magic?token=x")
    get(anybody, "/privacy", "/terms", "/offline", "/nowhere", f"/found/{tag}", f"/lost/{lost.pk}")
    refused(anybody, "/sign-in", {"email": "nobody@example.org", "password": "wrong"})
    refused(anybody, "/sign-in/link", {"email": "nobody"})
    refused(anybody, "/sign-up", {"username": "Support", "email": "nobody@example.org", "password": "12345678"})
    refused(anybody, "/forgot-password", {"email": "nobody"})
    refused(anybody, "/auth/magic", {"token": "x"})
    refused(anybody, f"/found/{tag}/report", {"latitude": "900"})
    refused(anybody, f"/lost/{lost.pk}/message", {"contact_email": "nobody"})
    filed = anybody.post(
        f"/found/{tag}/report", {"latitude": "48.1", "longitude": "11.5", "state": "with_me", "message": "Hi"}
    )
    assert filed.status_code == 302
    get(anybody, filed["Location"])
    refused(anybody, filed["Location"], {"body": ""})

    get(browser, "/", "/pets", "/pets/new", f"/pets/{pet.pk}", f"/pets/{pet.pk}/delete", "/reports", "/report")
    get(browser, f"/reports/{lost.pk}", f"/reports/{pair.found_report_id}", "/alerts", "/notifications", "/settings")
    get(browser, "/report?status=lost", "/settings/delete", "/chat", f"/chat/{pair.conversation_id}")
    get(browser, f"/reports/{lost.pk}/edit", f"/reports/{lost.pk}/delete", "/blocks")
    sent = Message.objects.filter(conversation=pair.conversation_id).latest("created_at")
    get(browser, f"/people/{finder.user.pk}/complain", f"/messages/{sent.pk}/complain")
    refused(browser, f"/reports/{pair.found_report_id}/complain", {"reason": ""})
    refused(browser, f"/reports/{lost.pk}/edit", {"latitude": "900", "last_seen_time": "x"})
    browser.post(f"/blocks/{finder.user.pk}")
    get(browser, "/blocks?page=1", f"/chat/{pair.conversation_id}?blocked")
    browser.post(f"/blocks/{finder.user.pk}/remove")
    refused(browser, "/pets/new", {"name": "", "chip_number": "1"})
    refused(browser, f"/pets/{pet.pk}", {"name": "", "chip_number": "12"})
    refused(browser, "/report", {**FORM, "description": "Milo", "latitude": "", "last_seen_date": "3000-01-01"})
    refused(browser, "/alerts", {"latitude": "x", "longitude": "y", "radius_km": "0"})
    refused(browser, "/settings/address", {"email": "nobody"})
    refused(browser, "/settings/password", {"current_password": "wrong", "new_password": "x"})
    refused(browser, "/settings/delete", {"password": "wrong"})
    get(browser, "/search")
    refused(browser, "/search", {})
    refused(browser, "/search", {"image": picture()})
    for kind in Kind:
        stops = f"/unsubscribe/{unsubscribe_token(user_id=owner.user.pk, kind=kind)}"
        get(anybody, stops)
        shown |= {f"{kind} off": anybody.post(stops), f"{kind} on": anybody.post(stops, {"again": "yes"})}
    browser.post(f"/reports/{lost.pk}/status", {"status": "resolved"})
    get(browser, f"/reports/{lost.pk}?resolved")
    return shown


def refusals(monkeypatch: pytest.MonkeyPatch, settings: Any, folder: Path) -> dict[str, Any]:
    """What stands in the place of a page, by its status."""
    german = {"Accept-Language": "de"}
    anybody = Client(headers=german, enforce_csrf_checks=True, raise_request_exception=False)

    def failing(error: Exception) -> Any:
        def fail(*_: Any) -> None:
            raise error

        with connection.execute_wrapper(fail):
            return anybody.get("/pet/map?status=lost")

    def maintained() -> Any:
        settings.VAR_DIR = folder
        with maintenance("a test"):
            return anybody.get("/")

    many = {"photos": [SimpleUploadedFile(f"{number}.jpg", b"") for number in range(30)]}
    shown = {
        "400": Client(headers=german).post("/sign-in", many),
        "403": anybody.post("/sign-out"),
        "404": anybody.get("/lost/999999"),
    }
    shown |= {"500": failing(RuntimeError("a bug")), "503": failing(OperationalError("locked"))}
    shown["503, on purpose"] = maintained()
    monkeypatch.setitem(RequestThrottle.THROTTLE_RATES, "map", "1/hour")
    shown["429"] = [anybody.get("/pet/map") for _ in range(2)][1]
    assert all(name.startswith(str(answer.status_code)) for name, answer in shown.items()), shown
    return shown


def left_over(shown: dict[str, Any]) -> dict[str, list[str]]:
    found = {name: untranslated(answer.content.decode(), content=CONTENT) for name, answer in shown.items()}
    return {name: words for name, words in found.items() if words}


def test_no_page_says_anything_that_is_not_translated(owner: Actor, finder: Actor, picture: Any) -> None:
    with pseudo_language("de"):
        assert left_over(pages_of(owner, finder, picture)) == {}


def test_nothing_that_stands_in_the_place_of_a_page_says_anything_that_is_not_translated(
    db: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    with pseudo_language("de"):
        assert left_over(refusals(monkeypatch, settings, tmp_path)) == {}

"""The service as an app: what browsers are told to install and to keep, and how a report kept by one arrives once."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image, ImageChops, ImageStat

from animal.conftest import Actor
from animal.core.models import IdempotencyRecord
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web.app_icons import ICONS, icon_drawn
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

SCRIPT = {"Accept": "application/json"}
FINDING = {"state": "with_me", "latitude": "28.6139", "longitude": "77.2090", "message": "By the fountain"}


def file_of(address: str) -> Path:
    return Path(str(finders.find(address.removeprefix("/static/"))))


def test_the_manifest_names_the_app_in_the_readers_language_and_icons_that_are_there(client: Client) -> None:
    page = client.get("/").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials">' in page
    assert '<link rel="apple-touch-icon" href="/static/web/apple-touch-icon.png">' in page
    answer = client.get("/manifest.webmanifest", headers={"Accept-Language": "de"})
    assert answer["Content-Type"] == "application/manifest+json"
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}
    told = json.loads(answer.content)
    assert (told["lang"], told["start_url"], told["scope"], told["display"]) == ("de", "/", "/", "standalone")
    assert [shortcut["name"] for shortcut in told["shortcuts"]] == [
        "Ich habe ein Tier gefunden",
        "Mein Tier ist verschwunden",
    ]
    english = client.get("/manifest.webmanifest").json()
    assert [shortcut["url"] for shortcut in english["shortcuts"]] == ["/report?status=found", "/report?status=lost"]
    assert told["description"] != english["description"]
    for icon in told["icons"][1:]:
        width, height = Image.open(file_of(icon["src"])).size
        assert icon["sizes"] == f"{width}x{height}"
    assert {icon["sizes"] for icon in told["icons"]} >= {"192x192", "512x512"}
    css = file_of("/static/web/site.css").read_text()
    assert f"--paper: {told['background_color']};" in css
    assert f"--accent: {told['theme_color']};" in css


def test_the_icons_are_what_the_command_draws(client: Client) -> None:
    for name, (side, share) in ICONS.items():
        lies, drawn = Image.open(file_of(f"/static/web/{name}")).convert("RGBA"), icon_drawn(side, share)
        assert max(ImageStat.Stat(ImageChops.difference(lies, drawn)).mean) < 3, f"{name}: run manage.py app_icons"
        # A maskable icon and Apple's have a ground to the very corner; of the others the corner is clear.
        assert lies.getpixel((0, 0))[3] == (255 if share < 1 else 0)  # type: ignore[index]


def test_the_worker_keeps_only_files_that_are_there_and_a_page_that_is_nobodys(owner: Actor) -> None:
    browser = browser_of(owner)
    worker = browser.get("/sw.js")
    assert (worker["Content-Type"], worker["Cache-Control"]) == ("text/javascript", "no-cache")
    script = worker.content.decode()
    files = json.loads(re.findall(r"^const FILES = (.+);$", script, re.MULTILINE)[0])
    assert all(file_of(file).is_file() for file in files)
    for part in ("showNotification", "indexedDB", 'addEventListener("fetch"'):
        assert part in script

    headers = {"Accept-Language": "de"}
    kept, anybodys = (one.get("/offline", headers=headers) for one in (browser, Client()))
    assert kept["Cache-Control"] == anybodys["Cache-Control"] == "no-cache"
    assert kept.content == anybodys.content, "nothing of the person who is signed in"
    assert not kept.cookies
    assert "csrfmiddlewaretoken" not in kept.content.decode()
    assert "Kein Netz" in kept.content.decode()
    needed = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', kept.content.decode()))
    assert needed - set(files) == {"/static/web/apple-touch-icon.png"}
    assert f'data-account="{owner.user.pk}"' in browser.get("/").content.decode()
    assert 'data-account=""' in Client().get("/").content.decode()


def test_a_kept_report_is_filed_once_with_the_key_of_the_first_try_and_a_token_of_now(owner: Actor) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.get("/drafts/ticket").json()["account"] == ""
    browser.force_login(owner.user, backend="accounts.backends.EmailBackend")
    page = browser.get("/report?status=found").content.decode()
    first = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page)[-1]
    answer = browser.post("/report", {**FORM, "csrfmiddlewaretoken": first}, headers=SCRIPT)
    assert answer.json() == {"next": f"/reports/{Report.objects.get().pk}"}, "say its answer was lost"

    browser.cookies.pop("csrftoken")  # The token of the page is void by now.
    again = {"headers": {**SCRIPT, "Idempotency-Key": first}}
    assert browser.post("/report", {**FORM, "csrfmiddlewaretoken": first}, **again).status_code == 403
    ticket = browser.get("/drafts/ticket")
    assert (ticket.json()["account"], ticket["Cache-Control"]) == (str(owner.user.pk), ticket["Cache-Control"])
    assert "no-store" in ticket["Cache-Control"]
    for _ in range(2):
        sent = browser.post("/report", {**FORM, "csrfmiddlewaretoken": ticket.json()["token"]}, **again)
        assert sent.json() == answer.json()
    assert Report.objects.count() == 1
    other = {**FORM, "description": "In the other garden", "csrfmiddlewaretoken": ticket.json()["token"]}
    assert browser.post("/report", other, **again).json() != answer.json(), "other words are another report"


def test_a_kept_finding_of_a_tag_is_told_once_and_a_refusal_says_why(owner: Actor, picture: Any) -> None:
    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "false"}
    assert owner.multipart("/api/auth/pets/add/", {**form, "images": picture()}).status_code == 201
    path, guest = f"/found/{Pet.objects.get().animal_id}/report", Client()
    headers = {**SCRIPT, "Idempotency-Key": "a-key-of-the-device"}

    def send(**changed: Any) -> Any:
        photo = BytesIO(b"no photo")
        photo.name = "x.jpg"
        more = {"photos": photo} if changed.pop("spoilt", False) else {}
        return guest.post(path, {**FINDING, **changed, **more}, headers=headers)

    refused, spoilt = send(latitude="900"), send(spoilt=True)
    assert (refused.status_code, spoilt.status_code) == (400, 400)
    assert refused.json()["problems"][0].startswith("Latitude")
    assert spoilt.json()["problems"]
    assert (Report.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)
    nexts = {send().json()["next"].partition("/follow-up/")[1] for _ in range(2)}
    assert nexts == {"/follow-up/"}
    assert Report.objects.count() == 1
    assert browser_of(owner).post("/report", {**FORM, "latitude": ""}, headers=SCRIPT).json()["problems"]

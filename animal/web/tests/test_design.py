"""What every page has, and what the stylesheet promises: contrast, no inline code, no foreign files, little weight."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from animal.chat.models import Conversation, Message
from animal.conftest import Actor
from animal.core.mail_settings import RESEND, SMTP
from animal.core.models import OutgoingMail
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

FOR_ANYBODY = (
    *("/", "/pet/map", "/pet/map?status=lost"),
    *("/sign-in", "/sign-up", "/forgot-password", "/auth/magic?token=x"),
)
TEXTS = ("/privacy", "/terms", "/offline", "/nowhere")
MAX_BYTES = 100_000
MIN_CONTRAST, MIN_CONTRAST_OF_CONTROLS = 4.5, 3.0
GROUNDS = ("paper", "card", "accent-soft", "lost-soft", "info-soft")


@pytest.fixture
def pet(owner: Actor, picture: Any) -> Pet:
    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "false"}
    assert owner.multipart("/api/auth/pets/add/", {**form, "images": picture()}).status_code == 201
    return Pet.objects.get()


class Page(HTMLParser):
    """The elements of a page, as (tag, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def files(self) -> list[str]:
        """What a browser loads with it, photos aside."""
        links = [link["href"] for link in self.all("link") if link["rel"] in ("stylesheet", "icon")]
        return [*links, *(script["src"] for script in self.all("script"))]


def pages_of(pet: Pet, owner: Actor) -> dict[str, str]:
    anybody, signed_in = Client(), browser_of(owner)
    paths = (*FOR_ANYBODY, *TEXTS, f"/found/{pet.animal_id}")
    pages = {path: anybody.get(path).content.decode() for path in paths}
    assert signed_in.post("/report", {**FORM, "status": "lost", "last_seen_date": "2026-01-05"}).status_code == 302
    own = ("/", "/report?status=lost", "/pets", "/pets/new", f"/pets/{pet.pk}", f"/pets/{pet.pk}/delete")
    own += (
        "/alerts",
        "/notifications",
        "/settings",
        "/settings/delete",
        "/reports",
        f"/reports/{Report.objects.latest('pk').pk}",
        f"/reports/{Report.objects.latest('pk').pk}/edit",
        f"/reports/{Report.objects.latest('pk').pk}/delete",
        "/blocks",
    )
    return pages | {f"{path}, signed in": signed_in.get(path).content.decode() for path in own}


def test_every_page_has_a_title_a_language_one_heading_and_a_way_past_the_navigation(pet: Pet, owner: Actor) -> None:
    titles = {}
    for name, html in pages_of(pet, owner).items():
        page = Page(html)
        titles[name] = re.findall(r"<title>(.+)</title>", html)[0]
        assert page.all("html")[0]["lang"] == "en", name
        assert page.all("a")[0] == {"class": "skip", "href": "#content"}, name
        assert page.all("main")[0]["id"] == "content", name
        assert len(page.all("h1")) == 1, name
        assert {link["href"] for link in page.all("a")} >= {"/privacy", "/terms"}, name
    assert all("PawGle" in title for title in titles.values())
    assert len(set(titles.values())) == len(titles) - 2, "only those of the first page and of signing in come twice"


def test_no_page_has_code_or_styles_of_its_own_or_loads_anything_from_elsewhere(pet: Pet, owner: Actor) -> None:
    for name, html in pages_of(pet, owner).items():
        page = Page(html)
        assert not page.all("style"), name
        assert all(script["src"] for script in page.all("script")), name
        for tag, attributes in page.elements:
            assert not [key for key in attributes if key == "style" or key.startswith("on")], (name, tag)
        assert all(file.startswith("/static/web/") for file in page.files), name


def test_every_field_has_a_name_that_is_read_out(pet: Pet, owner: Actor) -> None:
    for name, html in pages_of(pet, owner).items():
        page = Page(html)
        named = {label.get("for", "") for label in page.all("label")}
        for tag, kind in product(("input", "select", "textarea"), page.elements):
            if kind[0] == tag and kind[1].get("type") not in ("hidden", "radio"):
                assert kind[1].get("id") in named, (name, kind[1].get("name"))


def test_the_page_of_a_tag_weighs_little_and_search_engines_are_told_to_stay_out(client: Client, pet: Pet) -> None:
    answer = client.get(f"/found/{pet.animal_id}")
    files = [Path(str(finders.find(file.removeprefix("/static/")))) for file in Page(answer.content.decode()).files]
    assert len(files) >= 3
    assert len(answer.content) + sum(file.stat().st_size for file in files) < MAX_BYTES
    assert '<meta name="robots" content="noindex">' in answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex"
    assert client.post(f"/found/{pet.animal_id}/report", {})["X-Robots-Tag"] == "noindex"


def test_a_stranger_tells_by_one_touch_and_a_pasted_place_and_learns_nothing(
    client: Client, owner: Actor, pet: Pet
) -> None:
    path = f"/found/{pet.animal_id}"
    Pet.objects.update(is_lost=True)
    page = client.get(path).content.decode()
    assert "Somebody is looking for Milo right now" in page
    assert "owner@example.org" not in page
    form = {"state": "with_me", "latitude": "48.137154, 11.576124", "place": "By the fountain"}
    done = client.post(f"{path}/report", form, follow=True)
    said = Message.objects.get().body
    assert said.startswith("Milo is with me.\n\nBy the fountain")
    assert (Report.objects.get().latitude, Report.objects.get().longitude) == (48.137154, 11.576124)
    assert OutgoingMail.objects.get().to_email == "owner@example.org"
    shown = done.content.decode()
    assert "What happens now" in shown
    assert f'{done.redirect_chain[-1][0]}" readonly' in shown, "the link to come back by"
    assert done["X-Robots-Tag"] == "noindex"


def test_what_was_wrong_with_a_finding_stands_next_to_its_field_and_nothing_typed_is_lost(
    client: Client, pet: Pet
) -> None:
    form = {"latitude": "91", "longitude": "", "message": "He is thirsty", "state": "seen", "contact_email": "no"}
    answer = client.post(f"/found/{pet.animal_id}/report", form)
    page = answer.content.decode()
    assert answer.status_code == 400
    for field in ("latitude", "longitude", "contact_email"):
        assert f'id="{field}-error"' in page
    assert 'id="message-error"' not in page
    for typed in ('value="91"', "He is thirsty", 'value="seen" checked', 'value="no"'):
        assert typed in page
    assert client.post(f"/found/{pet.animal_id}/report", {"latitude": "1", "longitude": "1"}).status_code == 400
    assert Conversation.objects.count() == 0


def test_the_privacy_page_says_what_the_settings_are_and_names_only_services_in_use(
    client: Client, settings: Any
) -> None:
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "guests": 77}
    settings.SENTRY_DSN = settings.BACKUPS_IN = settings.CLOUDFLARE_S3_API = settings.GOOGLE_OAUTH_CLIENT_ID = ""
    page = client.get("/privacy").content.decode()
    assert "77 days after the last message" in page
    for name in ("Resend", "mail server", "object store", "Backups", "pawgle_google"):
        assert name not in page
    for name in ("pawgle_session", "pawgle_refresh", "csrftoken", "pawgle_language", "messages"):
        assert f"<code>{name}</code>" in page
    nothing = "Our pages load nothing from other sites."
    assert nothing in page
    settings.GOOGLE_OAUTH_CLIENT_ID, settings.MAP_TILE_URL = "id", "https://tiles.example/{z}/{x}/{y}.png"
    page = client.get("/privacy").content.decode()
    assert (nothing in page, "<code>pawgle_google_…</code>" in page) == (False, True)
    for backend, name in ((RESEND, "Resend"), (SMTP, "A mail server")):
        settings.EMAIL_BACKEND = backend
        assert f"<strong>{name}</strong> delivers our mail" in client.get("/privacy").content.decode()


@pytest.mark.parametrize(
    ("backups_in", "keys", "said"),
    [
        ("/mnt/backups", [], "so it sees its network address.</li>"),
        ("bucket spare", [], "Our backups lie there too, a copy of everything that we keep.</li>"),
        ("bucket spare", ["age1x"], "everything that we keep. They are encrypted before they leave our servers.</li>"),
    ],
)
def test_the_privacy_page_says_what_lies_in_the_object_store(
    client: Client, settings: Any, backups_in: str, keys: list[str], said: str
) -> None:
    settings.CLOUDFLARE_S3_API = "https://s3.example"
    settings.BACKUPS_IN, settings.BACKUP_ENCRYPTION_KEYS = backups_in, keys
    page = client.get("/privacy").content.decode()
    assert said in page
    assert f"<td>{settings.BACKUP_KEEP_DAYS} days</td>" in page


# --- the stylesheet ---------------------------------------------------------------------------------------------------


def themes() -> dict[str, dict[str, str]]:
    css = Path(str(finders.find("web/site.css"))).read_text()
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", root)) for root in re.findall(r":root \{([^}]+)\}", css)
    )
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_every_ground_it_stands_on(theme: str) -> None:
    colours = themes()[theme]
    texts = product(("ink", "muted", "accent", "accent-strong", "lost"), GROUNDS)
    for text, ground in (*texts, ("accent-ink", "accent"), ("accent-ink", "accent-strong"), ("lost-ink", "lost")):
        assert contrast(colours[text], colours[ground]) >= MIN_CONTRAST, (text, ground)
    for ground in ("paper", "card"):
        assert contrast(colours["control"], colours[ground]) >= MIN_CONTRAST_OF_CONTROLS, ground

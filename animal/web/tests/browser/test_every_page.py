"""Every page in a real browser, found as a crawler finds them: by links and forms, for nobody, an owner and staff.

That none is left out is held against the access matrix, which in turn names every route.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.urls import Resolver404, resolve, reverse

from animal.bench.pages import BEFORE_PHOTOS_BAR_KB, page_load
from animal.bench.service import LocalService
from animal.core.tests.access_matrix.rows_pages import PAGES
from animal.core.tests.access_matrix.staff import STAFF_ROWS
from animal.demo.story import Person
from animal.web.tests.browser.inspection import axe_in_both_themes, keyboard_findings, text_twice_as_large
from animal.web.tests.browser.visitor import DESK, PHONE, Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

# Each list, the first row of each, and the form for a new one.
STAFF = re.compile(r"admin/(\w+/\w+/(add/|<path:object_id>/change/)?)?")
# The pages that describe the API are Swagger's and Redoc's own.
OTHERS_PAGES = {"api/docs/", "api/redoc/"}
# Not for people: a script, and a file that the worker makes some time after somebody asked.
NO_PAGES = {"sw.js", "settings/export/<uuid:export_id>/<int:part>"}
LINKS = """() => [
  ...[...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href")),
  ...[...document.querySelectorAll("form[action]")].map((form) => form.getAttribute("action")),
  ...[...document.querySelectorAll("meta[property='og:image']")].map((meta) => meta.content),
].map((address) => new URL(address, location).href).filter((address) => address.startsWith(location.origin))"""
STOP_TOKEN = """
from animal.alerts.models import Kind
from animal.alerts.unsubscribing import unsubscribe_token
from animal.demo.people import person
print(unsubscribe_token(user_id=person("owner").pk, kind=Kind.MATCH))
"""
# The demo has none. The lists that it leaves empty get a row; no worker comes for that of the queue.
SUPERUSER = """
from datetime import timedelta
from django.utils import timezone
from django_q.models import Failure, OrmQ, Success
from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create
from animal.moderation.models import Block, ModerationAct
root, now = User.objects.create_superuser(username="Rosa Root", email="rosa@pawgle.test"), timezone.now()
for model, success in ((Success, True), (Failure, False)):
    model.objects.create(id=f"{success}", name="a", func="a.task", started=now, stopped=now, success=success)
OrmQ.objects.create(key="pawgle", payload="", lock=now + timedelta(days=1))
ModerationAct.objects.create(actor=root, actor_name=root.username, act="hide", kind="report", object_id="1")
Block.objects.create(blocker=root, blocked=User.objects.get(email="test-stranger@pawgle.test"))
print(one_time_token_create(user=root, purpose=OneTimeToken.Purpose.SIGN_IN))
"""


@dataclass
class Crawl:
    """Findings by their subject, each with the page and who saw it."""

    found: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    seen: set[str] = field(default_factory=set)
    """Routes that were asked for."""
    pages: set[str] = field(default_factory=set)
    """Routes that somebody looked at as a page."""

    def walk(self, visitor: Visitor, who: str, start: Collection[str], *, within: Callable[[str], bool]) -> None:
        """One address for each route, and every one of `start`."""
        waiting, first, known = list(start), set(start), set[str]()
        while waiting:
            address = waiting.pop(0)
            route = route_of(address)
            if not within(route) or (route in known and address not in first):
                continue
            known.add(route)
            first.discard(address)
            self.seen.add(route)
            answer = visitor.context.request.get(address, max_redirects=0)
            if 300 <= answer.status < 400:
                waiting.append(answer.headers["location"].removeprefix(visitor.base_url))
            elif answer.status != 405 and answer.headers.get("content-type", "").startswith("text/html"):
                waiting += self.look(visitor, who, address, route)

    def look(self, visitor: Visitor, who: str, address: str, route: str) -> list[str]:
        page, before = visitor.page, len(visitor.problems)
        page.emulate_media(color_scheme="light")
        size = DESK if route.startswith("admin/") else PHONE  # Django's lists of rows are tables.
        page.set_viewport_size({"width": size[0], "height": size[1]})
        answer = visitor.goto(address)
        if answer.ok:
            self.pages.add(route)
        links = [link.removeprefix(visitor.base_url).partition("#")[0] for link in page.evaluate(LINKS)]
        if route not in OTHERS_PAGES:
            self._inspect(visitor, who, address, f"{route} {answer.status if not answer.ok else ''}")
        problems = visitor.problems[before:]
        # The browser says of a page that is not there that it is not there.
        expected = "" if answer.ok else f"({answer.url})"
        self.found["browser"] += [f"{who}, {problem}" for problem in problems if not (expected and expected in problem)]
        return links

    def _inspect(self, visitor: Visitor, who: str, address: str, called: str) -> None:
        asked = urlsplit(address).query if len(urlsplit(address).query) < 20 else ""
        name = re.sub(r"[^a-z0-9]+", "-", f"page {who} {called} {asked}".lower()).strip("-")
        visitor.screenshot(name)
        looked = {"200 %": text_twice_as_large, "keyboard": keyboard_findings, "axe": axe_in_both_themes}
        for subject, inspect in looked.items():
            self.found[subject] += [f"{who}, {address}: {finding}" for finding in inspect(visitor)]
        visitor.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        visitor.screenshot(f"{name}-dark")


def route_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return ""


def staff_lists() -> list[str]:
    return [reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") for model in admin.site._registry]


def printed(service: LocalService, script: str) -> str:
    return service.manage("shell", "--no-imports", "-c", script).strip().splitlines()[-1]


@pytest.fixture(scope="module")
def crawl(
    service: LocalService,
    browser: Browser,
    signed_in: Callable[[str], dict[str, Any]],
    api: Callable[[str], Person],
    tokens: dict[str, str],
) -> Crawl:
    owner, passer_by, done = api("owner"), Person("nobody", service.base_url), Crawl()
    pet = next(pet for pet in owner.json("GET", "/api/auth/profile/")["pets"] if pet["name"].startswith("Chelsea"))
    tag, place = pet["animal_id"], {"latitude": "28.6200", "longitude": "77.2100"}
    told = passer_by.json("POST", f"/api/v1/found/{tag}/report/", status=201, json={**place, "message": "Here it is."})
    area = {"label": "Home", "center_lat": 28.6139, "center_lon": 77.209, "radius_km": 5, "status_filter": "found"}
    owner.request("POST", "/api/auth/alerts/", status=201, json=area)
    lost = next(report for report in owner.json("GET", "/api/auth/user/pet-locations/") if report["status"] == "lost")
    complaint = {"kind": "report", "id": str(lost["id"]), "reason": "spam", "text": "This one sells something."}
    api("stranger").request("POST", "/api/v1/abuse-reports/", status=201, json=complaint)

    talks = owner.json("GET", "/api/auth/chat/conversations/")
    threads = (owner.json("GET", f"/api/auth/chat/conversations/{talk['id']}/messages/") for talk in talks)
    theirs = next(said for thread in threads for said in thread["messages"] if said["sender_name"] == "Felix Finder")

    tokens["superuser"] = printed(service, SUPERUSER)
    given = {
        "nobody": [
            *("/", f"/T/{tag}", "/user", "/report", "/favicon.ico", "/offline", "/manifest.webmanifest"),
            *("/no-such-page", "/found/ANI0000000000000000"),
            *(f"/found/{tag}/", f"/lost/{lost['id']}", f"/follow-up/{told['follow_up_token']}"),
            f"/auth/magic?token={tokens['stranger']}",
            f"/unsubscribe/{printed(service, STOP_TOKEN)}",
        ],
        "owner": [
            *(f"/messages/{theirs['id']}/complain", f"/people/{theirs['sender_id']}/complain"),
            *("/", f"/pets/{pet['id']}", "/report?status=lost", "/report?status=found", "/drafts/ticket"),
        ],
        "moderator": ["/admin/"],
        "superuser": ["/admin/", *staff_lists()],
    }
    within: dict[str, Callable[[str], bool]] = {
        "nobody": lambda route: not route.startswith(("admin/", "media/")),
        # What anybody sees, the owner sees just so; the first page differs.
        "owner": lambda route: not route.startswith(("admin/", "media/")) and (not route or route not in done.pages),
        "moderator": lambda route: bool(STAFF.fullmatch(route)),
        "superuser": lambda route: bool(STAFF.fullmatch(route)),
    }
    for who, start in given.items():
        state = {} if who == "nobody" else {"storage_state": signed_in(who)}
        with visiting(browser, service.base_url, PHONE, **state) as visitor:
            done.walk(visitor, who, start, within=within[who])
    return done


def test_no_page_was_left_out(crawl: Crawl) -> None:
    served = {row.route for row in PAGES if row.method == "GET" and "200" in row.cells.values()}
    assert served - crawl.seen == NO_PAGES, "a page that no link leads to: add it to `given`"
    assert len(crawl.pages) > 30
    lists = {route_of(address) for address in staff_lists()}
    rows = {f"{route}<path:object_id>/change/" for route in lists}
    to_add = {route_of(row.path("add/", "")) for row in STAFF_ROWS if row.may["admin"]["add"]}
    assert (lists | rows | to_add) - crawl.pages == set()


def test_no_page_is_refused_anything_asks_others_or_lacks_a_header(crawl: Crawl) -> None:
    assert not crawl.found["browser"], "\n".join(crawl.found["browser"])


def test_axe_finds_nothing_serious_on_any_page_in_either_theme(crawl: Crawl) -> None:
    assert not crawl.found["axe"], "\n".join(crawl.found["axe"])


def test_text_of_twice_the_size_leaves_every_page_as_wide_as_a_phone(crawl: Crawl) -> None:
    assert not crawl.found["200 %"], "\n".join(crawl.found["200 %"])


def test_the_keyboard_reaches_what_each_page_is_for_and_shows_where_it_is(crawl: Crawl) -> None:
    assert not crawl.found["keyboard"], "\n".join(crawl.found["keyboard"])


def test_the_page_behind_a_tag_is_light_and_asks_nobody_else(
    service: LocalService, browser: Browser, api: Callable[[str], Person]
) -> None:
    """On the line and the processor of `bench pages`, which says how long it takes."""
    tag = api("owner").json("GET", "/api/auth/profile/")["pets"][0]["animal_id"]
    load = page_load(browser, f"{service.base_url}/found/{tag}")
    assert (load.foreign, 0 < load.first_paint <= load.largest_paint) == ([], True)
    assert 10_000 < load.other_bytes <= BEFORE_PHOTOS_BAR_KB * 1000
    assert load.photo_bytes > 1000

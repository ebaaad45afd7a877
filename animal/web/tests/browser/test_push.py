"""A browser that tells of news: added by its person, told by the worker, and removed on both sides.

Two things are not Chromium's own here. No push service of a browser's maker can be reached, so that one of ours answers
in its place, and `subscribe` gives its address. And no program can click a notification: the event is made by hand, for
which Chromium opens no window, so that the page asked for is noted instead.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command

from animal.alerts.tests.push_service import Browser, PushService, push_service
from animal.alerts.web_push import CURVE, from_base64url
from animal.bench.reunion import UNTHROTTLED
from animal.bench.service import LocalService, local_service
from animal.bench.tests.seeded import seeded_service
from animal.demo.animals import Animal, bundled_animals
from animal.demo.story import Person, Story
from animal.web.tests.browser.conftest import Visit
from animal.web.tests.browser.visitor import DESK, PATIENCE_SECONDS, PHONE, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Worker

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

MATCH = "There is news about a match"
TELL, TOLD = "/settings/push", 'form[action^="/settings/push/"]'
# What PushManager keeps of a page's wish, by the contract of https://www.w3.org/TR/push-api/.
PUSH_MANAGER = """
const subscription = () => ({
  ...SUBSCRIPTION, toJSON: () => SUBSCRIPTION,
  options: { applicationServerKey: Uint8Array.from(atob(JSON.parse(localStorage.asked)[1]), (c) => c.charCodeAt(0)) },
  unsubscribe: async () => { localStorage.removeItem("asked"); return true; } });
PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
  localStorage.asked = JSON.stringify([userVisibleOnly, btoa(String.fromCharCode(...applicationServerKey))]);
  return subscription();
};
PushManager.prototype.getSubscription = async () => (localStorage.asked ? subscription() : null);
"""
SHOWN = """() => self.registration.getNotifications().then((shown) => shown.map((one) => [one.title, one.data.link]))"""
CLICK = """async () => {
  const [notification] = await self.registration.getNotifications();
  const asked = new Promise((done) => {
    self.clients.openWindow = async (address) => done(`opened ${address}`);
    WindowClient.prototype.focus = async function () { done(`brought ${this.url} to the front`); return this; };
  });
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
  return asked;
}"""


@pytest.fixture(scope="module")
def pushing() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, pushing: PushService) -> Iterator[LocalService]:
    said = io.StringIO()
    call_command("gen_vapid", stdout=said)
    key = {"VAPID_PRIVATE_KEY": said.getvalue().strip(), "PUSH_OWN_SERVICES": pushing.origin}
    template = seeded_service(tmp_path_factory)
    with local_service(tmp_path_factory.mktemp("pushing"), template, **UNTHROTTLED, **key) as running:
        running.start_web()
        running.start_worker()
        yield running


def _eventually(seen: Callable[[], Any], what: str, visitor: Visitor) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := seen()):
        assert time.monotonic() < deadline, what
        visitor.page.wait_for_timeout(50)
    return found


def _service_worker(visitor: Visitor) -> Worker:
    visitor.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    (worker,) = visitor.context.service_workers
    return worker


def _deliver(visitor: Visitor, news: dict[str, Any]) -> None:
    """As Chromium hands on what its push service brought, decrypted."""
    devtools = visitor.context.new_cdp_session(visitor.page)
    registrations: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda said: registrations.extend(said["registrations"]))
    devtools.send("ServiceWorker.enable")
    _eventually(lambda: registrations, "the browser knows no service worker", visitor)
    said = {"registrationId": registrations[0]["registrationId"], "data": json.dumps(news)}
    devtools.send("ServiceWorker.deliverPushMessage", {"origin": visitor.base_url, **said})


def _match(story: Story) -> None:
    story.owner_reports_lost()
    story.finder_files_report()
    story.owner_is_notified()


def _match_told(browser: Browser, pushing: PushService) -> dict[str, Any] | None:
    told = [browser.read(body) for _path, _headers, body in pushing.received]
    return next((news for news in told if news["title"] == MATCH), None)


@pytest.fixture
def story(service: LocalService, api: Callable[[str], Person]) -> Story:
    """The finder of the owner's first pet; its steps are played by hand."""
    animals: list[Animal] = list(bundled_animals())
    told = Story(service.base_url, {}, animals, animals[0].first_photo, print, (28.61, 77.21))
    told.owner, told.finder = api("owner"), api("finder")
    pets = told.owner.json("GET", "/api/auth/profile/")["pets"]
    told.facts["pet"] = next(pet for pet in pets if pet["name"] == told.hero.display_name)
    return told


def test_a_browser_that_its_person_adds_shows_a_match_and_leads_to_it_until_it_is_removed(
    visit: Visit, story: Story, pushing: PushService
) -> None:
    chrome = Browser(f"{pushing.origin}/chromium")
    owner = visit(DESK, "owner", permissions=["notifications"])
    owner.context.add_init_script(f"const SUBSCRIPTION = {json.dumps(chrome.subscription())};{PUSH_MANAGER}")

    owner.goto("/settings")
    key = owner.form(TELL).get_attribute("data-push") or ""
    owner.form(TELL).get_by_role("button").click()
    owner.page.locator(TOLD).wait_for()
    assert owner.page.get_by_text("This browser", exact=True).first.is_visible()
    assert owner.form(TELL).is_hidden(), "it is told already"
    owner.screenshot("push-1-added")
    is_visible, asked_with = json.loads(owner.page.evaluate("localStorage.asked"))
    assert (is_visible, from_base64url(asked_with)) == (True, from_base64url(key))
    owner.page.evaluate(
        "[localStorage.asked, localStorage.now] = [JSON.stringify([true, btoa('old')]), localStorage.asked]"
    )
    owner.goto("/settings")
    owner.form(TELL).get_by_role("button").wait_for()  # Of an earlier key it is told nothing: it may be added anew.
    owner.page.evaluate("localStorage.asked = localStorage.now")
    (device,) = story.owner.json("GET", "/api/v1/push/")["devices"]
    assert "Chrome" in device["user_agent"]

    _match(story)
    news = _eventually(lambda: _match_told(chrome, pushing), "no match was pushed", owner)
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64url(key))
    for path, headers, body in pushing.received:
        token = headers["authorization"].removeprefix("vapid t=").partition(",")[0]
        assert jwt.decode(token, public, algorithms=["ES256"], audience=pushing.origin)["sub"]
        assert (path, headers["content-encoding"]) == ("/chromium", "aes128gcm")
        assert b"news" not in body, "encrypted"

    _deliver(owner, news)
    worker = _service_worker(owner)
    shown = _eventually(lambda: worker.evaluate(SHOWN), "nothing is shown", owner)
    assert shown == [[MATCH, news["link"]]]
    assert worker.evaluate(CLICK) == f"opened {owner.base_url}{news['link']}"
    assert worker.evaluate(SHOWN) == [], "a notification that was clicked is gone"
    assert owner.goto(news["link"]).ok, "the owner may see the page"

    owner.goto("/settings")
    owner.page.locator(TOLD).get_by_role("button").click()
    owner.form(TELL).get_by_role("button").wait_for()
    owner.screenshot("push-2-removed")
    assert owner.page.locator(TOLD).count() == 0
    assert owner.page.evaluate("localStorage.asked ?? ''") == "", "the browser does not listen any more either"
    assert story.owner.json("GET", "/api/v1/push/")["devices"] == []


def test_a_browser_that_refuses_is_added_nowhere_and_says_why(visit: Visit, api: Callable[[str], Person]) -> None:
    neighbour = visit(DESK, "neighbour")  # As in a private window, where Chromium itself says no.
    neighbour.goto("/settings")
    neighbour.form(TELL).get_by_role("button").click()
    neighbour.form(TELL).get_by_text("does not let us").wait_for()
    neighbour.screenshot("push-3-refused")
    assert neighbour.form(TELL).get_by_role("button").is_enabled()
    neighbour.problems[:] = [said for said in neighbour.problems if "Push API in incognito mode" not in said]
    assert api("neighbour").json("GET", "/api/v1/push/")["devices"] == []


def test_news_of_a_page_that_is_open_brings_it_to_the_front_and_shows_it_as_it_is_now(visit: Visit) -> None:
    neighbour = visit(PHONE, "neighbour", permissions=["notifications"])
    neighbour.goto("/privacy")
    worker = _service_worker(neighbour)
    # What was clicked is told again when there is more of it.
    for was_open, does in (("/privacy", "opened {}"), ("/notifications", "brought {} to the front")):
        neighbour.goto(was_open)
        _deliver(neighbour, {"title": "You have a new message", "link": "/notifications"})
        _eventually(lambda: worker.evaluate(SHOWN), "nothing is shown", neighbour)
        neighbour.page.evaluate("document.title = 'as it was'")
        assert worker.evaluate(CLICK) == does.format(f"{neighbour.base_url}/notifications")
    neighbour.page.wait_for_function("document.title !== 'as it was'")

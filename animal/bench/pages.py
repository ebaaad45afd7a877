"""What a stranger's phone waits for: the public pages in a real browser, on a slow processor and a slow line.

The profile is the one that Lighthouse calls "slow 4G" (https://github.com/GoogleChrome/lighthouse,
docs/throttling.md): a quarter of this machine's processor, 1.6 Mbit/s down, 750 kbit/s up and 150 ms for a round trip,
set by Chromium's DevTools protocol. Each load is a new visitor's: nothing is in a cache. Times are what the browser
itself reports (https://www.w3.org/TR/paint-timing/).
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import track

from animal.bench.results import Results
from animal.bench.reunion import UNTHROTTLED
from animal.bench.service import LocalService, local_service
from animal.demo.story import Person

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, ViewportSize

PHONE: ViewportSize = {"width": 390, "height": 844}
SLOWER_PROCESSOR = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
FIRST_PAINT_BAR_MS = 1000.0
BEFORE_PHOTOS_BAR_KB = 100.0
# Promised of the page behind a tag; the others are measured beside it.
PROMISED = "/found/TAG"
PAINTS = """() => new Promise((resolve) => {
  const observer = new PerformanceObserver((list) => {
    const first = performance.getEntriesByName("first-contentful-paint")[0];
    resolve({ first: first.startTime, largest: list.getEntries().at(-1).startTime });
  });
  observer.observe({ type: "largest-contentful-paint", buffered: true });
})"""


@dataclass
class PageLoad:
    """Times in ms since the address was entered; bytes as they went over the line."""

    first_paint: float
    largest_paint: float
    photo_bytes: int
    other_bytes: int
    foreign: list[str] = field(default_factory=list)


def bench_pages(*, loads: int, progress: Console) -> Results:
    """Each public page `loads` times. Raises CommandError without Playwright and Chromium."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if not chromium:
        raise CommandError("bench pages needs a browser: ./startup.sh test --stack installs Chromium and Playwright.")
    with (
        tempfile.TemporaryDirectory(prefix="pawgle-bench-") as scratch,
        local_service(Path(scratch), **UNTHROTTLED) as service,
        sync_playwright() as playwright,
    ):
        service.manage("seed_test_data", "--work")
        service.start_web()
        # Its sandbox refuses to run as root; nothing but our own pages is opened.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        results = _measure(service, browser, loads, progress)
        browser.close()
        return results


def _measure(service: LocalService, browser: Browser, loads: int, progress: Console) -> Results:
    data = f"the demo's pages, {loads} loads each, processor / {SLOWER_PROCESSOR}, 1.6 Mbit/s, 150 ms"
    results = Results("pages", data)
    pages = _pages(service)
    foreign: set[str] = set()
    for name, path in track(pages.items(), "Loading pages", console=progress):
        page_load(browser, service.base_url + path)  # What the server makes once, as a compiled template.
        seen = [page_load(browser, service.base_url + path) for _ in range(loads)]
        foreign |= {host for load in seen for host in load.foreign}
        _add(results, name, seen)
    results.add("requests to anybody else", len(foreign), "hosts", bar=0, note=", ".join(sorted(foreign)))
    return results


def _add(results: Results, name: str, seen: list[PageLoad]) -> None:
    is_promised = name == PROMISED
    first, largest = ([getattr(load, part) for load in seen] for part in ("first_paint", "largest_paint"))
    note = f"{min(first):.0f} to {max(first):.0f}, n = {len(seen)}"
    bar = FIRST_PAINT_BAR_MS if is_promised else None
    results.add(f"{name}: first contentful paint, median", statistics.median(first), "ms", bar=bar, note=note)
    results.add(f"{name}: largest contentful paint, median", statistics.median(largest), "ms")
    before = statistics.median(load.other_bytes for load in seen) / 1000
    bar = BEFORE_PHOTOS_BAR_KB if is_promised else None
    photos = statistics.median(load.photo_bytes for load in seen) / 1000
    results.add(f"{name}: before photos", before, "kB", bar=bar, note=f"and {photos:.0f} kB of photos")


def _pages(service: LocalService) -> dict[str, str]:
    """By what they are called here, the addresses that a passer-by opens."""
    tokens = dict(line.split() for line in service.manage("demo_links", "--tokens").splitlines())
    owner = Person("owner", service.base_url)
    owner.sign_in(tokens["owner"])
    reports = owner.json("GET", "/api/auth/user/pet-locations/")
    lost = next(report for report in reports if report["status"] == "lost" and report["pet"])
    pets = owner.json("GET", "/api/auth/profile/")["pets"]
    tag = next(pet["animal_id"] for pet in pets if pet["id"] == lost["pet"])
    return {PROMISED: f"/found/{tag}", "/lost/CASE": f"/lost/{lost['id']}", "/": "/", "/pet/map": "/pet/map"}


def page_load(browser: Browser, address: str) -> PageLoad:
    """What a new visitor sees of this address."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=3, is_mobile=True, has_touch=True)
    try:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        sizes = _sizes(devtools)
        devtools.send("Network.emulateNetworkConditions", LINE)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
        page.goto(address, wait_until="load")
        page.wait_for_load_state("networkidle")
        paints = page.evaluate(PAINTS)
    finally:
        context.close()
    ours = urlsplit(address).netloc
    asked = [(urlsplit(request["url"]), request) for request in sizes.values()]
    photos, others = 0, 0
    for url, request in asked:
        if url.path.startswith("/media/"):
            photos += request["bytes"]
        else:
            others += request["bytes"]
    foreign = [url.netloc for url, _ in asked if url.scheme.startswith("http") and url.netloc != ours]
    return PageLoad(paints["first"], paints["largest"], photos, others, foreign)


def _sizes(devtools: CDPSession) -> dict[str, dict[str, Any]]:
    """Filled while a page loads: by request, its address and how many bytes it took, headers included."""
    requests: dict[str, dict[str, Any]] = {}

    def sent(event: dict[str, Any]) -> None:
        requests.setdefault(event["requestId"], {"url": event["request"]["url"], "bytes": 0})

    def received(event: dict[str, Any]) -> None:
        if event["requestId"] in requests:
            requests[event["requestId"]]["bytes"] = int(event["encodedDataLength"])

    devtools.on("Network.requestWillBeSent", sent)
    devtools.on("Network.loadingFinished", received)
    devtools.send("Network.enable")
    return requests

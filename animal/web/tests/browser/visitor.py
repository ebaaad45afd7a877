"""A person with a browser of their own, who notices what goes wrong behind a page.

Playwright is imported by whoever starts it: the default suite, which collects these files, does without.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response

PHONE, DESK = (390, 844), (1280, 800)
PATIENCE_SECONDS = 30.0
MOST_STOPS = 100
SCREENSHOTS = settings.VAR_DIR / "screenshots"
# Every page of ours sends them, whoever asks. `None`: whatever it is.
HEADERS = {
    "content-security-policy": None,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": None,
    "permissions-policy": None,
}
# A refusal stands in the console too, but not which rule it was, nor what by.
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
  `refused by ${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


class Visitor:
    """`problems` is empty as long as no page asked others, was refused something, or threw an error."""

    def __init__(self, browser: Browser, base_url: str, size: tuple[int, int], **context: Any) -> None:
        width, height = size
        self.base_url, self.problems = base_url, list[str]()
        self.context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": height},
            locale="en-GB",
            timezone_id="UTC",
            # Contrast is measured at rest.
            reduced_motion="reduce",
            **context,
        )
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.context.add_init_script(LISTEN)
        self.context.on("request", self._asked)
        self.context.on("response", self._answered)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self._note(f"threw {error.error}"))
        self.page: Page = self.context.new_page()

    def _note(self, what: str) -> None:
        self.problems.append(f"{urlsplit(self.page.url).path}: {what}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.base_url:
            self._note(f"asked {request.url}")

    def _answered(self, response: Response) -> None:
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            sent = response.headers
            for name, value in HEADERS.items():
                if name not in sent or sent[name] != (value or sent[name]):
                    self._note(f"{response.url} has {name}: {sent.get(name)}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"{message.type}: {message.text} ({message.location['url']})")

    def goto(self, path: str) -> Response:
        answer = self.page.goto(path)
        assert answer is not None, path
        return answer

    def form(self, action: str) -> Locator:
        """The form that leads to this address, whatever language its words are in."""
        return self.page.locator(f'form[action="{action}"]')

    def path(self) -> str:
        return urlsplit(self.page.url).path

    def arrive(self, pattern: str) -> re.Match[str]:
        """Wait for a page whose path is of this shape."""
        self.page.wait_for_url(lambda url: bool(re.fullmatch(pattern, urlsplit(url).path)))
        found = re.fullmatch(pattern, self.path())
        assert found is not None
        return found

    def reload_until(self, seen: Callable[[], Any]) -> None:
        """As people do who wait for news: what the worker does, no page is told of."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not seen():
            assert time.monotonic() < deadline, f"{self.page.url} never showed it:\n{self.page.inner_text('main')}"
            self.page.reload()

    def tab_to(self, selector: str) -> None:
        """Onwards with Tab alone."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab never stops at {selector}")

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size or {}
        self.page.screenshot(path=SCREENSHOTS / f"{name}-{size['width']}.png", full_page=True)


@contextmanager
def visiting(browser: Browser, base_url: str, size: tuple[int, int], **context: Any) -> Iterator[Visitor]:
    visitor = Visitor(browser, base_url, size, **context)
    try:
        yield visitor
    finally:
        visitor.context.close()

"""Debian's Chromium, and the demo's people, on web and worker that run as in production."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from animal.bench.reunion import UNTHROTTLED
from animal.bench.service import LocalService, local_service
from animal.bench.tests.seeded import seeded_service
from animal.demo.story import Person
from animal.web.tests.browser.visitor import PHONE, Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    template = seeded_service(tmp_path_factory)
    with local_service(tmp_path_factory.mktemp("service"), template, **UNTHROTTLED) as running:
        running.start_web()
        running.start_worker()
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing. ./startup.sh test --stack installs it."
    # Its sandbox refuses to run as root, as which containers run tests; nothing but our own pages is opened.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="module")
def tokens(service: LocalService) -> dict[str, str]:
    return dict(line.split() for line in service.manage("demo_links", "--tokens").splitlines())


@pytest.fixture(scope="module")
def signed_in(service: LocalService, browser: Browser, tokens: dict[str, str]) -> Callable[[str], dict[str, Any]]:
    """By the role's name, the cookies of somebody who opened a sign-in link and pressed its button."""
    states: dict[str, dict[str, Any]] = {}

    def state(role: str) -> dict[str, Any]:
        if role not in states:
            with visiting(browser, service.base_url, PHONE) as visitor:
                visitor.goto(f"/auth/magic?token={tokens[role]}")
                visitor.form("/auth/magic").get_by_role("button").click()
                visitor.arrive("/")
                states[role] = dict(visitor.context.storage_state())
                assert not visitor.problems
        return states[role]

    return state


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(service: LocalService, browser: Browser, signed_in: Callable[[str], dict[str, Any]]) -> Iterator[Visit]:
    """`visit(size, role)`: a browser of that size, signed in as the demo's person of that role, or nobody. At the end
    nothing may have gone wrong behind any page that it was on."""
    visitors: list[Visitor] = []
    with ExitStack() as stack:

        def start(size: tuple[int, int], role: str = "", **context: Any) -> Visitor:
            state = {"storage_state": signed_in(role)} if role else {}
            visitor = stack.enter_context(visiting(browser, service.base_url, size, **state, **context))
            visitors.append(visitor)
            return visitor

        yield start
        problems = [problem for visitor in visitors for problem in visitor.problems]
    assert not problems, problems


@pytest.fixture(scope="module")
def api(service: LocalService, tokens: dict[str, str]) -> Callable[[str], Person]:
    """The same people over the API, for what the pages are not about."""
    people: dict[str, Person] = {}
    more = dict(line.split() for line in service.manage("demo_links", "--tokens").splitlines())

    def person(role: str) -> Person:
        if role not in people:
            people[role] = Person(role, service.base_url)
            people[role].sign_in(more[role])
        return people[role]

    return person

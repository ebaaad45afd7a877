"""The admin in the colours of the pages, and under the policy of the pages: no inline code, nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from animal.conftest import Actor, make_actor
from animal.core.tests.lists import rows
from animal.images.tests.stored import pictures_at
from animal.moderation.tests.test_roles import desk

# What the admin calls otherwise, since Django has an --accent of its own.
RENAMED = {"leaf": "accent", "leaf-strong": "accent-strong", "leaf-ink": "accent-ink", "leaf-soft": "accent-soft"}


def stylesheet(name: str) -> str:
    path = finders.find(name)
    assert isinstance(path, str)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 # A path that the finder gave.
        return file.read()


def test_the_admin_has_the_colours_of_the_pages_in_both_themes() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", stylesheet("web/site.css"), re.S)[:2]
    site = [dict(re.findall(r"--([\w-]+): (#\w+);", theme)) for theme in (light, dark)]
    ours = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", stylesheet("desk/desk.css"))
    assert len(ours) > 10
    for name, *colours in ours:
        assert colours == [theme[RENAMED.get(name, name)] for theme in site], name


def test_every_colour_that_django_names_is_one_of_ours() -> None:
    django = set(re.findall(r"^\s+(--[\w-]+): (?=#|var)", stylesheet("admin/css/base.css"), re.M))
    ours = set(re.findall(r"^\s+(--[\w-]+):", stylesheet("desk/desk.css"), re.M))
    assert len(django) > 30
    by_others = {"--object-tools-bg", "--object-tools-hover-bg"}  # Through variables that are ours.
    assert django - ours - by_others == set()


class Parts(HTMLParser):
    """What the policy forbids, and what a browser loads with the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loaded: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.loaded += [given[name] or "" for name in ("src", "href") if name in given and tag not in ("a", "form")]


@pytest.fixture
def boss(db: None) -> Client:
    return desk(make_actor("boss", is_staff=True, is_superuser=True))


def test_no_page_of_the_admin_needs_inline_code_or_anything_from_elsewhere(boss: Client, owner: Actor) -> None:
    match, report = rows.match(rows.person(), rows.person()), rows.report(rows.person())
    rows.complaint(owner.user)
    one = [
        f"reports/report/{report.pk}",
        f"matching/petmatch/{match.pk}",
        f"images/image/{report.image.pk}",
        f"accounts/user/{owner.user.pk}",
        f"moderation/abusereport/{owner.user.abuse_reports.get().pk}",
    ]
    lists = {"/".join(path.split("/")[:2]) for path in one}
    paths = ["", *(f"{path}/" for path in lists), *(f"{path}/change/" for path in one), "auth/group/add/"]
    for path in paths:
        answer = boss.get(f"/admin/{path}")
        assert answer.status_code == 200, path
        assert "unsafe" not in answer["Content-Security-Policy"]
        parts = Parts(answer.content.decode())
        assert parts.inline == [], path
        ours = [address for address in parts.loaded if not address.startswith(pictures_at())]
        assert [address for address in ours if not address.startswith("/") or address.startswith("//")] == []
        assert "/static/desk/desk" in " ".join(parts.loaded)


def test_the_sign_in_page_is_in_the_same_colours(db: None) -> None:
    page = Client().get("/admin/login/").content.decode()
    assert ("/static/desk/desk" in page, Parts(page).inline) == (True, [])

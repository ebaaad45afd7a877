"""A report that is written where there is no network arrives once, when there is one; till then it is one person's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from animal.demo.animals import bundled_animals
from animal.demo.story import Person
from animal.web.tests.browser.conftest import Visit
from animal.web.tests.browser.visitor import DESK, PHONE, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

PHOTO = next(animal for animal in bundled_animals() if animal.name == "Chelsea").second_photo
GONE = "ERR_INTERNET_DISCONNECTED"  # What the console says then.
LOSE_AN_ANSWER = """() => {
  const asked = window.fetch;
  window.fetch = async (...what) => { window.fetch = asked; await asked(...what); throw new TypeError("lost"); };
}"""
SPOIL = """([one]) => drafts.keep({ ...one, fields: one.fields.map(
  ([name, ...value]) => (name === "latitude" ? [name, "900"] : [name, ...value])) })"""
AS_SIGNED_OUT = "([one]) => drafts.keep({ ...one, id: 'guest', account: '', at: one.at + 1 })"
A_DAY_AGO = "([one]) => drafts.keep({ ...one, at: one.at - 24 * 3600 * 1000 })"
DRAFT, SENT = "[data-drafts] li.draft", "[data-draft-link]:not([hidden])"


def without_network(visitor: Visitor, is_gone: bool = True) -> None:
    visitor.context.set_offline(is_gone)
    visitor.problems[:] = [said for said in visitor.problems if GONE not in said]


def on_the_next_page(visitor: Visitor, path: str) -> None:
    """The app was closed, and is opened again."""
    visitor.page.close()
    visitor.page = visitor.context.new_page()
    visitor.goto(path)


def written(visitor: Visitor, words: str) -> Locator:
    """The report form up to its last step."""
    form = visitor.form("/report")
    go_on = form.locator("[data-step-actions] button:not(.quiet):not([data-send])")
    form.locator("[name=image]").set_input_files(PHOTO)
    go_on.click()
    form.locator("[name=latitude]").fill("28.6139")
    form.locator("[name=longitude]").fill("77.2090")
    go_on.click()
    form.locator("[name=type]").select_option("Cats")
    form.locator("[name=description]").fill(words)
    return form.locator("[data-send]")


def change_first(visitor: Visitor, how: str) -> None:
    """As it would be by now, or had another one written it."""
    visitor.page.evaluate(f"drafts.all().then({how})")


def count_of(person: Person, words: str) -> int:
    mine = person.json("GET", "/api/auth/user/pet-locations/")
    return sum(report["description"] == words for report in mine)


def test_a_report_is_kept_without_a_network_and_sent_once_when_the_app_is_opened_again(
    visit: Visit, api: Callable[[str], Person]
) -> None:
    finder, words = visit(PHONE, "finder"), "By the river, without a network"
    finder.goto("/report?status=found")
    finder.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    send = written(finder, words)
    without_network(finder)
    send.click()
    finder.page.locator(DRAFT).wait_for()
    finder.screenshot("offline-1-kept")
    assert count_of(api("finder"), words) == 0

    finder.goto("/pets")
    assert finder.page.locator("h1").inner_text() == "There is no network"
    assert finder.page.locator(DRAFT).count() == 1
    finder.screenshot("offline-2-page")
    second = "Written on the page of having no network"
    written(finder, second).click()
    finder.page.locator(DRAFT).nth(1).wait_for()

    without_network(finder, False)
    finder.page.locator(SENT).nth(1).wait_for()
    said = finder.page.locator("[data-drafts-said]").inner_text(), finder.page.locator("h1").inner_text()
    assert said == ("Your report was sent.", "The network is back"), "not what was said when it was kept"
    on_the_next_page(finder, "/")
    finder.page.locator(SENT).nth(1).wait_for()
    finder.screenshot("offline-3-sent")
    finder.page.locator(SENT).first.click()
    finder.arrive(r"/reports/\d+")
    finder.page.locator(SENT).first.wait_for()
    assert (count_of(api("finder"), words), count_of(api("finder"), second)) == (1, 1)


def test_an_answer_that_was_lost_makes_no_second_report(visit: Visit, api: Callable[[str], Person]) -> None:
    finder, words = visit(DESK, "finder"), "Its answer was lost"
    finder.goto("/report?status=found")
    send = written(finder, words)

    finder.page.evaluate(LOSE_AN_ANSWER)
    send.click()
    finder.page.locator(DRAFT).wait_for()
    assert count_of(api("finder"), words) == 1, "it did arrive"
    on_the_next_page(finder, "/privacy")
    finder.page.locator(SENT).click()
    finder.arrive(r"/reports/\d+")
    assert count_of(api("finder"), words) == 1
    finder.page.evaluate("drafts.all().then((kept) => { if (kept.length) throw new Error('something is left'); })")


def test_an_old_draft_waits_for_its_person_and_a_refused_one_can_be_changed(
    visit: Visit, api: Callable[[str], Person]
) -> None:
    finder, words = visit(PHONE, "finder"), "Written long ago"
    finder.goto("/report?status=found")
    send = written(finder, words)
    without_network(finder)
    send.click()
    finder.page.locator(DRAFT).wait_for()
    change_first(finder, A_DAY_AGO)
    without_network(finder, False)
    finder.goto("/reports")
    finder.page.get_by_text("older than a day").wait_for()
    spoilt = (
        "one.fields.map(([name, value, file]) => [name, name === 'latitude' ? '900' : value, ...(file ? [file] : [])])"
    )
    finder.page.evaluate(f"drafts.all().then(([one]) => drafts.keep({{ ...one, fields: {spoilt} }}))")
    finder.page.locator("[data-draft-send]").click()
    finder.page.locator("[data-draft-problems] li").wait_for()
    finder.screenshot("offline-4-refused")
    assert count_of(api("finder"), words) == 0
    finder.problems[:] = [said for said in finder.problems if "400" not in said]

    finder.page.locator("[data-draft-edit]").click()
    form = finder.form("/report")
    go_on = form.locator("[data-step-actions] button:not(.quiet):not([data-send])")
    go_on.click()
    assert form.locator("[name=latitude]").input_value() == "900"
    form.locator("[name=latitude]").fill("28.6139")
    go_on.click()
    form.locator("[data-send]").click()
    finder.arrive(r"/reports/\d+")
    assert count_of(api("finder"), words) == 1


def test_signing_out_takes_a_draft_along_and_leaves_one_that_was_made_signed_out(
    visit: Visit, api: Callable[[str], Person]
) -> None:
    pets = api("owner").json("GET", "/api/auth/profile/")["pets"]
    tag = next(pet["animal_id"] for pet in pets if pet["name"].startswith("Chelsea"))
    neighbour = visit(PHONE)
    neighbour.goto(f"/found/{tag}")
    form = neighbour.form(f"/found/{tag}/report")
    form.locator("[name=latitude]").fill("28.6139")
    form.locator("[name=longitude]").fill("77.2090")
    form.locator("[name=photos]").set_input_files(PHOTO)
    without_network(neighbour)
    form.locator("button:not([type=button])").click()
    neighbour.page.locator(DRAFT).wait_for()
    neighbour.screenshot("offline-5-tag")
    without_network(neighbour, False)
    on_the_next_page(neighbour, "/")
    neighbour.page.locator(SENT).click()
    neighbour.arrive(r"/follow-up/.+")

    owner = visit(DESK, "neighbour")
    owner.goto("/report?status=lost")
    send = written(owner, "Never to be sent")
    without_network(owner)
    send.click()
    owner.page.locator(DRAFT).wait_for()
    owner.page.evaluate(
        "drafts.all().then(([one]) => drafts.keep({ ...one, id: 'guest', account: '', at: 1 + one.at }))"
    )
    owner.page.evaluate("drafts.all().then(([one]) => drafts.keep({ ...one, at: one.at - 24 * 3600 * 1000 }))")
    without_network(owner, False)
    owner.goto("/privacy")
    owner.page.locator(DRAFT).nth(1).wait_for()
    owner.screenshot("offline-6-two")
    owner.form("/sign-out").get_by_role("button").click()
    owner.arrive("/")
    owner.page.locator(DRAFT).wait_for()
    assert owner.page.evaluate("drafts.all().then((kept) => kept.map((one) => one.id))") == ["guest"]
    assert count_of(api("neighbour"), "Never to be sent") == 0

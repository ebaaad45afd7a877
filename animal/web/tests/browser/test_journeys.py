"""What people come for, from beginning to end, on a phone and at a desk: two sizes of Debian's Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest

from animal.demo.animals import Animal, bundled_animals
from animal.demo.story import Person
from animal.web.tests.browser.conftest import Visit
from animal.web.tests.browser.visitor import DESK, PHONE

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

Size = tuple[int, int]
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
ANIMALS = {animal.name: animal for animal in bundled_animals()}
SEND = "button:not([type=button])"
CAT, DOG = ANIMALS["Chelsea"], ANIMALS["Rex"]
HERE = {"geolocation": {"latitude": 28.62, "longitude": 77.21}, "permissions": ["geolocation"]}


@pytest.fixture
def lost(size: Size, api: Callable[[str], Person]) -> tuple[Animal, dict[str, Any]]:
    """A lost pet of the owner's, another one for each size."""
    animal = CAT if size == PHONE else DOG
    pets = api("owner").json("GET", "/api/auth/profile/")["pets"]
    return animal, next(pet for pet in pets if pet["name"] == animal.display_name)


@SIZES
def test_a_scanned_tag_leads_to_the_owner_who_answers_and_closes_the_case(
    visit: Visit, lost: tuple[Animal, dict[str, Any]], size: Size
) -> None:
    animal, pet = lost
    finder, owner = visit(size, **HERE), visit(size, "owner")

    finder.goto(f"/T/{pet['animal_id']}")  # What a printed code says.
    finder.arrive(f"/found/{pet['animal_id']}")
    form = finder.form(f"/found/{pet['animal_id']}/report")
    form.locator("[data-place]").click()
    form.locator("[data-pin-box]").check()
    assert form.locator("[name=latitude]").input_value() == "28.620000"
    form.locator("[name=photos]").set_input_files(animal.second_photo)
    form.locator("[name=message]").fill("It sits on my porch and has had some water.")
    finder.screenshot("tag-1-scanned")
    form.locator(SEND).click()
    finder.arrive("/follow-up/[^/]+")
    assert "porch" in finder.page.locator("ul.chat").inner_text()

    owner.goto("/notifications")
    owner.reload_until(lambda: animal.display_name in owner.page.locator(".line.new").all_inner_texts()[0])
    owner.screenshot("tag-2-owner-is-told")
    owner.page.locator(".line.new").first.get_by_role("button").click()
    owner.arrive("/chat/[^/]+")
    assert "porch" in owner.page.locator("ul.chat").inner_text()
    owner.page.locator("[name=body]").fill("Thank you! I am on my way.")
    owner.page.locator("form:has([name=body])").locator(SEND).click()
    owner.page.locator("ul.chat", has_text="on my way").wait_for()
    owner.screenshot("tag-3-owner-answers")

    finder.page.locator("section a[href='']").click()
    finder.page.locator("ul.chat", has_text="on my way").wait_for()
    finder.screenshot("tag-4-finder-reads-it")

    owner.page.locator(".crumb a[href^='/reports/']").click()
    report = owner.arrive(r"/reports/(\d+)").group(1)
    owner.form(f"/reports/{report}/status").locator(SEND).click()
    owner.page.locator(".badge.resolved").wait_for()
    owner.screenshot("tag-5-resolved")
    finder.page.reload()
    assert finder.page.locator("ol li:not(.done)").count() < finder.page.locator("ol li").count()
    assert finder.page.locator("#keep").count() == 0, "the case is closed, so there is no page to keep"
    finder.screenshot("tag-6-finder-is-thanked")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_finder_who_forgot_the_place_need_not_choose_the_photo_again(
    visit: Visit, api: Callable[[str], Person], scripts: bool
) -> None:
    tag = api("owner").json("GET", "/api/auth/profile/")["pets"][0]["animal_id"]
    finder = visit(PHONE, java_script_enabled=scripts)
    finder.goto(f"/found/{tag}")
    form = finder.form(f"/found/{tag}/report")
    form.locator("[name=photos]").set_input_files(CAT.second_photo)
    form.locator("[name=message]").fill("Forgot to say where")
    send = form.get_by_role("button", name="Tell the owner")
    send.click()
    finder.page.get_by_text("Please say where").first.wait_for()
    if scripts:
        assert form.locator("[name=photos]").evaluate("(field) => field.files.length") == 1
    else:
        assert form.locator("[name=kept]").is_checked()
        form.get_by_role("img", name="Photo 1").scroll_into_view_if_needed()
        finder.page.wait_for_load_state("networkidle")
        finder.screenshot("tag-7-photo-is-kept")
    finder.problems[:] = [said for said in finder.problems if "400" not in said]
    form.locator("[name=place]").fill("By the bakery")
    send.click()
    finder.arrive("/follow-up/[^/]+")
    assert finder.page.locator("ul.chat").inner_text().count("Forgot to say where") == 1


@SIZES
def test_somebody_signs_up_registers_a_pet_reports_it_lost_and_gets_its_poster(visit: Visit, size: Size) -> None:
    owner = visit(size)
    page, name = owner.page, f"Milo {size[0]}"
    account = {"username": f"Olga {size[0]}", "email": f"olga-{size[0]}@pawgle.test", "password": "a long Passw0rd"}

    owner.goto("/pets")
    owner.arrive("/sign-in")
    owner.screenshot("account-1-sign-in")
    page.get_by_role("main").locator("a[href='/sign-up?next=%2Fpets']").click()
    for field, value in account.items():
        owner.form("/sign-up").locator(f"[name={field}]").fill(value)
    owner.form("/sign-up").locator(SEND).click()
    owner.arrive("/sign-in")
    form = owner.form("/sign-in")
    form.locator("[name=email]").fill(account["email"])
    form.locator("[name=password]").fill(account["password"])
    form.locator(SEND).first.click()
    owner.arrive("/pets")

    page.get_by_role("main").locator("a[href='/pets/new']").click()
    form = page.locator("form[data-photos]")
    form.locator("[name=photos]").set_input_files(ANIMALS["Bruno"].photos)
    form.locator("[data-chosen] canvas").nth(1).wait_for()
    form.locator("[name=name]").fill(name)
    form.locator("[name=type]").select_option("Dogs")
    form.locator("input[type=checkbox][name=isPublic]").check()
    owner.screenshot("pet-1-new")
    form.locator(SEND).click()
    pet = owner.arrive(r"/pets/(\d+)").group(1)
    owner.reload_until(lambda: page.locator("#photos .muted").count() and page.locator("#facts .banner").count())
    owner.screenshot("pet-2-registered")

    page.locator(f"nav a[href='/report?status=lost&pet_id={pet}']").click()
    form = owner.form("/report")
    go_on, send = form.locator("[data-step-actions] button:not(.quiet):not([data-send])"), form.locator("[data-send]")
    assert form.locator("[name=pet_id]").input_value() == pet
    go_on.click()
    form.locator("[data-place-map]").click()
    form.locator("[data-place-here] .leaflet-tile-loaded").first.wait_for()
    form.locator("[data-place-here]").click()
    form.locator("[data-pin-box]").check()
    owner.screenshot("pet-3-lost-where")
    go_on.click()
    owner.screenshot("pet-4-lost-words")
    send.click()
    page.wait_for_url(lambda url: "/report" not in url.removeprefix(owner.base_url).replace("/reports/", ""))

    owner.goto(f"/pets/{pet}#poster")
    with page.expect_download() as download:
        owner.form(f"/pets/{pet}/poster.pdf").get_by_role("button").click()
    poster = pypdfium2.PdfDocument(download.value.path())
    assert name.casefold() in poster[0].get_textpage().get_text_range().casefold()
    owner.screenshot("pet-5-poster")


def test_an_animal_is_reported_by_the_keyboard_alone(visit: Visit) -> None:
    finder = visit(DESK, "finder")
    keys, form = finder.page.keyboard, finder.form("/report")

    finder.goto("/")
    finder.tab_to("main a[href='/report?status=found']")
    keys.press("Enter")
    finder.arrive("/report")
    finder.tab_to("[data-step-actions] button")
    keys.press("Enter")
    finder.tab_to("[data-place-map]")
    keys.press("Enter")
    form.locator("[data-place-here]:focus .leaflet-tile-loaded").first.wait_for()
    keys.press("Enter")  # The pin, in the middle of the map.
    middle = form.locator("[name=longitude]").input_value()
    finder.tab_to(".marker.pin")
    keys.press("ArrowRight")
    assert float(form.locator("[name=longitude]").input_value()) > float(middle)
    finder.tab_to("[data-pin-box]")
    keys.press("Space")
    finder.tab_to("[data-step-actions] button:not(.quiet)")
    keys.press("Enter")
    finder.tab_to("[name=type]")
    keys.type("Dogs")
    finder.tab_to("[name=description]")
    keys.type("In the yard of the school.")
    finder.tab_to("[data-send]")
    keys.press("Enter")
    finder.page.locator("ul.messages").wait_for()
    finder.goto("/reports")
    finder.page.get_by_role("article").first.get_by_role("heading").get_by_role("link").click()
    finder.arrive(r"/reports/\d+")
    assert "yard of the school" in finder.page.locator("main").inner_text()


@SIZES
def test_a_photo_finds_the_animal_that_it_shows(visit: Visit, size: Size) -> None:
    finder = visit(size, "finder")
    form, sought = finder.form("/search"), ANIMALS["Pepper"]

    finder.goto("/search")
    form.locator("[name=image]").set_input_files(sought.second_photo)
    form.locator(SEND).click()
    first = finder.page.locator("article").first
    first.wait_for()
    finder.screenshot("search-by-photo")
    assert first.get_attribute("aria-label") == sought.display_name


@SIZES
def test_an_area_is_watched_by_a_pin_and_a_radius_on_the_map(visit: Visit, size: Size) -> None:
    neighbour = visit(size, "neighbour", **HERE)
    page, label = neighbour.page, f"Home {size[0]}"

    neighbour.goto("/alerts")
    form = neighbour.form("/alerts")
    form.locator("[data-place]").click()
    form.locator(".leaflet-tile-loaded").first.wait_for()
    form.locator("[name=radius_km]").select_option("5")
    form.locator(".marker.handle").focus()
    page.keyboard.press("ArrowRight")  # The circle's edge, which a pointer drags.
    assert form.locator("[name=radius_km]").input_value() == "5.5"
    form.locator("[data-pin-box]").check()
    form.locator("[name=label]").fill(label)
    neighbour.screenshot("area-1-new")
    form.locator(SEND).click()
    area = page.get_by_role("article").filter(has_text=label)
    area.wait_for()
    assert area.locator("[name=radius_km]").input_value() == "5.5"
    area.locator("[data-place-map]").click()
    area.locator(".leaflet-tile-loaded").first.wait_for()
    neighbour.screenshot("area-2-watched")


@SIZES
def test_somebody_complains_and_a_moderator_hides_the_report_and_settles_it(
    visit: Visit, api: Callable[[str], Person], size: Size
) -> None:
    listed = api("stranger").json("GET", "/api/auth/pets/locations/")
    report = max(one["id"] for one in listed if one["pet_name"] in ("Minka (TEST)", "Rusty (TEST)"))
    moderator, passer_by, neighbour = visit(size, "moderator"), visit(size), visit(size, "stranger")
    page = moderator.page

    neighbour.goto(f"/lost/{report}")
    neighbour.page.locator("a[href*='/complain']").click()
    neighbour.arrive(f"/reports/{report}/complain")
    form = neighbour.form(f"/reports/{report}/complain")
    form.locator("[value=spam]").check()
    form.locator("[name=text]").fill("This one sells something.")
    neighbour.screenshot("complaint-0-made")
    form.locator(SEND).click()
    neighbour.arrive(f"/lost/{report}")
    neighbour.page.locator(".messages .success").wait_for()

    assert passer_by.goto(f"/lost/{report}").status == 200
    moderator.goto("/admin/")
    moderator.screenshot("complaint-1-desk")
    page.locator("a.queue.urgent").first.click()
    page.locator("#result_list a[href*='/abusereport/']").first.click()
    page.locator("form.acts").wait_for()
    assert "sells something" in page.locator("#content").inner_text()
    moderator.screenshot("complaint-2-read")
    page.locator("form.acts [name=reason]").fill("An advertisement.")
    page.locator("form.acts button[value=hide_reported]").click()
    page.locator(".messagelist .success").wait_for()
    assert page.locator("form.acts button[value=hide_reported]").count() == 0, "it is hidden"
    page.locator("form.acts button[value=settle]").click()
    page.locator("form.acts button[value=settle]").wait_for(state="detached")
    moderator.screenshot("complaint-3-settled")
    moderator.goto("/admin/")
    assert page.locator("a.queue.urgent").count() == 0
    moderator.screenshot("complaint-4-desk")
    answer = passer_by.context.request.get(f"/lost/{report}")
    assert answer.status == 404

"""Hints on a photo at every door that takes one: at once from its pixels, then with what recognition saw in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from animal.conftest import Actor
from animal.images.hints import MESSAGES
from animal.images.models import Image as StoredImage
from animal.matching.tests.test_photo_check import photo, side_by_side, upload
from animal.matching.tests.test_real_photos import file_report
from animal.web.tests.steps import FORM as PAGE_FORM
from animal.web.tests.steps import browser_of

pytestmark = pytest.mark.django_db
PET = {"name": "Chelsea", "category": "Domestic", "type": "Cats", "breed": "Tabby"}
Work = Callable[[], int]


def dark() -> Image.Image:
    return ImageEnhance.Brightness(photo()).enhance(0.25)


def codes(hints: list[dict[str, Any]]) -> list[str]:
    assert all(hint["message"] == MESSAGES[hint["code"]] for hint in hints)
    return [hint["code"] for hint in hints]


def register(actor: Actor, *pictures: Image.Image) -> dict[str, Any]:
    answer = actor.multipart("/api/auth/pets/add/", {**PET, "images": [upload(picture) for picture in pictures]})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_registering_a_pet_says_at_once_which_photo_could_be_better(owner: Actor) -> None:
    body = register(owner, photo(), dark())
    assert codes(body["photo_hints"]) == ["too_dark"]
    assert body["pet"]["photo_hints"] == body["photo_hints"]
    shown = owner.get(f"/api/v1/pets/{body['pet']['id']}/").json()
    assert body["photo_hints"][0]["photo"] == shown["photos"][1]["id"]


def test_a_good_photo_gets_no_hint(owner: Actor, work_off: Work) -> None:
    pet = register(owner, photo())["pet"]
    work_off()
    assert (pet["photo_hints"], owner.get(f"/api/v1/pets/{pet['id']}/").json()["photo_hints"]) == ([], [])


def test_what_recognition_saw_is_in_every_answer_that_polls_the_pet(owner: Actor, work_off: Work) -> None:
    body = register(owner, side_by_side("chelsea/a.jpg", "rusty/a.jpg"))
    assert body["photo_hints"] == [], "nobody has looked for animals yet"
    work_off()
    path = f"/api/auth/pets/{body['pet']['id']}"
    for answer in (
        owner.get(f"{path}/feature-status/").json(),
        owner.get(f"/api/v1/pets/{body['pet']['id']}/").json(),
        owner.get("/api/auth/profile/").json()["pets"][0],
        owner.put(f"{path}/edit/", {"breed": "Persian"}).json(),
    ):
        assert codes(answer["photo_hints"]) == ["several_animals"]


def test_a_photo_without_an_animal_is_accepted_and_told(owner: Actor, work_off: Work) -> None:
    report = file_report(owner, "found", upload(photo("no_animal/coffee.jpg")))
    work_off()
    assert codes(owner.get(f"/api/v1/reports/{report['id']}/").json()["photo_hints"])[0] == "no_animal"


def test_a_report_says_at_once_what_its_photo_lacks_and_only_to_whoever_took_it(
    finder: Actor, stranger: Actor, work_off: Work
) -> None:
    report = file_report(finder, "found", upload(dark()))
    assert codes(report["photo_hints"]) == ["too_dark"]
    path = f"/api/v1/reports/{report['id']}/"
    assert stranger.get(path).json()["photo_hints"] == []
    more = finder.multipart(f"{path}photos/", {"photos": upload(side_by_side("chelsea/a.jpg", "rusty/a.jpg"))}).json()
    assert codes(more["photo_hints"]) == ["too_dark"]
    work_off()
    assert codes(finder.get(path).json()["photo_hints"]) == ["too_dark", "several_animals"]


def far_away() -> Image.Image:
    meadow = Image.new("RGB", (900, 700), (120, 150, 90))
    meadow.paste(photo().resize((150, 100)), (400, 300))
    return meadow


BAD = {
    "no_animal": lambda: photo("no_animal/coffee.jpg"),
    "several_animals": lambda: side_by_side("chelsea/a.jpg", "rusty/a.jpg"),
    "too_small": far_away,
    "too_dark": dark,
    "blurred": lambda: photo().filter(ImageFilter.GaussianBlur(0.01 * max(photo().size))),
}


@pytest.mark.parametrize("code", BAD)
def test_no_report_is_refused_for_its_photo_and_each_lack_is_told(finder: Actor, work_off: Work, code: str) -> None:
    report = file_report(finder, "found", upload(BAD[code]()))
    work_off()
    assert code in codes(finder.get(f"/api/v1/reports/{report['id']}/").json()["photo_hints"])
    on_the_map = finder.get("/api/auth/pets/found/locations/").json()
    assert [point["id"] for point in on_the_map] == [report["id"]], "like any other"


def test_several_photos_of_a_report_are_each_told(finder: Actor) -> None:
    form = {"category": "Domestic", "type": "Cats", "breed": "Unknown", "animal_name": "N/A", "status": "found"}
    place = {"latitude": "48.137", "longitude": "11.575"}
    answer = finder.multipart("/api/v1/reports/", {**form, **place, "photos": [upload(photo()), upload(dark())]})
    assert answer.status_code == 201, answer.content
    hints, photos = answer.json()["photo_hints"], answer.json()["photos"]
    assert [(hint["photo"], hint["code"]) for hint in hints] == [(photos[1]["id"], "too_dark")]


def test_the_uploader_sees_them_on_the_picture_itself(finder: Actor, stranger: Actor, work_off: Work) -> None:
    file_report(finder, "found", upload(dark()))
    path = f"/api/v1/images/{StoredImage.objects.get().pk}/"
    before = finder.get(path).json()
    work_off()
    after = finder.get(path).json()
    assert codes(before["hints"]) == codes(after["hints"]) == ["too_dark"]
    assert (before["looked_for_animals"], after["looked_for_animals"]) == (False, True)
    assert stranger.get(path).status_code == 404


def test_a_finder_by_tag_is_told_without_an_account(owner: Actor, anonymous: Actor) -> None:
    tag = register(owner, photo())["pet"]["animal_id"]
    form = {"latitude": "48.137", "longitude": "11.575", "message": "I have her.", "photos": upload(dark())}
    answer = anonymous.multipart(f"/api/v1/found/{tag}/report/", form)
    assert answer.status_code == 201, answer.content
    assert codes(answer.json()["photo_hints"]) == ["too_dark"]


def test_a_search_is_told_beside_its_results(owner: Actor) -> None:
    answer = owner.multipart("/api/auth/pets/search/", {"image": upload(dark())})
    assert codes(answer.json()["photo_hints"]) == ["too_dark"]


def test_no_stranger_reads_hints_off_the_public_gallery(owner: Actor, stranger: Actor) -> None:
    register(owner, dark())
    owner.put(f"/api/auth/pets/{owner.get('/api/auth/profile/').json()['pets'][0]['id']}/edit/", {"isPublic": True})
    (pet,) = stranger.get("/api/auth/dashboard/pets/").json()
    assert "photo_hints" not in pet


def test_the_page_of_a_report_shows_the_words_and_the_first_page_what_was_seen(finder: Actor, work_off: Work) -> None:
    browser = browser_of(finder)
    sent = browser.post("/report", {**PAGE_FORM, "image": upload(dark())}, follow=True)
    assert MESSAGES["too_dark"] in sent.content.decode()
    file_report(finder, "found", upload(side_by_side("chelsea/a.jpg", "rusty/a.jpg")))
    work_off()
    home = browser.get("/").content.decode()
    assert MESSAGES["too_dark"] in home
    assert MESSAGES["several_animals"] in home
    assert MESSAGES["no_animal"] not in home


def test_the_page_of_a_tag_shows_the_words(owner: Actor, client: Any) -> None:
    tag = register(owner, photo())["pet"]["animal_id"]
    form = {"latitude": "48.137", "longitude": "11.575", "message": "I have her.", "photos": upload(dark())}
    page = client.post(f"/found/{tag}/report", form, follow=True)
    assert page.status_code == 200
    assert page.content.decode().count(MESSAGES["too_dark"]) == 1
    assert "by_me" not in page.content.decode(), "what the frame says once is not the chat"
    assert MESSAGES["too_dark"] not in client.get(page.request["PATH_INFO"]).content.decode()


def test_a_code_of_another_release_is_passed_over(owner: Actor) -> None:
    pet = register(owner, photo())["pet"]
    StoredImage.objects.update(hints=["upside_down", "blurred"])
    assert codes(owner.get(f"/api/v1/pets/{pet['id']}/").json()["photo_hints"]) == ["blurred"]

"""One's own reports on pages: what happened to each, and which animals may be the same, with the answer to that."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from animal.chat.services import conversation_open
from animal.conftest import Actor
from animal.matching.models import PetMatch
from animal.pets.models import FeatureStatus, Pet
from animal.recognition.models import PhotoEmbedding
from animal.reports.models import Report
from animal.reports.services import report_hide
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

SAID = {"last_seen_date": "2026-01-05", "animal_name": "Milo"}


def report_of(actor: Actor, **fields: Any) -> Report:
    answer = browser_of(actor).post("/report", {**FORM, **SAID, **fields})
    assert answer.status_code == 302, answer.content
    return Report.objects.latest("pk")


@pytest.fixture
def lost(owner: Actor, picture: Callable[..., Any]) -> Report:
    return report_of(owner, status="lost", image=picture())


@pytest.fixture
def found(finder: Actor, picture: Callable[..., Any]) -> Report:
    return report_of(finder, status="found", image=picture(), animal_name="")


@pytest.fixture
def match(owner: Actor, finder: Actor, lost: Report, found: Report) -> PetMatch:
    return PetMatch.objects.create(
        pair_key=f"report:{lost.pk}|found:{found.pk}",
        lost_report=lost,
        found_report=found,
        owner=owner.user,
        finder=finder.user,
        similarity=0.93,
        reasons=["The photos look alike (likely, 0.93)", "Less than 1 km from where Milo was last seen"],
        conversation=conversation_open(report=found, user_ids=[owner.user.pk, finder.user.pk], is_test=False),
    )


def page_of(actor: Actor, report: Report) -> str:
    answer = browser_of(actor).get(f"/reports/{report.pk}")
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def steps_on(page: str) -> list[str]:
    return re.findall(r"<strong>([^<]+)</strong>", page.split('class="timeline"')[1].split("</ol>")[0])


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_shows_ones_own_reports_and_how_many_matches_wait(
    owner: Actor, stranger: Actor, match: PetMatch, found: Report
) -> None:
    page = browser_of(owner).get("/reports").content.decode()
    assert "last seen on 5 January 2026" in page
    assert "1 likely match<" in page
    assert page.count("<article") == 1, "what the finder filed is not among them"
    PetMatch.objects.update(status="dismissed")
    assert "likely match" not in browser_of(owner).get("/reports").content.decode()
    assert "You have reported nothing yet" in browser_of(stranger).get("/reports").content.decode()


def test_a_question_waits_for_the_owner_and_the_finder_learns_nothing_of_it(
    owner: Actor, finder: Actor, match: PetMatch, found: Report
) -> None:
    PetMatch.objects.update(is_question=True)
    assert "likely match" in browser_of(owner).get("/reports").content.decode()
    assert "likely match" not in browser_of(finder).get("/reports").content.decode()
    assert "<article" not in page_of(finder, found)


# --- the timeline -----------------------------------------------------------------------------------------------------


def test_the_timeline_tells_what_happened_and_what_comes_next(owner: Actor, lost: Report, match: PetMatch) -> None:
    assert steps_on(page_of(owner, lost)) == ["The report was filed.", "The photo is being read."]
    PhotoEmbedding.objects.create(image=lost.image, model="a", version="1", vector=b"")
    Report.objects.update(feature_status=FeatureStatus.COMPLETED)
    going_on = "We compare it with every new report, and tell you at once."
    agree = "Agree in the chat on where to meet. When the animal is home, close the report here."
    assert steps_on(page_of(owner, lost)) == ["The report was filed.", "The photo was read.", going_on]
    browser = browser_of(owner)
    browser.post(f"/matches/{match.pk}/confirm", {"next": f"/reports/{lost.pk}"})
    browser.post(f"/reports/{lost.pk}/status", {"status": "resolved"})
    page = page_of(owner, lost)
    assert steps_on(page)[2:] == ["The owner recognised the animal.", "The report was resolved."]
    assert ", by you</span>" in page
    browser.post(f"/reports/{lost.pk}/status", {"status": "lost"})
    assert steps_on(page_of(owner, lost))[-2:] == ["The report was opened again.", agree]


def test_what_the_other_side_and_staff_did_names_nobody(
    owner: Actor, finder: Actor, lost: Report, match: PetMatch
) -> None:
    browser_of(finder).post(f"/matches/{match.pk}/dismiss")
    report_hide(report_id=lost.pk, hidden=True)
    page = page_of(owner, lost)
    assert "by the other side" in page
    assert "by our staff" in page
    assert "nobody but its people sees it" in page
    assert "Finder" not in page
    assert "finder@example.org" not in page


def test_a_photo_that_could_not_be_read_says_so_and_is_looked_at_again(owner: Actor, lost: Report) -> None:
    again = f"/reports/{lost.pk}/look-again"
    assert again not in page_of(owner, lost)
    assert "not in need of another attempt" in browser_of(owner).post(again, follow=True).content.decode()
    Report.objects.update(feature_status=FeatureStatus.FAILED, feature_error="We could not read this photo.")
    page = page_of(owner, lost)
    assert "We could not read this photo." in steps_on(page)
    assert again in page
    browser_of(owner).post(again)
    lost.refresh_from_db()
    assert lost.feature_status == FeatureStatus.PENDING


# --- matches ----------------------------------------------------------------------------------------------------------


def test_a_match_stands_side_by_side_with_its_reasons_and_is_answered_there(
    owner: Actor, match: PetMatch, lost: Report
) -> None:
    page = page_of(owner, lost)
    pair = page.split('class="pair"')[1].split("</div>")[0]
    assert pair.count("<img ") == 2
    assert all(reason in page for reason in match.reasons)
    assert "93 %" in page
    before_it_is_sent = page.partition('<details class="ask"')[2].partition("<form")[0]
    assert "see each other's exact place" in before_it_is_sent
    back = f"/reports/{lost.pk}"
    answer = browser_of(owner).post(f"/matches/{match.pk}/confirm", {"next": back})
    assert (answer.status_code, answer["Location"]) == (302, back)
    page = page_of(owner, lost)
    assert "This match was confirmed." in page
    assert f"/matches/{match.pk}/" not in page, "an answer is final"
    assert f"/chat/{match.conversation_id}" in page


def test_a_confirmed_match_shows_each_side_the_others_exact_place_and_says_what_comes_next(
    owner: Actor, finder: Actor, match: PetMatch, lost: Report, found: Report
) -> None:
    """The two places differ, so that neither page passes by showing one's own."""
    Report.objects.filter(pk=found.pk).update(latitude=28.65432, longitude=77.23456)
    Report.objects.filter(pk=lost.pk).update(latitude=28.61234, longitude=77.21987)
    theirs = [(owner, lost, "28.65432", "77.23456", "found"), (finder, found, "28.61234", "77.21987", "lost")]
    for actor, report, latitude, *_ in theirs:
        page = page_of(actor, report)
        assert ("May it be one of these?" in page, latitude in page) == (True, False), "nobody has confirmed yet"
    path = f"/matches/{match.pk}/confirm"
    said = browser_of(owner).post(path, {"next": f"/reports/{lost.pk}"}, follow=True).content.decode()
    assert "see each other&#x27;s exact place now" in said
    for actor, report, latitude, longitude, side in theirs:
        page = page_of(actor, report)
        for shown in (page, browser_of(actor).get(f"/chat/{match.conversation_id}").content.decode()):
            assert f"Where it was {side}, exactly" in shown
            assert f'href="/pet/map?near={latitude},{longitude}&amp;distance_km=2"' in shown
            assert f'data-point="{latitude}0,{longitude}0"' in shown
        assert "May it be one of these?" not in page
        assert "Agree in the chat" in steps_on(page)[-1]


def test_when_the_owner_closes_the_case_the_finder_is_asked_to_close_theirs(
    owner: Actor, finder: Actor, match: PetMatch, lost: Report, found: Report, work_off: Callable[[], Any]
) -> None:
    browser_of(owner).post(f"/matches/{match.pk}/confirm")
    asked = "The owner says that it is home again"
    assert asked not in page_of(finder, found)
    browser_of(owner).post(f"/reports/{lost.pk}/status", {"status": "resolved"})
    work_off()
    assert "Please close your report, too." in browser_of(finder).get("/notifications").content.decode()
    page = page_of(finder, found)
    assert (asked in page, asked in page_of(owner, lost)) == (True, False)
    browser_of(finder).post(f"/reports/{found.pk}/status", {"status": "resolved"})
    assert asked not in page_of(finder, found)


def test_every_photo_of_a_match_opens_in_its_full_size_and_no_score_is_certain(
    owner: Actor, finder: Actor, match: PetMatch, lost: Report, found: Report, picture: Callable[..., Any]
) -> None:
    more = {"photos": [picture(color=(9, 99, 9)), picture(color=(99, 9, 9))]}
    assert browser_of(finder).post(f"/reports/{found.pk}/photos", more).status_code == 302
    PetMatch.objects.update(similarity=0.9999)
    page = page_of(owner, lost)
    pair = page.split('class="pair"')[1].split('class="score"')[0]
    links = re.findall(r'<a href="([^"]+)"><img [^>]*src="([^"]+)"', pair)
    assert (len(links), len(set(links)), all(large == small for large, small in links)) == (4, 4, True)
    assert ("99 %" in page, "100 %" in page) == (True, False)


def test_the_chat_shows_the_two_animals_side_by_side_where_the_match_is_answered(
    owner: Actor, finder: Actor, match: PetMatch
) -> None:
    path = f"/chat/{match.conversation_id}"
    page = browser_of(owner).get(path).content.decode()
    assert page.split('class="pair"')[1].split('class="score"')[0].count("<img ") == 2
    assert (f"/matches/{match.pk}/confirm" in page, f'href="/reports/{match.lost_report_id}"' in page) == (True, True)
    assert f"/matches/{match.pk}/confirm" not in browser_of(finder).get(path).content.decode()
    assert browser_of(owner).post(f"/matches/{match.pk}/dismiss", {"next": path})["Location"] == path
    assert 'class="pair"' not in browser_of(owner).get(path).content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_an_answer_leads_nowhere_else(owner: Actor, match: PetMatch, elsewhere: str) -> None:
    assert browser_of(owner).post(f"/matches/{match.pk}/dismiss", {"next": elsewhere})["Location"] == "/"


def test_the_finder_may_say_that_it_is_another_animal_but_not_whose_it_is(
    finder: Actor, match: PetMatch, found: Report
) -> None:
    page = page_of(finder, found)
    assert f"/matches/{match.pk}/dismiss" in page
    assert f"/matches/{match.pk}/confirm" not in page
    assert browser_of(finder).post(f"/matches/{match.pk}/confirm").status_code == 404
    match.refresh_from_db()
    assert match.status == "pending", "the owner alone confirms"
    browser_of(finder).post(f"/matches/{match.pk}/dismiss", {"next": f"/reports/{found.pk}"})
    match.refresh_from_db()
    assert match.status == "dismissed"
    again = browser_of(finder).post(f"/matches/{match.pk}/dismiss", {"next": f"/reports/{found.pk}"}, follow=True)
    assert (again.redirect_chain[0][0], "gone already" in again.content.decode()) == (f"/reports/{found.pk}", True)
    page = page_of(finder, found)
    assert "<article" not in page, "the owner's animal is none of the finder's business any more"
    assert "A match was dismissed: it is another animal." in page


# --- what was reported, and its end -----------------------------------------------------------------------------------


def test_the_page_shows_the_exact_place_the_poster_and_the_page_to_share(
    owner: Actor, client: Client, lost: Report
) -> None:
    page = page_of(owner, lost)
    assert "28.61390, 77.20900" in page
    assert f'href="/lost/{lost.pk}"' in page
    assert client.get(f"/lost/{lost.pk}").status_code == 200
    browser = browser_of(owner)
    poster = f"/reports/{lost.pk}/poster.pdf"
    assert poster in page
    exact = browser.get(poster, {"place": "5 Mill Lane"})
    assert (exact.status_code, "without digits" in exact.content.decode()) == (400, True)
    assert "No match yet." in page
    browser.post(f"/reports/{lost.pk}/status", {"status": "resolved"})
    page = page_of(owner, lost)
    assert ("No match yet." in page, "No match was found." in page) == (False, True), "nobody looks any more"
    assert f'href="/lost/{lost.pk}"' not in page
    assert poster not in page
    assert browser.get(poster).status_code == 409


def test_a_lost_report_shows_first_how_to_tell_others_and_asks_last_whether_it_is_over(
    owner: Actor, finder: Actor, lost: Report, found: Report
) -> None:
    page = page_of(owner, lost)
    order = ("Tell others", f'value="http://localhost:8000/lost/{lost.pk}"', 'id="poster"', "What happened so far")
    places = [page.index(said) for said in (*order, "Is Milo home?")]
    assert places == sorted(places)
    assert "Tell others" not in page_of(finder, found)
    assert ("found on 5 January 2026" in page_of(finder, found), "last seen on" in page_of(finder, found)) == (
        True,
        False,
    )
    assert "found on 5 January 2026" in browser_of(finder).get("/reports").content.decode()


@pytest.fixture
def private(owner: Actor, picture: Callable[..., Any]) -> Report:
    browser_of(owner).post("/pets/new", {"name": "Rex", "type": "Dogs", "breed": "", "photos": picture()})
    pet = owner.user.pets.get() if owner.user is not None else None
    assert pet is not None
    return report_of(owner, status="lost", pet_id=str(pet.pk))


def test_the_report_of_a_private_pet_says_so_until_it_is_shown_to_others(
    owner: Actor, finder: Actor, client: Client, private: Report
) -> None:
    hint = "only those who scan its tag, and the two sides of a match, see it"
    assert [hint in page_of(owner, private) for _ in range(2)] == [True, True], "it stays there"
    path = f"/reports/{private.pk}/show"
    assert browser_of(finder).post(path).status_code == 404
    for closed in ({"status": "resolved"}, {"hidden_at": timezone.now(), "status": "lost"}):
        Report.objects.update(**closed)
        refused = browser_of(owner).post(path)
        assert (refused.status_code, "cannot be shown" in refused.content.decode()) == (409, True)
        assert not Pet.objects.get().is_public, "what is at home stays private"
    Report.objects.update(hidden_at=None)
    assert client.get(f"/lost/{private.pk}").status_code == 404
    page = browser_of(owner).post(path, follow=True).content.decode()
    assert (hint in page, "Everybody sees the report now" in page) == (False, True)
    assert client.get(f"/lost/{private.pk}").status_code == 200


def test_who_has_not_confirmed_the_address_is_asked_to_before_anything_is_promised(
    owner: Actor, client: Client, private: Report, mailoutbox: list[Any], work_off: Callable[[], int]
) -> None:
    Report.objects.update(feature_status=FeatureStatus.COMPLETED)
    asked, promises = "Confirm your address first", ("every new report", "scan its tag", 'id="poster"')
    page = page_of(owner, private)
    assert (asked in page, [said in page for said in promises]) == (False, [True] * 3)
    User.objects.update(email_verified_at=None)
    page = page_of(owner, private)
    assert (asked in page, [said in page for said in promises]) == (True, [False] * 3)
    page = browser_of(owner).post(f"/reports/{private.pk}/show", follow=True).content.decode()
    assert ("Everybody sees" in page, "as soon as you have confirmed" in page) == (False, True)
    assert client.get(f"/lost/{private.pk}").status_code == 404
    here = f"/reports/{private.pk}"
    assert f'name="next" value="{here}"' in page
    client.post("/sign-in/link", {"email": "owner@example.org", "next": here})
    work_off()
    token = re.findall(r"token=([\w-]+)", str(mailoutbox[-1].body))[0]
    assert client.post("/auth/magic", {"token": token, "next": here})["Location"] == here
    assert (asked in client.get(here).content.decode(), Client().get(f"/lost/{private.pk}").status_code) == (False, 200)


def test_a_poster_needs_a_page_that_its_code_leads_to(owner: Actor, lost: Report, settings: Any) -> None:
    settings.FRONTEND_URL, settings.API_URL = "https://app.pawgle.example", ""
    nowhere = browser_of(owner).get(f"/reports/{lost.pk}/poster.pdf")
    assert (nowhere.status_code, "no page yet" in nowhere.content.decode()) == (409, True)
    settings.API_URL = "https://api.pawgle.example"
    answer = browser_of(owner).get(f"/reports/{lost.pk}/poster.pdf", {"language": "hi", "paper": "letter"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


def test_a_report_is_resolved_and_opened_again_but_never_changes_sides(owner: Actor, lost: Report) -> None:
    browser, path = browser_of(owner), f"/reports/{lost.pk}/status"
    refused = browser.post(path, {"status": "found"})
    assert (refused.status_code, "Please file a new report instead" in refused.content.decode()) == (400, True)
    for status, sentence in (("resolved", "The report is resolved"), ("lost", "The report is open again")):
        answer = browser.post(path, {"status": status}, follow=True)
        assert (answer.redirect_chain, sentence in answer.content.decode()) == ([(f"/reports/{lost.pk}", 302)], True)
        lost.refresh_from_db()
        assert lost.status == status


def test_who_found_a_pet_by_its_tag_is_seen_by_its_owner_who_may_not_print_or_reread_it(
    owner: Actor, finder: Actor, picture: Callable[..., Any]
) -> None:
    pet = {"name": "Rex", "type": "Dogs", "breed": "", "photos": picture()}
    browser_of(owner).post("/pets/new", pet)
    tag = owner.user.pets.get().animal_id if owner.user is not None else ""
    place = {"state": "with_me", "latitude": "28.6139", "longitude": "77.2090", "photos": picture(color=(3, 3, 3))}
    assert browser_of(finder).post(f"/found/{tag}/report", place).status_code == 302
    by_tag = Report.objects.latest("pk")
    page = page_of(owner, by_tag)
    assert "28.61390, 77.20900" in page
    assert "/chat/" in page
    assert "very dark" not in page, "a hint is for whoever took the photo"
    assert "very dark" in page_of(finder, by_tag)
    assert browser_of(owner).get(f"/reports/{by_tag.pk}/poster.pdf").status_code == 404


def test_nobody_else_sees_or_ends_a_report(lost: Report, finder: Actor, stranger: Actor) -> None:
    path = f"/reports/{lost.pk}"
    for other in (browser_of(finder), browser_of(stranger)):
        assert {other.get(f"{path}{end}").status_code for end in ("", "/poster.pdf")} == {404}
        assert {
            other.post(f"{path}{end}", {"status": "resolved"}).status_code for end in ("/status", "/look-again")
        } == {404}
    nobody = Client()
    assert nobody.get(path)["Location"].startswith("/sign-in")
    assert nobody.post(f"{path}/status", {"status": "resolved"})["Location"].startswith("/sign-in")
    lost.refresh_from_db()
    assert lost.status == "lost"

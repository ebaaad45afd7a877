"""My matches, and the verdict, over HTTP."""

from __future__ import annotations

import pytest
from django.utils import timezone

from animal.alerts.models import Notification
from animal.conftest import Actor
from animal.core.tests.described import assert_described
from animal.matching.models import PetMatch
from animal.matching.tasks import run_auto_match
from animal.matching.tests.scene import HOME, face, found, lost, pet, place
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web.selectors import matches_of as matches_on_page

pytestmark = pytest.mark.django_db
LIST = "/api/v1/matches/"
KEYS = {
    "id",
    "status",
    "my_side",
    "is_question",
    "similarity",
    "distance_meters",
    "days_apart",
    "reasons",
    "lost",
    "found",
    "conversation_id",
    "is_test",
    "created_at",
    "settled_at",
}


@pytest.fixture
def match(owner: Actor, finder: Actor) -> PetMatch:
    """Milo, registered and reported lost, and what the finder found 2 km away."""
    milo = pet(owner, face(1), lost_at=HOME)
    lost(owner, None, pet=milo)
    run_auto_match(found(finder, face(1), at=place(2)).pk)
    return PetMatch.objects.get()


def test_both_sides_see_the_match_and_a_stranger_does_not(
    owner: Actor, finder: Actor, stranger: Actor, anonymous: Actor, match: PetMatch
) -> None:
    for actor, side, pet_id in ((owner, "owner", match.lost_pet_id), (finder, "finder", None)):
        (item,) = actor.get(LIST).json()["results"]
        assert set(item) == KEYS
        assert (item["id"], item["my_side"], item["status"]) == (match.pk, side, "pending")
        assert (item["lost"]["pet_id"], item["lost"]["name"]) == (pet_id, "Milo")
        assert item["found"]["report_id"] == match.found_report_id
        assert item["conversation_id"] == str(match.conversation_id)
        assert actor.get(f"{LIST}{match.pk}/").json() == item
    assert stranger.get(LIST).json()["results"] == []
    assert anonymous.get(LIST).status_code == 401
    for path in ("", "confirm/", "dismiss/"):
        call = stranger.post if path else stranger.get
        denied, missing = call(f"{LIST}{match.pk}/{path}"), call(f"{LIST}999999/{path}")
        assert (denied.status_code, missing.status_code) == (404, 404)
        assert denied.json() == missing.json()
    match.refresh_from_db()
    assert match.status == "pending"


def test_no_exact_point_and_no_address_is_in_a_match(owner: Actor, finder: Actor, match: PetMatch) -> None:
    for actor in (owner, finder):
        item = actor.get(f"{LIST}{match.pk}/")
        for report, shown in ((match.lost_report, item.json()["lost"]), (match.found_report, item.json()["found"])):
            assert (shown["latitude"], shown["longitude"]) == (report.public_latitude, report.public_longitude)
        assert "@" not in item.content.decode()


def test_the_owner_confirms_once_and_the_finder_is_told_once(owner: Actor, finder: Actor, match: PetMatch) -> None:
    for _ in range(2):
        answer = owner.post(f"{LIST}{match.pk}/confirm/")
        assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    assert answer.json()["settled_at"] is not None
    told = Notification.objects.filter(verb="match_confirmed")
    assert [notification.recipient for notification in told] == [finder.user]
    assert finder.get(f"{LIST}{match.pk}/").json()["status"] == "confirmed"


def test_only_the_owners_side_confirms_but_the_finder_may_dismiss(finder: Actor, match: PetMatch) -> None:
    assert finder.post(f"{LIST}{match.pk}/confirm/").status_code == 404
    match.refresh_from_db()
    assert match.status == "pending"
    assert finder.post(f"{LIST}{match.pk}/dismiss/").json()["status"] == "dismissed"
    match.refresh_from_db()
    assert match.settled_by == finder.user


@pytest.mark.parametrize(("first", "second"), [("confirm", "dismiss"), ("dismiss", "confirm")])
def test_a_verdict_is_never_overwritten(owner: Actor, match: PetMatch, first: str, second: str) -> None:
    before = owner.post(f"{LIST}{match.pk}/{first}/").json()
    conflict = owner.post(f"{LIST}{match.pk}/{second}/")
    assert (conflict.status_code, conflict.json()["code"]) == (409, "conflict")
    assert_described(f"POST {LIST}{{match_id}}/{second}/", conflict)
    assert owner.get(f"{LIST}{match.pk}/").json() == before
    repeated = owner.post(f"{LIST}{match.pk}/{first}/")
    assert (repeated.status_code, repeated.json()["status"]) == (200, before["status"])


def test_the_exact_place_is_shown_to_the_counterpart_once_confirmed(
    owner: Actor, finder: Actor, stranger: Actor, match: PetMatch
) -> None:
    reports = [(owner, match.found_report), (finder, match.lost_report)]
    for actor, report in reports:
        shown = actor.get(f"/api/v1/reports/{report.pk}/").json()
        assert (shown["latitude"], shown["longitude"]) == (report.public_latitude, report.public_longitude)
    owner.post(f"{LIST}{match.pk}/confirm/")
    for actor, report in reports:
        shown = actor.get(f"/api/v1/reports/{report.pk}/").json()
        assert (shown["latitude"], shown["longitude"]) == (report.latitude, report.longitude)
        unmoved = stranger.get(f"/api/v1/reports/{report.pk}/").json()
        assert (unmoved["latitude"], unmoved["longitude"]) == (report.public_latitude, report.public_longitude)


def test_a_dismissed_match_shows_nobody_the_exact_place(owner: Actor, match: PetMatch) -> None:
    owner.post(f"{LIST}{match.pk}/dismiss/")
    shown = owner.get(f"/api/v1/reports/{match.found_report_id}/").json()
    assert shown["latitude"] == match.found_report.public_latitude


@pytest.mark.parametrize(("verdict", "is_shown"), [("dismiss", False), ("", False), ("confirm", True)])
def test_the_finder_sees_the_pet_while_it_is_missing_and_afterwards_only_if_it_was_recognised(
    owner: Actor, finder: Actor, match: PetMatch, verdict: str, is_shown: bool
) -> None:
    assert len(finder.get(LIST).json()["results"]) == 1
    if verdict:
        owner.post(f"{LIST}{match.pk}/{verdict}/")
    if verdict != "dismiss":
        Report.objects.filter(pk=match.lost_report_id).update(status="resolved")
    assert len(finder.get(LIST).json()["results"]) == is_shown
    assert finder.get(f"{LIST}{match.pk}/").status_code == (200 if is_shown else 404)
    assert len(matches_on_page(finder.user)) == is_shown
    assert len(owner.get(LIST).json()["results"]) == len(matches_on_page(owner.user)) == 1


def test_a_deleted_pet_hides_its_matches_and_brings_them_back_with_it(
    owner: Actor, finder: Actor, match: PetMatch
) -> None:
    Pet.objects.update(deleted_at=timezone.now())
    for actor in (owner, finder):
        assert actor.get(LIST).json()["results"] == []
        assert actor.get(f"{LIST}{match.pk}/").status_code == 404
    assert owner.post(f"{LIST}{match.pk}/confirm/").status_code == 404
    Pet.objects.update(deleted_at=None)
    assert len(owner.get(LIST).json()["results"]) == 1


def test_the_list_pages_by_cursor_newest_first(owner: Actor, finder: Actor, match: PetMatch) -> None:
    for _ in range(4):
        run_auto_match(found(finder, face(1), at=place(2)).pk)
    seen, url = [], f"{LIST}?page_size=2"
    while url:
        page = owner.get(url).json()
        assert len(page["results"]) <= 2
        seen += [item["id"] for item in page["results"]]
        url = page["next"]
    assert seen == list(PetMatch.objects.order_by("-created_at", "-pk").values_list("pk", flat=True))
    assert len(seen) == 5


@pytest.mark.parametrize("query", ["cursor=junk", "page_size=NaN", "page_size=-1", "page_size=100000"])
def test_bad_paging_is_no_server_error(owner: Actor, match: PetMatch, query: str) -> None:
    assert owner.get(f"{LIST}?{query}").status_code in (200, 404)


@pytest.mark.parametrize("match_id", ["abc", "-1", "9" * 30])
def test_a_match_id_that_cannot_be_is_not_found(owner: Actor, match_id: str) -> None:
    assert owner.get(f"{LIST}{match_id}/").status_code == 404
    assert owner.post(f"{LIST}{match_id}/confirm/").status_code == 404

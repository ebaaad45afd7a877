"""When a report is resolved its open matches close, and the other side is told the outcome."""

from __future__ import annotations

from typing import Any

import pytest

from animal.alerts.models import Notification
from animal.conftest import Actor
from animal.core.models import OutgoingMail
from animal.matching.models import PetMatch
from animal.matching.tasks import report_outcome, run_auto_match
from animal.matching.tests.scene import HOME, face, found, lost, pet, place
from animal.moderation.models import Block
from animal.reports.models import Report, ReportEvent

pytestmark = pytest.mark.django_db
LIST = "/api/v1/matches/"
Outcome = Notification.Verb.MATCH_CLOSED


@pytest.fixture
def match(owner: Actor, finder: Actor) -> PetMatch:
    """Milo, registered and reported lost, and what the finder found 2 km away."""
    milo = pet(owner, face(1), lost_at=HOME)
    lost(owner, None, pet=milo)
    run_auto_match(found(finder, face(1), at=place(2)).pk)
    return PetMatch.objects.get()


def resolve(actor: Actor, report_id: int | None, work_off: Any, status: str = "resolved") -> None:
    assert actor.post(f"/api/auth/pets/locations/{report_id}/status/", {"status": status}).status_code == 200
    work_off()


def outcomes(actor: Actor) -> list[str]:
    return list(Notification.objects.filter(recipient=actor.user, verb=Outcome).values_list("description", flat=True))


def status_of(match: PetMatch) -> str:
    match.refresh_from_db()
    return match.status


def test_the_finder_is_told_when_the_lost_report_is_resolved_and_the_match_is_closed(
    owner: Actor, finder: Actor, match: PetMatch, work_off: Any
) -> None:
    resolve(owner, match.lost_report_id, work_off)
    assert status_of(match) == "closed"
    assert [len(outcomes(actor)) for actor in (finder, owner)] == [1, 0]
    assert "no longer missing" in outcomes(finder)[0]
    assert OutgoingMail.objects.filter(to_email=finder.user.email, subject__contains="no longer missing").count() == 1
    assert finder.get(f"{LIST}{match.pk}/").status_code == 404, "the pet is the owner's own matter again"
    for verdict in ("confirm", "dismiss"):
        assert owner.post(f"{LIST}{match.pk}/{verdict}/").json()["code"] == "match_closed"


def test_whoever_found_the_very_animal_is_thanked(owner: Actor, finder: Actor, match: PetMatch, work_off: Any) -> None:
    owner.post(f"{LIST}{match.pk}/confirm/")
    resolve(owner, match.lost_report_id, work_off)
    assert status_of(match) == "confirmed", "a verdict stays"
    (told,) = outcomes(finder)
    assert "home again" in told


def test_the_owner_is_told_when_the_finder_closes_the_report(
    owner: Actor, finder: Actor, match: PetMatch, work_off: Any
) -> None:
    resolve(finder, match.found_report_id, work_off)
    assert status_of(match) == "closed"
    assert [len(outcomes(actor)) for actor in (finder, owner)] == [0, 1]


def test_all_other_open_matches_close_and_each_finder_is_told_once(
    owner: Actor, finder: Actor, stranger: Actor, match: PetMatch, work_off: Any
) -> None:
    run_auto_match(found(stranger, face(1), at=place(3)).pk)
    assert PetMatch.objects.count() == 2
    owner.post(f"{LIST}{match.pk}/confirm/")
    resolve(owner, match.lost_report_id, work_off)
    assert sorted(PetMatch.objects.values_list("status", flat=True)) == ["closed", "confirmed"]
    assert [len(outcomes(actor)) for actor in (finder, stranger)] == [1, 1]
    report_outcome(match.lost_report_id or 0)
    assert Notification.objects.filter(verb=Outcome).count() == 2, "running again tells nobody again"


def test_a_dismissed_match_stays_dismissed_and_its_finder_is_not_bothered(
    owner: Actor, finder: Actor, match: PetMatch, work_off: Any
) -> None:
    owner.post(f"{LIST}{match.pk}/dismiss/")
    resolve(owner, match.lost_report_id, work_off)
    assert (status_of(match), outcomes(finder)) == ("dismissed", [])


def test_a_question_goes_without_a_word(owner: Actor, finder: Actor, work_off: Any) -> None:
    pet(owner, face(1))
    report = found(finder, face(1))
    run_auto_match(report.pk)
    match = PetMatch.objects.get()
    assert match.is_question
    resolve(finder, report.pk, work_off)
    assert (status_of(match), outcomes(owner), outcomes(finder)) == ("closed", [], [])
    assert not ReportEvent.objects.filter(report=report, what="match_closed").exists()


def test_the_match_opens_again_with_its_report_but_only_when_both_are_open(
    owner: Actor, finder: Actor, match: PetMatch, work_off: Any
) -> None:
    resolve(owner, match.lost_report_id, work_off)
    resolve(finder, match.found_report_id, work_off)
    resolve(owner, match.lost_report_id, work_off, "lost")
    assert status_of(match) == "closed"
    resolve(finder, match.found_report_id, work_off, "found")
    assert status_of(match) == "pending"
    assert owner.post(f"{LIST}{match.pk}/confirm/").status_code == 200


def test_people_who_blocked_each_other_are_told_nothing(
    owner: Actor, finder: Actor, match: PetMatch, work_off: Any
) -> None:
    Block.objects.create(blocker=finder.user, blocked=owner.user)
    resolve(owner, match.lost_report_id, work_off)
    assert (status_of(match), outcomes(finder)) == ("closed", [])


def test_deleting_the_report_tells_the_other_side_without_a_name(
    owner: Actor, finder: Actor, match: PetMatch, work_off: Any
) -> None:
    assert owner.delete(f"/api/v1/reports/{match.lost_report_id}/").status_code == 204
    work_off()
    (told,) = outcomes(finder)
    assert "Milo" not in told
    assert not Report.objects.filter(pk=match.lost_report_id).exists()


def test_both_timelines_tell_of_the_match_and_its_end(
    owner: Actor, finder: Actor, match: PetMatch, work_off: Any
) -> None:
    def case(actor: Actor, report_id: int | None) -> list[tuple[str, str]]:
        events = actor.get(f"/api/v1/reports/{report_id}/timeline/").json()
        return [(event["what"], event["by"]) for event in events]

    owner.post(f"{LIST}{match.pk}/confirm/")
    resolve(owner, match.lost_report_id, work_off)
    assert case(owner, match.lost_report_id) == [("matched", ""), ("match_confirmed", "me"), ("resolved", "me")]
    assert case(finder, match.found_report_id) == [("matched", ""), ("match_confirmed", "other")]

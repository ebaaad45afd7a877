"""Which pairs are offered, and which are not: chosen vectors in the real index."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from animal.conftest import Actor, make_actor
from animal.core.geo import destination
from animal.matching.models import PetMatch
from animal.matching.services import match_confirm, match_dismiss
from animal.matching.tasks import run_auto_match, run_pet_match
from animal.matching.tests.scene import HOME, NEUTRAL, alike, face, found, lost, pet, place
from animal.pets.models import Pet
from animal.pets.purge import purge_step
from animal.pets.services import pet_delete, pet_edit
from animal.recognition.services import gallery_update
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)


def matched(one: Report, other: Report) -> bool:
    """Whether the pair is offered; and it must not depend on which side is looked at first."""
    outcomes = []
    for reports in ((one, other), (other, one)):
        PetMatch.objects.all().delete()
        for report in reports:
            run_auto_match(report.pk)
            outcomes.append(PetMatch.objects.count())
    assert outcomes in ([0] * 4, [1] * 4), f"the sides disagree: {outcomes}"
    return bool(outcomes[0])


def test_a_found_animal_meets_the_lost_one_that_looks_like_it(owner: Actor, finder: Actor) -> None:
    milo = lost(owner, face(1))
    lost(owner, face(2), pet_name="Another")
    one = found(finder, alike(face(1), 0.83), at=place(NEUTRAL))
    assert matched(milo, one)
    match = PetMatch.objects.get()
    assert (match.lost_report, match.found_report, match.owner, match.finder) == (milo, one, owner.user, finder.user)
    assert match.similarity == pytest.approx(0.83, abs=0.001)


@pytest.mark.parametrize(("similarity", "is_match"), [(0.59, False), (0.61, True)])
def test_the_threshold_decides(owner: Actor, finder: Actor, similarity: float, is_match: bool) -> None:
    one = found(finder, alike(face(1), similarity), at=place(NEUTRAL))
    assert matched(lost(owner, face(1)), one) is is_match


def test_the_operator_can_move_the_threshold(owner: Actor, finder: Actor, settings: Any) -> None:
    settings.AUTOMATCH_MIN_SIMILARITY = 0.9
    assert not matched(lost(owner, face(1)), found(finder, alike(face(1), 0.88), at=place(NEUTRAL)))


@pytest.mark.parametrize(("km", "is_match"), [(49.9, True), (51.7, False), (500, False)])
def test_no_pair_within_the_limit_is_missed_however_its_points_are_blurred(
    owner: Actor, finder: Actor, km: float, is_match: bool
) -> None:
    at = place(km)
    # The blurred points lie farther apart than true ones that are near enough, and nearer than those that are not.
    away = 399 if is_match else -399
    milo = lost(owner, face(1), public_at=destination(*HOME, 270, away))
    assert matched(milo, found(finder, face(1), at=at, public_at=destination(*at, 90, away))) is is_match


@pytest.mark.parametrize("true_km", [50.2, 50.5, 50.9, 51.1])
@pytest.mark.parametrize(("public_km", "is_match"), [(50.7, True), (50.9, False)])
def test_which_reports_match_tells_nobody_the_true_point_of_the_other_side(
    owner: Actor, finder: Actor, public_km: float, true_km: float, is_match: bool
) -> None:
    """By filing reports all around, one would else find the circle of the limit around it: three circles, one point."""
    milo = lost(owner, face(1), public_at=HOME)
    assert matched(milo, found(finder, face(1), at=place(true_km), public_at=place(public_km))) is is_match


def test_which_of_two_lost_reports_is_the_nearer_one_tells_nobody_the_true_point_of_the_found_one(
    owner: Actor, finder: Actor
) -> None:
    milo = pet(owner, face(1), lost_at=HOME)
    lost(owner, None, pet=milo, at=place(8), public_at=place(8))
    near = lost(owner, None, pet=milo, at=place(2), public_at=place(2))
    run_auto_match(found(finder, alike(face(1), 0.9), at=place(5.3), public_at=place(4.9)).pk)
    assert PetMatch.objects.get().lost_report == near


def test_the_distance_works_across_the_date_line(owner: Actor, finder: Actor) -> None:
    milo = lost(owner, face(1), at=(-17.0, 179.95))
    assert matched(milo, found(finder, face(1), at=(-17.0, -179.95)))


@pytest.mark.parametrize(
    ("species", "other", "is_match"), [("cat", "cat", True), ("cat", "dog", False), ("cat", "", True)]
)
def test_only_animals_of_one_species_meet_and_an_unknown_one_may_be_any(
    owner: Actor, finder: Actor, species: str, other: str, is_match: bool
) -> None:
    assert matched(lost(owner, face(1), species=species), found(finder, face(1), species=other)) is is_match


def test_a_species_read_off_a_photo_counts_when_nobody_declared_one(owner: Actor, finder: Actor) -> None:
    one = found(finder, face(1), species="", suggested_species="bird")
    gallery_update(kind="report", object_id=one.pk, species="bird", species_detected=True)
    assert not matched(lost(owner, face(1), species="cat"), one)


def test_a_corrected_type_of_a_lost_pet_counts_before_the_copy_in_its_report(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1), lost_at=HOME, species="dog", type="Dogs")
    report = lost(owner, None, pet=milo, species="dog")
    one = found(finder, alike(face(1), 0.9), species="cat")
    assert not matched(report, one)
    pet_edit(pet=milo, changes={"type": "Cats"})
    report = Report.objects.get(pk=report.pk)
    assert matched(report, one)
    PetMatch.objects.all().delete()
    run_pet_match(milo.pk)
    assert PetMatch.objects.get().lost_report == report


def test_nobody_is_matched_with_their_own_report_or_pet(owner: Actor) -> None:
    milo = pet(owner, face(1))
    assert not matched(lost(owner, face(1)), found(owner, face(1)))
    run_pet_match(milo.pk)
    assert not PetMatch.objects.exists()


def test_test_data_never_meets_real_data(owner: Actor, db: None) -> None:
    tester = make_actor("tester", is_test=True)
    assert not matched(lost(owner, face(1)), found(tester, face(1)))
    assert matched(lost(tester, face(1)), found(make_actor("tester2", is_test=True), face(1)))


@pytest.mark.parametrize("closed", ["lost", "found"])
def test_a_resolved_report_is_offered_to_nobody_even_if_the_index_still_has_it(
    owner: Actor, finder: Actor, closed: str
) -> None:
    milo, one = lost(owner, face(1)), found(finder, face(1))
    Report.objects.filter(side=closed).update(status="resolved")
    assert not matched(milo, one)


def test_a_deleted_pet_is_offered_to_nobody_even_if_the_index_still_has_it(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1), lost_at=HOME, deleted_at=timezone.now())
    assert not matched(lost(owner, None, pet=milo), found(finder, face(1)))
    run_pet_match(milo.pk)
    assert not PetMatch.objects.exists()


def test_the_open_report_of_a_deleted_pet_still_matches_by_its_own_photo(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1), lost_at=HOME, deleted_at=timezone.now())
    report = lost(owner, face(1), pet=milo)
    assert matched(report, found(finder, face(1)))
    match = PetMatch.objects.get()
    assert (match.lost_pet, match.lost_report) == (None, report)
    Pet.objects.update(deleted_at=None)
    run_pet_match(milo.pk)
    assert PetMatch.objects.get() == match, "a pet that is back is the same animal"


@pytest.mark.parametrize(
    ("fields", "stale"),
    [
        ({}, {"owner_id": 0}),
        ({"is_test": True}, {"is_test": False}),
        ({"species": "dog"}, {"species": "cat"}),
    ],
)
def test_the_database_has_the_last_word_on_whose_and_what_an_animal_is(
    owner: Actor, finder: Actor, fields: dict[str, Any], stale: dict[str, Any]
) -> None:
    """A copy of the gallery may lag behind: here it still says that the pair may meet."""
    milo = lost(owner, face(1))
    one = found(owner if "owner_id" in stale else finder, face(1))
    Report.objects.filter(pk=one.pk).update(**fields)
    gallery_update(kind="report", object_id=one.pk, **stale)
    gallery_update(kind="report", object_id=milo.pk, **stale)
    for report in Report.objects.all():
        run_auto_match(report.pk)
    assert not PetMatch.objects.exists()


def test_a_lost_report_without_a_photo_is_matched_by_its_pets_photos(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1), lost_at=HOME)
    assert matched(lost(owner, None, pet=milo), found(finder, face(1)))


def test_a_pet_and_its_lost_report_are_one_animal(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1), lost_at=HOME)
    report = lost(owner, alike(face(1), 0.9), pet=milo)
    one = found(finder, face(1))
    assert matched(report, one)
    run_pet_match(milo.pk)
    match = PetMatch.objects.get()
    assert (match.lost_pet, match.lost_report, match.is_question) == (milo, report, False)
    assert match.cosine == pytest.approx(1.0, abs=1e-4), "the better of its photos counts"


def test_of_two_lost_reports_of_a_pet_the_nearer_one_is_named(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1), lost_at=HOME)
    near = lost(owner, None, pet=milo, at=place(2))
    lost(owner, None, pet=milo, at=place(30))
    run_auto_match(found(finder, face(1), at=place(1)).pk)
    assert PetMatch.objects.get().lost_report == near


@pytest.mark.parametrize(("similarity", "is_match"), [(0.88, False), (0.92, True)])
def test_the_owner_of_a_pet_that_nobody_reported_lost_is_asked_only_at_the_stricter_threshold(
    owner: Actor, finder: Actor, similarity: float, is_match: bool
) -> None:
    milo = pet(owner, face(1))
    one = found(finder, alike(face(1), similarity))
    for run, target in ((run_auto_match, one.pk), (run_pet_match, milo.pk)):
        PetMatch.objects.all().delete()
        run(target)
        assert [(match.lost_pet, match.is_question) for match in PetMatch.objects.all()] == [(milo, True)] * is_match


def test_a_pet_at_home_that_was_once_reported_far_away_is_not_asked_about(owner: Actor, finder: Actor) -> None:
    far = place(80)
    milo = pet(owner, face(1), place_latitude=far[0], place_longitude=far[1])
    gallery_update(kind="pet", object_id=milo.pk, latitude=far[0], longitude=far[1])
    run_auto_match(found(finder, face(1)).pk)
    run_pet_match(milo.pk)
    assert not PetMatch.objects.exists()


def test_who_reported_one_animal_lost_is_not_asked_about_another_at_home(owner: Actor, finder: Actor) -> None:
    lost(owner, alike(face(1), 0.7), pet_name="Unlinked")
    milo = pet(owner, face(1))
    one = found(finder, face(1))
    run_auto_match(one.pk)
    run_pet_match(milo.pk)
    assert [match.is_question for match in PetMatch.objects.all()] == [False]


@pytest.mark.parametrize(
    ("lost_on", "found_on", "days"),
    [
        (TODAY, TODAY, 0),
        (TODAY, TODAY + timedelta(days=3), 3),
        (TODAY, TODAY - timedelta(days=2), -2),
        (TODAY, TODAY - timedelta(days=3), "no match"),
        (None, TODAY, None),
    ],
)
def test_an_animal_found_clearly_before_it_was_lost_is_another_one(
    owner: Actor, finder: Actor, lost_on: date | None, found_on: date, days: object
) -> None:
    is_match = matched(lost(owner, face(1), last_seen_date=lost_on), found(finder, face(1), last_seen_date=found_on))
    assert is_match is (days != "no match")
    if is_match:
        assert PetMatch.objects.get().days_apart == days


def test_without_a_date_the_day_of_filing_stands_in(owner: Actor, finder: Actor) -> None:
    milo, one = lost(owner, face(1)), found(finder, face(1))
    Report.objects.filter(pk=milo.pk).update(reported_at=timezone.now() - timedelta(days=5))
    run_auto_match(one.pk)
    assert PetMatch.objects.get().days_apart == 5


def test_at_most_the_limit_is_offered_best_first_and_a_dismissed_pair_makes_room(
    owner: Actor, finder: Actor, settings: Any
) -> None:
    settings.AUTOMATCH_CANDIDATE_LIMIT = 3
    likenesses = [0.62, 0.95, 0.7, 0.9, 0.8]
    animals = [lost(owner, alike(face(1), likeness, seed)) for seed, likeness in enumerate(likenesses, start=10)]
    one = found(finder, face(1))
    for _ in range(2):
        run_auto_match(one.pk)
        assert set(PetMatch.objects.values_list("lost_report", flat=True)) == {animals[n].pk for n in (1, 3, 4)}
    match_dismiss(actor=owner.user, match=PetMatch.objects.get(lost_report=animals[1]))
    run_auto_match(one.pk)
    assert PetMatch.objects.filter(lost_report=animals[2]).exists()
    assert not PetMatch.objects.filter(lost_report=animals[0]).exists()


@pytest.mark.parametrize("verdict", [match_confirm, match_dismiss])
def test_an_answered_pair_never_returns_not_even_when_a_report_is_reopened(
    owner: Actor, finder: Actor, verdict: Any
) -> None:
    milo, one = lost(owner, face(1)), found(finder, face(1))
    run_auto_match(one.pk)
    answered = verdict(actor=owner.user, match=PetMatch.objects.get())
    for status in ("resolved", "found"):
        Report.objects.filter(pk=one.pk).update(status=status)
        for report in (one, milo):
            run_auto_match(report.pk)
    assert [(match.pk, match.status) for match in PetMatch.objects.all()] == [(answered.pk, answered.status)]


def test_a_report_that_is_gone_or_not_yet_read_makes_no_match_and_no_error(owner: Actor, finder: Actor) -> None:
    run_auto_match(999_999)
    run_pet_match(999_999)
    lost(owner, face(1))
    run_auto_match(found(finder, None).pk)
    assert not PetMatch.objects.exists()


@pytest.mark.parametrize("verdict", [match_confirm, match_dismiss])
@pytest.mark.parametrize("was_asked", [False, True], ids=["match", "question"])
def test_a_verdict_outlives_the_purge_of_the_pet(owner: Actor, finder: Actor, verdict: Any, was_asked: bool) -> None:
    milo = pet(owner, face(1), lost_at=None if was_asked else HOME)
    report = None if was_asked else lost(owner, face(1), pet=milo)
    one = found(finder, face(1))
    run_auto_match(one.pk)
    answered = verdict(actor=owner.user, match=PetMatch.objects.get())
    report = report or lost(owner, face(1), pet=milo)
    pet_delete(pet=milo)
    Pet.objects.update(deleted_at=timezone.now() - timedelta(hours=25))
    purge_step()
    report.refresh_from_db()
    assert (report.pet, report.is_open) == (None, True)
    for location in (one, report):
        run_auto_match(location.pk)
    assert [(match.pk, match.status) for match in PetMatch.objects.all()] == [(answered.pk, answered.status)]


def test_a_question_about_a_pet_that_nobody_missed_goes_with_the_pet(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1))
    run_auto_match(found(finder, face(1)).pk)
    assert PetMatch.objects.get().is_question
    milo.delete()
    assert not PetMatch.objects.exists()

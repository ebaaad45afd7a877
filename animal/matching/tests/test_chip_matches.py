"""A chip with the same number brings a found animal and its owner together, whatever the photos say; over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from animal.conftest import Actor
from animal.matching.models import PetMatch
from animal.matching.tasks import run_auto_match
from animal.matching.tests.scene import HOME, alike, face, found, lost, pet, place
from animal.pets.models import Pet
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
CHIP, OTHER = "276098106000001", "276098106000002"
FILE, MATCHES = "/api/auth/pets/report/", "/api/v1/matches/"


def filed(actor: Actor, status: str, **changes: Any) -> int:
    form = {
        "animal_name": "N/A", "category": "Domestic", "type": "Cats", "breed": "Unknown", "status": status,
        "latitude": str(HOME[0]), "longitude": str(HOME[1]),
    } | changes  # fmt: skip
    answer = actor.multipart(FILE, form)
    assert answer.status_code == 201, answer.content
    return int(answer.json()["id"])


def told(actor: Actor) -> list[str]:
    return [one["verb"] for one in actor.get("/api/auth/notifications/").json()["notifications"]]


def test_the_same_chip_settles_it_far_away_without_any_photo_and_a_person_confirms(
    owner: Actor, finder: Actor, stranger: Actor, work_off: Callable[[], int]
) -> None:
    filed(owner, "lost", animal_name="Milo", chip_number="276 098 106 000 001", sex="male")
    away = place(700)
    filed(
        finder, "found", chip_number="276.098.106.000.001", type="Dogs", sex="female",
        latitude=str(round(away[0], 6)), longitude=str(round(away[1], 6)),
    )  # fmt: skip
    work_off()
    (match,) = finder.get(MATCHES).json()["results"]
    assert match["similarity"] > 0.99
    assert match["reasons"][0] == "The chip numbers are the same"
    assert "The sexes differ: Milo is male, the found one female" in match["reasons"]
    assert CHIP not in str(match)
    assert (match["status"], told(owner).count("auto_match"), told(finder).count("auto_match")) == ("pending", 1, 1)
    assert stranger.post(f"{MATCHES}{match['id']}/confirm/").status_code == 404
    assert finder.post(f"{MATCHES}{match['id']}/confirm/").status_code == 404
    assert owner.post(f"{MATCHES}{match['id']}/confirm/").json()["status"] == "confirmed"


@pytest.mark.parametrize("first", ["lost", "found"])
def test_it_does_not_matter_who_comes_first_and_a_pair_meets_once(
    owner: Actor, finder: Actor, work_off: Callable[[], int], first: str
) -> None:
    milo = pet(owner, face(1), chip_number=CHIP)
    lost_form = {"animal_name": "Milo", "pet_id": str(milo.pk)}
    order = [lambda: filed(owner, "lost", **lost_form), lambda: filed(finder, "found", chip_number=CHIP)]
    for file in order if first == "lost" else reversed(order):
        file()
        work_off()
    for report in Report.objects.all():
        run_auto_match(report.pk)
    match = PetMatch.objects.get()
    assert (match.lost_pet, match.is_question, match.cosine) == (milo, False, None)


def test_the_owner_of_a_chipped_pet_that_nobody_missed_is_asked_and_the_finder_learns_nothing(
    owner: Actor, finder: Actor, work_off: Callable[[], int]
) -> None:
    pet(owner, face(1), chip_number=CHIP)
    filed(finder, "found", chip_number=CHIP)
    work_off()
    assert PetMatch.objects.get().is_question
    assert finder.get(MATCHES).json()["results"] == []
    assert "match_question" in told(owner)


def test_a_number_that_is_written_down_later_is_looked_for_then(
    owner: Actor, finder: Actor, work_off: Callable[[], int]
) -> None:
    milo = pet(owner, face(1))
    filed(finder, "found", chip_number=CHIP)
    work_off()
    assert not PetMatch.objects.exists()
    answer = owner.put(f"/api/auth/pets/{milo.pk}/edit/", {"chip_number": CHIP}, format="json")
    assert answer.status_code == 200, answer.content
    work_off()
    assert PetMatch.objects.get().lost_pet == milo


def test_a_chip_number_that_is_written_down_after_the_pair_was_offered_settles_it(
    owner: Actor, finder: Actor, work_off: Callable[[], int]
) -> None:
    milo = pet(owner, face(1), lost_at=HOME)
    lost(owner, None, pet=milo)
    run_auto_match(found(finder, alike(face(1), 0.7), chip_number=CHIP).pk)
    (offered,) = owner.get(MATCHES).json()["results"]
    assert offered["similarity"] < 0.95
    assert (told(owner).count("auto_match"), told(finder).count("auto_match")) == (1, 1)
    for _ in range(2):
        owner.put(f"/api/auth/pets/{milo.pk}/edit/", {"chip_number": CHIP}, format="json")
        work_off()
        for report in Report.objects.all():
            run_auto_match(report.pk)
        (settled,) = finder.get(MATCHES).json()["results"]
        assert (settled["id"], settled["similarity"] > 0.99, settled["status"]) == (offered["id"], True, "pending")
        assert settled["reasons"][0] == "The chip numbers are the same"
        assert (told(owner).count("auto_match"), told(finder).count("auto_match")) == (2, 2), "of the chip, once"


@pytest.mark.parametrize("why", ["hidden", "blocked"])
def test_of_a_chip_number_written_down_later_nobody_is_told_past_what_keeps_people_apart(
    owner: Actor, finder: Actor, work_off: Callable[[], int], why: str
) -> None:
    milo = pet(owner, face(1), lost_at=HOME)
    lost(owner, None, pet=milo)
    report = found(finder, alike(face(1), 0.7), chip_number=CHIP)
    run_auto_match(report.pk)
    before = PetMatch.objects.get()
    if why == "hidden":
        Report.objects.filter(pk=report.pk).update(hidden_at=report.reported_at)
    else:
        answer = finder.put(f"/api/v1/blocks/{owner.user.pk}/")
        assert answer.status_code < 300, answer.content
    owner.put(f"/api/auth/pets/{milo.pk}/edit/", {"chip_number": CHIP}, format="json")
    work_off()
    match = PetMatch.objects.get()
    assert (match.similarity, match.is_settled_by_chip) == (before.similarity, False)
    assert (told(owner).count("auto_match"), told(finder).count("auto_match")) == (1, 1)


def test_another_chip_number_that_is_written_down_later_speaks_against_the_pair_that_was_offered(
    owner: Actor, finder: Actor, work_off: Callable[[], int]
) -> None:
    milo = pet(owner, face(1), lost_at=HOME)
    lost(owner, None, pet=milo)
    run_auto_match(found(finder, alike(face(1), 0.95), chip_number=OTHER).pk)
    before = owner.get(MATCHES).json()["results"][0]["similarity"]
    owner.put(f"/api/auth/pets/{milo.pk}/edit/", {"chip_number": CHIP}, format="json")
    work_off()
    (match,) = owner.get(MATCHES).json()["results"]
    assert match["similarity"] < 0.2 < 0.8 < before
    assert "The chip numbers differ" in match["reasons"]
    assert told(finder).count("auto_match") == 1


def test_an_answer_stays_what_it_was_whatever_is_written_down_later(
    owner: Actor, finder: Actor, work_off: Callable[[], int]
) -> None:
    milo = pet(owner, face(1), lost_at=HOME)
    lost(owner, None, pet=milo)
    run_auto_match(found(finder, alike(face(1), 0.95), chip_number=CHIP).pk)
    (offered,) = owner.get(MATCHES).json()["results"]
    owner.post(f"{MATCHES}{offered['id']}/dismiss/")
    owner.put(f"/api/auth/pets/{milo.pk}/edit/", {"chip_number": CHIP}, format="json")
    work_off()
    (answered,) = owner.get(MATCHES).json()["results"]
    assert (answered["status"], answered["similarity"]) == ("dismissed", offered["similarity"])


def test_chips_are_compared_while_recognition_is_down(
    owner: Actor, finder: Actor, settings: Any, tmp_path: Any, work_off: Callable[[], int]
) -> None:
    milo = pet(owner, face(1), chip_number=CHIP)
    settings.EMBEDDING_PROVIDER = "animal.recognition.tests.next_model.NextModelDown"
    filed(finder, "found", chip_number=CHIP)
    work_off()
    assert PetMatch.objects.get().lost_pet == milo


def test_two_different_chips_keep_look_alikes_apart(owner: Actor, finder: Actor) -> None:
    lost(owner, face(1), chip_number=CHIP)
    run_auto_match(found(finder, face(1), chip_number=OTHER).pk)
    assert not PetMatch.objects.exists()
    run_auto_match(found(finder, face(1)).pk)
    assert PetMatch.objects.count() == 1, "the same photo without a number is offered"


@pytest.mark.parametrize("why", ["own", "test data", "deleted", "resolved", "hidden", "dismissed"])
def test_the_same_chip_is_no_way_past_what_keeps_people_apart(owner: Actor, finder: Actor, why: str) -> None:
    milo = pet(owner, face(1), chip_number=CHIP, lost_at=HOME)
    report = lost(owner, None, pet=milo, chip_number=CHIP)
    one = found(owner if why == "own" else finder, None, chip_number=CHIP)
    Report.objects.filter(pk=one.pk).update(is_test=why == "test data")
    if why == "deleted":
        Pet.objects.filter(pk=milo.pk).update(deleted_at=milo.registered_at)
        Report.objects.filter(pk=report.pk).delete()
    if why in ("resolved", "hidden"):
        changes = {"status": "resolved"} if why == "resolved" else {"hidden_at": report.reported_at}
        Report.objects.filter(pk=one.pk).update(**changes)
    if why == "dismissed":
        run_auto_match(one.pk)
        owner.post(f"{MATCHES}{PetMatch.objects.get().pk}/dismiss/")
    for location in (one, report):
        run_auto_match(location.pk)
    assert not PetMatch.objects.exclude(status="dismissed").exists()


def test_a_chip_overrules_a_species_that_differs_and_the_difference_is_told(owner: Actor, finder: Actor) -> None:
    lost(owner, None, chip_number=CHIP, size="small")
    run_auto_match(found(finder, None, chip_number=CHIP, species="dog", size="medium").pk)
    reasons = PetMatch.objects.get().reasons
    assert reasons[:2] == ["The chip numbers are the same", "The species differ: Milo is a cat, the found one a dog"]
    assert "The sizes differ a little: Milo is small, the found one medium" in reasons


def test_what_nobody_said_for_sure_is_told_as_such(owner: Actor, finder: Actor) -> None:
    lost(owner, None, chip_number=CHIP)
    run_auto_match(found(finder, None, chip_number=CHIP, species="").pk)
    assert "Nobody has said for sure that both are of one species" in PetMatch.objects.get().reasons


def test_what_speaks_against_a_pair_is_told_with_what_speaks_for_it(owner: Actor, finder: Actor) -> None:
    lost(owner, face(1), pet_breed="Siamese", colours=["black"], size="small", sex="male")
    one = found(finder, alike(face(1), 0.99), pet_breed="Persian", colours=["white", "cream"], size="large", sex="male")
    run_auto_match(one.pk)
    match = PetMatch.objects.get()
    assert match.reasons[0].startswith("The photos look alike")
    said = [reason for reason in match.reasons if ":" in reason or reason.startswith("Both")]
    assert said == [
        "The sizes differ: Milo is small, the found one large",
        "The colours differ: Milo is black, the found one white and cream",
        "Different breeds: Siamese and Persian",
        "Both are male",
        "Both are cats",
    ], "what weighs most first"
    assert match.similarity < 0.99

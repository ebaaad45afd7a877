"""What a match sets in motion: a chat of exactly the two, and one notification each."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection, transaction

from animal.alerts.models import Notification
from animal.chat.models import Conversation
from animal.conftest import Actor
from animal.core.models import BackgroundTask, OutgoingMail
from animal.core.tasks import task_enqueue
from animal.core.tests.worker import work_off
from animal.matching.candidates import candidates_for_report
from animal.matching.models import PetMatch
from animal.matching.services import match_offer
from animal.matching.tasks import run_auto_match, run_pet_match
from animal.matching.tests.scene import HOME, alike, face, found, lost, pet, place
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
LIST = "/api/auth/chat/conversations/"


def told(actor: Actor) -> list[str]:
    return [item["verb"] for item in actor.get("/api/auth/notifications/").json()["notifications"]]


def test_both_are_told_once_and_can_talk_and_nobody_else_can(owner: Actor, finder: Actor, stranger: Actor) -> None:
    milo, one = lost(owner, face(1)), found(finder, face(1))
    for report in (one, milo, one):
        run_auto_match(report.pk)
    match = PetMatch.objects.get()
    assert match.notified_at is not None
    assert (told(owner), told(finder), told(stranger)) == (["auto_match"], ["auto_match"], [])
    (chat,) = owner.get(LIST).json()
    assert finder.get(LIST).json() == [chat]
    assert chat["id"] == str(match.conversation_id)
    assert chat["pet_location_id"] == one.pk
    assert stranger.get(f"{LIST}{chat['id']}/").status_code == 404
    assert set(match.conversation.participants.values_list("user", flat=True)) == {owner.user.pk, finder.user.pk}


def test_each_gets_one_mail_with_a_link_to_the_chat_and_no_address(owner: Actor, finder: Actor) -> None:
    lost(owner, face(1))
    run_auto_match(found(finder, face(1)).pk)
    mails = {mail.to_email: mail for mail in OutgoingMail.objects.all()}
    assert set(mails) == {owner.user.email, finder.user.email}
    for mail in mails.values():
        assert f"/chat/{PetMatch.objects.get().conversation_id}" in mail.text
        assert "@" not in mail.subject + mail.text


def test_a_match_uses_the_conversation_that_the_two_already_have(owner: Actor, finder: Actor) -> None:
    lost(owner, face(1))
    one = found(finder, face(1))
    chat = owner.post(f"{LIST}start/", {"pet_location_id": one.pk}).json()["id"]
    run_auto_match(one.pk)
    assert str(PetMatch.objects.get().conversation_id) == chat
    assert Conversation.objects.count() == 1


def test_a_second_owner_has_a_conversation_of_their_own(owner: Actor, finder: Actor, stranger: Actor) -> None:
    lost(owner, face(1))
    lost(stranger, face(1))
    run_auto_match(found(finder, face(1)).pk)
    assert [len(actor.get(LIST).json()) for actor in (owner, stranger, finder)] == [1, 1, 2]
    assert owner.get(LIST).json() != stranger.get(LIST).json()
    assert told(finder) == ["auto_match", "auto_match"]


def test_the_reasons_are_sentences_and_say_no_more_than_the_map(owner: Actor, finder: Actor) -> None:
    # True points 2.0 km apart, public ones 2.6 km.
    lost(owner, face(1), pet_breed="Siamese", last_seen_date=date(2026, 6, 1), public_at=place(-0.3))
    one = found(
        finder, alike(face(1), 0.85), at=place(2), public_at=place(2.3), pet_breed="siamese",
        last_seen_date=date(2026, 6, 4),
    )  # fmt: skip
    run_auto_match(one.pk)
    match = PetMatch.objects.get()
    assert match.reasons == [
        "The photos look alike (likely, 0.85)",
        "About 2.6 km from where Milo was last seen",
        "Same breed: siamese",
        "Found 3 days after Milo was lost",
        "Both are cats",
    ], "what weighs most first"
    assert match.distance_meters == 2600


def test_a_question_is_the_owners_alone_until_yes(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1))
    run_auto_match(found(finder, face(1)).pk)
    run_pet_match(milo.pk)
    match = PetMatch.objects.get()
    assert (told(owner), told(finder)) == (["match_question"], [])
    assert [mail.to_email for mail in OutgoingMail.objects.all()] == [owner.user.email]
    assert Conversation.objects.count() == 0
    assert finder.get("/api/v1/matches/").json()["results"] == []
    assert finder.get(f"/api/v1/matches/{match.pk}/").status_code == 404
    assert finder.post(f"/api/v1/matches/{match.pk}/dismiss/").status_code == 404
    answer = owner.post(f"/api/v1/matches/{match.pk}/confirm/").json()
    assert (answer["status"], answer["is_question"]) == ("confirmed", True)
    assert told(finder) == ["match_confirmed"]
    assert [chat["id"] for chat in finder.get(LIST).json()] == [answer["conversation_id"]]
    assert finder.get(f"/api/v1/matches/{match.pk}/").json()["lost"]["name"] == "Milo"


def test_a_question_answered_with_no_reaches_nobody(owner: Actor, finder: Actor) -> None:
    pet(owner, face(1))
    one = found(finder, face(1))
    run_auto_match(one.pk)
    assert owner.post(f"/api/v1/matches/{PetMatch.objects.get().pk}/dismiss/").status_code == 200
    run_auto_match(one.pk)
    assert (told(finder), Conversation.objects.count(), PetMatch.objects.count()) == ([], 0, 1)


def test_an_open_question_becomes_a_match_when_the_owner_reports_the_animal_lost(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1))
    one = found(finder, face(1))
    run_auto_match(one.pk)
    report = lost(owner, None, pet=milo)
    for _ in range(2):
        run_auto_match(report.pk)
    match = PetMatch.objects.get()
    assert (match.is_question, match.lost_report, match.status) == (False, report, "pending")
    assert sorted(told(owner)) == ["auto_match", "match_question"]
    assert told(finder) == ["auto_match"]
    assert OutgoingMail.objects.count() == 2, "the owner had a mail with the question"


def test_a_match_of_a_lost_animal_ends_the_open_question_about_the_owners_other_one(
    owner: Actor, finder: Actor, stranger: Actor
) -> None:
    pet(owner, face(1))
    other = pet(stranger, face(1))
    one = found(finder, alike(face(1), 0.95))
    run_auto_match(one.pk)
    assert PetMatch.objects.filter(is_question=True).count() == 2
    report = lost(owner, face(1))
    run_auto_match(report.pk)
    assert PetMatch.objects.get(owner=owner.user).lost_report == report
    assert PetMatch.objects.get(owner=stranger.user).lost_pet == other, "somebody else's question stays"


def test_a_dismissed_question_stays_dismissed_when_the_animal_is_reported_lost(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1))
    run_auto_match(found(finder, face(1)).pk)
    owner.post(f"/api/v1/matches/{PetMatch.objects.get().pk}/dismiss/")
    run_auto_match(lost(owner, None, pet=milo).pk)
    assert PetMatch.objects.get().status == "dismissed"
    assert told(finder) == []


def test_a_confirmed_question_stays_as_it_was_when_the_animal_is_reported_lost(owner: Actor, finder: Actor) -> None:
    milo = pet(owner, face(1))
    run_auto_match(found(finder, face(1)).pk)
    owner.post(f"/api/v1/matches/{PetMatch.objects.get().pk}/confirm/")
    run_auto_match(lost(owner, None, pet=milo).pk)
    match = PetMatch.objects.get()
    assert (match.status, match.is_question, match.lost_report) == ("confirmed", True, None)
    assert told(finder) == ["match_confirmed"]


def test_a_report_resolved_between_search_and_offer_makes_no_match(owner: Actor, finder: Actor) -> None:
    milo = lost(owner, face(1))
    (candidate,) = candidates_for_report(found(finder, face(1)))
    Report.objects.filter(pk=milo.pk).update(status="resolved")
    assert match_offer(candidate=candidate) is None
    assert (PetMatch.objects.count(), Notification.objects.count(), Conversation.objects.count()) == (0, 0, 0)


def test_a_match_is_written_whole_or_not_at_all(owner: Actor, finder: Actor) -> None:
    lost(owner, face(1))
    (candidate,) = candidates_for_report(found(finder, face(1)))
    with transaction.atomic():
        assert match_offer(candidate=candidate) is not None
        transaction.set_rollback(True)
    counts = [model.objects.count() for model in (PetMatch, Notification, Conversation, OutgoingMail)]
    assert counts == [0, 0, 0, 0]
    assert match_offer(candidate=candidate) is not None
    assert Notification.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_find_the_same_pair_at_once_tell_everybody_once(owner: Actor, finder: Actor) -> None:
    milo, one = lost(owner, face(1)), found(finder, face(1))
    failures: list[BaseException] = []

    def work(report: Report) -> None:
        try:
            run_auto_match(report.pk)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(report,)) for report in (milo, one, milo, one)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    counts = [model.objects.count() for model in (PetMatch, Notification, Conversation, OutgoingMail)]
    assert counts == [1, 2, 1, 2]


def test_while_the_index_is_down_the_task_waits_and_the_match_comes_when_it_is_back(
    owner: Actor, finder: Actor, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost(owner, face(1))
    one = found(finder, face(1))
    settings.QDRANT_CLUSTER_ENDPOINT = "http://127.0.0.1:9"  # Nobody listens there.
    monkeypatch.setattr("animal.recognition.index.fallback.MAX_VECTORS", -1)  # As with a gallery too large for memory.
    task_enqueue(run_auto_match, one.pk)
    work_off()
    task = BackgroundTask.objects.get(name=run_auto_match.task_name)
    assert (task.state, task.failures, PetMatch.objects.count()) == ("pending", 0, 0)
    settings.QDRANT_CLUSTER_ENDPOINT = ""
    task_enqueue(run_auto_match, one.pk)
    work_off()
    assert PetMatch.objects.count() == 1


def test_a_lost_pets_own_new_photos_find_the_report_that_was_there_before(owner: Actor, finder: Actor) -> None:
    found(finder, face(1))
    milo = pet(owner, face(1), lost_at=HOME)
    lost(owner, None, pet=milo)
    run_pet_match(milo.pk)
    assert [match.is_question for match in PetMatch.objects.all()] == [False]

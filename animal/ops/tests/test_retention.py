"""What is forgotten when: each kind at its own time, a day later than that, and nothing that is still needed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session as PageSession
from django.utils import timezone
from django_q.models import Task

from accounts.models import OneTimeToken, Session, User
from accounts.services import one_time_token_create
from animal.alerts.models import Notification
from animal.alerts.services import notification_create
from animal.chat.models import Conversation
from animal.conftest import Actor, make_actor
from animal.core.mail import mail_queue
from animal.core.models import BackgroundTask, OutgoingMail
from animal.moderation.models import ModerationAct
from animal.ops.retention import retention_step
from animal.ops.tests.backups import manage
from animal.reports.models import Report

pytestmark = pytest.mark.django_db

KEPT = {
    "sent_mail": 30,
    "notifications": 365,
    "used_links": 7,
    "ended_sessions": 90,
    "failed_tasks": 90,
    "audit": 1095,
    "guests": 180,
}


@pytest.fixture(autouse=True)
def _periods(settings: Any) -> None:
    settings.RETENTION_DAYS = KEPT


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def forget() -> dict[str, int]:
    forgotten, more = retention_step(timezone.now())
    assert not more
    return forgotten


def just_before_and_after(model: Any, field: str, days: int, rows: Any) -> None:
    """Two of these rows are made to be a day short of their time and a day beyond it."""
    young, old = rows
    model.objects.filter(pk=young.pk).update(**{field: ago(days - 1)})
    model.objects.filter(pk=old.pk).update(**{field: ago(days + 1)})


def test_a_sent_mail_is_forgotten_after_its_days_and_one_that_waits_is_not(owner: Actor) -> None:
    for key in ("young", "old", "waits"):
        mail_queue(key=key, to_email="greta@example.net", subject="s", text="t")
    just_before_and_after(OutgoingMail, "sent_at", 30, [OutgoingMail.objects.get(key=key) for key in ("young", "old")])
    OutgoingMail.objects.filter(key="waits").update(created_at=ago(60))
    assert forget() == {"sent mails": 1}
    assert sorted(OutgoingMail.objects.values_list("key", flat=True)) == ["waits", "young"]


def test_a_mail_that_nobody_took_goes_with_the_task_that_says_so() -> None:
    mail_queue(key="refused", to_email="greta@example.net", subject="s", text="t")
    BackgroundTask.objects.update(state=BackgroundTask.State.FAILED, finished_at=ago(91))
    assert forget() == {"mails that nobody took": 1, "failed tasks": 1}
    assert not OutgoingMail.objects.exists()


def test_an_old_notification_says_nothing_any_more_and_is_not_told_again(owner: Actor) -> None:
    def tell(key: str) -> None:
        notification_create(
            recipient_id=owner.user.pk,
            verb="auto_match",
            description="Milo was seen",
            dedupe_key=key,
            target_name="Milo",
        )

    tell("young")
    tell("old")
    just_before_and_after(
        Notification, "created_at", 365, [Notification.objects.get(dedupe_key=key) for key in ("young", "old")]
    )
    assert forget() == {"texts of notifications": 1}
    assert forget() == {}
    tell("old")
    listed = owner.get("/api/auth/notifications/").json()
    assert [entry["description"] for entry in listed["notifications"]] == ["Milo was seen"]
    assert (Notification.objects.count(), Notification.objects.get(dedupe_key="old").target_name) == (2, "")


def test_used_and_expired_links_go_and_live_ones_stay(owner: Actor) -> None:
    tokens = [one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.SIGN_IN) for _ in range(4)]
    rows = list(OneTimeToken.objects.order_by("pk"))
    assert len(tokens) == len(rows)
    just_before_and_after(OneTimeToken, "used_at", 7, rows[:2])
    OneTimeToken.objects.filter(pk=rows[2].pk).update(expires_at=ago(8))
    assert forget() == {"links that were used or ran out": 2}
    assert set(OneTimeToken.objects.values_list("pk", flat=True)) == {rows[0].pk, rows[3].pk}


def test_sessions_that_ended_go_and_who_is_signed_in_stays_so(owner: Actor, stranger: Actor, finder: Actor) -> None:
    sessions = {actor.name: Session.objects.get(user=actor.user) for actor in (owner, stranger, finder)}
    just_before_and_after(Session, "ended_at", 90, [sessions["stranger"], sessions["finder"]])
    PageSession.objects.create(session_key="old", session_data="", expire_date=ago(0.1))
    PageSession.objects.create(session_key="new", session_data="", expire_date=ago(-1))
    assert forget() == {"sessions that ended": 1, "expired sessions of pages": 1}
    assert not Session.objects.filter(pk=sessions["finder"].pk).exists()
    assert owner.get("/api/auth/profile/").status_code == 200
    assert [row.session_key for row in PageSession.objects.all()] == ["new"]


def test_why_work_failed_is_forgotten_and_work_that_waits_is_not() -> None:
    states = {
        "young": BackgroundTask.State.FAILED,
        "old": BackgroundTask.State.FAILED,
        "w": BackgroundTask.State.PENDING,
    }
    for key, state in states.items():
        BackgroundTask.objects.create(key=key, name="x", state=state, run_at=ago(400), woken_at=ago(400))
    just_before_and_after(
        BackgroundTask, "finished_at", 90, [BackgroundTask.objects.get(key=key) for key in ("young", "old")]
    )
    failure = {"name": "x", "func": "x", "success": False, "started": ago(91), "stopped": ago(91)}
    Task.objects.create(id=uuid.uuid4().hex, **failure)
    assert forget() == {"failed tasks": 1, "failures of the queue": 1}
    assert sorted(BackgroundTask.objects.values_list("key", flat=True)) == ["w", "young"]


def test_acts_of_moderation_are_kept_for_three_years(moderator: Actor) -> None:
    acts = [ModerationAct.objects.create(actor=moderator.user, act="hide", kind="report", object_id=n) for n in "12"]
    just_before_and_after(ModerationAct, "created_at", 1095, acts)
    assert forget() == {"acts of moderation": 1}
    assert ModerationAct.objects.get().pk == acts[0].pk


@pytest.fixture
def scanned(owner: Actor, anonymous: Actor, picture: Callable[..., Any]) -> Report:
    """Somebody without an account scanned a tag and gave no address."""
    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "false"}
    tag = owner.multipart("/api/auth/pets/add/", {**form, "images": picture()}).json()["pet"]["animal_id"]
    said = {"latitude": 48.1, "longitude": 11.5, "message": "On our balcony."}
    assert anonymous.multipart(f"/api/v1/found/{tag}/report/", said).status_code == 201
    return Report.objects.get()


def finder_is(report: Report, *, days: float, last_message_days: float | None = None) -> None:
    User.objects.filter(pk=report.reporter_id).update(date_joined=ago(days))
    Conversation.objects.update(last_message_at=ago(days if last_message_days is None else last_message_days))


def test_a_finder_without_an_account_is_forgotten_with_the_report_but_not_while_people_talk(
    scanned: Report, owner: Actor, work_off: Callable[[], int]
) -> None:
    finder_is(scanned, days=179)
    assert "finders without an account" not in forget()
    finder_is(scanned, days=181, last_message_days=10)
    assert "finders without an account" not in forget()
    finder_is(scanned, days=181)
    assert forget()["finders without an account"] == 1
    work_off()
    assert not Report.objects.exists()
    assert list(User.objects.values_list("pk", flat=True)) == [owner.user.pk]


def test_nobody_who_ever_signed_in_is_forgotten_for_being_a_guest(
    scanned: Report, owner: Actor, work_off: Callable[[], int]
) -> None:
    User.objects.all().update(date_joined=ago(400))
    Conversation.objects.update(last_message_at=ago(400))
    claimed = make_actor("claimed", email_verified_at=None)
    User.objects.filter(pk=claimed.user.pk).update(username="Guest 0123", date_joined=ago(400), password="!x")
    assert forget()["finders without an account"] == 1, "the finder alone"
    work_off()
    assert set(User.objects.values_list("pk", flat=True)) == {owner.user.pk, claimed.user.pk}


def test_the_command_says_what_would_go_before_it_goes(owner: Actor) -> None:
    mail_queue(key="old", to_email="greta@example.net", subject="s", text="t")
    OutgoingMail.objects.update(sent_at=ago(31))
    assert "       1 sent mails" in manage("retention", "--dry-run")
    assert OutgoingMail.objects.exists()
    assert "       1 sent mails" in manage("retention")
    assert "nothing to forget" in manage("retention")
    assert not OutgoingMail.objects.exists()

"""What people choose to be told, by kind and channel."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from animal.alerts import mails
from animal.alerts.models import KIND_OF, Channel, Kind, Notification
from animal.alerts.services import notification_create
from animal.conftest import Actor
from animal.core.models import OutgoingMail

URL = "/api/v1/notifications/choices/"
LIST = "/api/auth/notifications/"
ON = dict.fromkeys(Channel.values, True)
WRITERS = {
    Notification.Verb.NEARBY_ALERT: partial(mails.reported_nearby, is_lost=True),
    Notification.Verb.AUTO_MATCH: mails.owner_may_be_here,
}


def choose(actor: Actor, **changes: dict[str, bool]) -> Any:
    return actor.client.patch(URL, changes, format="json")


def tell(actor: Actor, verb: str = Notification.Verb.NEARBY_ALERT, key: str = "k") -> bool:
    mail = WRITERS[Notification.Verb(verb)]
    return notification_create(recipient_id=actor.user.pk, verb=verb, description="News", dedupe_key=key, mail=mail)


def test_at_first_everything_is_on(owner: Actor) -> None:
    assert owner.get(URL).json() == dict.fromkeys(Kind.values, ON)


def test_every_verb_has_a_kind_that_one_can_choose_about() -> None:
    assert set(KIND_OF) == set(Notification.Verb)
    assert set(KIND_OF.values()) == set(Kind)


def test_a_choice_changes_what_it_names_and_nothing_else(owner: Actor, stranger: Actor) -> None:
    answer = choose(owner, nearby={"mail": False})
    assert (answer.status_code, answer.json()["nearby"]) == (200, {**ON, "mail": False})
    choose(owner, nearby={"app": False}, tag={"mail": False})
    shown = owner.get(URL).json()
    assert (shown["nearby"], shown["tag"]) == ({**ON, "app": False, "mail": False}, {**ON, "mail": False})
    assert shown["match"] == ON
    choose(owner, nearby={"mail": True})
    assert owner.get(URL).json()["nearby"] == {**ON, "app": False}
    assert stranger.get(URL).json()["nearby"] == ON


@pytest.mark.parametrize("body", [{"nearby": True}, {"nearby": {"mail": "perhaps"}}, {"nearby": None}, []])
def test_what_is_no_choice_is_refused(owner: Actor, body: Any) -> None:
    assert owner.client.patch(URL, body, format="json").status_code == 400
    assert owner.get(URL).json()["nearby"] == ON


@pytest.mark.parametrize("channels", [(), ("app",), ("mail",), ("app", "mail")])
def test_who_refuses_a_channel_is_not_told_by_it(owner: Actor, channels: tuple[str, ...]) -> None:
    choose(owner, nearby=dict.fromkeys(channels, False))
    assert tell(owner) is True
    listed = owner.get(LIST).json()
    shown = 0 if "app" in channels else 1
    assert (len(listed["notifications"]), listed["unread_count"]) == (shown, shown)
    assert OutgoingMail.objects.count() == (0 if "mail" in channels else 1)


def test_what_was_kept_quiet_stays_quiet_and_is_not_told_again_later(owner: Actor) -> None:
    choose(owner, nearby={"app": False, "mail": False})
    tell(owner)
    choose(owner, nearby=ON)
    assert tell(owner) is False
    assert (owner.get(LIST).json()["notifications"], OutgoingMail.objects.count()) == ([], 0)


def test_other_kinds_and_other_people_are_told_all_the_same(owner: Actor, finder: Actor) -> None:
    choose(owner, nearby={"app": False, "mail": False})
    tell(owner, Notification.Verb.AUTO_MATCH, "match")
    tell(finder, key="theirs")
    assert [len(actor.get(LIST).json()["notifications"]) for actor in (owner, finder)] == [1, 1]
    assert OutgoingMail.objects.count() == 2


def test_a_choice_needs_an_account(anonymous: Actor) -> None:
    assert (anonymous.get(URL).status_code, choose(anonymous, nearby={"mail": False}).status_code) == (401, 401)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"matches": {"mail": False}}, "matches"), ({"match": {"sms": False}, "nearby": {"mail": False}}, "match.sms")],
)
def test_a_misspelt_choice_is_named_and_nothing_is_chosen(owner: Actor, body: Any, field: str) -> None:
    before = owner.get(URL).json()
    answer = owner.client.patch(URL, body, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert owner.get(URL).json() == before


def test_names_that_nobody_could_repeat_are_refused_all_the_same(owner: Actor) -> None:
    for name in ("\\ud800", "x" * 5000, "9" * 5000):
        answer = owner.client.generic("PATCH", URL, f'{{"{name}": 1}}', content_type="application/json")
        assert (answer.status_code, len(answer.content) < 2000) == (400, True)

"""Writes of alerts: what people are told, and the areas that they watch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import proven
from accounts.services.letters import letter_send
from animal.alerts import mails
from animal.alerts.models import KIND_OF, AlertSubscription, Channel, Kind, Notification, NotificationChoice
from animal.alerts.push_services import push_queue
from animal.alerts.selectors import WatchedArea, areas_watching, channels_refused
from animal.alerts.unsubscribing import unsubscribe_read
from animal.core import metrics
from animal.core.cells import band_for, cell_of
from animal.core.errors import InvalidInput, NotFound
from animal.core.idempotency import created
from animal.core.letters import Letter
from animal.core.models import OutgoingMail
from animal.core.sentences import sentence

MAX_AREAS_PER_USER = 10
ERASED_AT_A_TIME = 300
# One notification takes about a dozen statements; this many stay well below the 15 s that a task step may take.
WATCHERS_PER_STEP = 300
# A report's true point lies up to 400 m from the public one.
PUBLIC_POINT_SLACK_KM = 0.4


# --- notifications ----------------------------------------------------------------------------------------------------


@transaction.atomic
def notification_create(
    *,
    recipient_id: int,
    verb: str,
    description: str,
    dedupe_key: str,
    target_id: int | None = None,
    target_name: str = "",
    link: str = "",
    mail: Callable[[], Letter] | None = None,
) -> bool:
    """Tell one person one thing, once, in the caller's transaction. True if this call wrote it.

    `mail` writes the letter that goes out too, in its reader's language: one of `animal.alerts.mails`. Its text is the
    same for everybody but for the links, because mail is read on shared screens and passes through strangers' servers.
    What the person chose about this kind is heeded.
    """
    refused = channels_refused(recipient_id, KIND_OF[verb])
    row, created = Notification.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "recipient_id": recipient_id,
            "verb": verb,
            "description": description,
            "target_id": target_id,
            "target_name": target_name[:100],
            "link": link,
            "is_muted": Channel.APP in refused,
        },
    )
    if created:
        transaction.on_commit(partial(metrics.NOTIFICATIONS.inc, str(KIND_OF[verb])))
    if created and mail is not None and Channel.MAIL not in refused:
        _mail(recipient_id, verb=verb, write=mail, link=link, dedupe_key=dedupe_key)
    if created and Channel.PUSH not in refused:
        push_queue(row)
    return created


def notification_forgo(*, recipient_id: int, verb: str, dedupe_key: str) -> None:
    """See to it that this person is never told this: an empty row holds its key, as of one that was forgotten."""
    silent = {"recipient_id": recipient_id, "verb": verb, "is_read": True, "is_muted": True}
    Notification.objects.get_or_create(dedupe_key=dedupe_key, defaults=silent)


def notification_mail(*, recipient_id: int, verb: str, dedupe_key: str, mail: Callable[[], Letter], link: str) -> None:
    """The mail of a notification that was written without one: once, unless its person refuses such mails."""
    if Channel.MAIL not in channels_refused(recipient_id, KIND_OF[verb]):
        _mail(recipient_id, verb=verb, write=mail, link=link, dedupe_key=dedupe_key)


def _mail(recipient_id: int, *, verb: str, write: Callable[[], Letter], link: str, dedupe_key: str) -> None:
    reader = User.objects.filter(proven(), pk=recipient_id).first()
    if reader is None:
        return  # A closed account is not written to, nor an address that nobody has proved to be theirs.

    def addressed() -> Letter:
        letter = write()
        if letter.topic != KIND_OF[verb]:
            raise ValueError(f"{letter.kind} is not about {KIND_OF[verb]}: stopping it would stop something else.")
        return mails.letter_addressed(letter, recipient_id=recipient_id, path=link)

    letter_send(to=reader, key=f"notification:{dedupe_key}", write=addressed)


def notifications_erase(*, about: Q) -> bool:
    """Delete a batch of notifications, whoever got them, and their mails. True while there may be more."""
    rows = list(Notification.objects.filter(about).values_list("pk", "dedupe_key")[:ERASED_AT_A_TIME])
    with transaction.atomic():
        OutgoingMail.objects.filter(key__in=[f"notification:{key}" for _, key in rows]).delete()
        Notification.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
    return bool(rows)


def notifications_erase_of_report(*, report_id: int) -> bool:
    """What those who watch the area were told of it: the animal's name stands there. True while there may be more."""
    return notifications_erase(about=Q(dedupe_key__startswith=f"nearby:{report_id}:"))


def notification_mark_read(*, actor: User, notification_id: int) -> None:
    """Raises NotFound for somebody else's notification, as for none."""
    mine = Notification.objects.filter(pk=notification_id, recipient=actor)
    if not mine.exists():
        raise NotFound(_("This notification does not exist."))
    mine.filter(is_read=False).update(is_read=True)


def notifications_mark_read_of(*, actor: User, link: str) -> int:
    """Those that lead to a page which the actor has seen."""
    return Notification.objects.filter(recipient=actor, is_read=False, link=link).update(is_read=True)


def notifications_mark_all_read(*, actor: User) -> int:
    return Notification.objects.filter(recipient=actor, is_read=False).update(is_read=True)


def notification_choices_set(*, actor: User, changes: Mapping[str, Mapping[str, bool]]) -> None:
    """`changes` is {kind: {channel: on}}; what it does not name stays as it is."""
    rows = [
        NotificationChoice(user=actor, kind=kind, channel=channel, is_on=is_on)
        for kind, channels in changes.items()
        for channel, is_on in channels.items()
    ]
    with transaction.atomic():
        # Locked, so that two changes at once are one after the other on every database.
        User.objects.select_for_update().get(pk=actor.pk)
        for row in rows:
            NotificationChoice.objects.update_or_create(
                user=actor, kind=row.kind, channel=row.channel, defaults={"is_on": row.is_on}
            )


def mails_switch(*, token: str, is_on: bool) -> Kind:
    """Stop mails of the kind that the token of a mail is for, or have them come again. Repeating it changes nothing.

    An account that is gone is answered as any other: the link tells nobody who has one. Raises NotFound for a token
    that we did not sign.
    """
    user_id, kind = unsubscribe_read(token)
    reader = User.objects.filter(pk=user_id).first()
    if reader is not None:
        with suppress(User.DoesNotExist):  # Deleted since the look-up.
            notification_choices_set(actor=reader, changes={kind: {Channel.MAIL: is_on}})
    return kind


# --- areas ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Area:
    """What a person says about an area that they watch."""

    label: str = ""
    center_lat: float
    center_lon: float
    radius_km: float = 5.0
    status_filter: str = ""
    is_active: bool = True


@transaction.atomic
def alert_subscription_create(*, actor: User, area: Area) -> AlertSubscription:
    """Raises InvalidInput when the person watches MAX_AREAS_PER_USER areas already."""
    # Locking the person's row makes two simultaneous requests count one after the other.
    User.objects.select_for_update().get(pk=actor.pk)
    if AlertSubscription.objects.filter(user=actor).count() >= MAX_AREAS_PER_USER:
        raise InvalidInput(
            _("You can watch at most %(most)s areas. Remove one to add another.") % {"most": MAX_AREAS_PER_USER},
            code="too_many_areas",
        )
    subscription = AlertSubscription(user=actor)
    _apply(subscription, area)
    subscription.save()
    created("area", subscription.pk)
    return subscription


@transaction.atomic
def alert_subscription_update(*, subscription: AlertSubscription, changes: Mapping[str, Any]) -> AlertSubscription:
    """`changes` holds fields of Area; the others stay as they are."""
    # Read again under a lock, so that two simultaneous changes of different fields both stay.
    subscription = AlertSubscription.objects.select_for_update().filter(pk=subscription.pk).first() or subscription
    current = {field.name: getattr(subscription, field.name) for field in fields(Area)}
    _apply(subscription, Area(**{**current, **changes}))
    subscription.save()
    return subscription


def alert_subscription_delete(*, subscription: AlertSubscription) -> None:
    AlertSubscription.objects.filter(pk=subscription.pk).delete()


def _apply(subscription: AlertSubscription, area: Area) -> None:
    resolution = band_for(area.radius_km)[1]
    for name, value in asdict(area).items():
        setattr(subscription, name, value)
    subscription.band_resolution = resolution
    subscription.center_cell = cell_of(area.center_lat, area.center_lon, resolution)


# --- telling those who watch ------------------------------------------------------------------------------------------


def alert_area_watchers(
    *,
    report_id: int,
    side: str,
    latitude: float,
    longitude: float,
    exclude_user_ids: Collection[int],
    animal_name: str,
    target_id: int | None,
    is_test: bool,
    link: str,
) -> int:
    """Tell at most WATCHERS_PER_STEP people, who watch the place and were not told yet, of a report; returns how many.

    Takes the public point, which may lie up to 400 m from the true one, and widens every area by as much: nobody
    misses a report in their area, and nobody can find out the true place with a handful of small areas.
    Each person is told in a transaction of their own, so that no write takes long.
    """
    areas = areas_watching(latitude=latitude, longitude=longitude, status=side, slack_km=PUBLIC_POINT_SLACK_KM)
    keys = {
        # One alert for each person and report, however many areas: the unique key is what sees to that.
        area: f"nearby:{report_id}:{area.user_id}"
        for area in areas
        if area.is_test == is_test and area.user_id not in exclude_user_ids
    }
    told_before = _existing_keys(sorted(set(keys.values())))
    told = 0
    for watcher, key in keys.items():
        if key in told_before:
            continue  # Saves the statements of a step that comes after others.
        told += notification_create(
            recipient_id=watcher.user_id,
            verb=Notification.Verb.NEARBY_ALERT,
            description=_alert_sentence(watcher, side=side, animal_name=animal_name),
            dedupe_key=key,
            target_id=target_id,
            target_name=animal_name,
            link=link,
            mail=partial(mails.reported_nearby, is_lost=side == "lost"),
        )
        if told >= WATCHERS_PER_STEP:
            break
    return told


def _existing_keys(keys: list[str], chunk: int = 500) -> set[str]:
    existing: set[str] = set()
    for start in range(0, len(keys), chunk):
        part = keys[start : start + chunk]
        existing.update(Notification.objects.filter(dedupe_key__in=part).values_list("dedupe_key", flat=True))
    return existing


NEARBY = {
    ("lost", True): sentence("%(name)s was reported lost in the area “%(area)s” that you watch. See it on the map."),
    ("found", True): sentence("%(name)s was reported found in the area “%(area)s” that you watch. See it on the map."),
    ("lost", False): sentence("%(name)s was reported lost in an area that you watch. See it on the map."),
    ("found", False): sentence("%(name)s was reported found in an area that you watch. See it on the map."),
}


def _alert_sentence(watcher: WatchedArea, *, side: str, animal_name: str) -> str:
    said = NEARBY[side, bool(watcher.label)]
    return said % {"name": animal_name or "An animal", "area": watcher.label}

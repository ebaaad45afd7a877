"""Telling browsers of news: which browsers, and the background work that tells each of them once."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.selectors import language_of, proven
from animal.alerts.models import KIND_OF, Channel, Kind, Notification, PushDevice
from animal.alerts.selectors import channels_refused, push_devices_told
from animal.alerts.web_push import KEPT_SECONDS, EndpointRefused, PushFailed, public_key, push_deliver
from animal.core.errors import Conflict
from animal.core.tasks import Permanent, background_task, task_enqueue

MAX_DEVICES = 20
GONE = (404, 410)
LATER = (408, 425, 429)
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=55)
logger = logging.getLogger(__name__)


@transaction.atomic
def push_device_add(
    *,
    actor: User,
    endpoint: str,
    browser_key: str,
    browser_secret: str,
    user_agent: str = "",
    session_id: UUID | None = None,
) -> PushDevice:
    """Tell this browser from now on. One that somebody else was told by is the actor's from now on; the oldest of
    more than MAX_DEVICES goes. Raises Conflict where nothing is pushed."""
    if not public_key():
        raise Conflict(_("This service sends nothing to browsers."), code="push_off")
    # Locked, so that two additions at once count one after the other.
    epoch = User.objects.select_for_update().get(pk=actor.pk).sign_in_epoch
    device, _is_new = PushDevice.objects.update_or_create(
        endpoint_digest=hashlib.sha256(endpoint.encode()).hexdigest(),
        defaults={
            "user": actor,
            "endpoint": endpoint,
            "browser_key": browser_key,
            "browser_secret": browser_secret,
            "user_agent": user_agent[:200],
            "sign_in_epoch": epoch,
            "session_id": session_id,
        },
    )
    actor.push_devices.exclude(sign_in_epoch=epoch).delete()
    others = actor.push_devices.exclude(pk=device.pk).order_by("-created_at", "-pk")
    PushDevice.objects.filter(pk__in=list(others.values_list("pk", flat=True)[MAX_DEVICES - 1 :])).delete()
    return device


def push_device_remove(*, device: PushDevice) -> None:
    device.delete()


def push_queue(notification: Notification) -> None:
    """Queue it for each browser of its person, in the caller's transaction."""
    if not public_key():
        return
    devices = push_devices_told(notification.recipient_id).filter(proven("user"))
    for device_id in devices.values_list("pk", flat=True):
        task_enqueue(push_send, f"{notification.pk}:{device_id}")


@background_task()
def push_send(target: str) -> None:
    """Tell one browser of one notification. `target` is `<notification>:<device>`.

    A crash between sending and the task's end has it sent again; the browser shows news of one page once.
    """
    notification_id, _colon, device_id = target.partition(":")
    notification = Notification.objects.filter(pk=notification_id).select_related("recipient").first()
    device = push_devices_told(notification.recipient_id).filter(pk=device_id).first() if notification else None
    if notification is None or device is None or not public_key() or not _is_still_news(notification, device):
        return
    try:
        status = push_deliver(
            endpoint=device.endpoint,
            browser_key=device.browser_key,
            browser_secret=device.browser_secret,
            payload=_payload(notification),
        )
    except EndpointRefused:
        device.delete()
        return
    except PushFailed as problem:
        _try_later(notification, target, str(problem))
        return
    if status in GONE:
        device.delete()  # Its person took back the permission, or the browser is no more.
    elif status in LATER or status >= 500:
        _try_later(notification, target, f"A push service answered {status}.")
    elif not 200 <= status < 300:
        raise Permanent(f"A push service does not take it: {status}. If it is 401 or 403, look at VAPID_PRIVATE_KEY.")


def _try_later(notification: Notification, target: str, reason: str) -> None:
    """After as long as it has waited already, until it is no news any more: that a push service is away is no failure
    of ours, and one that never answers is asked about thirty times."""
    logger.warning("%s It is tried again.", reason)
    waited = timezone.now() - notification.created_at
    task_enqueue(push_send, target, delay=min(max(waited, SHORTEST_WAIT), LONGEST_WAIT))


def _is_still_news(notification: Notification, device: PushDevice) -> bool:
    if not notification.recipient.is_proven or notification.is_read:
        return False
    if notification.created_at < timezone.now() - timedelta(seconds=KEPT_SECONDS):
        return False
    return Channel.PUSH not in channels_refused(device.user_id, KIND_OF[notification.verb])


def _payload(notification: Notification) -> bytes:
    """What happened in general words, and the page that shows more. No name and no place: a lock screen shows it."""
    with override(language_of(notification.recipient)):
        said = {"title": _title(KIND_OF[notification.verb]), "link": notification.link or "/notifications"}
    return json.dumps(said, ensure_ascii=False).encode()


def _title(kind: Kind) -> str:
    return {
        Kind.MATCH: _("There is news about a match"),
        Kind.NEARBY: _("An animal was reported in an area that you watch"),
        Kind.MESSAGE: _("You have a new message"),
        Kind.TAG: _("Somebody says where your pet is"),
        Kind.REPORT: _("There is news about your report"),
    }[kind]

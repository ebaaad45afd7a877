"""Background work of conversations."""

from __future__ import annotations

from animal.chat.models import Participant
from animal.chat.services import message_mail
from animal.core.tasks import background_task


@background_task()
def mail_unread(participant_id: int) -> None:
    """Write by mail of messages that came soon after an earlier mail, if they are still unread."""
    seat = Participant.objects.select_related("conversation__report").filter(pk=participant_id).first()
    if seat is not None:
        message_mail(seat=seat)

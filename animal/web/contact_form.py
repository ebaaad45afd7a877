"""The form on the public page of a report, by which anybody writes to whoever filed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.exceptions import Throttled

from accounts.models import User
from animal.chat.guests import guest_check
from animal.chat.models import Message
from animal.chat.services import MAX_BODY, GuestContact, owner_contact
from animal.core.errors import ApplicationError, field_label
from animal.core.text import LongTextField, PlainTextField
from animal.core.throttles import client_address
from animal.images.models import Image
from animal.reports.models import Report


class ContactSerializer(serializers.Serializer[dict[str, Any]]):
    message = LongTextField(max_length=MAX_BODY)
    contact_name = PlainTextField(max_length=100)
    contact_email = serializers.EmailField(max_length=254)


class Refused(Exception):
    """With the sentence for the page, its status, and when to come back, if the error says so."""

    def __init__(self, said: str, status: int, error: ApplicationError | Throttled | None = None) -> None:
        super().__init__(said)
        self.said, self.status, self.error = said, status, error


def contact_sent(request: HttpRequest, report: Report, *, ending: str = "", photos: Sequence[Image] = ()) -> Message:
    """What `POST /api/auth/pets/contact-owner/` does. Raises Refused. `ending` follows what somebody wrote, where there
    is room for it; `photos` of theirs are here already."""
    viewer = request.user if isinstance(request.user, User) and request.user.is_proven else None
    form = ContactSerializer(data=request.POST.dict(), partial=viewer is not None)
    if not form.is_valid():
        raise Refused("; ".join(f"{field_label(name)}: {said[0]}" for name, said in form.errors.items()), 400)
    said = form.validated_data
    body = said.get("message", "").strip()
    with_ending = f"{body}\n\n{ending}"
    if ending and body and len(with_ending) <= MAX_BODY:
        body = with_ending
    try:
        if viewer is None:
            guest_check(report_id=report.pk, email=said["contact_email"], client=client_address(request))
        sender = viewer or GuestContact(name=said["contact_name"], email=said["contact_email"])
        uploads = request.FILES.getlist("image")[:1]
        return owner_contact(report=report, sender=sender, body=body, uploads=uploads, photos=photos)
    except (ApplicationError, Throttled) as error:
        raise Refused(str(error.detail), error.status_code, error) from error

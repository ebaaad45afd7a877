"""The demo's people. Their addresses end in .test (RFC 2606), so what they file is test data."""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from animal.moderation.roles import MODERATORS

Role = Literal["owner", "finder", "neighbour", "stranger", "moderator"]
ROLES: dict[Role, str] = {
    "owner": "Olivia Owner",
    "finder": "Felix Finder",
    "neighbour": "Nora Neighbour",
    "stranger": "Sam Stranger",
    "moderator": "Mona Moderator",
}


def address(role: Role) -> str:
    return f"test-{role}@pawgle.test"


def person(role: Role) -> User:
    """The demo account of this role, made when missing. Without a password: only one-time links sign it in."""
    with transaction.atomic():
        user = User.objects.filter(email_key=address(role)).first()
        if user is None:
            user = User.objects.create_user(username=ROLES[role], email=address(role))
            user.is_test = True
            user.email_verified_at = timezone.now()
            if role == "moderator":
                user.is_staff = True
            user.save()
        if role == "moderator":
            user.groups.set([Group.objects.get(name=MODERATORS)])
    return user

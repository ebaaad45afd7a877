"""The demo's people. Their addresses end in .test (RFC 2606), so what they file is test data."""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import timezone

from accounts.models import User

Role = Literal["owner", "finder", "neighbour", "stranger", "moderator"]
ROLES: dict[Role, str] = {
    "owner": "Olivia Owner",
    "finder": "Felix Finder",
    "neighbour": "Nora Neighbour",
    "stranger": "Sam Stranger",
    "moderator": "Mona Moderator",
}
_OUR_APPS = ("accounts", "alerts", "images", "pets", "reports", "chat", "matching", "recognition", "core")


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
            user.user_permissions.set(
                Permission.objects.filter(content_type__app_label__in=_OUR_APPS, codename__regex=r"^(view|change)_")
            )
    return user

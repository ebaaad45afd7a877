"""What staff may do who are no superusers. Kept as groups, to which a superuser adds accounts."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from accounts.models import SEE_ADDRESSES, User

MODERATORS, SHELTERS, SUPPORT, ADMINS = "Moderators", "Shelters", "Support", "Admins"
# To hide, to bring back, to settle complaints, to disable and to enable: each writes a row of the audit trail.
MODERATE = "moderation.add_moderationact"
# Nobody deletes rows in the admin; these are the rights to the acts of `moderation.accounts`.
END_SESSIONS = "accounts.delete_session"
CLOSE_ACCOUNTS = "accounts.delete_user"
RETRY_TASKS = "core.change_backgroundtask"

_SHELTER = {"reports.view_report"}
# A claim to somebody else's animal cannot be judged without the pair. No conversation, watched area or block is among
# them: those are between people. A message that somebody complained about is shown with the complaint.
_MODERATOR = {
    "accounts.view_user",
    "accounts.change_user",  # To rename. `accounts.admin` keeps addresses, rights and other staff from them.
    "images.view_image",
    "matching.view_petmatch",
    "pets.view_pet",
    "reports.view_report",
    "moderation.view_abusereport",
    "moderation.view_moderationact",
    MODERATE,
    END_SESSIONS,
}
_SUPPORT = {
    "accounts.view_user",
    "pets.view_pet",
    "reports.view_report",
    SEE_ADDRESSES,
    END_SESSIONS,
    CLOSE_ACCOUNTS,
}
_ADMIN = {*_MODERATOR, *_SUPPORT, "core.view_backgroundtask", RETRY_TASKS}
ROLES = {SHELTERS: _SHELTER, MODERATORS: _MODERATOR, SUPPORT: _SUPPORT, ADMINS: _ADMIN}


def may(user: User, right: str) -> bool:
    return user.is_staff and user.has_perm(right)


def may_moderate(user: User) -> bool:
    """Whether this person may hide things and settle complaints."""
    return may(user, MODERATE)


@transaction.atomic
def roles_ensure() -> None:
    """Make the groups, and the rights of each exactly those of ROLES. Run by `migrate`, once permissions are there."""
    for name, rights in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        named = Q()
        for right in rights:
            app, codename = right.split(".")
            named |= Q(content_type__app_label=app, codename=codename)
        group.permissions.set(Permission.objects.filter(named))

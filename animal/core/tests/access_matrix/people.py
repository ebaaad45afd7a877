"""The people that the table speaks of, each with a browser of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.http import SimpleCookie
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from accounts.models import User
from accounts.services import one_time_token_create, session_start
from accounts.services.links import uid_of
from accounts.tokens import access_token
from animal.core.tests.access_matrix.table import ACTORS
from animal.moderation.roles import ADMINS, MODERATORS, SHELTERS, SUPPORT

PASSWORD = "a long enough Passw0rd"
WITHOUT_ACCOUNT = ("nobody", "guest")
# Staff who are no superusers. `table` speaks of the moderator alone, `staff` of all of them.
GROUPS = {
    "shelter": SHELTERS,
    "moderator": MODERATORS,
    "disabled moderator": MODERATORS,
    "support": SUPPORT,
    "keeper": ADMINS,
}
# A client of Django's starts all middleware anew for each browser.
ONE_SERVER = ClientHandler(enforce_csrf_checks=False)


@dataclass
class Person:
    """Somebody with a browser. `user` is None for those without an account; `own` is the account whose credentials
    they type in, which for them is the stranger's."""

    name: str
    user: User | None
    own: User
    headers: dict[str, str] = field(default_factory=dict)
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def browser(self) -> Client:
        """As it was when the world was made: requests sign people in and out."""
        client = Client(raise_request_exception=False)
        client.handler = ONE_SERVER
        client.cookies.load({name: morsel.value for name, morsel in self.cookies.items()})
        return client

    def send(self, method: str, path: str, **extra: Any) -> Any:
        return self.browser().generic(method, path, **self.headers, **extra)

    def page(self, method: str, path: str) -> Any:
        """A page of the admin, or the form on it as it is sent by somebody who is sure."""
        return self.browser().post(path, {"post": "yes"}) if method == "POST" else self.browser().get(path)

    def posted(self, path: str, **form: Any) -> Any:
        """The JSON of a form that is accepted."""
        answer = self.browser().post(path, form, **self.headers)
        assert answer.status_code in (200, 201), (path, answer.content)
        return answer.json()

    def link(self, purpose: str) -> dict[str, str]:
        """uid and token of a fresh link from a mail."""
        token = one_time_token_create(user=self.own, purpose=purpose, lifetime=timedelta(minutes=5))
        return {"uid": uid_of(self.own), "token": token}


def people_make() -> dict[str, Person]:
    names = [name for name in dict.fromkeys((*ACTORS, *GROUPS)) if name not in WITHOUT_ACCOUNT]
    people = {name: _person(name) for name in names}
    stranger = people["stranger"].own
    return people | {name: Person(name, None, stranger) for name in WITHOUT_ACCOUNT}


def _person(name: str) -> Person:
    proven_at = None if name == "unproven" else timezone.now()
    staff = {"is_staff": name in GROUPS or name == "admin", "is_superuser": name == "admin"}
    address = f"{name.replace(' ', '-')}@example.org"
    user = User.objects.create_user(name.capitalize(), address, PASSWORD, email_verified_at=proven_at, **staff)
    if name in GROUPS:
        user.groups.add(Group.objects.get(name=GROUPS[name]))
    refresh = session_start(user=user, user_agent="a browser")
    client = Client()
    client.force_login(user)
    client.cookies["pawgle_refresh"] = refresh
    return Person(name, user, user, {"HTTP_AUTHORIZATION": f"Bearer {access_token(user, refresh)}"}, client.cookies)

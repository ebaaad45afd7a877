"""`manage.py demo_links`: one-time sign-in links for the demo's people."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import OneTimeToken
from accounts.services import one_time_token_create, sign_in_link
from animal.demo.people import ROLES, Role, person

LANDING: dict[Role, str] = {"owner": "/", "finder": "/", "moderator": f"/{settings.ADMIN_URL}/"}


class Command(BaseCommand):
    help = "Print one-time sign-in links for owner, finder and moderator (good for 15 minutes)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tokens", action="store_true", help="print 'role token' lines for every demo account")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tokens"]:
            for anybody in ROLES:
                token = one_time_token_create(user=person(anybody), purpose=OneTimeToken.Purpose.SIGN_IN)
                self.stdout.write(f"{anybody} {token}")
            return
        for role, page in LANDING.items():
            link = sign_in_link(user=person(role), next_path=page)
            self.stdout.write(f"  {role:<10} {link}")

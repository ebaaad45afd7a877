"""The admin's pages of every model: who sees its rows, and who may add, change and delete them.

Whoever is not staff is sent to the sign-in page by all of them. Staff of a group have the rights of their group and no
others. Superusers see everything but what people write to each other; what our services keep in step with the
gallery, the queue and the files, not even they can edit.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from animal.core.tests.access_matrix.check import Rows, body_of, changes, shown, snapshot, undone
from animal.core.tests.access_matrix.world import MISSING, World

ACTS = {"s": "see", "a": "add", "c": "change", "d": "delete"}
# A letter: yes. -: refused (403). The keeper is of the group Admins, the admin a superuser.
TABLE = """
                                shelter moderator support keeper admin
accounts.user                   ----    s-c-      s---    s-c-   sac-
alerts.alertsubscription        ----    ----      ----    ----   s---
alerts.notification             ----    ----      ----    ----   s---
auth.group                      ----    ----      ----    ----   sacd
chat.conversation               ----    ----      ----    ----   s---
core.backgroundtask             ----    ----      ----    s---   s---
django_q.failure                ----    ----      ----    ----   s-cd
django_q.ormq                   ----    ----      ----    ----   s-cd
django_q.schedule               ----    ----      ----    ----   sacd
django_q.success                ----    ----      ----    ----   s-cd
images.image                    ----    s---      ----    s---   s---
matching.petmatch               ----    s---      ----    s---   s---
moderation.abusereport          ----    s---      ----    s---   s---
moderation.block                ----    ----      ----    ----   s---
moderation.moderationact        ----    s---      ----    s---   s---
pets.pet                        ----    s---      s---    s---   s---
recognition.galleryentry        ----    ----      ----    ----   s---
recognition.photoembedding      ----    ----      ----    ----   s---
reports.report                  s---    s---      s---    s---   s---
"""
# Whose work needs no e-mail address of anybody.
WITHOUT_ADDRESSES = ("shelter", "moderator")
# (method, rest of the path, act that it needs)
CALLS = (
    ("GET", "", "see"),
    ("GET", "<path:object_id>/change/", "see"),
    ("GET", "<path:object_id>/history/", "see"),
    ("GET", "add/", "add"),
    ("POST", "add/", "add"),
    ("POST", "<path:object_id>/change/", "change"),
    ("GET", "<path:object_id>/delete/", "delete"),
    ("POST", "<path:object_id>/delete/", "delete"),
)
# Leads on to the page for changing it.
OLD_ADDRESS = "<path:object_id>/"
OUTSIDERS = ("nobody", "owner", "disabled moderator")
ALLOWED = {"200", "302"}


@dataclass(frozen=True)
class StaffRow:
    label: str
    may: dict[str, dict[str, bool]]
    """By person, then by act."""

    def __str__(self) -> str:
        return self.label

    def path(self, rest: str, object_id: object) -> str:
        start = reverse(f"admin:{self.label.replace('.', '_')}_changelist")
        return start + rest.replace("<path:object_id>", str(object_id))


def _rows() -> list[StaffRow]:
    (*people,), *lines = [line.split() for line in TABLE.splitlines() if line.strip()]
    found = []
    for label, *cells in lines:
        assert len(cells) == len(people), label
        assert all(len(cell) == len(ACTS) for cell in cells), label
        may = [{ACTS[letter]: said == letter for said, letter in zip(cell, ACTS, strict=True)} for cell in cells]
        assert all(set(cell) <= {*ACTS, "-"} for cell in cells), label
        found.append(StaffRow(label, dict(zip(people, may, strict=True))))
    return found


STAFF_ROWS = _rows()


def staff_row_problems(world: World, standing: Rows, row: StaffRow) -> list[str]:
    """What is wrong with this row, in words; nothing when it holds."""
    object_id = world.staff_objects[row.label]
    problems = []
    for person in (*OUTSIDERS, *row.may):
        for method, rest, act in CALLS:
            expected = {"in"} if person in OUTSIDERS else ALLOWED if row.may[person][act] else {"403"}
            path, missing = row.path(rest, object_id), row.path(rest, MISSING["object_id"])
            said = _call_problems(world, standing, person, method, path, missing, expected)
            problems += [f"{person} {method} {path} {problem}" for problem in said]
    return problems


def _call_problems(
    world: World, standing: Rows, person: str, method: str, path: str, missing: str, expected: set[str]
) -> list[str]:
    with undone():
        before = snapshot(standing)
        answer = world.people[person].page(method, path)
        if shown(answer) not in expected:
            return [f"got {shown(answer)} instead of {' or '.join(expected)}"]
        if expected == ALLOWED:
            shown_text = body_of(answer).decode() if answer.status_code == 200 else ""
            kept = world.kept_from_staff | ({"an address": "@example.org"} if person in WITHOUT_ADDRESSES else {})
            return [f"shows {what}" for what, text in kept.items() if text in shown_text]
        problems = changes(before)
        # From the history of a missing row Django leads back to the start before it asks for rights.
        if expected == {"403"} and missing != path and not path.endswith("/history/"):
            twin = world.people[person].page(method, missing)
            problems += [] if twin.content == answer.content else ["tells whether it exists"]
        return problems

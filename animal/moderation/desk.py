"""The start page of the admin: what waits for staff, the newest photos, and what staff did last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import SEE_ADDRESSES, User
from accounts.page_sessions import page_session_end, page_session_id, page_session_start
from animal.core.models import BackgroundTask
from animal.images.models import Image
from animal.images.staff import MODERATED, picture
from animal.moderation.models import AbuseReport, ModerationAct
from animal.moderation.roles import RETRY_TASKS
from animal.reports.models import Report

NEWEST_PHOTOS, NEWEST_ACTS = 12, 8


@dataclass(frozen=True)
class Queue:
    """How many rows there are behind `address`, which is a list of the admin with a filter."""

    title: str
    count: int
    address: str
    is_urgent: bool = False
    """Whether somebody has to do something about each of them."""


class Desk(admin.AdminSite):
    site_header = "PawGle for staff"
    site_title = "PawGle for staff"
    index_title = "What waits"
    index_template = "admin/desk.html"
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's, and the browser is listed where its owner ends it, like one that was signed in on our own page."""
        before = page_session_id(request)
        answer = super().login(request, extra_context)
        if request.method == "POST" and answer.status_code == 302 and isinstance(request.user, User):
            page_session_end(request, row=before)  # Somebody else may have been signed in here.
            page_session_start(request, request.user)
        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Django's. A new password ends every session of the account, so that this browser begins another."""
        answer = super().password_change(request, extra_context)
        if request.method == "POST" and answer.status_code == 302 and isinstance(request.user, User):
            page_session_start(request, request.user)
        return answer

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        if request.method == "POST":
            page_session_end(request)
        return super().logout(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        user = cast(User, request.user)
        photos = newest_photos() if user.has_perm("images.view_image") else []
        acts = newest_acts() if user.has_perm("moderation.view_moderationact") else []
        desk = {"queues": list(queues_of(user)), "photos": photos, "acts": acts}
        return super().index(request, {**desk, **(extra_context or {})})


def queues_of(user: User) -> Iterator[Queue]:
    """Those that are this person's work; at most four statements, each over an index."""
    for right, queues in QUEUES:
        if user.has_perm(right):
            yield from queues()


def _complaints() -> Iterator[Queue]:
    count = AbuseReport.objects.filter(state=AbuseReport.State.OPEN).count()
    yield Queue("Open complaints", count, _list("moderation_abusereport", "state__exact=open"), is_urgent=True)


def _failed_tasks() -> Iterator[Queue]:
    count = BackgroundTask.objects.filter(state=BackgroundTask.State.FAILED).count()
    yield Queue("Failed tasks", count, _list("core_backgroundtask", "state__exact=failed"), is_urgent=True)


def _leaving() -> Iterator[Queue]:
    count = User.objects.exclude(deletion_due_at=None).count()
    yield Queue("Accounts to be deleted", count, _list("accounts_user", "deletion_due_at__isempty=0"))


def _open_reports() -> Iterator[Queue]:
    sides = (Report.Status.LOST, Report.Status.FOUND)
    rows = Report.objects.filter(status__in=sides).order_by().values_list("status").annotate(count=Count("pk"))
    counts = dict(rows)
    for side in sides:
        address = _list("reports_report", f"status__exact={side.value}")
        yield Queue(f"Open {side.value} reports", counts.get(side.value, 0), address)


# The right that opens the queue, and what counts it.
QUEUES: tuple[tuple[str, Callable[[], Iterator[Queue]]], ...] = (
    ("moderation.view_abusereport", _complaints),
    (RETRY_TASKS, _failed_tasks),
    (SEE_ADDRESSES, _leaving),
    ("reports.view_report", _open_reports),
)


def _list(page: str, filtered: str) -> str:
    return f"{reverse(f'admin:{page}_changelist')}?{filtered}"


def newest_photos() -> list[Any]:
    newest = Image.objects.filter(source__in=MODERATED).order_by("-created_at")[:NEWEST_PHOTOS]
    return [picture(image, of=f"Photo {number}") for number, image in enumerate(newest, 1)]


def newest_acts() -> list[ModerationAct]:
    return list(ModerationAct.objects.order_by("-created_at")[:NEWEST_ACTS])

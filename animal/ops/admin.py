"""Background work for staff: what was given up, why, and once more."""

from __future__ import annotations

from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from animal.core.admin import ActsOnPage, ReadOnlyAdmin, reason_of
from animal.core.models import BackgroundTask
from animal.moderation.roles import RETRY_TASKS, may
from animal.ops.failed_tasks import failed_task_retry


@admin.register(BackgroundTask)
class BackgroundTaskAdmin(ActsOnPage, ReadOnlyAdmin):
    """The errors name no person: they were scrubbed before they were written."""

    list_display = ["id", "what", "target", "state", "failures", "error", "run_at", "finished_at"]
    list_filter = ["state"]
    search_exact = ["id", "key"]
    search_help_text = "Number of the task, or its name and target with a colon between them"
    sortable_by = ()
    fields = [
        "name",
        "target",
        "state",
        "error",
        "failures",
        "interruptions",
        "requests",
        "run_at",
        "lease_until",
        "finished_at",
        "created_at",
        "request_id",
    ]
    actions = ["retry"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return may(cast(User, request.user), RETRY_TASKS)

    def acts_in_vain(self, request: HttpRequest, row: BackgroundTask) -> set[str]:
        return set() if row.state == BackgroundTask.State.FAILED else {"retry"}

    @admin.display(description="Task")
    def what(self, task: BackgroundTask) -> str:
        return task.name.rpartition(".")[2].replace("_", " ")

    @admin.action(description="Try again (failed tasks only)", permissions=["retry"])
    def retry(self, request: HttpRequest, tasks: QuerySet[BackgroundTask]) -> HttpResponse | None:
        actor = cast(User, request.user)
        asked = sum(failed_task_retry(actor=actor, task=task, reason=reason_of(request)) for task in tasks)
        messages.success(request, f"{asked} asked for again.")
        return self.back(request)

"""What the admin pages of our apps have in common: they show, do not edit, and stay cheap when the tables grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property

from animal.core.text import normalised_key


class BoundedPaginator(Paginator):
    """Counts no further than it pages: what lies behind is found by a search or a filter, not by turning pages.

    Sorts ids, and then reads the rows of one page: sorting 10,000 reports with all that their list shows took SQLite
    ten times as long.
    """

    LIMIT = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.LIMIT].count())

    def page(self, number: int | str) -> Page:
        place = self.validate_number(number)
        start, rows = (place - 1) * self.per_page, cast(QuerySet[Any], self.object_list)
        ids = list(rows.values_list("pk", flat=True)[start : min(start + self.per_page, self.count)])
        return Page(rows.filter(pk__in=ids), place, self)


class ExactSearch(admin.ModelAdmin):
    """Searches for whole values of indexed columns, one statement for each table: an OR across two tables, or a part
    of a word, would read every row.

    `search_exact` names columns, or those of a related row: `id`, `reporter__username_key`. What is written into a
    column `..._key` is normalised, so that case does not matter on any database.
    """

    search_exact: ClassVar[Sequence[str]] = ()

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return [*self.search_exact]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(_exactly(queryset.model, self.get_search_fields(request), search_term.strip())), False


def _exactly(model: type[Model], lookups: Sequence[str], term: str) -> Q:
    found, related = Q(pk__in=[]), {}
    for lookup in lookups:
        relation, _, name = lookup.rpartition("__")
        owner: Any = model._meta.get_field(relation).related_model if relation else model
        field = owner._meta.get_field(name)
        try:
            value = field.to_python(normalised_key(term) if name.endswith("_key") else term)
        except ValidationError:
            continue  # A word is no number.
        if not relation or field.primary_key:
            found |= Q(**{relation or name: value})
            continue
        if (owner, name) not in related:
            related[owner, name] = list(owner.objects.filter(**{name: value}).values_list("pk", flat=True))
        found |= Q(**{f"{relation}__in": related[owner, name]})
    return found


class ReadOnly:
    """To look at, for superusers too: what hangs together with these rows (gallery, queue, files, what the other side
    was told) is kept in step by services, which no form or bulk deletion would call."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ListAdmin(ExactSearch):
    """`ordering` is by a column of time: ids are in the order of time on some databases only. Where people's own lists
    go by that column too, it has no index of its own: their queries might follow that instead of a better one."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50


class ReadOnlyAdmin(ReadOnly, ListAdmin):
    pass


class ReasonForm(ActionForm):
    reason = forms.CharField(label="Reason", required=False, max_length=300, empty_value="From the admin")


def reason_of(request: HttpRequest) -> str:
    """What whoever acts wrote into the form above the list, or on the page of one row."""
    return request.POST.get("reason", "").strip()[:300] or "From the admin"


class ActsOnPage(admin.ModelAdmin):
    """The actions of the list stand on the page of each row as well, as buttons; both are one and the same request.

    An action returns `model_admin.back(request)`, so that whoever pressed a button on a page comes back to it.
    """

    action_form = ReasonForm
    change_form_template = "admin/row_with_acts.html"

    def acts_in_vain(self, request: HttpRequest, row: Any) -> set[str]:
        """Names of actions that would change nothing about this row now, or be refused."""
        return set()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        found: Any = self.get_actions(request).values() if row is not None else []
        in_vain = self.acts_in_vain(request, row) if row is not None else set()
        acts = [{"name": name, "label": label} for _, name, label in found if name not in in_vain]
        extra = {"acts": acts, "acts_at": self._address("changelist")}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def back(self, request: HttpRequest) -> HttpResponse | None:
        if "from_page" not in request.POST:
            return None  # Django leads back to the list, with its filters.
        return HttpResponseRedirect(self._address("change", request.POST["_selected_action"]))

    def _address(self, page: str, *arguments: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=arguments)

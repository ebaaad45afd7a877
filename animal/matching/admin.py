"""Matches for staff. Verdicts are the people's, for ever: a pair that was removed would be offered again."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from animal.core.admin import ReadOnlyAdmin
from animal.images.models import Image
from animal.images.staff import picture
from animal.matching.models import PetMatch
from animal.matching.selectors import lost_animal_name
from animal.pets.models import PetPhoto


@admin.register(PetMatch)
class PetMatchAdmin(ReadOnlyAdmin):
    list_display = ["lost", "found", "id", "animal", "percent", "status", "owner", "finder", "created_at"]
    list_display_links = ["id"]
    list_filter = ["status", "is_question", "found_report__is_test"]
    list_select_related = ["owner", "finder", "lost_pet", "lost_report__image", "found_report__image"]
    search_exact = ["id", "lost_report__id", "found_report__id", "owner__username_key", "finder__username_key"]
    search_help_text = "Number of the match or of a report, or the display name of either side, in whole"
    ordering = ["-created_at"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["photos", "animal", "percent", "why", "status", "is_question"]}),
        ("The two sides", {"fields": ["owner", "lost_pet", "lost_report", "finder", "found_report"]}),
        ("How far apart", {"fields": ["distance_meters", "days_apart"]}),
        ("What became of it", {"fields": ["notified_at", "settled_by", "settled_at", "created_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PetMatch]:
        photos = PetPhoto.objects.select_related("image")
        return super().get_queryset(request).prefetch_related(Prefetch("lost_pet__photos", photos))

    @admin.display(description="Lost")
    def lost(self, match: PetMatch) -> SafeString | str:
        return picture(_lost_image(match), of="The lost animal")

    @admin.display(description="Found")
    def found(self, match: PetMatch) -> SafeString | str:
        return picture(match.found_report.image, of="The found animal")

    @admin.display(description="Lost, and found")
    def photos(self, match: PetMatch) -> SafeString | str:
        pair = ((_lost_image(match), "The lost animal"), (match.found_report.image, "The found animal"))
        shown = format_html_join(" ", "{}", ((picture(image, of=of, size="rendition"),) for image, of in pair))
        return format_html('<div class="photos pair">{}</div>', shown)

    @admin.display(description="Animal")
    def animal(self, match: PetMatch) -> str:
        return lost_animal_name(match) or "-"

    @admin.display(description="Probability")
    def percent(self, match: PetMatch) -> str:
        return f"{match.similarity:.0%}"

    @admin.display(description="Reasons")
    def why(self, match: PetMatch) -> SafeString | str:
        return format_html_join("", "<p>{}</p>", ((reason,) for reason in match.reasons))


def _lost_image(match: PetMatch) -> Image | None:
    if match.lost_report is not None and match.lost_report.image is not None:
        return match.lost_report.image
    first = next(iter(match.lost_pet.photos.all()), None) if match.lost_pet else None
    return first.image if first else None

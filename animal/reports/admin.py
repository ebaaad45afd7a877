from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from animal.core.admin import ReadOnlyAdmin
from animal.core.geo import BLUR_MAX_M
from animal.images.models import Image
from animal.images.staff import picture, pictures
from animal.pets.models import PetPhoto
from animal.reports.map_selectors import map_around
from animal.reports.models import Report

# Of a finder who knew no more of it; the words are for the pet's owner.
IN_WORDS = "said to the owner in words"


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Staff hide reports; deleting them is for their people.

    The number of the chip is for nobody but whoever wrote it down: it proves whose animal it is. Where exactly the
    animal was, and how to reach its people, is for superusers.
    """

    list_display = ("photo", "id", "side", "status", "animal", "reporter", "reported_at", "is_shown")
    list_display_links = ("id",)
    list_filter = ("side", "status", "feature_status", "is_test")
    list_select_related = ("reporter", "image", "pet")
    search_exact = ("id", "reporter__username_key")
    search_help_text = "Number of the report, or the display name of its reporter, in whole"
    ordering = ("-reported_at",)
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["photos", "side", "status", "is_shown", "reporter", "reported_at"]}),
        (
            "The animal",
            {"fields": ["pet", "pet_name", "pet_type", "pet_breed", "sex", "size", "colours", "description"]},
        ),
        ("Where and when", {"fields": ["place", "last_seen_date", "last_seen_time"]}),
        (
            "Recognition",
            {"fields": ["species", "suggested_species", "suggested_breeds", "feature_status", "feature_error"]},
        ),
        ("State", {"fields": ["tag_pet", "is_test", "resolved_at", "hidden_at"]}),
    ]
    for_superusers = (
        "For superusers",
        {"fields": ["exact_place", "contact_name", "contact_phone", "contact_email"]},
    )

    def get_fieldsets(self, request: HttpRequest, obj: Report | None = None) -> Any:
        is_superuser = getattr(request.user, "is_superuser", False)
        return [*self.fieldsets, self.for_superusers] if is_superuser else self.fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        photos = PetPhoto.objects.select_related("image")
        return super().get_queryset(request).prefetch_related(Prefetch("pet__photos", photos))

    @admin.display(description="Photo")
    def photo(self, report: Report) -> SafeString | str:
        return picture(next(iter(_images(report)), None), of=f"{report.pet_type or 'Animal'} of report {report.pk}")

    @admin.display(description="Photos")
    def photos(self, report: Report) -> SafeString | str:
        images = [*_images(report), *(more.image for more in report.more_photos.select_related("image"))]
        return pictures(images)

    @admin.display(description="Animal")
    def animal(self, report: Report) -> str:
        return ", ".join(filter(None, [report.pet_name, report.pet_type, report.pet_breed]))

    @admin.display(description="Shown", boolean=True)
    def is_shown(self, report: Report) -> bool:
        return report.hidden_at is None

    @admin.display(description="Place, as others see it")
    def place(self, report: Report) -> SafeString | str:
        """200 to 400 m off."""
        if report.public_latitude is None:
            return IN_WORDS
        point = report.public_point
        said = format_html("{}", f"{point[0]:.5f}, {point[1]:.5f}")
        if report.is_open:
            said = format_html('{} (<a href="{}">on the map of this site</a>)', said, map_around(report))
        return _mapped(point, said, label="Map of the place as others see it", around=int(BLUR_MAX_M))

    @admin.display(description="Exact place")
    def exact_place(self, report: Report) -> SafeString | str:
        if report.latitude is None:
            return IN_WORDS
        said = f"{report.latitude}, {report.longitude}"
        return _mapped(report.point, said, label="Map of the exact place")


def _mapped(point: tuple[float, float], said: SafeString | str, *, label: str, around: int = 0) -> SafeString:
    """In words, and for point.js on a map: `around` is in metres, 0 for a point that is exact."""
    more = format_html(' data-around="{}"', around) if around else ""
    box = '<p>{}</p><div class="map" data-point="{},{}"{} role="application" aria-label="{}" hidden></div>'
    return format_html(box, said, *point, more, label)


def _images(report: Report) -> list[Image]:
    """The report's first photo, or those of the pet that it is about, as others see it."""
    if report.image is not None:
        return [report.image]
    return [photo.image for photo in report.pet.photos.all()] if report.pet else []

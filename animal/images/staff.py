"""Photos on the pages of staff."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from animal.images.models import Image
from animal.images.selectors import image_address
from animal.images.withholding import is_withheld

# What people showed to others of their own accord. Photos in chats and of searches are between people, or nobody's.
MODERATED = (Image.Source.PET, Image.Source.REPORT)


def picture(image: Image | None, *, of: str, size: str = "thumbnail", is_linked: bool = True) -> SafeString | str:
    """The photo, leading to its page of the admin; a placeholder while it is hidden."""
    if image is None:
        return "-"
    shown = format_html(
        '<img class="photo {}" src="{}" alt="{}{}" loading="lazy">',
        size,
        image_address(image, size),
        of,
        " (hidden)" if is_withheld(image) else "",
    )
    if not is_linked:
        return shown
    return format_html('<a href="{}">{}</a>', reverse("admin:images_image_change", args=[image.pk]), shown)


def pictures(images: Iterable[Image], *, is_linked: bool = True) -> SafeString | str:
    """All of them, large enough to look at."""
    shown = [
        (picture(image, of=f"Photo {n}", size="rendition", is_linked=is_linked),) for n, image in enumerate(images, 1)
    ]
    return format_html('<div class="photos">{}</div>', format_html_join(" ", "{}", shown)) if shown else "-"

"""What would make a photo a better one to recognise an animal by: said to whoever took it, never a refusal."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext, gettext_noop

from animal.images.models import Image
from animal.images.quality import Quality

MESSAGES = {
    "no_animal": gettext_noop("We see no animal in this photo. Please take one in which it is larger and well lit."),
    "several_animals": gettext_noop(
        "There are several animals in this photo. Please take one that shows only the one you mean."
    ),
    "too_small": gettext_noop("The animal is very small in this photo. Please go closer, or choose a larger photo."),
    "too_dark": gettext_noop("This photo is very dark. Please take one in daylight or with the light on."),
    "blurred": gettext_noop("This photo is blurred. Please hold still, and take another one."),
}
Hints = tuple[str, ...]


def pixel_hints(quality: Quality) -> Hints:
    """Keys of MESSAGES, from the pixels alone."""
    if quality.is_small:
        return ("too_small",)  # Neither light nor sharpness of a few pixels says anything.
    if quality.is_dark:
        return ("too_dark",)  # Noise of a dark picture looks like detail.
    return ("blurred",) if quality.is_blurred else ()


def hints_said(hints: Iterable[str]) -> list[dict[str, str]]:
    """In words, what matters most first. A code that a later release wrote is passed over."""
    return [{"code": code, "message": gettext(MESSAGES[code])} for code in hints if code in MESSAGES]


def photo_hints(images: Iterable[Image]) -> list[dict[str, object]]:
    """Those of several photos, each with the photo that it is about."""
    return [{"photo": image.pk, **said} for image in images for said in hints_said(image.hints)]

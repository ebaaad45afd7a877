"""Serving stored pictures ourselves, while they lie in MEDIA_ROOT. An object store serves its own."""

from __future__ import annotations

from pathlib import Path

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from animal.images.edited_files import EDITED_NAME
from animal.images.files import CACHE_CONTROL, NAME
from animal.images.withholding import PLACEHOLDER_NAME, placeholder_png

SERVED = ((NAME, "image/jpeg"), (EDITED_NAME, "image/png"))


@require_safe
def media_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """One stored picture. Only names of the shapes that we write are looked up, so no path leads elsewhere."""
    if PLACEHOLDER_NAME.fullmatch(name):
        return HttpResponse(placeholder_png(), content_type="image/png", headers={"Cache-Control": "no-cache"})
    content_type = next((kind for shape, kind in SERVED if shape.fullmatch(name)), None)
    if content_type is None:
        raise Http404
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:
        raise Http404 from None  # In an object store.
    etag = f'"{path.stem}"'  # Unchanged costs an answer without a body.
    response: HttpResponseBase
    try:
        modified_at = path.stat().st_mtime  # Also for a copy that is asked about: the picture may be gone meanwhile.
        if etag in request.headers.get("If-None-Match", ""):
            response = HttpResponseNotModified()
        else:
            response = FileResponse(path.open("rb"), content_type=content_type)
            response["Last-Modified"] = http_date(modified_at)
    except OSError:
        raise Http404 from None
    response["ETag"] = etag
    response["Cache-Control"] = CACHE_CONTROL
    response["X-Content-Type-Options"] = "nosniff"
    return response

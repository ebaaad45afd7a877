"""Reading the form that the editor sends: a picture and its state, which is far larger than other form text.

Django's limit on form text (DATA_UPLOAD_MAX_MEMORY_SIZE, 2.5 MB) holds for every route. It cannot be raised for one,
so this route reads its form itself, out of Django's own building blocks, with limits of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.http.multipartparser import ChunkIter, LazyStream, MultiPartParserError, Parser
from django.http.multipartparser import MultiPartParser as DjangoMultiPartParser
from django.http.multipartparser import exhaust as skip_rest  # type: ignore[attr-defined]
from django.utils.datastructures import MultiValueDict
from django.utils.encoding import force_str
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from animal.images.edited_metadata import MAX_METADATA_BYTES

PICTURE, METADATA = "edited_image", "edit_metadata"
MAX_PARTS = 20
_CHUNK_BYTES = 64 * 1024


class _FormReader(DjangoMultiPartParser):
    """Django's reading of headers and boundaries; ours of the parts."""

    _boundary: bytes
    _chunk_size: int
    _content_length: int
    _input_data: Any

    def _parse(self) -> tuple[QueryDict, MultiValueDict[str, Any]]:
        picture_limit = settings.MAX_UPLOAD_SIZE_MB * 1024 * 1024
        if self._content_length > picture_limit + MAX_METADATA_BYTES + 100_000:
            raise RequestDataTooBig("edited picture")
        texts, files = QueryDict(mutable=True), MultiValueDict[str, Any]()
        stream = LazyStream(ChunkIter(self._input_data, self._chunk_size))
        for number, (_, headers, part) in enumerate(Parser(stream, self._boundary)):
            if number > MAX_PARTS:
                raise MultiPartParserError("too many parts")
            name, file_name = _names(headers)
            if name == PICTURE and file_name:
                # One byte more than allowed, so that the image service sees that it is too large and says so.
                files[name] = SimpleUploadedFile("edited.png", part.read(picture_limit + 1), content_type="image/png")
            elif name == METADATA:
                data = part.read(MAX_METADATA_BYTES + 1)
                texts[name] = data.decode("utf-8", errors="replace")
            skip_rest(part)
        return texts, files


def _names(headers: Mapping[str, Any]) -> tuple[str, str]:
    try:
        disposition = headers["content-disposition"][1]
        return force_str(disposition["name"]).strip(), force_str(disposition.get("filename") or "")
    except (KeyError, IndexError, AttributeError, TypeError, UnicodeDecodeError):
        return "", ""


class EditedImageFormParser(BaseParser):
    media_type = "multipart/form-data"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        request = (parser_context or {})["request"]
        meta = {**request.META, "CONTENT_TYPE": media_type or ""}
        try:
            texts, files = _FormReader(meta, cast(Any, stream), cast(Any, [_ReadInChunks()]), "utf-8").parse()
        except MultiPartParserError as error:
            raise ParseError(f"Multipart form parse error - {error}") from error
        return DataAndFiles(texts, files)


class _ReadInChunks:
    """All that Django's parser asks of an upload handler before it meets a part."""

    chunk_size = _CHUNK_BYTES

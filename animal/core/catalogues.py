"""The catalogues of translations: which sentences there are, and the files that hold them in other languages.

Needs Babel, which is there for developers only; what runs reads the compiled files. Words that are printed on posters
and tags have catalogues of their own, in animal/pets/locale.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import template

KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "sentence", "stand_in", "with_article")),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
FOLDERS = ("accounts", "animal")
# Nobody but developers and operators reads these, or they have catalogues of their own.
PASSED_OVER = ("tests", "migrations", "bench", "demo", "printing", "admin", "ops")
HEADER = "# What PawGle says, in {language}. Kept up by: manage.py translations"
DATED = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = settings.BASE_DIR


def translated_languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalogue_file(language: str, kind: str = "po") -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"django.{kind}"


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            is_page = path.suffix in (".html", ".txt") and "templates" in parts
            if (path.suffix == ".py" or is_page) and not set(parts).intersection(PASSED_OVER):
                yield path


def extracted(keywords: Collection[str] = ()) -> Catalog:
    """Every sentence that is marked for translation, with the files that say it; only by these words where given."""
    wanted = {name: places for name, places in KEYWORDS.items() if not keywords or name in keywords}
    catalogue = Catalog(domain="django", fuzzy=False)
    for path in sources():
        source = path.read_text()
        if path.suffix != ".py":
            # In brackets, since what stands between the tags is indented as pages are.
            source = f"(\n{template.templatize(source)}\n)"
        for _line, message, _comments, context in extract("python", BytesIO(source.encode()), keywords=wanted):
            catalogue.add(message, locations=[(path.relative_to(ROOT).as_posix(), 1)], context=context)
    return catalogue


def catalogue_read(language: str) -> Catalog:
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language, domain="django")


def compiled(catalogue: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def catalogue_update(language: str, said: Catalog) -> list[str]:
    """Write both files with what is said now; returns what has no translation yet."""
    catalogue = Catalog(locale=language, domain="django", fuzzy=False)
    known = catalogue_read(language) if catalogue_file(language).exists() else catalogue
    for message in said:
        if message.id:
            old = known.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
            words = old.string if old is not None and not old.fuzzy else ""
            catalogue.add(message.id, words, locations=message.locations, flags=message.flags, context=message.context)
    catalogue.header_comment = HEADER.format(language=language)
    catalogue.creation_date = catalogue.revision_date = DATED
    file = catalogue_file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as po:
        write_po(po, catalogue, width=120, include_lineno=False, sort_by_file=True)
    catalogue_file(language, "mo").write_bytes(compiled(catalogue_read(language)))
    return [str(message.id) for message in catalogue if message.id and not _is_said(message.string)]


def _is_said(words: str | Sequence[str] | None) -> bool:
    return all([words] if isinstance(words, str) else words or [""])

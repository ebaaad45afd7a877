"""Reading what Django's `dumpdata` wrote, entry by entry, so that its size does not matter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK = 1 << 20
# Characters. A pet with its vector takes some 12,000, an edited picture with all its layers a few million.
LONGEST_ENTRY = 32 << 20
_BLANK = " \t\r\n"
HOW = "Write it with `manage.py dumpdata --output dump.json` (see docs/operations.md)."


class DumpError(Exception):
    """The file as a whole cannot be used. The message says why and what to do."""


@dataclass(frozen=True)
class Row:
    """`model` without its app, in lower case: `user`, `pet`."""

    model: str
    pk: int
    fields: dict[str, Any]


@dataclass(frozen=True)
class BadEntry:
    """One that is no row. `number` counts from 1; `pk` as it was written, if it can be shown."""

    number: int
    model: str
    pk: str
    reason: str


def rows(path: Path) -> Iterator[Row | BadEntry]:
    """Every entry of the file. Raises DumpError as soon as the file cannot be read on."""
    for number, entry in enumerate(_entries(path), start=1):
        yield _row(number, entry)


def _row(number: int, entry: Any) -> Row | BadEntry:
    if not isinstance(entry, dict) or not isinstance(entry.get("model"), str):
        return BadEntry(number, "", "", "no row of a dump")
    model = entry["model"].rpartition(".")[2].lower()[:60]
    pk = _number(entry.get("pk"))
    if pk is None:
        return BadEntry(number, model, "", "no number of its own (was it dumped with --natural-primary?)")
    if not isinstance(entry.get("fields"), dict):
        return BadEntry(number, model, str(pk), "no fields")
    return Row(model, pk, entry["fields"])


def _number(value: Any) -> int | None:
    """A primary key of that service: a whole number above 0."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else None


def _entries(path: Path) -> Iterator[Any]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from _Reader(file).entries()
    except UnicodeDecodeError:
        raise DumpError(f"{path} is not in UTF-8. {HOW}") from None
    except OSError as error:
        raise DumpError(f"{path} cannot be read: {error.strerror}.") from error


class _Reader:
    def __init__(self, file: Any) -> None:
        self.file, self.text, self.at, self.number = file, "", 0, 0
        self.decoder = json.JSONDecoder()

    def entries(self) -> Iterator[Any]:
        if self._next() != "[":
            raise DumpError(f"This is no dump of a Django service: it does not begin with a list. {HOW}")
        self.at += 1
        if self._next() == "]":
            return
        while True:
            self.number += 1
            yield self._entry()
            mark = self._next()
            self.at += 1
            if mark == "]":
                break
            if mark != ",":
                raise DumpError(f"The dump ends or is broken after entry {self.number}. {HOW}")
        if self._next():
            raise DumpError(f"Something follows after the end of the dump. {HOW}")

    def _more(self, size: int = CHUNK) -> bool:
        chunk = self.file.read(size)
        self.text, self.at = self.text[self.at :] + chunk, 0
        return bool(chunk)

    def _next(self) -> str:
        """The next character that is no blank, without taking it; "" at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _BLANK:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                return ""

    def _entry(self) -> Any:
        self._next()
        while True:
            try:
                value, self.at = self.decoder.raw_decode(self.text, self.at)
                return value
            except json.JSONDecodeError:
                # Broken, or not all of it was read yet.
                length = len(self.text) - self.at
                if length > LONGEST_ENTRY or not self._more(max(CHUNK, length)):
                    raise DumpError(f"Entry {self.number} of the dump is broken or cut off. {HOW}") from None
            except (ValueError, RecursionError):
                raise DumpError(f"Entry {self.number} of the dump is none that Django writes. {HOW}") from None

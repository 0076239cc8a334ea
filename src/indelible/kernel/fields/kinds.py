"""The only place that knows what a field kind accepts and how its value is stored, compared and shown as text.

`parse` takes what a form or an API client sent and gives the canonical value or raises `Wrong` with a sentence for
people. Values are JSON without floats: text, decimal text, ISO dates and times, true/false, lists and objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, TypeGuard

from indelible.infra import clock
from indelible.kernel.parts import Column
from indelible.kernel.types import FieldDeclaration

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LINE_LIMIT, TEXT_LIMIT = 300, 200_000


class Wrong(ValueError):
    """The value does not fit its field; the text says how to mend it."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What a kind may ask about other records while it parses: persons by id, record numbers, a person's uploads."""

    person: Callable[[str], dict[str, Any] | None]
    target: Callable[[str, list[str], bool], dict[str, Any] | None]
    upload: Callable[[str], dict[str, Any] | None]


class FieldKind:
    """One kind of field. Subclasses say how a single value is read; this class handles emptiness."""

    name: ClassVar[str]
    sql: ClassVar[str] = "text"

    def parse(self, field: FieldDeclaration, raw: Any, reads: Reads) -> Any:
        """Give the canonical value, None for an empty one; raises Wrong."""
        if raw is None or raw in ("", [], {}):
            return None
        return self.read(field, raw, reads)

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> Any:
        """Read a value that is not empty."""
        raise NotImplementedError(self.name)

    def show(self, field: FieldDeclaration, value: Any) -> str:
        """Give the value as people read it in trail, print and export; empty text for none."""
        return "" if value is None else str(value)

    def differs(self, old: Any, new: Any) -> bool:
        """Say whether two canonical values are different."""
        return bool(old != new)

    def references(self, field: FieldDeclaration, value: Any) -> Iterable[tuple[str, str]]:
        """Give what the value points at: pairs of ("person" | "record" | "file", identifier)."""
        return ()

    def mentions(self, raw: Any) -> Iterable[tuple[str, str]]:
        """Give what an input that is not read yet asks for: the same pairs, with the keys as they were sent."""
        return ()


def _text(raw: Any, limit: int) -> str:
    if not isinstance(raw, str):
        raise Wrong("write text")
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if found := CONTROL.search(text):
        raise Wrong(f"contains the control character U+{ord(found.group()):04X} at place {found.start() + 1}; remove it")
    if len(text) > limit:
        raise Wrong(f"is {len(text)} characters long; at most {limit} fit")
    return text.strip()


class Text(FieldKind):
    """One or several lines of plain text."""

    name = "text"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> str | None:
        return _text(raw, field.max_length or LINE_LIMIT) or None


class RichText(FieldKind):
    """Markdown; shown through a renderer that knows no HTML."""

    name = "rich_text"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> str | None:
        return _text(raw, field.max_length or TEXT_LIMIT) or None


class Number(FieldKind):
    """A decimal number, kept as text so that nothing is lost or rounded."""

    name, sql = "number", "numeric"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> str:
        if isinstance(raw, bool) or not isinstance(raw, (str, int)):
            raise Wrong("write a number as text, such as 12.50")
        try:
            value = Decimal(str(raw).strip())
        except InvalidOperation:
            raise Wrong(f"{str(raw)[:40]!r} is not a number; write digits with a point, such as 12.50") from None
        if not value.is_finite() or abs(value.adjusted()) > 30:
            raise Wrong("write an ordinary finite number")
        return _in_range(field, format(value, "f"), Decimal)


class Date(FieldKind):
    """A calendar day, `YYYY-MM-DD`."""

    name, sql = "date", "date"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> str:
        try:
            day = date.fromisoformat(raw) if isinstance(raw, str) and len(raw) == 10 else None
        except ValueError:
            day = None
        if day is None or day.year < 1900:
            raise Wrong("write a date as YYYY-MM-DD, such as 2026-11-23")
        if field.not_in_future and day > clock.now().date():
            raise Wrong("lies in the future; this date cannot")
        return _in_range(field, day.isoformat(), date.fromisoformat)


class Time(FieldKind):
    """A moment with its offset, kept in UTC."""

    name, sql = "time", "timestamptz"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> str:
        try:
            moment = datetime.fromisoformat(raw) if isinstance(raw, str) and len(raw) >= 16 else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not 1900 < moment.year < 9999:
            raise Wrong("write a date, time and offset, such as 2026-11-23T14:03-05:00")
        if field.not_in_future and moment > clock.now():
            raise Wrong("lies in the future; this moment cannot")
        return clock.iso(moment)

    def show(self, field: FieldDeclaration, value: Any) -> str:
        return "" if value is None else f"{clock.parse(value).astimezone(UTC):%Y-%m-%d %H:%M:%S} +00:00"


class YesNo(FieldKind):
    """Yes or no; not answered is neither."""

    name, sql = "yes_no", "boolean"
    WORDS: ClassVar[dict[Any, bool]] = {"yes": True, "no": False}

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> bool:
        if isinstance(raw, bool):
            return raw
        if not isinstance(raw, str) or raw.strip().lower() not in self.WORDS:
            raise Wrong("answer yes or no")
        return self.WORDS[raw.strip().lower()]

    def show(self, field: FieldDeclaration, value: Any) -> str:
        return {True: "yes", False: "no"}.get(value, "")


class Choice(FieldKind):
    """One (or with `many` several) of the declared choices."""

    name = "choice"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> Any:
        wanted = raw if isinstance(raw, list) else [raw]
        for item in wanted:
            if item not in field.choices:
                raise Wrong(f"choose one of: {', '.join(field.choices)}")
        if not field.many and len(wanted) != 1:
            raise Wrong("choose one")
        return [c for c in field.choices if c in wanted] if field.many else wanted[0]

    def show(self, field: FieldDeclaration, value: Any) -> str:
        items = value if isinstance(value, list) else [] if value is None else [value]
        return ", ".join(field.labels.get(item, item.replace("_", " ")) for item in items)


class PersonKind(FieldKind):
    """A person (or several), kept as immutable id with the name printed at the time."""

    name = "person"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> Any:
        people = [_person(item, reads) for item in _as_list(raw)]
        if len({p["person"] for p in people}) != len(people):
            raise Wrong("names the same person twice")
        if not field.many and len(people) != 1:
            raise Wrong("name one person")
        return people if field.many else people[0]

    def show(self, field: FieldDeclaration, value: Any) -> str:
        return ", ".join(p["name"] for p in _as_list(value))

    def differs(self, old: Any, new: Any) -> bool:
        return [p["person"] for p in _as_list(old)] != [p["person"] for p in _as_list(new)]

    def references(self, field: FieldDeclaration, value: Any) -> Iterable[tuple[str, str]]:
        return (("person", p["person"]) for p in _as_list(value))

    def mentions(self, raw: Any) -> Iterable[tuple[str, str]]:
        return (("person", key) for item in _as_list(raw) if _is_key(key := _key(item, "person")))


def _is_key(key: Any) -> TypeGuard[str]:
    # What no key can hold is not asked for: PostgreSQL would answer a NUL with an error of its own.
    return isinstance(key, str) and len(key) <= LINE_LIMIT and CONTROL.search(key) is None


def _person(item: Any, reads: Reads) -> dict[str, Any]:
    key = _key(item, "person")
    found = reads.person(key) if _is_key(key) else None
    if found is None:
        raise Wrong(f"{str(key)[:60]!r} is nobody in this system; give a user id or choose from the list")
    return found


class Links(FieldKind):
    """Links to other records by number; `pinned` keeps the revision's hash as well."""

    name = "links"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> Any:
        found = [_target(field, item, reads) for item in self.items(raw)]
        if len({str(item) for item in found}) != len(found):
            raise Wrong("links the same record twice")
        if not field.many and len(found) > 1:
            raise Wrong("link one record")
        return found

    def show(self, field: FieldDeclaration, value: Any) -> str:
        return ", ".join(item["number"] for item in value or [])

    def references(self, field: FieldDeclaration, value: Any) -> Iterable[tuple[str, str]]:
        return (("record", item["number"]) for item in value or [])

    def mentions(self, raw: Any) -> Iterable[tuple[str, str]]:
        return (("record", key) for item in self.items(raw) if _is_key(key := _key(item, "number")))

    def items(self, raw: Any) -> list[Any]:
        """Give the single links of an input; as text they stand between spaces or commas."""
        return raw if isinstance(raw, list) else [] if raw is None else str(raw).replace(",", " ").split()


def _target(field: FieldDeclaration, item: Any, reads: Reads) -> dict[str, Any]:
    number = _key(item, "number")
    found = reads.target(number, list(field.to), field.pinned) if _is_key(number) else None
    if found is None:
        kinds = " or ".join(field.to) or "record"
        raise Wrong(f"{str(number)[:60]!r} does not exist as {kinds}, or you may not see it")
    return found


class Files(FieldKind):
    """Files by the SHA-256 of their content; each was uploaded by this person or stands in the record already."""

    name = "files"

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> Any:
        found = [_file(item, reads) for item in _as_list(raw)]
        if not field.many and len(found) > 1:
            raise Wrong("attach one file")
        return found

    def show(self, field: FieldDeclaration, value: Any) -> str:
        return ", ".join(f"{item['name']} ({item['sha256'][:12]}, {item['size']} bytes)" for item in value or [])

    def references(self, field: FieldDeclaration, value: Any) -> Iterable[tuple[str, str]]:
        return (("file", item["sha256"]) for item in value or [])

    def mentions(self, raw: Any) -> Iterable[tuple[str, str]]:
        return (("file", key) for item in _as_list(raw) if _is_key(key := _key(item, "sha256")))


def _file(item: Any, reads: Reads) -> dict[str, Any]:
    key = _key(item, "sha256")
    found = reads.upload(key) if _is_key(key) else None
    if found is None:
        raise Wrong("names a file that was not uploaded by you and is not in this record; upload it first")
    return found


class Table(FieldKind):
    """Rows with declared columns, each row an object of the columns' names."""

    name = "table"
    ROWS = 2000

    def read(self, field: FieldDeclaration, raw: Any, reads: Reads) -> Any:
        if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
            raise Wrong("give a list of rows, each with named columns")
        if len(raw) > self.ROWS:
            raise Wrong(f"has {len(raw)} rows; at most {self.ROWS} fit")
        names = {column.name: column for column in field.columns}
        rows = [_row(index, row, names, reads) for index, row in enumerate(raw, 1)]
        return [row for row in rows if any(value is not None for value in row.values())] or None

    def show(self, field: FieldDeclaration, value: Any) -> str:
        shown = [[f"{column.label}: {row[column.name]}" for column in field.columns if row.get(column.name) is not None]
                 for row in value or []]  # fmt: skip
        return "; ".join(", ".join(row) for row in shown)


def _row(index: int, row: dict[str, Any], columns: dict[str, Column], reads: Reads) -> dict[str, Any]:
    if unknown := set(row) - set(columns):
        raise Wrong(f"row {index}: unknown column {min(unknown)!r}; known: {', '.join(columns)}")
    try:
        return {name: _cell(column, row.get(name), reads) for name, column in columns.items()}
    except Wrong as wrong:
        raise Wrong(f"row {index}: {wrong}") from None


def _cell(column: Column, raw: Any, reads: Reads) -> Any:
    cell = FieldDeclaration(id=1, name=column.name, kind=column.kind, choices=column.choices)
    return KINDS[column.kind].parse(cell, raw, reads)


def _in_range(field: FieldDeclaration, value: str, read: Callable[[str], Any]) -> str:
    low, high = (field.range.min, field.range.max) if field.range else (None, None)
    if (low is not None and read(value) < read(low)) or (high is not None and read(value) > read(high)):
        raise Wrong(f"must lie between {low or 'any'} and {high or 'any'}")
    return value


def _key(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, dict) else item


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


KINDS: dict[str, FieldKind] = {
    kind.name: kind
    for kind in (Text(), RichText(), Number(), Date(), Time(), YesNo(), Choice(), PersonKind(), Links(), Files(), Table())
}


def kind_of(field: FieldDeclaration) -> FieldKind:
    """Give the kind of a declared field."""
    return KINDS[field.kind]

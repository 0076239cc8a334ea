"""The only place that compares the projections with what the events leave behind, column by column.

`verify` reports the differences, `rebuild` also mends them, so both judge by the same lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models

from indelible.assurance.rereading.fold import HEAD_COLUMNS, Shadow
from indelible.assurance.rereading.report import Findings, quoted, spoken
from indelible.assurance.rereading.rows import Data, Table, same, table, told
from indelible.kernel import config
from indelible.kernel.errors import NotFound, Unavailable
from indelible.kernel.models import AccessGrant, Link, Numbering, Party, Record, Task, Timer
from indelible.kernel.projections import Change, Delete, Insert, Operation
from indelible.kernel.statements import PLACES

HEAD = Table(Record, HEAD_COLUMNS, ("id",))
TABLES = (
    table(Link, "target", "relation"), table(Party, "capacity", "person_id"), table(Task, "id"),
    table(Timer, "move"), table(AccessGrant, "from_at"),
)  # fmt: skip
PEOPLE = ("person_id", "granted_by")
NUMBERING = table(Numbering, "prefix", by="prefix")


@dataclass(slots=True)
class Repairs:
    """What would make the projections agree with the truth: heads (new or changed) and other rows."""

    heads: list[tuple[bool, Data]] = field(default_factory=list)
    rows: list[Operation] = field(default_factory=list)


class Comparison:
    """One record's projections against its events."""

    def __init__(self, findings: Findings, number: str | None, identifier: str, repairs: Repairs) -> None:
        self._findings, self._number, self._repairs = findings, number, repairs
        self._name = number or f"record {identifier}"

    def head(self, shadow: Shadow, stored: Data | None) -> None:
        """Compare the head row; raises what broken effects bring about (rows.MALFORMED)."""
        if stored is not None and shadow.agrees(stored):
            return
        expected = shadow.expected()
        plain = {name: told(value) for name, value in expected.items()}
        if stored is None:
            self._say("head_missing", "record", "the record's row is missing", "id", plain["id"], None)
            self._repairs.heads.append((True, _typed(expected)))
            return
        wrong = [name for name in shadow.columns if not same(plain[name], stored[name])]
        for name in wrong:
            if name == "content" and isinstance(stored[name], dict):
                self._content(plain, stored[name])
            else:
                text = f"{spoken(name)} is {quoted(stored[name])} in the row, {quoted(plain[name])} by its events"
                self._say("head_differs", "record", text, name, plain[name], stored[name])
        if wrong:
            needed = dict.fromkeys(["id", *PLACES, *wrong])
            self._repairs.heads.append((False, _typed({name: expected[name] for name in needed})))

    def rows(self, of: Table, shadow: Shadow, stored: list[Data]) -> None:
        """Compare the rows of one table that belong to the record."""
        made = shadow.rows.get(of.model)
        if not made and not stored:
            return
        plain = [{name: told(value) for name, value in row.items()} for row in made or ()]
        if plain == stored:
            return
        typed = {_key(of, row): row for row in plain}
        values = {_key(of, row): values for row, values in zip(plain, made or (), strict=True)}
        found: dict[Any, Data] = {}
        for row in stored:
            if (key := _key(of, row)) in typed and key not in found:
                found[key] = row
                continue
            self._extra(of, row)
            if key in values:
                # Its twin goes with it, because both have the same key: the one that the events made comes back.
                self._repairs.rows.append(Insert(of.model, values[key]))
        for key, row in typed.items():
            self._row(of, row, found.get(key), values[key])

    def stray_head(self, stored: Data) -> None:
        """Report a head without any event, which nothing in the truth explains."""
        self._say("head_extra", "record", "the record's row is there, but it has no event", "id", None, stored["id"])

    def _content(self, plain: Data, stored: Data) -> None:
        names = _names(plain)
        for key in sorted({*plain["content"], *stored}):
            old, new = plain["content"].get(key), stored.get(key)
            if not same(old, new):
                stands = f"{quoted(new)} in the row, {quoted(old)} in version {plain['version']}"
                text = f"{names.get(key, f'field {key}')} is {stands}"
                self._say("head_differs", "record", text, f"content.{names.get(key, key)}", old, new)

    def _extra(self, of: Table, row: Data) -> None:
        text = f"a row of {of.name} is there that no event made: {_described(of, row)}"
        self._say("projection_extra", of.name, text, of.key[0] if of.key else "record_id", None, _shown(row))
        self._repairs.rows.append(Delete(of.model, _named(of, row)))

    def _row(self, of: Table, row: Data, stored: Data | None, values: Data) -> None:
        if stored is None:
            text = f"a row of {of.name} is missing: {_described(of, row)}"
            self._say("projection_missing", of.name, text, of.key[0] if of.key else "record_id", _shown(row), None)
            self._repairs.rows.append(Insert(of.model, values))
            return
        wrong = [name for name in of.names if not same(row[name], stored[name])]
        for name in wrong:
            words = f"{spoken(name)} is {quoted(stored[name])} in {of.name}, {quoted(row[name])} by its events"
            self._say("projection_differs", of.name, f"{_described(of, row)}: {words}", name, row[name], stored[name])
        if wrong:
            self._repairs.rows += [Delete(of.model, _named(of, row)), Insert(of.model, values)]

    def _say(self, kind: str, name: str, text: str, field: str, old: Any, new: Any) -> None:
        self._findings.add(kind, name, f"{self._name}: {text}.", record=self._number, field=field, old=old, new=new)


def numbering(findings: Findings, repairs: Repairs, last: dict[str, int], stored: list[Data]) -> None:
    """Compare the counters of numbers with the highest serial that any event gave."""
    found = {row["prefix"]: row["last"] for row in stored}
    for prefix in sorted({*last, *found}, key=str):
        old, new = last.get(prefix), found.get(prefix)
        if same(old, new):
            continue
        findings.add(
            "projection_differs", "numbering",
            f"Numbers {prefix}: the last serial is {quoted(new)} in the row, {quoted(old)} by the events.",
            field="last", old=old, new=new,
        )  # fmt: skip
        where = {"prefix": prefix}
        if old is None:
            repairs.rows.append(Delete(Numbering, where))
        elif new is None:
            repairs.rows.append(Insert(Numbering, where | {"last": old}))
        else:
            repairs.rows.append(Change(Numbering, where, {"last": old}))


def _key(of: Table, row: Data) -> tuple[Any, ...]:
    return tuple(row[name] for name in of.key)


def _named(of: Table, row: Data) -> Data:
    return {name: row[name] for name in dict.fromkeys(("record_id", *of.key))}


def _described(of: Table, row: Data) -> str:
    parts = {name: row[name] for name in of.names if name not in ("record_id", "id") and row[name] not in (None, "")}
    return ", ".join(
        f"{spoken(name)} {_person(value) if name in PEOPLE else quoted(value)}" for name, value in parts.items()
    )


def _person(identifier: Any) -> str:
    """Give a person's name beside the id, as the records have it now; only the id where nobody is known by it."""
    try:
        name = Record.objects.filter(pk=UUID(str(identifier))).values_list("title", flat=True).first()
    except ValueError:
        name = None
    return f"{name} ({identifier})" if name else quoted(identifier)


def _shown(row: Data) -> Data:
    return {name: value for name, value in row.items() if value is not None}


def _typed(values: Data) -> Data:
    # The fold keeps hashes as text; the table keeps them as bytes.
    hashes = [f.attname for f in Record._meta.concrete_fields if isinstance(f, models.BinaryField)]
    return {name: bytes.fromhex(value) if name in hashes and value else value for name, value in values.items()}


def _names(plain: Data) -> dict[str, str]:
    """Give the names of a record's fields by their ids, as its baseline declares them; nothing where it cannot be read."""
    try:
        declaration = config.at(plain["baseline"]).type(plain["type"])
    except (Unavailable, NotFound, TypeError, ValueError):
        return {}
    return {str(declared.id): declared.name for declared in declaration.fields}

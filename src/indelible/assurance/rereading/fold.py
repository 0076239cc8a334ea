"""The only place that plays a record's events again: the head and the projection rows that they must have left behind.

It runs the writer's own lines (`kernel.projections`) in memory, so that it cannot disagree with the writer by mistake.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models

from indelible.assurance.rereading.rows import Data, parsed, same, told
from indelible.infra import clock
from indelible.kernel.models import Numbering, Record
from indelible.kernel.projections import Change, Delete, Insert, Operation, head_values, operations

NOT_COMPARED = frozenset({"mended"})
HEAD_COLUMNS = tuple(f.attname for f in Record._meta.concrete_fields if f.attname not in NOT_COMPARED)
_WITHOUT_CONTENT = tuple(name for name in HEAD_COLUMNS if name != "content")
_DEFAULTS = {f.attname: f.get_default() if f.has_default() else None for f in Record._meta.concrete_fields}
_PLAIN = {name: told(value) for name, value in _DEFAULTS.items()}


class Counters:
    """The last serial of each prefix; serials only grow, so the order of the records does not matter."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}

    def take(self, operation: Operation) -> None:
        """Take a counter's insert or change."""
        given: Data = {}
        if isinstance(operation, Insert):
            given = operation.values
        elif isinstance(operation, Change):
            given = operation.where | operation.values
        if given:
            self.last[given["prefix"]] = max(given["last"], self.last.get(given["prefix"], 0))


class Shadow:
    """What the events of one record say, event by event."""

    __slots__ = ("_content", "_counters", "_record", "columns", "head", "last", "rows")

    def __init__(self, record: str, counters: Counters) -> None:
        self._record, self._counters = record, counters
        self.head: Data = {}
        self._content: bytes = b""
        self.columns: tuple[str, ...] = HEAD_COLUMNS
        self.rows: dict[type[models.Model], list[Data]] = {}
        self.last: Data = {}

    def event(self, data: Data, effects: Data) -> None:
        """Take the effects of the next event; raises what broken effects bring about (rows.MALFORMED)."""
        head = effects.get("head")
        if head:
            self.head.update(head)
            if len(effects) == 1:
                return
        for operation in operations(UUID(self._record), data["position"], clock.parse(data["at"]), effects):
            self._apply(operation)

    def version(self, content: bytes | None) -> None:
        """Take the content of the next sealed version: empty where it is withheld, None where it is lost."""
        self._content = content or b""
        self.columns = HEAD_COLUMNS if content is not None else _WITHOUT_CONTENT
        self.head.pop("content", None)

    def agrees(self, stored: Data) -> bool:
        """Say whether a stored head is exactly what the events wrote; False only means that `expected` must be asked."""
        plain = {**_PLAIN, **self.head, **self.last}
        if "content" not in self.head:
            plain["content"] = self._fields()
        return all(same(plain.get(name), stored[name]) for name in self.columns)

    def expected(self) -> Data:
        """Give every column of the head as the events leave it; raises what broken effects bring about."""
        values = {**_DEFAULTS, **head_values(self.head), **self.last}
        values["updated_at"] = clock.parse(values["updated_at"])
        if "content" not in self.head:
            values["content"] = self._fields()
        return values

    def _fields(self) -> Any:
        return parsed(self._content)["fields"] if self._content else {}

    def _apply(self, operation: Operation) -> None:
        if operation.model is Numbering:
            self._counters.take(operation)
            return
        rows = self.rows.setdefault(operation.model, [])
        if isinstance(operation, Insert):
            rows.append(dict(operation.values))
        elif isinstance(operation, Delete):
            rows[:] = [row for row in rows if not _fits(row, operation.where)]
        else:
            for row in rows:
                if _fits(row, operation.where):
                    row.update(operation.values)


def _fits(row: Data, where: dict[str, Any]) -> bool:
    return all(row.get(name) == value for name, value in where.items())

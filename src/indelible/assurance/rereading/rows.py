"""The only place that turns stored rows, and the rows that effects make, into the same plain data, to be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from pydantic_core import from_json

from indelible.assurance.rereading.reading import Row, Stream, View
from indelible.infra import clock

Data = dict[str, Any]
MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is read: the columns that carry meaning; `key` picks a row among those of one record."""

    model: type[models.Model]
    names: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        """Give the table's name."""
        return self.model._meta.db_table


def table(model: type[models.Model], *key: str, by: str = "record_id") -> Table:
    """Describe a table: the id of the record first, then all its columns; a row number that counts rows is no value."""
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    names = [f.attname for f in fields]
    return Table(model, tuple(sorted(names, key=lambda name: name != by)), key)


class Rows:
    """The rows of a table as plain data, taken record by record."""

    def __init__(self, view: View, of: Table, *order: str) -> None:
        fields = {f.attname: f for f in of.model._meta.concrete_fields}
        self.table = of
        self._converters = [(name, _converter(view, fields[name])) for name in of.names]
        self.stream = Stream(view.table(of.model, of.names, *order))

    def take(self, key: Any) -> list[Data]:
        """Give the rows of one record."""
        return [self._data(row) for row in self.stream.take(key)] if self.stream.key == key else []

    def rest(self) -> Iterator[Data]:
        """Give every row that is left, one after the other."""
        while self.stream.key is not None:
            yield from (self._data(row) for row in self.stream.take(self.stream.key))
            self.stream.advance()

    def _data(self, row: Row) -> Data:
        return {name: f(value) if f else value for (name, f), value in zip(self._converters, row, strict=True)}


def told(value: Any) -> Any:
    """Give a value that effects made as plain data: ids with dashes, instants as the truth writes them, bytes as hex."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return clock.iso(value)
    return value.hex() if isinstance(value, bytes) else value


def same(one: Any, other: Any) -> bool:
    """Say whether two plain values are the same JSON; Python alone would take true for 1."""
    if type(one) is not type(other) or one != other:
        return False
    if type(one) is dict:
        return all(same(value, other[key]) for key, value in one.items())
    return all(map(same, one, other)) if type(one) is list else True


def parsed(stored: bytes | str) -> Any:
    """Read JSON, as fast as what is installed can; raises ValueError for what is none, however deep it is nested."""
    return from_json(stored, allow_inf_nan=False, cache_strings="keys")


def _converter(view: View, field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    if isinstance(field, models.UUIDField):
        return view.identifier
    if isinstance(field, models.DateTimeField):
        return view.moment
    if isinstance(field, models.BinaryField):
        return _hexed
    return _json if isinstance(field, models.JSONField) else None


def _hexed(stored: Any) -> Any:
    return bytes(stored).hex() if isinstance(stored, bytes | memoryview) else stored


def _json(stored: Any) -> Any:
    try:
        return parsed(stored)
    except (TypeError, ValueError):
        return stored

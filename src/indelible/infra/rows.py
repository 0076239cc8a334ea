"""The only place that turns whole tables into lines of text and back: the same lines for both engines, of one moment.

A line is a JSON array, the first one names the columns. It knows tables and kinds of columns, and no meaning. What is
loaded again goes through the guards of the database, which are in place while it happens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.core.management.color import no_style
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper

from indelible.infra import clock

BATCH = 2000
COMPARED = 500  # keys in one question
MOMENT, SCRATCH = "moment", "scratch"
Model = type[models.Model]
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Gap:
    """A row of one database that another one lacks or holds otherwise: the columns that differ, and both rows by column."""

    columns: tuple[str, ...]
    there: dict[str, Any]
    here: dict[str, Any] | None


class Unreadable(Exception):
    """A row cannot be read, or does not fit its table; the words name the table."""


@contextmanager
def moment() -> Iterator[str]:
    """Hold the database at the present moment, for reading, while others go on writing; gives the alias to read by."""
    own = connection.copy(MOMENT)
    options = deepcopy(own.settings_dict.get("OPTIONS") or {})
    if own.vendor == "postgresql":
        options["isolation_level"] = psycopg.IsolationLevel.REPEATABLE_READ
    else:
        options["transaction_mode"] = "DEFERRED"
    own.settings_dict["OPTIONS"] = options
    connections[MOMENT] = own
    try:
        with transaction.atomic(using=MOMENT):
            yield MOMENT
    finally:
        own.close()
        del connections[MOMENT]


@contextmanager
def embedded(path: Path) -> Iterator[str]:
    """Open another embedded database for reading alone; gives the alias to read by."""
    settings = {**connection.settings_dict, "ENGINE": "django.db.backends.sqlite3", "NAME": f"file:{path}?mode=ro"}
    settings |= {"OPTIONS": {"uri": True}, "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0}
    other = DatabaseWrapper(settings, SCRATCH)
    connections[SCRATCH] = other
    try:
        yield SCRATCH
    finally:
        other.close()
        del connections[SCRATCH]


def gaps(model: Model, there: str, here: str) -> Iterator[Gap]:
    """Compare every row of a table in the database `there` with that of the same key `here`; gives what is not the same."""
    columns = [field.attname for field in _fields(model)]
    theirs, ours = (model._meta.base_manager.using(using).values(*columns) for using in (there, here))
    name = model._meta.pk.attname
    rest = theirs.order_by("pk").iterator(chunk_size=BATCH)
    while batch := list(islice(rest, COMPARED)):
        known = {row[name]: row for row in ours.filter(pk__in=[row[name] for row in batch])}
        for row in batch:
            same = known.get(row[name])
            differing = tuple(one for one in columns if same is None or _told(row[one]) != _told(same[one]))
            if differing:
                yield Gap(differing, row, same)


def dump(model: Model, using: str) -> Iterator[bytes]:
    """Give a table as lines, in the order of its key; raises Unreadable for a value that is none of its column's."""
    fields = _fields(model)
    yield _line([field.column for field in fields])
    query = model._meta.base_manager.using(using).order_by("pk").values_list(*(field.attname for field in fields))
    try:
        for row in query.iterator(chunk_size=BATCH):
            yield _line([_told(value) for value in row])
    except (ValueError, TypeError, DatabaseError) as problem:
        raise Unreadable(f"The table {model._meta.db_table} cannot be read whole: {_first(problem)}") from problem


def load(model: Model, lines: Iterable[bytes], expected: int) -> None:
    """Add so many rows to an empty table of the present database; raises Unreadable for what does not fit."""
    rest, fields, table = iter(lines), _fields(model), model._meta.db_table
    if (head := next(rest, b"")) != _line([field.column for field in fields]):
        raise Unreadable(f"The columns of {table} are not those of this build: {head[:200].decode('utf-8', 'replace')}")
    names = ", ".join(f'"{field.column}"' for field in fields)
    sql = f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(["%s"] * len(fields))})'
    loaded = 0
    try:
        with connection.cursor() as cursor:
            while some := [_stored(fields, line) for line in islice(rest, BATCH)]:
                cursor.executemany(sql, some)
                loaded += len(some)
    except (ValueError, TypeError, DatabaseError) as problem:
        raise Unreadable(f"Row {loaded + 1} or one soon after it does not fit {table}: {_first(problem)}") from problem
    if loaded != expected:
        raise Unreadable(f"There are {loaded} rows for {table}, and {expected} were counted")


def empty(model: Model) -> None:
    """Take away what triggers have put into a table while others were loaded."""
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


def count_on(tables: Iterable[Model]) -> None:
    """Let the keys that the database gives out continue after those that were loaded."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)


def _fields(model: Model) -> list[models.Field[Any, Any]]:
    return list(model._meta.concrete_fields)


def _line(values: list[Any]) -> bytes:
    return _ENCODER.encode(values).encode() + b"\n"


def _told(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return clock.iso(value)
    return str(value) if isinstance(value, UUID) else value


def _stored(fields: list[models.Field[Any, Any]], line: bytes) -> list[Any]:
    values = json.loads(line)
    if not isinstance(values, list) or len(values) != len(fields):
        raise ValueError(f"a row has {len(fields)} values")
    return [_value(field, value) for field, value in zip(fields, values, strict=True)]


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    if value is not None and isinstance(field, models.BinaryField):
        value = bytes.fromhex(value)
    elif value is not None and isinstance(field, models.DateTimeField):
        value = clock.parse(value)
    return field.get_db_prep_save(value, connection)


def _first(problem: Exception) -> str:
    return str(problem).split("\n")[0].rstrip(".") or type(problem).__name__

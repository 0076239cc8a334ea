"""The only place that writes SQL for a batch: one data-modifying statement on PostgreSQL, rows in turn on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from indelible.infra import database
from indelible.kernel.models import Record
from indelible.kernel.projections import Change, Delete, Insert, Operation

Head = tuple[bool, dict[str, Any]]
Statement = tuple[str, list[Any]]
Mend = Callable[[Sequence[Operation], Sequence[Head]], None]

PLACES = ("number", "series", "revision", "standing")  # which only one record can have, as the constraints say


def execute(rows: Sequence[Operation], heads: Sequence[Head]) -> None:
    """Write the rows, then the heads, inside the transaction that the caller holds."""
    making_room = [row for row in rows if isinstance(row, Delete) and _makes_room(row, rows)]
    body = [_statement(row) for row in rows if row not in making_room]
    tail = [_head(created, values) for created, values in heads]
    with database.planned() as cursor:
        for sql, parameters in [*map(_statement, making_room), *_arranged(body, tail)]:
            cursor.execute(sql, parameters)


def _makes_room(deletion: Delete, rows: Sequence[Operation]) -> bool:
    # Parts of one statement happen in no order: a row that may take the place of a deleted one needs it to be gone.
    return bool(deletion.model._meta.constraints) and any(
        isinstance(row, Insert) and row.model is deletion.model and deletion.where.items() <= row.values.items()
        for row in rows
    )


@contextmanager
def mending() -> Iterator[Mend]:
    """Hold every writer off and give a function that makes projections what the truth says; for `rebuild` alone.

    A head changes by its counter `mended`, which the guards let through only where it then is its newest event's.
    Raises ValueError for a row that is no projection; nothing of the truth can be mended.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute('LOCK TABLE "record" IN EXCLUSIVE MODE')

        def mend(rows: Sequence[Operation], heads: Sequence[Head]) -> None:
            for sql, given in _mended(rows, heads):
                cursor.execute(sql, given)

        yield mend


def _mended(rows: Sequence[Operation], heads: Sequence[Head]) -> Iterator[Statement]:
    changed = [values for created, values in heads if not created]
    # Every wrong head leaves its place first, so that two that stand in each other's place can change.
    yield from (_mended_head({**values, **dict.fromkeys(PLACES), "number": str(values["id"])}) for values in changed)
    yield from (_mended_head(values) for values in changed)
    yield from (_head(created, values) for created, values in heads if created)
    for row in rows:
        if getattr(row.model, "table_kind", None) != "projection":
            raise ValueError(f"{row.model.__name__} is not a projection")
        yield _statement(row)


def _mended_head(values: dict[str, Any]) -> Statement:
    columns, given = _prepared(Record, {name: value for name, value in values.items() if name != "id"})
    sets = ", ".join([*(f"{column} = %s" for column in columns), '"mended" = "mended" + 1'])
    picked, where = _where(Record, {"id": values["id"]})
    return f"UPDATE {_table(Record)} SET {sets} WHERE {picked}", given + where


def _arranged(body: list[Statement], tail: list[Statement]) -> list[Statement]:
    # One head: everything in one round trip. Several heads change in order, because a place that only one
    # revision can hold must be left before it is taken; the rows before them still go together.
    if connection.vendor != "postgresql" or not body:
        return body + tail
    main, rest = (tail[0], []) if len(tail) == 1 else (("SELECT 1", []), tail)
    names = ", ".join(f"w{index} AS ({sql})" for index, (sql, _) in enumerate(body))
    return [(f"WITH {names} {main[0]}", [p for _, given in body for p in given] + main[1]), *rest]


def _statement(row: Operation) -> Statement:
    if isinstance(row, Insert):
        return _insert_once(row) if row.once else _insert(row.model, row.values)
    picked, given = _where(row.model, row.where)
    name = _table(row.model)
    if isinstance(row, Delete):
        return f"DELETE FROM {name} WHERE {picked}", given
    return _update(row, picked, given)


def _update(row: Change, picked: str, given: list[Any]) -> Statement:
    columns, values = _prepared(row.model, row.values)
    sets = ", ".join(f"{column} = %s" for column in columns)
    return f"UPDATE {_table(row.model)} SET {sets} WHERE {picked}", values + given


def _head(created: bool, values: dict[str, Any]) -> Statement:
    if created:
        return _insert(Record, {**_head_defaults(), **values})
    changed = {name: value for name, value in values.items() if name != "id"}
    picked, given = _where(Record, {"id": values["id"]})
    return _update(Change(Record, {}, changed), picked, given)


def _head_defaults() -> dict[str, Any]:
    return {f.attname: f.get_default() for f in Record._meta.concrete_fields if f.has_default()}


def _insert(model: type[models.Model], values: dict[str, Any]) -> Statement:
    columns, prepared = _prepared(model, values)
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {_table(model)} ({', '.join(columns)}) VALUES ({places})", prepared


def _insert_once(row: Insert) -> Statement:
    # Two conditions: the guards of SQLite refuse a row before it conflicts, and on PostgreSQL two may come at once.
    columns, prepared = _prepared(row.model, row.values)
    picked, given = _where(row.model, {row.once: row.values[row.once]})
    name, places = _table(row.model), ", ".join(["%s"] * len(columns))
    return (
        f"""INSERT INTO {name} ({", ".join(columns)})
            SELECT {places} WHERE NOT EXISTS (SELECT 1 FROM {name} WHERE {picked}) ON CONFLICT DO NOTHING""",
        prepared + given,
    )


def _where(model: type[models.Model], where: dict[str, Any]) -> Statement:
    fields = _fields(model)
    tests, given = [], []
    for name, value in where.items():
        column, prepare = fields[name]
        if value is None:
            tests.append(f"{column} IS NULL")
        else:
            tests.append(f"{column} = %s")
            given.append(prepare(value, connection))
    return " AND ".join(tests), given


def _prepared(model: type[models.Model], values: dict[str, Any]) -> tuple[list[str], list[Any]]:
    fields = _fields(model)
    return [fields[name][0] for name in values], [fields[n][1](v, connection) for n, v in values.items()]


@cache
def _fields(model: type[models.Model]) -> dict[str, tuple[str, Any]]:
    return {f.attname: (f'"{f.column}"', _prepare(f)) for f in model._meta.concrete_fields}


def _prepare(field: models.Field[Any, Any]) -> Any:
    # Text and whole numbers go to the driver as they are; Django need not look at each of them again.
    as_it_is = isinstance(field, (models.CharField, models.TextField, models.IntegerField))
    return _as_it_is if as_it_is else field.get_db_prep_save


def _as_it_is(value: Any, _: Any) -> Any:
    return value


@cache
def _table(model: type[models.Model]) -> str:
    return f'"{model._meta.db_table}"'

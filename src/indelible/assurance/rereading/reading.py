"""The only place that reads whole tables as streams: all of one moment, in the order of records, trusting no type.

Verification must not be stopped by what it looks for. Columns come as the bytes that are stored, so that a damaged
time, id or text is a value that differs and never an error of the driver. Everything is read on a connection of its
own, in one read-only transaction: people go on writing meanwhile and are not seen half.
"""

from __future__ import annotations

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, groupby, pairwise
from operator import itemgetter
from typing import Any, ClassVar

import psycopg
from django.db import connection, models
from psycopg.types.string import ByteaBinaryLoader

from indelible.infra import clock
from indelible.kernel.models import Event

Row = tuple[Any, ...]
BATCH = 2000
WHOLE = len("2026-11-23T14:03:22.123456Z")
UNREADABLE = (sqlite3.DatabaseError, psycopg.DatabaseError)
_IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Span:
    """The records whose ids lie from `start` on and below `end`, as the truth writes ids; open where None."""

    start: str | None = None
    end: str | None = None


class View(ABC):
    """The database at one moment; ids are keys that compare, `identifier` and `moment` make them readable."""

    vendor: ClassVar[str]
    nowhere: ClassVar[str]

    def __init__(self, raw: Any, moment: str | None = None) -> None:
        self._raw = raw
        self._cursors: list[Any] = []
        self.span = Span()
        self._begin(moment)

    def close(self) -> None:
        """Close what is still open of the streams."""
        self._end()
        for cursor in self._cursors:
            cursor.close()

    def table(self, model: type[models.Model], names: tuple[str, ...], *order: str, raw: str = "") -> Iterator[Row]:
        """Stream columns of a table; the first is the key of the order, `raw` is a text column that comes as bytes."""
        columns = ", ".join(self.columns(model, names, raw=raw))
        by = ", ".join(f'"{name}"' for name in order or names[:1])
        keyed = isinstance(model._meta.get_field(names[0]), models.UUIDField)
        within = self.within(f'"{names[0]}"') if keyed else ""
        return self.query(f'SELECT {columns} FROM "{model._meta.db_table}" {within} ORDER BY {by}', raw=bool(raw))

    def within(self, column: str) -> str:
        """Give the condition that keeps a query to the present span; each row fits one of several spans, whatever it holds."""
        parts = [f"{column} >= '{self._stored(self.span.start)}'"] if self.span.start else []
        parts += [f"({column} >= '{self._stored(self.span.end)}') IS NOT TRUE"] if self.span.end else []
        return f"WHERE {' AND '.join(parts)}" if parts else ""

    def spans(self, many: int) -> list[Span]:
        """Divide the records into at most so many spans with about as many events in each."""
        (total,) = next(self.query("SELECT count(*) FROM event"))
        places = [total * turn // many for turn in range(1, many)]
        (key,) = self.columns(Event, ("record_id",))
        picks = [f"SELECT {key} FROM event ORDER BY record_id LIMIT 1 OFFSET {place}" for place in places]
        found = {self.identifier(stored) for pick in picks for (stored,) in self.query(pick)}
        edges: list[str | None] = [None, *sorted(edge for edge in found if _IS_ID.fullmatch(str(edge))), None]
        return [Span(start, end) for start, end in pairwise(edges)]

    def columns(self, model: type[models.Model], names: tuple[str, ...], *, raw: str = "") -> list[str]:
        """Give what to select for these columns; the key is never NULL, so that keys can be compared."""
        fields = {f.attname: f for f in model._meta.concrete_fields}
        columns = [self._column(fields[name], raw=name == raw) for name in names]
        if isinstance(fields[names[0]], models.UUIDField):
            columns[0] = f"coalesce({columns[0]}, {self.nowhere})"
        return columns

    @abstractmethod
    def query(self, sql: str, *, raw: bool = False) -> Iterator[Row]:
        """Stream a query of ours; `raw` lets text columns come as bytes."""

    @abstractmethod
    def identifier(self, stored: Any) -> Any:
        """Give a stored id as the truth writes it, with dashes; what is no id comes back as it is."""

    def moment(self, stored: Any) -> Any:
        """Give a stored instant as the truth writes it; what is none comes back as the text that stands there."""
        text = _text(stored) if isinstance(stored, bytes) else stored
        if not isinstance(text, str) or len(text) == WHOLE:
            return text
        try:
            # SQLite leaves out a fraction of nought, and keeps another zone as it was given.
            moment = datetime.fromisoformat(text.removesuffix("Z"))
            return clock.iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            return text

    @abstractmethod
    def _begin(self, moment: str | None) -> None: ...

    @abstractmethod
    def shared(self) -> AbstractContextManager[str | None]:
        """Give a name of the view's moment, by which another connection sees the same; None where none can be given.

        To be asked before anything is read; the moment is open to others as long as this lasts.
        """

    @abstractmethod
    def _stored(self, identifier: str) -> str: ...

    def _end(self) -> None:
        return

    @abstractmethod
    def _column(self, field: models.Field[Any, Any], *, raw: bool) -> str: ...


class Postgres(View):
    """PostgreSQL: cursors on the server, binary rows, repeatable read."""

    vendor = "postgresql"
    nowhere = "'00000000-0000-0000-0000-000000000000'::uuid"

    def _begin(self, moment: str | None) -> None:
        self._raw.autocommit = False
        self._raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._raw.read_only = True
        if moment:
            self._raw.execute(f"SET TRANSACTION SNAPSHOT '{moment}'")
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="rereading")
        # Every row will be read, so the plan that is best for the first few is the wrong one.
        self._raw.execute("SET LOCAL cursor_tuple_fraction = 1")

    @contextmanager
    def shared(self) -> Iterator[str | None]:
        yield self._raw.execute("SELECT pg_export_snapshot()").fetchone()[0]

    def query(self, sql: str, *, raw: bool = False) -> Iterator[Row]:
        cursor = self._raw.cursor(name=f"rereading_{len(self._cursors)}", binary=True)
        self._cursors.append(cursor)
        for kind in ("uuid", *(("text",) if raw else ())):
            cursor.adapters.register_loader(kind, ByteaBinaryLoader)
        cursor.execute(sql)
        return chain.from_iterable(self._fetched(cursor)) if raw else _batches(cursor)

    def _end(self) -> None:
        self._ahead.shutdown(cancel_futures=True)

    def _fetched(self, cursor: Any) -> Iterator[list[Row]]:
        # The server prepares the next rows of a large table while these are looked at.
        coming = self._ahead.submit(cursor.fetchmany, BATCH)
        while rows := coming.result():
            coming = self._ahead.submit(cursor.fetchmany, BATCH)
            yield rows

    def _stored(self, identifier: str) -> str:
        return identifier

    def identifier(self, stored: Any) -> Any:
        return _dashed(stored.hex()) if isinstance(stored, bytes) else stored

    def _column(self, field: models.Field[Any, Any], *, raw: bool) -> str:
        if isinstance(field, models.DateTimeField):
            return f"""to_char("{field.column}" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        return f'"{field.column}"::text' if isinstance(field, models.JSONField) else f'"{field.column}"'


class Sqlite(View):
    """SQLite: one deferred transaction, which in WAL mode sees one moment and holds nobody up."""

    vendor = "sqlite"
    nowhere = "x''"

    def _begin(self, moment: str | None) -> None:
        self._raw.text_factory = _text
        self._raw.execute("BEGIN DEFERRED")
        if moment is not None:
            self._raw.execute("SELECT 1 FROM sqlite_master").fetchone()  # from the first read on, the moment stands still

    @contextmanager
    def shared(self) -> Iterator[str | None]:
        # SQLite names no moments. While nobody can write, everybody who begins to read sees the same.
        with _own() as own:
            try:
                own.connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                yield None
            else:
                self._raw.execute("SELECT 1 FROM sqlite_master").fetchone()
                yield ""

    def query(self, sql: str, *, raw: bool = False) -> Iterator[Row]:
        cursor = self._raw.cursor()
        self._cursors.append(cursor)
        return _batches(cursor.execute(sql))

    def _stored(self, identifier: str) -> str:
        return identifier.replace("-", "")

    def identifier(self, stored: Any) -> Any:
        return _dashed(_text(stored)) if isinstance(stored, bytes) else stored

    def _column(self, field: models.Field[Any, Any], *, raw: bool) -> str:
        # A cast keeps Django's converters away, which would stop at a damaged time.
        if isinstance(field, models.DateTimeField):
            return f"""CAST(replace("{field.column}", ' ', 'T') || 'Z' AS BLOB)"""
        return f'CAST("{field.column}" AS BLOB)' if raw or isinstance(field, models.UUIDField) else f'"{field.column}"'


@contextmanager
def view(moment: str | None = None) -> Iterator[View]:
    """Open the database at the present moment, or at one that is shared, on a connection of its own; close it afterwards."""
    with _own() as own:
        present = (Postgres if own.vendor == "postgresql" else Sqlite)(own.connection, moment)
        try:
            yield present
        finally:
            present.close()


@contextmanager
def _own() -> Iterator[Any]:
    own = connection.copy()
    own.connect()
    try:
        yield own
    finally:
        own.close()


class Stream:
    """Rows in the order of their keys, taken key by key; `key` is the one that comes next, None at the end."""

    __slots__ = ("_group", "_groups", "key")
    key: Any
    _group: Iterator[Row]

    def __init__(self, rows: Iterator[Row]) -> None:
        self._groups = groupby(rows, itemgetter(0))
        self.advance()

    def take(self, key: Any) -> Iterator[Row]:
        """Give the rows of one key, none where another one comes next."""
        return self._group if self.key == key else iter(())

    def advance(self) -> None:
        """Go on to the next key; what was not taken of the present one is left out."""
        self.key, self._group = next(self._groups, (None, iter(())))


def _batches(cursor: Any) -> Iterator[Row]:
    return chain.from_iterable(iter(lambda: cursor.fetchmany(BATCH), []))


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "replace")


def _dashed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}" if len(digits) == 32 else digits

"""The only place that reads the copy's database: plain SQL, over a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from .copy import SQLITE, of
from .trace import Recorder, Trace

Row = dict[str, Any]
ROWS_KEPT = 2000  # of one answer; the count stands beside them


class Database:
    """The database under the copy. `rows` reads; `attempt` tries to write and says what the database answers."""

    def __init__(self, told: Mapping[str, Any], recorder: Recorder) -> None:
        self.copy, self.trace = of(told), Trace(recorder)

    @property
    def engine(self) -> str:
        """Give `sqlite` or `postgresql`."""
        return self.copy.engine

    def close(self) -> None:
        """End; every query had a connection of its own, so nothing is left open."""

    def rows(self, sql: str, *params: Any) -> list[Row]:
        """Give the rows that a query finds, by name of column; placeholders are `?` on both engines."""
        with self._reading() as (connection, marked):
            cursor = connection.execute(marked(sql), [self._sent(one) for one in params])
            names = [column[0] for column in cursor.description or ()]
            found = [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]
        self.trace.add("query", {"sql": sql, "params": params, "count": len(found), "rows": found[:ROWS_KEPT]})
        return found

    def value(self, sql: str, *params: Any) -> Any:
        """Give the one value that a query finds; None where it finds nothing."""
        found = self.rows(sql, *params)
        return next(iter(found[0].values())) if found else None

    def attempt(self, sql: str, *params: Any, owner: bool = True) -> str:
        """Try to write, and always take it back; gives "done" or the database's own words.

        On SQLite by a connection that knows nothing of the product, as whoever holds the file could; on PostgreSQL as the
        owner of the tables, or as the product's own login where `owner` is False.
        """
        try:
            with self._writing(owner=owner) as (connection, marked):
                connection.execute(marked(sql), [self._sent(one) for one in params])
                answer = "done"
        except Exception as problem:  # noqa: BLE001 - whatever the engine raises is its answer
            answer = str(problem).strip().splitlines()[0]
        self.trace.add("query", {"sql": sql, "params": params, "as": "owner" if owner else "product", "answer": answer})
        return answer

    @contextmanager
    def _reading(self) -> Iterator[tuple[Any, Any]]:
        if self.engine == SQLITE:
            with closing(sqlite3.connect(f"file:{self.copy.file}?mode=ro", uri=True, timeout=30)) as connection:
                yield connection, str
            return
        with _postgres(self.copy.owner or self.copy.database) as connection:
            connection.read_only = True
            yield connection, _dollars

    @contextmanager
    def _writing(self, *, owner: bool) -> Iterator[tuple[Any, Any]]:
        if self.engine == SQLITE:
            with closing(sqlite3.connect(self.copy.file, timeout=30, isolation_level=None)) as connection:
                connection.execute("PRAGMA recursive_triggers=ON")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection, str
                finally:
                    connection.execute("ROLLBACK")
            return
        with _postgres(self.copy.owner if owner and self.copy.owner else self.copy.database) as connection:
            try:
                yield connection, _dollars
            finally:
                connection.rollback()

    def _sent(self, value: Any) -> Any:
        # SQLite keeps a UUID as its 32 hexadecimal digits.
        if self.engine == SQLITE and isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
            return value.replace("-", "")
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        value = bytes(value)
    return value.hex() if isinstance(value, bytes) else value


def _dollars(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


@contextmanager
def _postgres(address: str) -> Iterator[Any]:
    with psycopg.connect(address) as connection:
        yield connection

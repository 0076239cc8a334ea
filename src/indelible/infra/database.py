"""The only place that knows how a connection is opened and what it may not do.

PostgreSQL protects the truth by a runtime role; a SQLite file has no roles, so the product's own connections
carry an authorizer that denies DDL, ATTACH, risky PRAGMA and changes of truth (D20). `owner()` opens
connections without it, for `init` and `upgrade` only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import connection, connections
from django.db.backends.postgresql.base import ServerBindingCursor

from indelible.infra import guards

_owner_depth = 0

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON; "
    "PRAGMA cache_size=-32768;",
}

PLANNED_AFTER = 3  # runs of the same statement on one connection; for cursors that ask for it, see `planned`

_GIVEN_UP = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not available
_ALONE = 7_310_002
_DDL = frozenset({*range(1, 9), *range(10, 18), *range(24, 31)})
_PRAGMAS = frozenset(
    {
        "foreign_keys",
        "table_info",
        "table_xinfo",
        "index_list",
        "index_info",
        "user_version",
        "integrity_check",
        "quick_check",
        "wal_checkpoint",
        "data_version",
        "page_count",
    }
)
_READ_ONLY_PRAGMAS = frozenset({
    "journal_mode", "synchronous", "recursive_triggers", "schema_version", "encoding", "page_size", "auto_vacuum",
    "application_id",
})  # fmt: skip


def guard_connection(connection: Any, **_: object) -> None:
    """Deny what the product never needs on a connection that was just opened; owners are let through."""
    if connection.vendor == "sqlite" and not _owner_depth:
        connection.connection.set_authorizer(_authorize)


@contextmanager
def owner() -> Iterator[None]:
    """Work as the database's owner: for `init`, `upgrade` and the tests of the guards, never in `serve`."""
    global _owner_depth
    connection.close()
    _owner_depth += 1
    try:
        yield
    finally:
        _owner_depth -= 1
        connection.close()


def session(asked: str) -> str:
    """Give what a session asks PostgreSQL for: what the database's address asks for, and that no statement is compiled.

    Who may see a record is a condition that looks dear to the planner; compiling it took longer than the page it was for.
    """
    return f"{asked} -c jit=off".strip()


def define(statements: Iterable[str]) -> None:
    """Make views and indexes in an embedded database, on a connection of its own: all of them or none.

    For the one place that names what a baseline declares (`project.reports`); every other connection is denied it.
    """
    place = str(connections["default"].settings_dict["NAME"])
    with connection.wrap_database_errors, closing(sqlite3.connect(place, timeout=30)) as own, own:
        own.execute("BEGIN IMMEDIATE")
        for statement in statements:
            own.execute(statement)


def planned() -> Any:
    """Give a cursor whose statements PostgreSQL plans once for a connection, not at each run; for what every act asks.

    Values travel beside the text, which therefore stays the same. On SQLite any cursor keeps its statements already.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        bound: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]  # its stubs know no connection
    return connection.make_debug_cursor(bound) if connection.queries_logged else connection.make_cursor(bound)


def is_postgres() -> bool:
    """Say whether the present database is PostgreSQL."""
    return connection.vendor == "postgresql"


def gave_way(problem: Exception) -> bool:
    """Say whether the database itself gave a transaction up (deadlock, lock timeout), so that it may be tried again.

    After a lost connection nobody knows whether the commit was made; trying again could do it twice.
    """
    cause = problem.__cause__
    postgres, sqlite = getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorcode", None)
    return postgres in _GIVEN_UP or (sqlite is not None and sqlite & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))


class StandAside(Exception):
    """Another transaction comes alone now: this one gives back what it holds, then comes alone from its beginning."""


def come_alone(*, begins: bool = False) -> None:
    """Let transactions that call this come one after the other, each seeing what the one before has written.

    For what is decided on rows of other records, which nobody has locked. SQLite writes one at a time anyway.
    Only a transaction that `begins` waits for its turn. One that holds a record raises StandAside instead: whoever has
    the turn may need that record, and of two that wait for each other the database would have to give one up.
    """
    if is_postgres() and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s)" if begins else "SELECT pg_try_advisory_xact_lock(%s)", [_ALONE]
            )
            if not begins and not cursor.fetchone()[0]:
                raise StandAside


def identity() -> str:
    """Give which database this process talks to: the key of every in-process cache of its content."""
    settings = connections["default"].settings_dict
    return f"{settings.get('HOST', '')}/{settings['NAME']}"


def _authorize(action: int, first: str | None, second: str | None, _db: str | None, trigger: str | None) -> int:
    if action in _DDL:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA:
        return _authorize_pragma(first or "", second)
    if action == sqlite3.SQLITE_FUNCTION and second == "load_extension":
        return sqlite3.SQLITE_DENY
    written = action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
    if written and first == "sqlite_stat1":
        return sqlite3.SQLITE_DENY
    if action in (sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE) and first in guards.TRUTH:
        return sqlite3.SQLITE_OK if trigger == guards.WITHHOLDING else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _authorize_pragma(name: str, value: str | None) -> int:
    if name in _PRAGMAS or (name in _READ_ONLY_PRAGMAS and value is None):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY

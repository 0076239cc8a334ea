"""What one change costs besides time: statements on the wire, and bytes that stay."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.bench.ways import Ways

TABLES = {
    "ledger": ("version", "event", "log_position"),
    "simple": ("bench_simple_history",),
}


def statements(change: Callable[[], None]) -> int:
    """Count the statements of one change, BEGIN and COMMIT among them."""
    change()
    with CaptureQueriesContext(connection) as seen:
        change()
    return len(seen)


def bytes_per_change(ways: Ways, way: str, changes: int) -> float:
    """Give how much one change adds to the tables (and indexes) that keep what was; the present rows are left out."""
    before = _size(TABLES[way])
    for _ in range(changes):
        ways.named(way)()
    return (_size(TABLES[way]) - before) / changes


def _size(tables: tuple[str, ...]) -> int:
    marks = ", ".join(["%s"] * len(tables))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT sum(pg_total_relation_size(c::regclass)) FROM unnest(ARRAY[{marks}]) c", tables)
        else:
            indexes = f"SELECT name FROM sqlite_master WHERE tbl_name IN ({marks})"
            cursor.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({indexes})", tables)
        return int(cursor.fetchone()[0] or 0)

"""The only place that gives events and refusals their global position (D18): each once, without gap, in order of arrival.

A trigger queues every event and refusal in its own transaction; this drains the queue. Order never comes from
time or from ids, both of which can commit out of order.
"""

from __future__ import annotations

from django.db import connection, transaction

BATCH = 5000
LOCK = 7_310_001  # one sequencer at a time on PostgreSQL; SQLite's write lock does the same


def drain() -> int:
    """Integrate everything that is queued; gives how many positions were given."""
    total = 0
    while given := step():
        total += given
    return total


def step() -> int:
    """Integrate one batch in one transaction: queue and log change together, so a crash loses and doubles nothing."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT id, kind, ref FROM pending ORDER BY id LIMIT %s", [BATCH])
        rows = cursor.fetchall()
        if not rows:
            return 0
        cursor.execute("SELECT coalesce(max(seq) + 1, 0) FROM log_position")
        first = cursor.fetchone()[0]
        cursor.executemany(
            "INSERT INTO log_position (seq, kind, ref) VALUES (%s, %s, %s)",
            [(first + index, kind, ref) for index, (_, kind, ref) in enumerate(rows)],
        )
        cursor.executemany("DELETE FROM pending WHERE id = %s", [(row[0],) for row in rows])
    return len(rows)

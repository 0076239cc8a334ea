"""The only place that gives events and refusals their global position (D18): each once, without gap, in order of arrival.

A trigger queues every event and refusal in its own transaction; this drains the queue. Order never comes from
time or from ids, both of which can commit out of order.
"""

from __future__ import annotations

from django.db import connection, transaction

from indelible.kernel.models import Pending

BATCH = 5000
LOCK = 7_310_001  # one sequencer at a time on PostgreSQL; SQLite's write lock does the same

_FIRST = "SELECT id FROM pending ORDER BY id LIMIT %s"
_GIVE = """INSERT INTO log_position (seq, kind, ref)
    SELECT (SELECT coalesce(max(seq), -1) FROM log_position) + row_number() OVER (ORDER BY id), kind, ref"""
# Other writers queue meanwhile. On PostgreSQL one statement takes and gives, so that it sees one queue; on SQLite
# nobody else writes until the transaction ends.
_STATEMENTS = {
    "postgresql": (f"WITH w AS (DELETE FROM pending WHERE id IN ({_FIRST}) RETURNING id, kind, ref) {_GIVE} FROM w",),
    "sqlite": (f"{_GIVE} FROM pending WHERE id IN ({_FIRST})", f"DELETE FROM pending WHERE id IN ({_FIRST})"),
}


def drain() -> int:
    """Integrate everything that is queued; gives how many positions were given."""
    # Asked without a lock, because mostly nothing waits and SQLite's writers would have to stand aside for nothing.
    total = given = step() if Pending.objects.exists() else 0
    while given == BATCH:
        total += (given := step())
    return total


def step() -> int:
    """Integrate one batch in one transaction: queue and log change together, so a crash loses and doubles nothing."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for statement in _STATEMENTS[connection.vendor]:
            cursor.execute(statement, [BATCH])
        return int(cursor.rowcount)

"""The only place that makes the system's moves when their time has come (D15); one loop in `serve` calls it."""

from __future__ import annotations

from indelible.infra import clock
from indelible.kernel import acts, records
from indelible.kernel.acts import Outcome
from indelible.kernel.context import Context
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Timer

TIMER = Context(person_id=None, via="timer")


def run_due(limit: int = 100) -> list[Outcome]:
    """Make every move that is due, oldest first; a refused one stays and its refusal is noted once an hour.

    Safe in several processes at once: the door locks the record, and the second finds the move already made.
    """
    done = []
    for timer in Timer.objects.filter(due_at__lte=clock.now()).order_by("due_at", "id")[:limit]:
        try:
            record = records.find(timer.record_id)
            done.append(acts.run(TIMER, f"{record.type}.{timer.move}", record.id, reason=f"Due {clock.iso(timer.due_at)}"))
        except (Refused, NotFound):
            # The refusal is in the ledger already; the record shows why it has not moved.
            continue
    return done

"""The only place that makes the system's moves when their time has come (D15); one loop in `serve` calls it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from indelible.infra import clock
from indelible.kernel import acts, records
from indelible.kernel.acts import Outcome
from indelible.kernel.context import Context
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Timer

TIMER = Context(person_id=None, via="timer")
AGAIN = timedelta(hours=1)

_refused: dict[tuple[UUID, str], datetime] = {}


def run_due(limit: int = 100) -> list[Outcome]:
    """Make every move that is due, oldest first; a refused one stays and its refusal is noted once an hour.

    Safe in several processes at once: the door locks the record, and the second finds the move already made.
    """
    done: list[Outcome] = []
    for timer in list(Timer.objects.filter(due_at__lte=clock.now()).order_by("due_at", "id")):
        key = timer.record_id, timer.move
        if len(done) >= limit or clock.now() - _refused.get(key, datetime.min.replace(tzinfo=UTC)) < AGAIN:
            continue
        try:
            record = records.find(timer.record_id)
            due = clock.in_zone(timer.due_at, records.configuration_of(record).company.zone)
            done.append(acts.run(TIMER, f"{record.type}.{timer.move}", record.id, reason=f"Due {due}"))
        except (Refused, NotFound):
            # The refusal is in the ledger already; asking every second would fill it with the same words.
            _refused[key] = clock.now()
    return done

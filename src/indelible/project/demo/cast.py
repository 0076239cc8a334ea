"""The people of the demonstration as contexts, and the simulated clock by which they act."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from indelible.kernel import acts, reactions, signatures, timers
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.models import Timer
from indelible.practice import queries

A_MOMENT = timedelta(seconds=41)


@dataclass
class Cast:
    """Who acts, and what time it is."""

    now: datetime
    people: dict[str, Context] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)

    def tick(self) -> None:
        """Go on a little."""
        self.now += A_MOMENT

    def wait(self, until: datetime) -> None:
        """Wait for a moment, never back; what falls due on the way is done at its own minute, as a running server does it."""
        due = Timer.objects.filter(due_at__lte=until).order_by("due_at").values_list("due_at", flat=True)
        for moment in sorted(set(due)):
            self.now = max(self.now, moment)
            timers.run_due()
            reactions.run_pending()
        self.now = max(self.now, until)

    def act(self, who: str | None, act: str, subject: UUID | None = None, **given: Any) -> acts.Outcome:
        """Act as a person of the company, or as the system."""
        self.tick()
        return acts.run(self.people[who] if who else SYSTEM, act, subject, **given)

    def sign(self, who: str, act: str, number: str, reason: str = "") -> acts.Outcome:
        """Look at the record, prove a simulated presence for exactly that statement, sign."""
        self.tick()
        view, person = queries.viewer(self.people[who]), self.people[who].person_id or NOBODY
        record = queries.get_record(view, number)
        shown = queries.to_sign(view, record, act.partition(".")[2])
        presence = signatures.simulate(person, self.people[who].session, shown.sha256)
        return acts.run(self.people[who], act, record.id, seen=record.position, presence=presence, reason=reason)

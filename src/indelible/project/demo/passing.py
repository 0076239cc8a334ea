"""The only place that lets simulated time pass in a loaded demonstration: it stops wherever something falls due.

A server that runs makes each move in its minute. A clock that jumps over that minute would make it later, and the list
of what was in force on a day would be wrong; so the clock is moved to each such moment in turn.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from indelible.infra import clock
from indelible.kernel import reactions, sequencer, timers
from indelible.kernel.models import Timer
from indelible.practice import scheduled, simulation

PAST = timedelta(seconds=1)  # the clock is kept in whole seconds; a moment that is cut short would not be reached


def advance(span: timedelta) -> dict[str, Any]:
    """Move the clock forward and do what falls due on the way; raises Refused in a home that is not simulated."""
    simulation.install()
    end, done = clock.now() + span, []
    due = Timer.objects.filter(due_at__gt=clock.now(), due_at__lte=end)
    for moment in sorted(set(due.values_list("due_at", flat=True))):
        simulation.advance(moment + PAST - clock.now())
        done += timers.run_due()
        reactions.run_pending()
    if (rest := end - clock.now()) > timedelta(0):
        simulation.advance(rest)
    done += timers.run_due()
    reactions.run_pending()
    opened = scheduled.open_due()  # the server leaves that alone here: whoever moves the clock does what a server would
    reactions.run_pending()
    sequencer.drain()
    told = [f"{outcome.number} is {outcome.state}" for outcome in done]
    return {"now": clock.now().isoformat(), "done": [*told, *(f"{number} was opened: it is due" for number in opened)]}

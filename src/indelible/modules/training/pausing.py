"""The only place that lets the clock of a training stand still while its person is away.

Asked again after everything that could change the answer: what the days of absence since the assignment add to the date,
counted from the date itself, and after a leave of ten business days or more the date is not before the tenth one at work.
A date that was over before the first day away stays over. The clock stops, the acts do not open: what a training gates
stays refused from the first date on for as long as its person is away (see `gates`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from indelible.infra import clock
from indelible.kernel import records, work
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import completes
from indelible.kernel.models import Record
from indelible.practice import absences, extensions
from indelible.practice.absences import Absence

COUNTED = (absences.RUNNING, absences.OVER)
DAYS_OF = "due_on"
LEAVE = (
    10  # business days away from which on an absence is a leave: too much has changed meanwhile to go on as if nothing had
)
BACK = 10  # business days at work after a leave before anything is due


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a clock stands still: whole days, None while nobody knows; because of which absences; whether one runs."""

    days: int | None
    absences: list[str]
    running: bool


def pause(due: date, assigned: date, away: list[Absence], holidays: frozenset[str]) -> Pause:
    """Give how long the clock of what was assigned on a day and due on another one stands still, by absences in order."""
    days, why, stopped = 0, [], False
    for one in away:
        first = max(one.first, assigned)
        if (one.last is not None and one.last < first) or due + timedelta(days=days) < first:
            continue
        why.append(one.number)
        stopped = stopped or one.last is None
        days += (one.last - first).days + 1 if one.last else 0
        if one.last and work.business_day(one.first - timedelta(days=1), LEAVE, holidays) <= one.last:
            back = work.business_day(one.last, 1 + BACK, holidays)  # the first is the day of the return
            days = max(days, (back - due).days)
    return Pause(None if stopped else days, why, any(one.running for one in away))


def differs(training: Record, away: list[Absence]) -> bool:
    """Say whether a training stands other than the absences of its person ask for."""
    now, mark = _of(training, away), training.marks.get(extensions.AWAY, {})
    known = (mark.get("days", 0), mark.get("stopped", False), mark.get("absences", []), mark.get("running", False))
    return known != (now.days or 0, now.days is None, now.absences, now.running)


def stands_still(training: Record) -> bool:
    """Say whether the person of a training is away."""
    return bool(training.marks.get(extensions.AWAY, {}).get("running"))


def due_without(training: Record) -> datetime | None:
    """Give the date of a training as it would be if nobody had been away."""
    mark = training.marks.get(extensions.AWAY)
    if not mark:
        return training.due_at
    if training.due_at is None:
        return clock.parse(mark["first_due"])
    return training.due_at - timedelta(days=mark["days"])


@completes("training.create")
@completes("training.pause")
@completes("training.resume")
@completes("training.coach")
@completes("training.reopen")
@completes("training.take_from_work")
def clock_stands_still(case: Case, decision: Decision) -> None:
    """Let the date follow the absences of whoever is trained, with each step that could lose it."""
    away = absences.of([UUID(case.named_people("trainee")[0])], states=COUNTED)
    marks = case.head.marks if case.record else {}
    if not away and extensions.AWAY not in marks:
        return
    assigned = absences.day_of(case.head.created_at if case.record else case.at)
    own = _own_days(marks)
    due = date.fromisoformat(case.value(DAYS_OF)) + timedelta(days=own)
    found = pause(due, assigned, away, frozenset(case.configuration.policies.holidays))
    if not found.absences and not found.running and extensions.AWAY not in marks:
        return
    extensions.pause(case, decision, found.days, found.absences)
    decision.effects.head["marks"][extensions.AWAY]["running"] = found.running


def _of(training: Record, away: list[Absence]) -> Pause:
    due = date.fromisoformat(records.values(training)[DAYS_OF]) + timedelta(days=_own_days(training.marks))
    holidays = frozenset(records.configuration_of(training).policies.holidays)
    return pause(due, absences.day_of(training.created_at), away, holidays)


def _own_days(marks: Mapping[str, Any]) -> int:
    """Give by how many days the date was extended otherwise."""
    extended, away = marks.get("extended", {}), marks.get(extensions.AWAY, {})
    return int(extended.get("days", {}).get(DAYS_OF, 0)) - int(away.get("days", 0))

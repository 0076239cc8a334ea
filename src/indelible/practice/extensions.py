"""The only place that moves a date of a record, due or planned: the first one and the count stay visible for ever.

`extend` moves it at once, by those whom the type names. Where an extension is signed, the date is asked for in the
content (`extend_to`, `interim_state`), so that what is signed was there to be seen; a move of the type grants it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import decisions, rules, work
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing
from indelible.kernel.hooks import decides
from indelible.kernel.models import Timer
from indelible.kernel.rules import rule
from indelible.kernel.types import DUE

ASKED, WHY = "extend_to", "interim_state"
AWAY = "away"  # the mark on the head of what stood or stands still while somebody is away
OFTEN = 2  # so many extensions without management


@decides("extend")
def extend(case: Case, inputs: dict[str, Any]) -> Decision:
    """Move the due date with a reason, by a number of days."""
    grant = decisions.allowed(case)
    rules.reason_given(case, required=True)
    days = inputs.get("days")
    if case.head.due_at is None or not isinstance(days, int) or not 1 <= days <= 365:
        raise Invalid(rule="input", text="An extension takes 1 to 365 days.",
                      missing=(Missing("A number of days.", field="days"),))  # fmt: skip
    decision = Decision("extended", case.head.state, grant)
    _move(case, decision, case.head.due_at + timedelta(days=days))
    return decision


@decides("postpone")
def postpone(case: Case, inputs: dict[str, Any]) -> Decision:
    """Move the day of the system's next move, with a reason; the first day and the count stay visible (D14).

    What was signed stays as it was signed: the day is an event, and no signature falls.
    """
    grant = decisions.allowed(case)
    rules.reason_given(case, required=True)
    verb = next(name for name, move in case.state.moves.items() if move.at)
    timer = Timer.objects.filter(record_id=case.head.id, move=verb).first()
    moment = work.day(case, str(inputs.get("to", "")))
    if moment is None or moment <= case.at or (timer and moment == timer.due_at):
        raise Invalid(rule="input", text="Name another day after today, such as 2027-01-31.",
                      missing=(Missing("A day in the future.", field="to"),))  # fmt: skip
    decision = Decision("postponed", case.head.state, grant)
    into = decision.effects.moved_timers if timer else decision.effects.timers
    into[verb] = clock.iso(moment)
    before = clock.iso(timer.due_at) if timer else None
    known = case.head.marks.get("postponed", {"first": before, "count": 0})
    mark = {**known, "count": known["count"] + 1, "to": clock.iso(moment)}
    decision.effects.head = {"marks": {**case.head.marks, "postponed": mark}}
    decision.note = {"from": before, "to": clock.iso(moment)}
    return decision


def grant_what_was_asked(case: Case, decision: Decision) -> None:
    """Move the due date to the day that was asked for: what completes a move that grants an extension."""
    if (until := asked(case)) is not None:
        _move(case, decision, until)


def pause(case: Case, decision: Decision, days: int | None, why: list[str]) -> None:
    """Let the clock of what is due stand still for so many days in all, None for as long as nobody knows.

    The first date and the absences that explain the other one stay visible; days given before are not given twice.
    """
    if (since := _since(case, decision)) is None:
        return
    marks = decision.effects.head.get("marks", case.head.marks if case.record else {})
    before = int(marks.get(AWAY, {}).get("days") or 0)
    extended, given = marks.get("extended", {}), marks.get("extended", {}).get("days", {})
    own = given.get(since, 0) - before
    zone = ZoneInfo(case.configuration.company.zone)
    first = datetime.combine(date.fromisoformat(case.value(since)) + timedelta(days=own), time(23, 59), zone)
    due = None if days is None else clock.iso(first + timedelta(days=days))
    was = case.head.due_at if case.record else first
    mark = {"first_due": clock.iso(first), "days": days or 0, "absences": why, "stopped": days is None}
    known = (
        {"first_due": clock.iso(first), "count": 0, "of": since} | extended | {"days": {**given, since: own + (days or 0)}}
    )
    decision.effects.head |= {"due_at": due, "marks": {**marks, AWAY: mark, "extended": known}}
    decision.note |= {"from": clock.iso(was) if was else "", "to": due or "", "absences": why}
    if decision.effects.open_tasks:  # a state was entered: its work has the date of before
        decision.effects.open_tasks = [{**task, "due": due} for task in decision.effects.open_tasks]
    else:
        work.follow(case, decision.effects, case.content)


def _since(case: Case, decision: Decision) -> str | None:
    due = case.declaration.lifecycle[decision.state].due
    return due.since if due else None


def asked(case: Case) -> datetime | None:
    """Give the end of the day until which an extension is asked, None for none."""
    if not (day := case.value(ASKED)):
        return None
    return datetime.combine(date.fromisoformat(day), time(23, 59), ZoneInfo(case.configuration.company.zone))


def granted(case: Case) -> int:
    """Give how often the record was extended."""
    return int(case.head.marks.get("extended", {}).get("count", 0))


def _move(case: Case, decision: Decision, until: datetime) -> None:
    before = case.head.due_at
    if before is None:
        return
    since = case.state.due.since if case.state.due else None
    counted, due = since or case.head.state, clock.iso(until)
    known = case.head.marks.get("extended", {})
    days = dict(known.get("days", {}))
    if since:
        days[since] = days.get(since, 0) + (_day(case, until) - _day(case, before)).days
    first = known["first_due"] if known.get("of", counted) == counted and known else clock.iso(before)
    mark = {"first_due": first, "count": known.get("count", 0) + 1, "of": counted} | ({"days": days} if days else {})
    decision.effects.head |= {"due_at": due, "marks": {**case.head.marks, "extended": mark}}
    decision.note = {"from": clock.iso(before), "to": due}
    for verb, move in case.state.moves.items():
        if move.at == DUE and Timer.objects.filter(record_id=case.head.id, move=verb).exists():
            decision.effects.moved_timers[verb] = due
    work.follow(case, decision.effects, case.content)


def _day(case: Case, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(case.configuration.company.zone)).date()


@rule("extension_is_asked")
def extension_is_asked(case: Case) -> str | None:
    """An extension is asked for before the due date, with a later day and the interim state."""
    until, due = asked(case), case.head.due_at
    if until is None or not case.value(WHY):
        return "Nobody asks for an extension: the day and the interim state are to be filled in first."
    if due is None or until <= due:
        return f"The day that is asked for is not after the present date, {due and _day(case, due)}."
    return None if case.at <= due else "It is overdue: an extension is asked for before the date, and not afterwards."


@rule("extended_less_than_twice")
def extended_less_than_twice(case: Case) -> str | None:
    """The first two extensions are Quality's alone to grant."""
    return (
        None if granted(case) < OFTEN else "It was extended twice already; from the third time on management signs as well."
    )


@rule("extended_twice_already")
def extended_twice_already(case: Case) -> str | None:
    """From the third extension on management signs as well."""
    return None if granted(case) >= OFTEN else "It was extended less than twice; Quality grants this one alone."

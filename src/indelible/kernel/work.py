"""The only place that says which work a state opens, for whom, and when it is due."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from indelible.infra import clock, ids
from indelible.kernel import lifecycles
from indelible.kernel.case import Case, Need
from indelible.kernel.effects import Effects
from indelible.kernel.types import Due, Move


def enter(case: Case, state: str, effects: Effects) -> None:
    """Set what entering a state brings: due date, tasks for the expected move, timers of the system's own moves."""
    declared = case.declaration.lifecycle[state]
    due = due_at(case, declared.due) if declared.due else None
    effects.head["due_at"] = clock.iso(due) if due else None
    effects.close_all_tasks = case.record is not None
    effects.clear_timers = case.record is not None and any(move.at for move in case.state.moves.values())
    for verb, move in declared.moves.items():
        if move.at is not None and (value := case.value(move.at)):
            effects.timers[verb] = clock.iso(_moment(case, value))
    expected = declared.work or next((v for v, m in declared.moves.items() if "system" not in m.by), None)
    if expected and declared.work != "none":
        open_work(case, expected, declared.moves[expected], effects, due)


def open_work(case: Case, verb: str, move: Move, effects: Effects, due: datetime | None) -> None:
    """Open one task for each signature that a move needs, or one for whoever may make it."""
    wanted = lifecycles.needs(case, move) or [Need("", tuple(move.by))]
    for need in wanted:
        open_task(case, verb, need, effects, due)


def open_task(case: Case, verb: str, need: Need, effects: Effects, due: datetime | None) -> None:
    """Open the task of one awaited signature (or of a move without one)."""
    for capacity in need.capacities[:1] if need.meaning else need.capacities:
        for person in [need.person] if need.person else _people(case, capacity):
            effects.open_task(
                move=verb, meaning=need.meaning or None, capacity=capacity, person=person,
                scope=_scope(case, capacity, effects), due=due, note=case.reason, identifier=str(ids.new()),
            )  # fmt: skip


def task_key(verb: str, need: Need) -> dict[str, str | None]:
    """Give the key of the task that a given signature closes."""
    return {"move": verb, "meaning": need.meaning, "capacity": need.capacities[0], "person": need.person}


def due_at(case: Case, due: Due) -> datetime:
    """Give when something is due: 23:59 of the day in the company's zone, business days skip weekends and holidays."""
    zone = ZoneInfo(case.configuration.company.zone)
    day = case.at.astimezone(zone).date()
    if due.calendar == "calendar":
        day += timedelta(days=due.days)
    else:
        day = _business(day, due.days, frozenset(case.configuration.policies.holidays))
    return datetime.combine(day, time(23, 59), zone)


def _business(day: date, count: int, holidays: frozenset[str]) -> date:
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day.isoformat() not in holidays:
            count -= 1
    return day


def _moment(case: Case, value: str) -> datetime:
    zone = ZoneInfo(case.configuration.company.zone)
    moment = clock.parse(value) if "T" in value else datetime.combine(date.fromisoformat(value), time(), zone)
    return max(moment, case.at)


def _people(case: Case, capacity: str) -> list[str | None]:
    if capacity in case.configuration.roles:
        return [None]
    if capacity == "its_author":
        author = case.head.author_id if case.record else case.person and case.person.id
        return [str(author)] if author else []
    if capacity == "owner":
        return list(case.named_people(case.declaration.owner or ""))
    return list(case.named_people(capacity))


def _scope(case: Case, capacity: str, effects: Effects) -> str | None:
    role = case.configuration.roles.get(capacity)
    if role is None or not role.scoped:
        return None
    department: str | None = effects.head.get("department", case.record.department if case.record else None)
    return department

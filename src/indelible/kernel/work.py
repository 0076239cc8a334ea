"""The only place that says which work a state opens, for whom, and when it is due."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock, ids
from indelible.kernel import lifecycles
from indelible.kernel.case import Case, Need
from indelible.kernel.effects import Effects
from indelible.kernel.types import DUE, Due, State


def enter(case: Case, state: str, effects: Effects) -> None:
    """Set what entering a state brings: due date, tasks for the expected move, timers of the system's own moves."""
    declared = case.declaration.lifecycle[state]
    due = due_at(case, declared.due) if declared.due else None
    effects.head["due_at"] = clock.iso(due) if due else None
    effects.close_all_tasks = case.record is not None
    effects.clear_timers = case.record is not None and any(move.at for move in case.state.moves.values())
    for verb, move in declared.moves.items():
        if move.at is not None and (value := effects.head["due_at"] if move.at == DUE else case.value(move.at)):
            effects.timers[verb] = clock.iso(_moment(case, value))
    _note_force(case, declared, effects)
    _open_work(case, declared, effects, due, [])


def _note_force(case: Case, declared: State, effects: Effects) -> None:
    """Keep from when until when a record was in force, so that any day can be asked for (211.100, 11.10(k))."""
    was = case.record.standing if case.record else None
    if declared.standing == "in_force" and was != "in_force":
        effects.head |= {"in_force_from": clock.iso(case.at), "in_force_until": None}
    elif was == "in_force" and declared.standing != "in_force":
        effects.head["in_force_until"] = clock.iso(case.at)


def follow(case: Case, effects: Effects, before: Mapping[str, Any]) -> None:
    """Let timers and open work of the present state follow what an act changed; `before` is the content until now."""
    for verb, move in case.state.moves.items():
        if move.at is not None and (value := case.value(move.at)) != (old := before.get(move.at)):
            due = clock.iso(_moment(case, value)) if value else None
            if old and due:
                effects.moved_timers[verb] = due
            else:
                effects.timers[verb] = due
    was, now = Effects(), Effects(head=effects.head)
    given = effects.head.get("signed", case.head.signed).get("open", [])
    due_at = clock.parse(effects.head["due_at"]) if "due_at" in effects.head else case.head.due_at
    _open_work(replace(case, content=dict(before)), case.state, was, case.head.due_at, case.open_signatures())
    _open_work(case, case.state, now, due_at, given)
    if [_wanted(task) for task in was.open_tasks] != [_wanted(task) for task in now.open_tasks]:
        effects.close_all_tasks, effects.open_tasks = True, now.open_tasks


def _open_work(case: Case, state: State, effects: Effects, due: datetime | None, given: list[dict[str, Any]]) -> None:
    """Open one task for each signature that the expected move still needs, or one for whoever may make it."""
    expected = _expected(case, state)
    if expected is None:
        return
    move = state.moves[expected]
    ahead = state.due.ahead_days if state.due else None
    for need in lifecycles.open_needs(case, expected, move, given) if move.signs else [Need("", tuple(move.by))]:
        _open_task(case, expected, need, effects, due, ahead)


def _expected(case: Case, state: State) -> str | None:
    """Give the move that people are asked for: the declared one, or the first that this content allows."""
    if state.work == "none" or (state.work and lifecycles.holds_when(state.moves[state.work].when, case.content)):
        return None if state.work == "none" else state.work
    possible = (v for v, m in state.moves.items() if "system" not in m.by and lifecycles.holds_when(m.when, case.content))
    return next(possible, None)


def _wanted(task: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in task.items() if key not in ("id", "note")}


def _open_task(case: Case, verb: str, need: Need, effects: Effects, due: datetime | None, ahead: int | None) -> None:
    shown_from = due - timedelta(days=ahead) if due and ahead is not None else None
    for capacity in need.capacities[:1] if need.meaning else need.capacities:
        for person in [need.person] if need.person else _people(case, capacity, effects):
            effects.open_task(
                move=verb, meaning=need.meaning or None, capacity=capacity, person=person,
                scope=_scope(case, capacity, effects), due=due, shown_from=shown_from, note=case.reason,
                identifier=str(ids.new()),
            )  # fmt: skip


def task_keys(case: Case, verb: str, need: Need) -> list[dict[str, Any]]:
    """Give the keys of the tasks that a given signature closes: those of everybody of whom it was asked."""
    whom = [need.person] if need.person else _people(case, need.capacities[0], Effects())
    return [{"move": verb, "meaning": need.meaning, "capacity": need.capacities[0], "person": person} for person in whom]


def due_at(case: Case, due: Due) -> datetime:
    """Give when something is due: 23:59 of the day in the company's zone, business days skip weekends and holidays.

    What is counted from a field keeps the days by which it was extended, into whichever state the record goes.
    """
    zone = ZoneInfo(case.configuration.company.zone)
    since = case.value(due.since) if due.since else None
    day = _moment(case, since, earlier=True).astimezone(zone).date() if since else case.at.astimezone(zone).date()
    days = int(Decimal((due.days_in and case.value(due.days_in)) or due.days or 0))
    if due.months is not None:
        day = later(day, due.months_by.get(str(case.value(due.by)) if due.by else "", due.months))
    elif due.calendar == "calendar":
        day += timedelta(days=days)
    else:
        day = business_day(day, days, frozenset(case.configuration.policies.holidays))
    if since and case.record is not None:
        day += timedelta(days=case.record.marks.get("extended", {}).get("days", {}).get(due.since, 0))
    return datetime.combine(day, time(23, 59), zone)


def later(day: date, count: int) -> date:
    """Give the day so many months after another one; the last of a month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def business_day(day: date, count: int, holidays: frozenset[str]) -> date:
    """Give the day so many business days after another one: weekends and the company's holidays do not count."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day.isoformat() not in holidays:
            count -= 1
    return day


def day(case: Case, text: str) -> datetime | None:
    """Give when a day begins in the company's zone; None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(case.configuration.company.zone))
    except ValueError:
        return None


def _moment(case: Case, value: str, *, earlier: bool = False) -> datetime:
    zone = ZoneInfo(case.configuration.company.zone)
    moment = clock.parse(value) if "T" in value else datetime.combine(date.fromisoformat(value), time(), zone)
    return moment if earlier else max(moment, case.at)


def _people(case: Case, capacity: str, effects: Effects) -> list[str | None]:
    if capacity in case.configuration.roles:
        return [None]
    if capacity == "its_author":
        author = effects.head.get("author_id", case.head.author_id) if case.record else case.person and case.person.id
        return [str(author)] if author else []
    if capacity == "owner":
        owner = effects.head.get("owner_id", case.record and case.record.owner_id)
        return [str(owner)] if owner else []
    return list(case.named_people(capacity))


def _scope(case: Case, capacity: str, effects: Effects) -> str | None:
    role = case.configuration.roles.get(capacity)
    if role is None or not role.scoped:
        return None
    department: str | None = effects.head.get("department", case.record.department if case.record else None)
    return department

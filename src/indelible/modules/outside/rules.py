"""What is asked of another company belongs to a record that goes on, and is open to them for some weeks, not for ever."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from indelible.kernel import authority, records
from indelible.kernel.case import Case
from indelible.kernel.rules import rule
from indelible.practice import belonging

LONGEST = timedelta(days=90)
ANSWERED = "with_them"  # the phase of what is theirs to write


@rule("its_parent_goes_on", alone=True)
def its_parent_goes_on(case: Case) -> str | None:
    """Another company is asked on a record that is open, and what was asked stays with it."""
    parent = belonging.parent(case)
    if parent is None or (case.record is not None and case.head.state != case.declaration.initial):
        return None
    return f"{parent.number} has ended; have it opened again before anybody is asked." if belonging.ended(parent) else None


@rule("contribution_is_short")
def contribution_is_short(case: Case) -> str | None:
    """What is open to another company is open until a day to come, at most 90 days ahead."""
    if case.record is not None and case.head.state != case.declaration.initial:
        return None
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    until = date.fromisoformat(case.value("until"))
    return (
        None
        if today <= until <= today + LONGEST
        else f"It is open to them until a day from today on, at most {LONGEST.days} days ahead."
    )


@rule("answer_is_theirs")
def answer_is_theirs(case: Case) -> str | None:
    """What another company answers is written by them and by nobody else, and they write nothing beside it."""
    before = records.values(case.record) if case.record else {}
    changed = [
        field
        for field in case.declaration.live_fields()
        if (before.get(field.name) or None) != (case.value(field.name) or None)
    ]
    theirs, mine = authority.holds(case, authority.OUTSIDE), [field.title for field in changed if field.phase != ANSWERED]
    if theirs:
        return f"You write the answer and nothing else: {', '.join(mine)}." if mine else None
    others = [field.title for field in changed if field.phase == ANSWERED]
    return f"What they answer is written by them: {', '.join(others)}." if others else None

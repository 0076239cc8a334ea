"""The only place that decides what becomes of a record that should not have been one of its own, or that has ended.

A duplicate ends under its number and names the record that is counted; what was entered as the wrong type goes on as a
record of the right one, with the clock of the first. To what has ended nothing is changed: something is added (ALCOA+).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from indelible.infra import clock
from indelible.kernel import lifecycles, records, work
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply
from indelible.kernel.models import Link, Record
from indelible.kernel.rules import rule
from indelible.kernel.types import State, TypeDeclaration
from indelible.practice import belonging
from indelible.practice.linking import BY_HAND

DUPLICATE, MOVED, CONTINUES = "duplicate_of", "moved_to", "continues"
REPEATS, GOES_ON, ADDS = "repeats_another_record", "continues_as_another_type", "its_record_has_ended"
TOLD = ("told_by", "told_how")


@rule(REPEATS, alone=True)
def repeats_another_record(case: Case) -> str | None:
    """A duplicate names the record of the same type that goes on instead: not itself, and none that has no effect."""
    other = _named(case, DUPLICATE)
    if other is None:
        return "Name the record that this one repeats under “Duplicate of” first: that is part of what is signed."
    if other.pk == case.head.pk:
        return "A record is no duplicate of itself: name the other one."
    if other.type != case.type:
        return f"{other.number} is no {case.declaration.noun}: what was entered as the wrong type is moved, not merged."
    return _without_effect(other)


@rule(GOES_ON, alone=True)
def continues_as_another_type(case: Case) -> str | None:
    """What was entered as the wrong type names the one record of another type that was begun from it and goes on."""
    other, begun = _named(case, MOVED), _continuing(case.head)
    if other is None:
        words = (
            f"Name {begun[0].number} under “Moved to” first" if begun else "Begin the record of the right type from this one"
        )
        return f"{words}: that is part of what is signed."
    if other.type == case.type or other.pk not in {one.pk for one in begun}:
        return _without_effect(other) or f"{other.number} was not begun as what continues {case.head.number}."
    too = [one.number for one in begun if one.pk != other.pk]
    return f"It goes on twice, also as {', '.join(too)}: void one of them first." if too else None


@rule("clock_goes_on")
def clock_goes_on(case: Case) -> str | None:
    """What a record continues is said as it is begun, and its clock never begins later than that of the other one."""
    before = records.values(case.record).get(CONTINUES) or [] if case.record else case.value(CONTINUES) or []
    if (case.value(CONTINUES) or []) != before:
        return "What a record continues is said when it is begun, and stays."
    other = _named(case, CONTINUES)
    if other is None:
        return None
    if case.record is None and belonging.ended(other):
        return f"{other.number} has ended: nothing continues it. Add to it, or have it opened again."
    theirs, mine = records.values(other).get(clock_of(records.type_of(other))), case.value(clock_of(case.declaration))
    if theirs and mine and clock.parse(mine) > clock.parse(theirs):
        shown = clock.in_zone(clock.parse(theirs), case.configuration.company.zone)[:16].replace("T", " ")
        return f"It continues {other.number}: its clock begins when that was discovered, {shown}, and not later."
    return None


@rule("who_told_and_how")
def who_told_and_how(case: Case) -> str | None:
    """Where somebody else told of it, both stand there: who that was, in which role, and by which way."""
    lacking = [name for name in TOLD if not case.value(name)]
    words = ", ".join(field.title.lower() for name in lacking if (field := case.declaration.field(name)))
    return f"Say who told of it and how; missing: {words}." if len(lacking) == 1 else None


@rule(ADDS, alone=True)
def its_record_has_ended(case: Case) -> str | None:
    """An addendum belongs to a record that has ended; as long as it is open it is changed itself."""
    parent = belonging.parent(case)
    if parent is None or belonging.ended(parent):
        return None
    return f"{parent.number} is open: change it there. An addendum is for what has ended."


def linked_both_ways(case: Case, decision: Decision) -> Iterator[Reply]:
    """Let the record that goes on name its duplicate too: as context, which voids no signature of it."""
    other = _named(case, DUPLICATE)
    if other is None or decision.state == case.head.state:
        return
    if not Link.objects.filter(record_id=other.pk, target=case.head.number, relation=BY_HAND).exists():
        yield Reply(f"{other.type}.link", other.pk, {"to": case.head.number}, reason=f"{case.head.number} is its duplicate")


def first_clock_goes_on(case: Case, decision: Decision) -> None:
    """Count the first step of a record that continues another one from the day on which that one was entered."""
    other, due = _named(case, CONTINUES), case.declaration.lifecycle[decision.state].due
    if other is None or due is None or due.since:
        return
    at = work.due_at(replace(case, at=other.created_at), due)
    if at < clock.parse(decision.effects.head["due_at"]):
        decision.effects.head["due_at"] = clock.iso(at)
        decision.effects.open_tasks = [{**task, "due": clock.iso(at)} for task in decision.effects.open_tasks]


def not_asked(record: Record | None) -> tuple[str, ...]:
    """Give what a form leaves out: a report is judged afterwards, and what it continues was said as it was begun."""
    return (CONTINUES,) if record else (DUPLICATE, MOVED)


def clock_of(declaration: TypeDeclaration) -> str:
    """Give the field from which the days of a type count: when it was discovered or received; empty for none."""
    return next((state.due.since for state in declaration.lifecycle.values() if state.due and state.due.since), "") or ""


def counted_elsewhere(declaration: TypeDeclaration) -> list[str]:
    """Give the states of a type in which a record is counted under another number, so that figures count it once."""
    return [name for name, state in declaration.lifecycle.items() if {REPEATS, GOES_ON} & {*state.requires}]


def can_move(declaration: TypeDeclaration, state: State) -> list[str]:
    """Give who may move a record of this state to another type; nobody where the state knows no such move."""
    moves = (move for move in state.moves.values() if GOES_ON in declaration.lifecycle[move.to].requires)
    return [capacity for move in moves for capacity in move.by]


def instead(record: Record) -> tuple[str, str] | None:
    """Give in words how a record ended that is counted under another number, and that number; None for any other."""
    state = records.state_of(record)
    values = records.values(record) if state.look == "void" else {}
    for name, asked, words in ((DUPLICATE, REPEATS, "is a duplicate of"), (MOVED, GOES_ON, "was moved to")):
        if asked in state.requires and (linked := values.get(name)):
            return words, str(linked[0]["number"])
    return None


def list_addenda(record: Record) -> list[Record]:
    """List what was added to a record that has ended, by number: the signed addenda; also those that not everybody may open."""
    own = belonging.children(record) if belonging.ended(record) else []
    return [child for child in own if ADDS in records.type_of(child).keeps and records.state_of(child).look == "done"]


def _named(case: Case, name: str) -> Record | None:
    linked = case.value(name)
    return Record.objects.filter(number=linked[0]["number"]).first() if linked else None


def _continuing(head: Record) -> list[Record]:
    """Give the records, by number, that continue this one and have an effect."""
    rows = Link.objects.filter(target=head.number, relation=CONTINUES).values("record_id")
    return [one for one in Record.objects.filter(pk__in=rows).order_by("number") if not _without_effect(one)]


def _without_effect(other: Record) -> str | None:
    state = records.state_of(other)
    if state.look != "void":
        return None
    return f"{other.number} is {lifecycles.label(state, other.state).lower()}: name the record that goes on."

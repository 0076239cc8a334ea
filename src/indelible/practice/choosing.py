"""The only place that says what is to be known of what is chosen: of records whether they are in force, of people whether they are away.

Where only what is in force may be chosen, a type asks for it by a rule's name, and knows it by `standing`: a supplier that
is approved is in force, one that is suspended is past. Who is away may always be chosen: it is said, and never refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Party, Record
from indelible.kernel.rules import rule
from indelible.kernel.types import TypeDeclaration
from indelible.practice import absences, belonging, duties
from indelible.practice.absences import Absence

IN_FORCE = "in_force"


def restricted(declaration: TypeDeclaration) -> bool:
    """Say whether records of a type are in force or not, each by itself and without revisions."""
    states = declaration.lifecycle.values()
    return declaration.revisions is None and any(state.standing == IN_FORCE for state in states)


def unconditional(record: Record) -> bool:
    """Say whether a record is in force without reserve: no condition is open and nothing about it is being decided."""
    return record.standing == IN_FORCE and records.state_of(record).look == "done"


def chosen(case: Case) -> Iterator[Record]:
    """Give the records of such types that the content names in fields that lead to one type only."""
    fields = [f for f in case.declaration.live_fields() if f.kind == "links" and len(f.to) == 1]
    kinds = {f.to[0] for f in fields if (found := case.configuration.types.get(f.to[0])) and restricted(found)}
    numbers = {item["number"] for f in fields if f.to[0] in kinds for item in case.value(f.name) or []}
    yield from Record.objects.filter(number__in=numbers).order_by("number")


@rule("only_what_is_in_force_is_chosen", alone=True)
def only_what_is_in_force_is_chosen(case: Case) -> str | None:
    """What a record names of a type that is approved, such as a supplier, is approved when it is named."""
    before = {item["number"] for value in (records.values(case.record).values() if case.record else ())
              if isinstance(value, list) for item in value if isinstance(item, dict) and "number" in item}  # fmt: skip
    wrong = [one for one in chosen(case) if one.standing != IN_FORCE and one.number not in before]
    if not wrong:
        return None
    words = ", ".join(f"{one.number} {one.title} is in the state “{label(one)}”" for one in wrong)
    kinds = {records.type_of(one).noun for one in wrong}
    return f"{words}: only an approved {' or '.join(sorted(kinds))} can be chosen here. Choose another, or have it approved first."


def label(record: Record) -> str:
    """Give the state of a record in the words of its type."""
    return records.state_of(record).label or record.state.replace("_", " ")


def who_is_away(record: Record) -> list[str]:
    """Say in words which of those who have duties on a record are away on the day on which it is due; without one, today."""
    if not any(state.due for state in records.type_of(record).lifecycle.values()):
        return []
    asked = set(Party.objects.filter(record_id=record.pk).values_list("person_id", flat=True))
    if not asked or not (away := absences.by_person(asked)):
        return []
    day = due_day(record)
    gone = {str(person): one for person, found in away.items() if (one := absences.on(found, day))}
    if not gone:
        return []
    case = Case(ctx=SYSTEM, verb="", declaration=records.type_of(record), configuration=records.configuration_of(record),
                at=clock.now(), record=record, person=None, content=records.values(record))  # fmt: skip
    names = {str(key): name for key, name in Record.objects.filter(pk__in=gone).values_list("pk", "title")}
    told = ((names[who], duties.of(case, who), one) for who, one in sorted(gone.items(), key=lambda pair: names[pair[0]]))
    return [
        warning(name, [duties.label(case.declaration, duty) for duty in held], one, day) for name, held, one in told if held
    ]


def due_day(record: Record) -> date:
    """Give the day on which a record is due, today for one without."""
    return absences.day_of(record.due_at or belonging.date_of(record) or clock.now())


def warning(name: str, held: list[str], away: Absence, day: date) -> str:
    """Say of somebody with duties who is away on the day on which they are due."""
    what = f" ({', '.join(held).lower()})" if held else ""
    back = f"until {away.last}" if away.last else "with an open end"
    return f"{name}{what} is away from {away.first} {back}: this is due on {day}."

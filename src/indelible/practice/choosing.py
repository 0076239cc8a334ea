"""The only place that says what can be chosen where only what is in force may be: a type asks for it by a rule's name.

A type knows it by `standing`: a supplier that is approved is in force, one that is suspended is past.
"""

from __future__ import annotations

from collections.abc import Iterator

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.kernel.types import TypeDeclaration

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

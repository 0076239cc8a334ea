"""What must hold for the dates of a type: when work is due, when it is shown, what begins the time anew."""

from __future__ import annotations

from indelible.assurance.configuration.checks.known import Fault, Faults, answers, live, one
from indelible.assurance.configuration.positions import Steps
from indelible.kernel.types import Due, Move, State, TypeDeclaration

MOST_DAYS_A_MONTH = 31


def due(declaration: TypeDeclaration, state: State, found: Due, steps: Steps) -> Faults:
    """Check when the work of a state is due: days or months, and whose choice changes them."""
    if state.final:
        yield Fault(steps, "Nothing is left to do in a state without moves; take `due` away.")
    if (found.days is None) == (found.months is None):
        yield Fault(steps, "A time is counted in `days` or in `months`; write one of both.")
    if found.months is not None and found.calendar == "business":
        yield Fault((*steps, "calendar"), "Months are months of the calendar; take `calendar` away, or count in days.")
    yield from _by(declaration, found, steps)
    yield from _counted(declaration, found, steps)
    longest = found.days if found.days is not None else (found.months or 0) * MOST_DAYS_A_MONTH
    if found.ahead_days is not None and found.since is None and found.ahead_days > longest:
        message = "The work would be shown before the time begins; write fewer `ahead_days` than the time is long."
        yield Fault((*steps, "ahead_days"), message)


def _counted(declaration: TypeDeclaration, found: Due, steps: Steps) -> Faults:
    """Check the fields from which, and by which number, days are counted."""
    for key, kinds, words in (("since", ("date", "time"), "a day or a time"), ("days_in", ("number",), "a number")):
        name = getattr(found, key)
        if name is None:
            continue
        yield from live(declaration, name, (*steps, key))
        field = declaration.field(name)
        if found.days is None:
            yield Fault((*steps, key), "Only days are counted so; add `days`, or take this away.", key=True)
        elif field is not None and not field.retired and field.kind not in kinds:
            yield Fault((*steps, key), f"{name!r} is not {words}; name a field that is.")


def _by(declaration: TypeDeclaration, found: Due, steps: Steps) -> Faults:
    if (found.by is None) != (not found.months_by):
        yield Fault(steps, "Months that depend on a value need `by: <a choice field>` and `months_by`; write both or none.")
    if found.by is None:
        return
    yield from live(declaration, found.by, (*steps, "by"))
    field = declaration.field(found.by)
    if field is None or field.retired:
        return
    if found.months is None or field.kind != "choice" or field.many:
        message = f"Months can depend on a single choice beside `months`, and on {field.name!r} they cannot; name one."
        yield Fault((*steps, "by"), message)
        return
    for value in found.months_by:
        yield from one(value, answers(field), f"choice of {field.name!r}", (*steps, "months_by", value), key=True)


def renewal(state: State, name: str, move: Move, steps: Steps) -> Faults:
    """Check a move that begins the time of its state anew: it stays where it is, and there is a time."""
    if not move.renews:
        return
    if move.to != name:
        yield Fault((*steps, "renews"), f"Entering {move.to!r} begins its time anyway; take `renews` away.", key=True)
    elif state.due is None:
        yield Fault((*steps, "renews"), "Nothing is due in this state that could begin anew; add `due`.", key=True)


def postponement(declaration: TypeDeclaration) -> Faults:
    """Check that what may be postponed is there: a move that the system makes on its day."""
    planned = any(move.at for state in declaration.lifecycle.values() for move in state.moves.values())
    if declaration.postpone is not None and not planned:
        yield Fault(
            ("postpone",), "No move of this type has a day (`at`), so none can be postponed; take it away.", key=True
        )

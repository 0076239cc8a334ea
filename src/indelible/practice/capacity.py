"""The page of how much waits for whom: open work of each person by the week in which it is due, what is late, days away.

Each figure leads to the list of exactly what it counts (0027); what falls due while somebody is away is said beside it.
"""

from __future__ import annotations

from datetime import datetime

from indelible.kernel.models import Record
from indelible.practice import absences, workload
from indelible.practice.panels import Cell, Owed, Sheet, Table, panel
from indelible.practice.queries import Viewer
from indelible.practice.workload import Piece, Span

NAME = "capacity"
NOBODY = "You head no department with active people."


@panel(NAME, label="Capacity", dated=False, seen=workload.plans,
       says="What waits for each person of your departments, by the week in which it is due.")  # fmt: skip
def capacity(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give one row for each person whose work the viewer plans: what is late, eight weeks, and days away in them."""
    people, spans = workload.people(view), workload.weeks()
    work = workload.pieces(view, [one.pk for one in people])
    away = absences.by_person([one.pk for one in people])
    whole = Span(spans[0].first, spans[-1].last)
    rows = []
    for person in people:
        mine = [piece for piece in work if piece.person == person.pk]
        figures = (_figure(person, span, mine) for span in (Span(late=True), *spans))
        gone = workload.days_away(away.get(person.pk, ()), whole)
        rows.append((Cell(person.title, person.number), *figures, Cell(str(gone), person.number if gone else "")))
    heads = ("Person", "Overdue", *(f"{span.first:%d %b}" for span in spans), "Days away")
    lead = "What asks a person by name and has a day; each figure leads to what it counts. Days away are Monday to Friday."
    return Sheet(lead, (Table("Open work by week", heads, tuple(rows), NOBODY),))


def _figure(person: Record, span: Span, mine: list[Piece]) -> Cell:
    held = [piece for piece in mine if span.holds(piece)]
    gone = sum(1 for piece in held if piece.away)
    note = "while away" if gone == len(held) else f"{gone} while away"
    return Cell(str(len(held)), late=span.late and bool(held), note=note if gone else "", owed=Owed(person.number, span))

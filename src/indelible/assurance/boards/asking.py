"""What an inspector asks, each with its page: one act from anywhere to the questions, one more to the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from indelible.assurance.boards import live, showing
from indelible.assurance.boards.live import Question, Way
from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.practice import narrowing, probing, queries
from indelible.practice.panels import Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

NAME = "inspector-asks"
COLUMNS = ("No.", "Asked", "Go to", "Or to", "What is shown there")
INSPECTION, REQUEST = "inspection", "inspection_request"
INSPECTIONS = ("Number", "Inspection", "State", "Do")
NO_WAY = "Cannot be shown here yet."


@panel(NAME, label="Inspector asks", dated=False, seen=showing.may_ask,
       says="What inspectors ask, each with the page that answers it.")  # fmt: skip
def inspector_asks(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give the questions in their order with the ways to their answers, as far as this person may go them."""
    rows = tuple(_row(view, one) for one in live.questions())
    lead = "Each question has its way. What the product cannot answer says so."
    going_on = tuple(_inspections(view))
    told = (Table("Inspections that go on", INSPECTIONS, going_on, "", wide=1),) if going_on else ()
    return Sheet(lead, (Table("What inspectors ask", COLUMNS, rows, "", wide=1), *told))


def ways(view: Viewer, one: Question) -> Iterator[tuple[Way, str]]:
    """Give the ways of a question that are open to this person, each with its address."""
    for way in one.ways:
        if (way.needs and way.needs not in view.configuration.types) or (way.inside and not showing.is_inside(view)):
            continue
        if not way.example:
            yield way, way.page
        elif (number := newest(view, way.example)) is not None:
            yield way, way.page.format(number=number)
        elif way.example in view.configuration.types:
            yield way, probing.list_of(way.example)


def newest(view: Viewer, kind: str) -> str | None:
    """Give the newest record of a type that this person may see, one in force before any other; None where there is none."""
    if kind not in view.configuration.types:
        return None
    found = Record.objects.filter(queries.visible(view, [kind])).order_by("-created_at", "-number")
    numbers = found.values_list("number", flat=True)
    return numbers.filter(standing="in_force").first() or numbers.first()


def _inspections(view: Viewer) -> Iterator[tuple[Cell, ...]]:
    """Give the inspections that go on, each with the way to a new request, and the way to a new one; nothing to whoever presents."""
    if view.presents or not {INSPECTION, REQUEST} <= view.configuration.types.keys():
        return
    going_on = narrowing.open_states(view.configuration.types[INSPECTION])
    may_ask = queries.may_create(view, REQUEST) is None
    for one in Record.objects.filter(queries.visible(view, [INSPECTION]), state__in=going_on).order_by("number"):
        way = Cell("New request", page=f"/records/{REQUEST}/new?from={one.number}") if may_ask else Cell()
        state = records.state_of(one)
        yield Cell(one.number, number=one.number), Cell(one.title), Cell(state.label, look=state.look), way
    if queries.may_create(view, INSPECTION) is None:
        yield Cell(), Cell(), Cell(), Cell("New inspection", page=f"/records/{INSPECTION}/new")


def _row(view: Viewer, one: Question) -> tuple[Cell, ...]:
    open_ways = [Cell(way.to, page=page) for way, page in ways(view, one)]
    says = " ".join(filter(None, (one.says if open_ways else NO_WAY, one.lacks)))
    first, second = (*open_ways, Cell(), Cell())[:2]
    return Cell(one.id.removeprefix("ASK-")), Cell(one.asks), first, second, Cell(says)

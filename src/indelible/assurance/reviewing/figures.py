"""The only place that says how quality stood at the end of a period, and what came and went in it.

How a record stood then is read from its events wherever something happened to it later: a deviation that was closed
in October was open at the end of September. Who looks sees what this person may see of the records now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from indelible.assurance.reviewing.periods import Period
from indelible.infra import canonical
from indelible.kernel import lifecycles
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice import formerly, glance, lookup, narrowing, queries
from indelible.practice.formerly import Stood
from indelible.practice.glance import Span
from indelible.practice.panels import Cell, Table
from indelible.practice.queries import BULKY, Viewer

SAID = (
    "States, due dates and figures are those of the end of the period, read from the events. Titles and departments read "
    "as they do now. What ended twice in the period counts once; what was opened again is not opened anew."
)


@dataclass(frozen=True, slots=True)
class Pack:
    """What a review is of, the figures, and the lists of what was open at the end."""

    period: Period
    figures: tuple[Table, ...]
    lists: tuple[Table, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """Give all of it in its order."""
        return (*self.figures, *self.lists)


def pack(view: Viewer, period: Period) -> Pack:
    """Give the figures and lists of a period as this person may see them."""
    types = _ordered(view)
    kinds = [one for one in types if narrowing.open_states(one) and any(state.due for state in one.lifecycle.values())]
    work = [one for one in kinds if glance.is_work(one)]
    before, after = (list(stood(view, kinds, at)) for at in (period.begin, period.end))
    still = {one.type: [each for each in after if _is_open(one, each)] for one in kinds}
    figures = (
        _flow(view, work, period, before, after),
        _closings(view, work, period),
        _departments(view, kinds, still, period),
        _states(kinds, after),
    )
    return Pack(period, figures, tuple(_open_ones(view, work, still, period)))


def _ordered(view: Viewer) -> list[TypeDeclaration]:
    """Give the types in their groups, the group with the most kinds of work first."""
    types = [one for one in view.configuration.types.values() if one.group != glance.SYSTEM_GROUP]
    work = Counter(one.group for one in types if glance.is_work(one))
    return sorted(types, key=lambda one: (-work[one.group], one.group, one.plural))


def stood(view: Viewer, kinds: Sequence[TypeDeclaration], at: datetime) -> Iterator[Stood]:
    """Give every record of these types that was there at a moment, each as it stood then, by type and number."""
    rows = Record.objects.filter(queries.visible(view, [one.type for one in kinds])).defer(*BULKY)
    yield from formerly.stood(rows.order_by("type", "number"), at)


def _flow(view: Viewer, work: Sequence[TypeDeclaration], period: Period, before: list[Stood], after: list[Stood]) -> Table:
    spans = [Span(period.first, period.last)]
    opened, closed = glance.opened(view, work, spans), glance.closed(view, work, spans)
    rows = []
    for declared in work:
        kind, left = declared.type, [one for one in after if _is_open(declared, one)]
        begun_with, late = sum(_is_open(declared, one) for one in before), sum(_late(one, period) for one in left)
        numbers = (begun_with, opened[kind][0], closed[kind][0], len(left), late)
        if any(numbers) or any(one.record.type == kind for one in after):
            rows.append((Cell(declared.plural), *(Cell(str(number)) for number in numbers)))
    columns = ("Type", "Open at the start", "Opened", "Closed", "Open at the end", "Overdue at the end")
    return Table("What came and went", columns, tuple(rows), "Nothing was opened, closed or open in the period.")


def _closings(view: Viewer, work: Sequence[TypeDeclaration], period: Period) -> Table:
    """Give in which states things ended in the period: whether a CAPA worked, what was voided."""
    events = glance.endings(view, work, period.begin).filter(at__lt=period.end)
    ended = {(event.record_id, said["type"], said["state"]) for event in events if (said := canonical.decode(event.payload))}
    found = Counter((kind, state) for _, kind, state in ended)
    rows = tuple(
        (Cell(declared.plural), Cell(_label(declared, state)), Cell(str(found[declared.type, state])))
        for declared in work
        for state in declared.order
        if found[declared.type, state]
    )
    return Table("How things closed", ("Type", "Closed as", "Number"), rows, "Nothing was closed in the period.")


def _departments(view: Viewer, kinds: Sequence[TypeDeclaration], still: dict[str, list[Stood]], period: Period) -> Table:
    open_, late = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    declared = {one.type: one for one in kinds if one.department}
    for kind in declared:
        for one in still[kind]:
            place = (one.record.department or "", kind)
            open_[place] += 1
            late[place] += _late(one, period)
    names = lookup.titles(view, {department for department, _ in open_ if department})
    ordered = sorted(open_, key=lambda place: (not place[0], names.get(place[0], place[0]), declared[place[1]].plural))
    rows = tuple(
        (Cell(names.get(place[0], place[0]) or "No department"), Cell(declared[place[1]].plural), Cell(str(open_[place])),
         Cell(str(late[place])))
        for place in ordered
    )  # fmt: skip
    columns = ("Department", "Type", "Open at the end", "Overdue at the end")
    return Table("Open by department", columns, rows, "Nothing that belongs to a department was open at the end.")


def _states(kinds: Sequence[TypeDeclaration], after: list[Stood]) -> Table:
    found = Counter((one.record.type, one.state) for one in after)
    rows = tuple(
        (Cell(declared.plural), Cell(_label(declared, state)), Cell(str(found[declared.type, state])))
        for declared in kinds
        for state in declared.order
        if found[declared.type, state]
    )
    return Table("Where everything stood at the end", ("Type", "State", "Number"), rows, "There was nothing yet.")


def _open_ones(
    view: Viewer, work: Sequence[TypeDeclaration], still: dict[str, list[Stood]], period: Period
) -> Iterator[Table]:
    zone = ZoneInfo(view.configuration.company.zone)
    columns = ("Number", "Title", "State", "Begun", "Due", "Days open")
    for declared in work:
        if found := still[declared.type]:
            rows = tuple(_line(declared, one, period, zone) for one in found)
            yield Table(f"{declared.plural} open at the end", columns, rows, "")


def _line(declared: TypeDeclaration, one: Stood, period: Period, zone: ZoneInfo) -> tuple[Cell, ...]:
    begun = one.record.created_at
    due = f"{one.due.astimezone(zone):%Y-%m-%d}" if one.due else ""
    return (
        Cell(one.record.number, one.record.number), Cell(one.record.title), Cell(_label(declared, one.state)),
        Cell(f"{begun.astimezone(zone):%Y-%m-%d}"), Cell(f"{due}, overdue", late=True) if _late(one, period) else Cell(due),
        Cell(str((period.end.astimezone(zone).date() - begun.astimezone(zone).date()).days)),
    )  # fmt: skip


def _is_open(declared: TypeDeclaration, one: Stood) -> bool:
    return one.record.type == declared.type and one.state in narrowing.open_states(declared)


def _late(one: Stood, period: Period) -> bool:
    return one.due is not None and one.due < period.end


def _label(declared: TypeDeclaration, state: str) -> str:
    return lifecycles.label(declared.lifecycle[state], state)

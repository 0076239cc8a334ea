"""The only place that counts over all types how quality stands now: what is open and how long, what is late, what comes and goes.

Nothing here names a type: what is open, what ends and what has a date is said by the declarations, so a company's own
type is counted as any other. Every figure is a count of what this person may see, and says which list holds just that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from indelible.kernel import lifecycles
from indelible.kernel.models import Event, Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice import correcting, narrowing, panels, queries, trends
from indelible.practice.narrowing import open_states
from indelible.practice.panels import Cell, Listed, Sheet, Table, Tone, panel
from indelible.practice.queries import Viewer

NAME = "quality"
SYSTEM_GROUP = "System"  # what the installation keeps about itself: accounts, grants, imports
MONTHS = 12
AGES = ((0, 30), (31, 60), (61, 90), (91, None))  # days since a record was begun, from and to
AGE_WORDS = ("0 to 30 days", "31 to 60", "61 to 90", "over 90")
AGE_TONES: tuple[Tone, ...] = ("soft", "soft", "ink", "ink")


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, by which a list is filtered and its records are counted; open where it is empty."""

    first: str
    last: str

    def filters(self, names: tuple[str, str]) -> dict[str, str]:
        """Give the filters of a list that leave what lies in these days."""
        return {name: day for name, day in zip(names, (self.first, self.last), strict=True) if day}


def oversees(view: Viewer) -> bool:
    """Say whether a person holds a role beyond what everybody holds: who has none sees only the own work, in My work."""
    roles = view.configuration.roles
    return view.ctx.person_id is None or any(not roles[one.role].everybody for one in view.held if one.role in roles)


@panel(NAME, label="Quality at a glance", dated=False, seen=oversees,
       says="How much is open and for how long, what is overdue, what was opened and closed.")  # fmt: skip
def glance(view: Viewer, _record: Record | None, at: datetime) -> Sheet:
    """Give the figures of every type, and those that modules add for theirs; each leads to the list that it counts."""
    today = at.astimezone(ZoneInfo(view.configuration.company.zone)).date()
    added = [one.show(view, None, at) for one in panels.list_panels(view) if one.glance]
    tables = (
        ageing(view, today),
        overdue(view, at),
        *trends.counted(view, today),
        *(table for sheet in added for table in sheet.tables),
    )
    lead = "Each figure counts what you may see, and leads to the list of exactly these records."
    return Sheet(lead, (*tables, *monthly(view, today)))


def ageing(view: Viewer, today: date) -> Table:
    """Give what is open of each type, by how long ago it was begun."""
    kinds = {one.type: open_states(one) for one in view.configuration.types.values()}
    spans = [_aged(today, *age) for age in AGES]
    is_open = reduce(or_, (Q(type=kind, state__in=states) for kind, states in kinds.items()), Q(pk__in=[]))
    rows = Record.objects.filter(queries.visible(view), is_open)
    found = counts(rows, {str(at): _within(view, "created_at", span) for at, span in enumerate(spans)})
    lines = []
    for declared, counted in _by_total(view, found):
        state = ",".join(kinds[declared.type])
        cells = (
            count(counted[str(at)], declared.type, {"state": state} | span.filters(narrowing.BEGUN))
            for at, span in enumerate(spans)
        )
        lines.append((label(declared.plural, declared.type, {"state": state}), *cells))
    return Table("Open by age", ("Type", *AGE_WORDS), tuple(lines), "Nothing that you may see is open.", "bars", AGE_TONES,
                 "Days since the record was begun; what is open is draft, in work or waiting.")  # fmt: skip


def overdue(view: Viewer, at: datetime) -> Table:
    """Give how many records of each type are past their due date."""
    found = counts(Record.objects.filter(queries.visible(view), due_at__lt=at), {"late": Q(due_at__lt=at)})
    lines = tuple(
        (label(one.plural, one.type), count(counted["late"], one.type, {"late": "1"}))
        for one, counted in _by_total(view, found)
    )
    return Table("Overdue", ("Type", "Overdue"), lines, "Nothing that you may see is overdue.", "bars", ("late",),
                 "Past the due date of its state, a review or requalification of what is in force included.")  # fmt: skip


def monthly(view: Viewer, today: date) -> Iterator[Table]:
    """Give for each type of work what was opened and closed in each of the last months, the busiest types first.

    Work is what somebody owns, with a date, a beginning and an end: a record in force is none.
    """
    kinds = [one for one in view.configuration.types.values() if one.owner and is_work(one)]
    months = [_month(today, back) for back in reversed(range(MONTHS))]
    begun, ended = opened(view, kinds, months, once=True), closed(view, kinds, months, once=True)
    busy = {one.type: sum(begun[one.type]) + sum(ended[one.type]) for one in kinds}
    for declared in sorted((one for one in kinds if busy[one.type]), key=lambda one: (-busy[one.type], one.plural)):
        kind, only = declared.type, _once(declared)
        rows = tuple(
            (
                Cell(span.first[:7]),
                count(begun[kind][at], kind, only | span.filters(narrowing.BEGUN)),
                count(ended[kind][at], kind, only | span.filters(narrowing.ENDED)),
            )
            for at, span in enumerate(months)
        )
        note = _ends(declared)
        yield Table(f"{declared.plural} by month", ("Month", "Opened", "Closed"), rows, "", "months", ("soft", "done"), note)


def opened(
    view: Viewer, kinds: Sequence[TypeDeclaration], spans: Sequence[Span], *, once: bool = False
) -> dict[str, list[int]]:
    """Count what was begun of each type in each span of days, with one statement.

    `once` leaves out what is counted under another number: duplicates, and what was moved to another type.
    """
    rows = Record.objects.filter(queries.visible(view, _names(kinds)), _within(view, "created_at", _whole(spans)))
    rows = rows.exclude(_elsewhere(kinds)) if once else rows
    return _spread(kinds, spans, counts(rows, _numbered(view, "created_at", spans)))


def closed(
    view: Viewer, kinds: Sequence[TypeDeclaration], spans: Sequence[Span], *, once: bool = False
) -> dict[str, list[int]]:
    """Count the records of each type that ended in each span of days, with one statement; in each at most once.

    Whether they were opened again later is no matter: it is the event that counts. `once` is that of `opened`.
    """
    whole = _whole(spans)
    since = narrowing.start_of(whole.first, view.configuration.company.zone)
    rows = endings(view, kinds, since).filter(_within(view, "at", whole))
    rows = rows.exclude(record_id__in=Record.objects.filter(_elsewhere(kinds)).values("pk")) if once else rows
    rows = rows.annotate(type=Subquery(Record.objects.filter(pk=OuterRef("record_id")).values("type")))
    return _spread(kinds, spans, counts(rows, _numbered(view, "at", spans), of="record_id"))


def counts(rows: Any, counted: dict[str, Q], *, by: str = "type", of: str = "pk") -> dict[Any, dict[str, int]]:
    """Count rows by type or another value, once for each of several conditions, with one statement."""
    names = list(counted)  # people's words: no names for columns
    figures = {f"n_{at}": Count(of, filter=counted[name], distinct=of != "pk") for at, name in enumerate(names)}
    found = rows.order_by().values(by).annotate(**figures)
    return {row[by]: {name: row[f"n_{at}"] for at, name in enumerate(names)} for row in found}


def is_work(declared: TypeDeclaration) -> bool:
    """Say whether records of a type have a date, a beginning and an end, as work has: what is in force has none.

    What the installation keeps about itself is no work of quality: a grant does not close by becoming active.
    """
    states = declared.lifecycle.values()
    standing = declared.revisions is not None or any(state.standing for state in states)
    dated, open_ = any(state.due for state in states), open_states(declared)
    return (
        dated and not standing and declared.group != SYSTEM_GROUP and declared.initial in open_ and len(open_) < len(states)
    )


def endings(view: Viewer, kinds: Sequence[TypeDeclaration], since: datetime) -> QuerySet[Event]:
    """Give the events since a moment by which records of these types ended that this person may see."""
    # No record has an event later than its last change. Type by type, so that each event is held against its own words.
    seen = {one.type: Record.objects.filter(queries.visible(view, [one.type]), updated_at__gte=since) for one in kinds}
    of_each = (Q(record_id__in=seen[one.type].values("pk")) & narrowing.ended(one) for one in kinds)
    return Event.objects.filter(reduce(or_, of_each, Q(pk__in=[])), at__gte=since)


def count(number: int, kind: str, filters: dict[str, str]) -> Cell:
    """Give a figure that leads to the list of what it counts."""
    return Cell(str(number), listed=Listed(kind, filters))


def label(text: str, kind: str, filters: dict[str, str] | None = None) -> Cell:
    """Give the name of a row, which leads to the list of the whole."""
    return Cell(text, listed=Listed(kind, filters or {}))


def _ends(declared: TypeDeclaration) -> str:
    """Say which states count as closed, where they are more than one."""
    ends = [name for name in declared.order if name not in open_states(declared)]
    apart = correcting.counted_elsewhere(declared)
    words = "; ".join(lifecycles.label(declared.lifecycle[name], name).lower() for name in ends if name not in apart)
    told = f"Closed is: {words}." if len(ends) > 1 else ""
    other = " or ".join(lifecycles.label(declared.lifecycle[name], name).lower() for name in apart)
    return f"{told} What is {other} is counted under its other number." if apart else told


def _once(declared: TypeDeclaration) -> dict[str, str]:
    """Give the filter of a list that leaves out what is counted under another number."""
    apart = correcting.counted_elsewhere(declared)
    return {"state": ",".join(name for name in declared.order if name not in apart)} if apart else {}


def _elsewhere(kinds: Iterable[TypeDeclaration]) -> Q:
    found = ((one.type, correcting.counted_elsewhere(one)) for one in kinds)
    return reduce(or_, (Q(type=kind, state__in=states) for kind, states in found if states), Q(pk__in=[]))


def _by_total(view: Viewer, found: dict[str, dict[str, int]]) -> Iterable[tuple[TypeDeclaration, dict[str, int]]]:
    """Give the types of which something was counted, the most first."""
    types = view.configuration.types
    ordered = sorted(found, key=lambda kind: (-sum(found[kind].values()), types[kind].plural))
    return ((types[kind], found[kind]) for kind in ordered)


def _spread(
    kinds: Iterable[TypeDeclaration], spans: Sequence[Span], found: dict[str, dict[str, int]]
) -> dict[str, list[int]]:
    return {one.type: [found.get(one.type, {}).get(str(at), 0) for at in range(len(spans))] for one in kinds}


def _numbered(view: Viewer, field: str, spans: Sequence[Span]) -> dict[str, Q]:
    return {str(at): _within(view, field, span) for at, span in enumerate(spans)}


def _within(view: Viewer, field: str, span: Span) -> Q:
    return narrowing.within(field, span.first, span.last, view.configuration.company.zone)


def _whole(spans: Sequence[Span]) -> Span:
    return Span(spans[0].first, spans[-1].last)


def _names(kinds: Iterable[TypeDeclaration]) -> list[str]:
    return [one.type for one in kinds] or ["none"]  # no name at all would mean every type


def _aged(today: date, low: int, high: int | None) -> Span:
    """Give the days on which something was begun that is so many days old; the youngest are open towards now."""
    first = (today - timedelta(days=high)).isoformat() if high is not None else ""
    return Span(first, (today - timedelta(days=low)).isoformat() if low else "")


def _month(today: date, back: int) -> Span:
    """Give a whole month, so many months before the one of today."""
    at = today.year * 12 + today.month - 1 - back
    first, following = date(at // 12, at % 12 + 1, 1), date((at + 1) // 12, (at + 1) % 12 + 1, 1)
    return Span(first.isoformat(), (following - timedelta(days=1)).isoformat())

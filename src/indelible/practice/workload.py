"""The only place that counts the work of other people: what asks somebody by name, by the day on which it is due.

It is for whoever plans that work: the head of a department for its people, Quality for everybody. Work that waits for a
role is nobody's in particular and is not counted for one of its holders. What the viewer may not see is not counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel.errors import Invalid, Missing, NotFound
from indelible.kernel.models import Record, Task
from indelible.practice import absences, queries
from indelible.practice.absences import Absence
from indelible.practice.queries import Viewer

PERSON, HEAD, QUALITY = "person", "dept_approver", ("qa_ops", "qa_approver")
WEEKS = 8
SOON = timedelta(days=28)  # an absence that begins so soon is planned for
OPEN_END = timedelta(days=90)  # as far as work is looked for where nobody knows the last day


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to do: the record, the move that is expected, its day; `away` where the person is away on that day."""

    person: UUID
    record: Record
    move: str
    day: date
    late: bool
    away: bool


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked for: days from the first to the last that are still to come, or what is late already."""

    first: date | None = None
    last: date | None = None
    late: bool = False

    def holds(self, piece: Piece) -> bool:
        """Say whether a piece of work is meant."""
        if self.late or piece.late:
            return self.late and piece.late
        return (self.first is None or piece.day >= self.first) and (self.last is None or piece.day <= self.last)


def plans(view: Viewer) -> bool:
    """Say whether this person plans the work of others."""
    return view.ctx.person_id is None or any(held.role in (HEAD, *QUALITY) for held in view.held)


def people(view: Viewer, *, headed: bool = False) -> list[Record]:
    """List the active people whose work this person plans, by name; only those of the departments that are headed, if asked."""
    active = Record.objects.filter(queries.visible(view, [PERSON]), type=PERSON, standing="in_force").order_by("title")
    everywhere = view.ctx.person_id is None or any(held.role in QUALITY for held in view.held)
    if everywhere and not headed:
        return list(active)
    scopes = {held.scope for held in view.held if held.role == HEAD}
    if not scopes:
        return []
    return list(active if None in scopes else active.filter(department__in=[one for one in scopes if one]))


def person(view: Viewer, number: str) -> Record:
    """Give a person whose work the viewer plans; raises NotFound for anybody else."""
    found = next((one for one in people(view) if one.number == number), None)
    if found is None:
        raise NotFound(number)
    return found


def pieces(view: Viewer, whose: Collection[UUID]) -> list[Piece]:
    """List the dated open work of some people that the viewer may see, by day and number; each act on a record once."""
    if not whose:
        return []
    tasks = list(Task.objects.filter(person_id__in=list(whose), due_at__isnull=False).order_by("due_at", "id"))
    seen = Record.objects.filter(queries.visible(view)).defer(*queries.BULKY).in_bulk({task.record_id for task in tasks})
    away, zone, now = absences.by_person(whose), ZoneInfo(view.configuration.company.zone), clock.now()
    found: dict[tuple[UUID, UUID, str], Piece] = {}
    for task in tasks:
        if task.record_id in seen and task.person_id and task.due_at:
            day = task.due_at.astimezone(zone).date()
            gone = absences.on(away.get(task.person_id, ()), day) is not None
            piece = Piece(task.person_id, seen[task.record_id], task.move, day, task.due_at < now, gone)
            found.setdefault((task.person_id, task.record_id, task.move), piece)
    return sorted(found.values(), key=lambda one: (one.day, one.record.number))


def of(view: Viewer, number: str, span: Span) -> tuple[Record, list[Piece]]:
    """Give a person and the pieces of work that a span means; raises NotFound for a person whose work others plan."""
    found = person(view, number)
    return found, [one for one in pieces(view, [found.pk]) if span.holds(one)]


def weeks() -> list[Span]:
    """Give the weeks that are planned: the rest of this one, and the following ones from Monday to Sunday."""
    today = absences.day_of(clock.now())
    monday = today - timedelta(days=today.weekday())
    starts = [monday + timedelta(weeks=at) for at in range(WEEKS)]
    return [Span(max(start, today), start + timedelta(days=6)) for start in starts]


def left_behind(view: Viewer) -> list[tuple[Record, Absence, list[Piece]]]:
    """Give the absences, running or soon, of the people of departments that are headed, each with what falls due meanwhile."""
    mine = {one.pk: one for one in people(view, headed=True) if one.pk != view.ctx.person_id}
    if not mine:
        return []
    today = absences.today()
    soon = [one for one in absences.of(mine) if one.meets(today, today + SOON)]
    work = pieces(view, {one.person for one in soon})
    return [(mine[one.person], one, _during(one, work)) for one in soon]


def span(first: str = "", last: str = "", late: str = "") -> Span:
    """Read a span as it stands in an address; raises Invalid for what is no day."""
    return Span(_day(first, "first"), _day(last, "last"), late == "1")


def days_away(found: Iterable[Absence], over: Span) -> int:
    """Count the days from Monday to Friday of a span on which somebody is away."""
    if over.first is None or over.last is None:
        return 0
    every = (over.first + timedelta(days=at) for at in range((over.last - over.first).days + 1))
    known = list(found)
    return sum(1 for day in every if day.weekday() < 5 and absences.on(known, day))


def _during(one: Absence, work: list[Piece]) -> list[Piece]:
    last = one.last or max(one.first, absences.today()) + OPEN_END
    return [piece for piece in work if piece.person == one.person and one.first <= piece.day <= last]


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(rule="input", text=f"{text[:40]!r} is not a day.",
                      missing=(Missing("A day such as 2026-03-14.", field=field),)) from None  # fmt: skip

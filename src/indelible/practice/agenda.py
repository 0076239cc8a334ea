"""The only place that knows what is to happen on which day, over all types, as far as one person may see.

A day comes from the work that is due, from what the system does by itself at its time, and from date fields that may lie
ahead, of records that have not come to their end. Days are those of the company's zone. However many records there are,
the statements are the same few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.context import NOBODY
from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Party, Record, Timer
from indelible.kernel.types import DUE, FieldDeclaration, State, TypeDeclaration
from indelible.practice import absences, queries, workload
from indelible.practice.queries import Viewer

LONG_AGO = date(1970, 1, 2)
MOST = 500  # entries of each of the three origins; a month of a company has a fraction of it


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on a day: of which record, what in words; `key` names it among those of its record, for as long as it is meant."""

    day: date
    record: Record
    what: str
    key: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Agenda:
    """The entries of some time by day and number; `more` where there were too many to give them all."""

    entries: list[Entry]
    more: bool


def between(view: Viewer, first: date, until: date, *, mine: bool = False, kinds: Sequence[str] = ()) -> Agenda:
    """Give what is to happen from the first day on and before the last one, of the named types or of all.

    `mine`: only what waits for this person, and the days of records that name this person or are this person's.
    """
    span = _Span(view, first, until, _whose(view, kinds, mine=mine) & ~Q(type=absences.ABSENCE))
    origins = [list(span.due()), list(span.by_itself()), list(span.fields(kinds))]
    if not kinds or absences.ABSENCE in kinds:
        origins.append(list(span.away(mine=mine)))
    return _joined([*origins, list(span.waiting(kinds))] if mine else origins)


def late(view: Viewer, before: date, *, mine: bool = False, kinds: Sequence[str] = ()) -> Agenda:
    """Give the work that was due before a day and is not done, oldest first."""
    span = _Span(view, LONG_AGO, before, _whose(view, kinds, mine=mine))
    agenda = _joined([list(span.due()), list(span.waiting(kinds)) if mine else []])
    return Agenda([entry for entry in agenda.entries if entry.late], agenda.more)


def _joined(origins: list[list[Entry]]) -> Agenda:
    """Bring together what the origins say; of the same thing on the same day the last origin is heard."""
    found = {(entry.record.pk, entry.day, entry.key): entry for origin in origins for entry in origin}
    entries = sorted(found.values(), key=lambda one: (one.day, one.record.number, one.key))
    return Agenda(entries, more=any(len(origin) > MOST for origin in origins))


def _whose(view: Viewer, kinds: Sequence[str], *, mine: bool) -> Q:
    seen = queries.visible(view, kinds)
    if not mine:
        return seen
    return seen & Q(pk__in=Party.objects.filter(person_id=view.ctx.person_id or NOBODY).values("record_id"))


@dataclass(frozen=True, slots=True)
class _Span:
    view: Viewer
    first: date
    until: date
    whose: Q

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.view.configuration.company.zone)

    def moments(self, name: str) -> Q:
        begin, end = (datetime.combine(day, time(), self.zone) for day in (self.first, self.until))
        return Q(**{f"{name}__gte": begin, f"{name}__lt": end})

    def due(self) -> Iterator[Entry]:
        """Give the work of the present states."""
        rows = Record.objects.filter(self.whose, self.moments("due_at")).order_by("due_at", "number")
        for record in rows[: MOST + 1]:
            yield self._due(record, record.due_at, _expected(records.state_of(record)))

    def waiting(self, kinds: Sequence[str]) -> Iterator[Entry]:
        """Give what stands on the person's list of open work."""
        begin, end = (datetime.combine(day, time(), self.zone) for day in (self.first, self.until))
        for task, record in queries.list_work(self.view):
            if task.due_at and begin <= task.due_at < end and (not kinds or record.type in kinds):
                move = records.state_of(record).moves.get(task.move)
                yield self._due(record, task.due_at, (move.label if move else "") or _words(task.move))

    def by_itself(self) -> Iterator[Entry]:
        """Give what the system will do; what it does because work is late, the work itself says already."""
        seen = Record.objects.filter(self.whose)
        timers = list(
            Timer.objects.filter(self.moments("due_at"), record_id__in=seen.values("pk")).order_by("due_at")[: MOST + 1]
        )
        heads = Record.objects.in_bulk({timer.record_id for timer in timers}) if timers else {}
        for timer in timers:
            record = heads[timer.record_id]
            move = records.state_of(record).moves.get(timer.move)
            if move is None or move.at != DUE:
                day = timer.due_at.astimezone(self.zone).date()
                yield Entry(day, record, f"{_words(timer.move)}, by itself", f"timer-{timer.move}")

    def fields(self, kinds: Sequence[str]) -> Iterator[Entry]:
        """Give the days that stand in fields, of records that still live."""
        first, until = self.first.isoformat(), self.until.isoformat()
        condition = Q(pk__in=[])
        for declaration in self.view.configuration.types.values():
            alive = [name for name, state in declaration.lifecycle.items() if not state.final]
            dated = _dated(declaration) if not kinds or declaration.type in kinds else []
            for field in dated:
                stored = Stored(field.id)
                inside = Q(GreaterThanOrEqual(stored, first)) & Q(LessThan(stored, until))
                condition |= Q(type=declaration.type, state__in=alive) & inside
        for record in Record.objects.filter(self.whose, condition).order_by("number")[: MOST + 1]:
            values, state = records.values(record), records.state_of(record)
            for field in _dated(records.type_of(record)):
                value = str(values.get(field.name) or "")
                if first <= value < until and field.name not in _told(state):
                    yield Entry(date.fromisoformat(value), record, field.title, f"field-{field.id}")

    def away(self, *, mine: bool) -> Iterator[Entry]:
        """Give who is away, of the own department and those that are headed, or of everybody; until when, and not why.

        Whoever is away already stands on the first of the days.
        """
        last = self.until - absences.DAY
        found = [one for one in absences.of() if one.meets(self.first, last)]
        people = Record.objects.filter(queries.visible(self.view, [absences.PERSON])).in_bulk({one.person for one in found})
        departments = self._departments() if mine else set()
        for one in found:
            person = people.get(one.person)
            if person is not None and (not mine or person.department in departments or person.pk == self.view.ctx.person_id):
                until = f"until {one.last}" if one.last else "with an open end"
                yield Entry(max(one.first, self.first), person, f"Away {until}", f"away-{one.number}")

    def _departments(self) -> set[str | None]:
        own = Record.objects.filter(pk=self.view.ctx.person_id or NOBODY).values_list("department", flat=True)
        return ({*own} | {held.scope for held in self.view.held if held.role == workload.HEAD}) - {None}

    def _due(self, record: Record, at: datetime | None, what: str) -> Entry:
        at = at or clock.now()
        return Entry(at.astimezone(self.zone).date(), record, what, "due", late=at < clock.now())


def _dated(declaration: TypeDeclaration) -> list[FieldDeclaration]:
    return [field for field in declaration.live_fields() if field.kind == "date" and not field.not_in_future]


def _told(state: State) -> Iterable[str]:
    """Give the fields from which the present state's due date and timers are made: those say it, extensions included."""
    return {move.at for move in state.moves.values() if move.at} | (
        {state.due.since} if state.due and state.due.since else set()
    )


def _expected(state: State) -> str:
    move = state.moves.get(state.work or "")
    return (move.label if move else "") or (_words(state.work) if move and state.work else "Due")


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()

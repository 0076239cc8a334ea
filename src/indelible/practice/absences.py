"""The only place that knows who is away when: from records of absence, as days of the company's zone.

That somebody is away, and until when, everybody may know who may know of the person. Why is said nowhere but in the
record of the absence, and is not read here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import config, records
from indelible.kernel.models import Party, Record

ABSENCE, PERSON = "absence", "person"
ANNOUNCED, RUNNING, OVER = "announced", "running", "over"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which somebody is away: the first and the last one, None for an open end; `running` from begin to return."""

    number: str
    person: UUID
    first: date
    last: date | None
    running: bool

    def covers(self, day: date) -> bool:
        """Say whether the person is away on a day."""
        return self.meets(day, day)

    def meets(self, first: date, last: date) -> bool:
        """Say whether the person is away on any of these days."""
        return self.first <= last and (self.last is None or self.last >= first)

    @property
    def days(self) -> str:
        """Give the days in words."""
        return f"{self.first} to {self.last}" if self.last else f"{self.first}, end open"


def of(people: Collection[UUID] | None = None, *, states: Collection[str] = (ANNOUNCED, RUNNING)) -> list[Absence]:
    """List the absences of some people or of all, those announced and running unless others are asked for, by first day."""
    rows = Record.objects.filter(type=ABSENCE, state__in=states)
    if people is not None:
        named = Party.objects.filter(person_id__in=list(people), capacity=PERSON).values("record_id")
        rows = rows.filter(pk__in=named) if people else rows.none()
    return sorted((_read(record) for record in rows), key=lambda one: (one.first, one.number))


def by_person(people: Collection[UUID]) -> dict[UUID, list[Absence]]:
    """Give the absences announced and running of each of some people who has any, by first day."""
    found: dict[UUID, list[Absence]] = {}
    for one in of(people):
        found.setdefault(one.person, []).append(one)
    return found


def on(found: Iterable[Absence], day: date) -> Absence | None:
    """Give the absence among these that covers a day."""
    return next((one for one in found if one.covers(day)), None)


def today() -> date:
    """Give today's day in the company's zone."""
    return day_of(clock.now())


def day_of(moment: datetime) -> date:
    """Give the day of a moment in the company's zone."""
    return moment.astimezone(ZoneInfo(config.current().company.zone)).date()


def _read(record: Record) -> Absence:
    values = records.values(record)
    first, back = date.fromisoformat(values["begins"]), values["back_on"]
    last = date.fromisoformat(back) - DAY if back else None
    if record.state == OVER and record.in_force_until is not None:  # who came back earlier was away for less
        left = day_of(record.in_force_until) - DAY
        last = min(last, left) if last else left
    return Absence(record.number, UUID(values["person"]["person"]), first, last, running=record.state == RUNNING)

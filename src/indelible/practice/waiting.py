"""The only place that knows for whom a record waits, since when and how long; its own age and due date go on meanwhile.

A type takes part by the field `waits`: one row for each time, open while nobody has said when it ended. It moves no date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.lookups import Contains

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.kernel.types import TypeDeclaration
from indelible.practice import narrowing

FIELD, PART = "waits", "waiting"


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a record is open, of which so many days it waited; `whom` and since when it waits now, empty where it does not."""

    open_days: int
    waited_days: int
    whom: str
    since: date | None
    expected: date | None


@rule("waits_say_for_whom")
def waits_say_for_whom(case: Case) -> str | None:
    """Each time that a record waits for somebody says for whom and since when; it begins no later than today and ends after it began."""
    today = _day(case.at, case.configuration.company.zone)
    faults = (fault for place, row in enumerate(case.value(FIELD) or [], 1) if (fault := _fault(place, row, today)))
    return next(faults, None)


def of(record: Record, zone: str) -> Wait | None:
    """Give how long an open record is open and for whom it waits; None for one that has ended or never waited."""
    rows = records.values(record).get(FIELD) or []
    if not rows or records.state_of(record).look not in narrowing.OPEN_LOOKS:
        return None
    begun, today = _day(record.created_at, zone), _day(clock.now(), zone)
    days = {day for row in rows for day in _days(row, begun, today)}
    now = [row for row in rows if not row.get("ended")]
    whom = ", ".join(dict.fromkeys(str(row["whom"]) for row in now))
    expected = [date.fromisoformat(row["expected"]) for row in now if row.get("expected")]
    since = min((date.fromisoformat(row["since"]) for row in now), default=None)
    return Wait((today - begun).days, len(days), whom, since, min(expected, default=None))


def takes_part(declaration: TypeDeclaration) -> bool:
    """Say whether records of a type can say for whom they wait."""
    field = declaration.field(FIELD)
    return field is not None and not field.retired


def listed(kind: str, number: int) -> None:
    """Let the list of a type be narrowed to what waits for somebody now; `number` is the id of its field."""

    def waits(_at: datetime) -> Q:
        some = Record.objects.filter(Contains(Stored(number), '"since"'), type=kind)
        return Q(pk__in=[one.pk for one in some if (found := of(one, "UTC")) and found.whom])

    narrowing.part(f"{PART}-{kind}", of=kind, label="Waiting for somebody outside")(waits)


def _fault(place: int, row: dict[str, Any], today: date) -> str | None:
    lacking = [name for name in ("whom", "since") if not row.get(name)]
    if lacking:
        return f"Row {place} of what it waits for lacks: {', '.join(lacking)}."
    since, ended = (date.fromisoformat(row[name]) if row.get(name) else None for name in ("since", "ended"))
    if (since and since > today) or (ended and ended > today):
        return f"Row {place}: a day that has not come yet is neither the beginning nor the end of a wait."
    return f"Row {place}: a wait does not end before it began." if since and ended and ended < since else None


def _days(row: dict[str, Any], begun: date, today: date) -> Iterator[date]:
    """Give the days of one wait that lie in the record's own time, its last one not counted: that day work went on."""
    first = max(date.fromisoformat(row["since"]), begun)
    last = date.fromisoformat(row["ended"]) if row.get("ended") else today
    yield from (first + timedelta(days=count) for count in range((last - first).days))


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()

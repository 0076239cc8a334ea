"""The only place that reads legal holds: which are in force, and which records each of them covers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from indelible.kernel import records
from indelible.kernel.models import Link, Record

KIND, IN_FORCE = "legal_hold", "in_force"
READ = "legal_holds"  # in the memo of an act or a page


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold: the records that it names, with whatever names them, and the types and days that it names."""

    number: str
    named: frozenset[str]
    types: frozenset[str]
    first: date | None
    last: date | None
    zone: str

    def covers(self, record: Record) -> bool:
        """Say whether a record is under this hold: named, naming what is named, or of its types and days."""
        if self.named & {record.number, record.series}:
            return True
        if self.named and Link.objects.filter(record_id=record.pk, target__in=self.named).exists():
            return True
        if not (self.types or self.first or self.last):
            return False
        began, changed = (at.astimezone(ZoneInfo(self.zone)).date() for at in (record.created_at, record.updated_at))
        in_days = (self.last is None or began <= self.last) and (self.first is None or changed >= self.first)
        return in_days and (not self.types or record.type in self.types)


def in_force(zone: str, memo: dict[str, Any] | None = None) -> list[Hold]:
    """Give the holds that are in force, by number; read once for each act or page where there is a place to keep them."""
    kept = {} if memo is None else memo
    if READ not in kept:
        found = Record.objects.filter(type=KIND, state=IN_FORCE).order_by("number")
        kept[READ] = [_of(one.number, records.values(one), zone) for one in found]
    holds: list[Hold] = kept[READ]
    return holds


def _of(number: str, values: dict[str, Any], zone: str) -> Hold:
    numbers = {one["number"] for one in values.get("records") or []}
    series = (
        Record.objects.filter(number__in=numbers).exclude(series=None).values_list("series", flat=True) if numbers else ()
    )
    named = frozenset({*numbers, *series})  # of a document every revision
    first, last = (date.fromisoformat(values[name]) if values.get(name) else None for name in ("made_from", "made_until"))
    return Hold(number, named, frozenset(words(values.get("types"))), first, last, zone)


def words(text: Any) -> list[str]:
    """Give the types that somebody wrote down, separated by commas or lines."""
    return [word for word in re.split(r"[\s,;]+", str(text or "")) if word]

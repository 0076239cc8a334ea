"""The only place that says of which days a review is: a quarter, days of one's own, without either the last whole quarter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel.errors import Invalid, Missing
from indelible.practice import narrowing

QUARTER = re.compile(r"([12]\d{3})-?[Qq]([1-4])")
OFFERED = 8


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of a zone, both included."""

    first: str
    last: str
    zone: str
    label: str

    @property
    def begin(self) -> datetime:
        """Give the moment at which it begins."""
        return narrowing.start_of(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Give the moment at which it ends; of one that ends today, now."""
        return min(narrowing.end_of(self.last, self.zone), clock.now())


def chosen(zone: str, *, quarter: str = "", first: str = "", last: str = "") -> Period:
    """Give the period that is asked for; raises Invalid for no such days, or days that have not come."""
    by_quarter = _quarter(quarter, zone) if quarter else _named(_last_quarter(zone), zone)
    found = Period(first, last, zone, f"{first} to {last}") if first or last else by_quarter
    begin, end = narrowing.start_of(found.first, zone), narrowing.end_of(found.last, zone)
    if end <= begin:
        raise _unfit("A period ends on the day on which it begins, or later.", "until")
    if end - clock.now() > timedelta(days=1):  # today has not ended yet, and is reviewed as far as it has come
        raise _unfit(f"{found.last} has not come yet.", "until")
    return found


def offered(zone: str) -> list[Period]:
    """Give the last whole quarters, the newest first."""
    last = _last_quarter(zone)
    return [_named(last - back, zone) for back in range(OFFERED)]


def _last_quarter(zone: str) -> int:
    """Give the quarter before the one of today, counted from the year 0."""
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    return today.year * 4 + (today.month - 1) // 3 - 1


def _quarter(text: str, zone: str) -> Period:
    found = QUARTER.fullmatch(text.strip())
    if found is None:
        raise _unfit(f"{text[:40]!r} is not a quarter.", "quarter", "A quarter such as 2026-Q3.")
    return _named(int(found[1]) * 4 + int(found[2]) - 1, zone)


def _named(quarter: int, zone: str) -> Period:
    first, following = (date(at // 4, at % 4 * 3 + 1, 1) for at in (quarter, quarter + 1))
    last = following - timedelta(days=1)
    return Period(first.isoformat(), last.isoformat(), zone, f"{quarter // 4}-Q{quarter % 4 + 1}")


def _unfit(text: str, field: str, missing: str = "A first and a last day, such as 2026-07-01 and 2026-09-30.") -> Invalid:
    return Invalid(rule="input", text=text, missing=(Missing(missing, field=field),))

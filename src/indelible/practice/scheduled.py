"""The only place that opens what comes back by itself: reviews, drills and exercises, each once for its period (Annex 11-11, 11-12).

A module says with `@schedule` what is to be open on a day; the server asks every few minutes. What was opened for a period is never
opened again, whatever has become of it. A home whose genesis says SIMULATED is left alone by the server: its clock is moved by hand, and
whoever moves it asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock, logs
from indelible.kernel import acts, config, records
from indelible.kernel.context import NOBODY, SYSTEM
from indelible.kernel.errors import Conflict, Invalid, Refused
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Record, Request

AGAIN = timedelta(hours=1)  # what was refused is tried again, and its refusal noted, once an hour


@dataclass(frozen=True, slots=True)
class Due:
    """A record that is to be open: its type, the period for which there is one (`SYS-001 2026-Q4`), the values it begins with."""

    kind: str
    period: str
    fields: Mapping[str, Any] = field(default_factory=dict)


Schedule = Callable[[date], Iterable[Due]]

_schedules: dict[str, Schedule] = {}
_refused: dict[str, datetime] = {}


def schedule(function: Schedule) -> Schedule:
    """Register what gives, for a day of the company, the records that are to be open by then."""
    _schedules[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def look() -> list[str]:
    """Open what is due in this installation, a simulated one excepted; gives the numbers of what was opened."""
    installation = Record.objects.filter(type=INSTALLATION).first()
    if installation is None or records.values(installation).get("simulated"):
        return []
    return open_due()


def open_due() -> list[str]:
    """Open through the door what is due today and was never opened for its period; gives the numbers of what was opened."""
    today = clock.now().astimezone(ZoneInfo(config.current().company.zone)).date()
    known = config.current().types
    due = [one for _, asked in sorted(_schedules.items()) for one in asked(today) if one.kind in known]
    return [number for one in due if (number := _opened(one)) is not None]


def _opened(due: Due) -> str | None:
    key, now = f"scheduled:{due.kind}:{due.period}", clock.real()
    tried = _refused.get(key)
    if Request.objects.filter(person_id=NOBODY, key=key).exists() or (tried is not None and now - tried < AGAIN):
        return None
    try:
        made = acts.run(SYSTEM, f"{due.kind}.create", key=key, fields=dict(due.fields), reason=f"Due for {due.period}")
    except (Refused, Invalid, Conflict) as refused:
        _refused[key] = now
        logs.failed("scheduled", kind=due.kind, period=due.period, problem=str(refused))
        return None
    return made.number

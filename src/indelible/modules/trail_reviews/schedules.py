"""When an audit-trail review opens by itself: on the first day of a month for the month before (Annex 11-9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min

from indelible.kernel import config
from indelible.kernel.models import Event
from indelible.practice.scheduled import Due, schedule


@schedule
def month_before(day: date) -> Iterator[Due]:
    """The month before is to be reviewed, unless nothing was recorded here yet in it."""
    last = day.replace(day=1) - timedelta(days=1)
    began = _began()
    if began is None or began > last:
        return
    yield Due("trail_review", f"{last:%Y-%m}", {
        "title": f"Audit trail of {last:%Y-%m}", "period_from": last.replace(day=1).isoformat(), "period_until": last.isoformat(),
    })  # fmt: skip


def _began() -> date | None:
    """Give the company's day on which something was recorded here first."""
    at = Event.objects.aggregate(at=Min("at"))["at"]
    return at.astimezone(ZoneInfo(config.current().company.zone)).date() if at else None

"""The only place that knows how often a person wants mail about work: each notice at once, or together each day or Monday.

A choice is the person's own and no part of a record. What is overdue is told at once, whatever somebody has chosen.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import config
from indelible.kernel.context import Context
from indelible.kernel.errors import Invalid, Missing
from indelible.practice.models import MailRhythm

AT_ONCE, DAILY, MONDAY = "at_once", "daily", "monday"
LABELS = {
    AT_ONCE: "Each notice at once",
    DAILY: "Once a day, in the morning",
    MONDAY: "Once a week, on Monday morning",
}
HOUR = 8  # o'clock at the company: after the reminders of the day were noted, so that they are in it


def choose(ctx: Context, rhythm: str) -> None:
    """Keep how often the person who asks wants mail; raises Invalid for a choice that there is not."""
    if rhythm not in LABELS or ctx.person_id is None:
        raise Invalid(rule="input", text="Nothing was chosen.",
                      missing=(Missing(f"One of: {', '.join(LABELS.values())}.", field="rhythm"),))  # fmt: skip
    MailRhythm.objects.update_or_create(person_id=ctx.person_id, defaults={"rhythm": rhythm, "at": clock.now()})


def chosen(ctx: Context) -> str:
    """Give what the person who asks has chosen; at once without a choice."""
    return of([ctx.person_id]).get(ctx.person_id, AT_ONCE) if ctx.person_id else AT_ONCE


def of(people: Collection[UUID]) -> dict[UUID, str]:
    """Give what those of the people have chosen who do not want each notice at once."""
    rows = MailRhythm.objects.filter(person_id__in=people).exclude(rhythm=AT_ONCE)
    return dict(rows.values_list("person_id", "rhythm"))


def last(rhythm: str, now: datetime) -> datetime:
    """Give the moment, not after `now`, at which the last digest of a rhythm was to go out, in the company's zone."""
    zone = ZoneInfo(config.current().company.zone)
    local = now.astimezone(zone)
    day = local.date() if local.hour >= HOUR else local.date() - timedelta(days=1)
    if rhythm == MONDAY:
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, time(HOUR), zone)

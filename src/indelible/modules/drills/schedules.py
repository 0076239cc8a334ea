"""When drills and exercises come back: a restore is tried each half-year, work without the system each year (Annex 11-7.2, 11-16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.kernel import config
from indelible.kernel.models import Record
from indelible.practice.inventory import THIS
from indelible.practice.scheduled import Due, schedule

DRILL, EXERCISE = "restore_drill", "continuity_exercise"
SECOND_HALF = 7  # the month in which it begins


@schedule
def restores_are_tried(day: date) -> Iterator[Due]:
    """Each half-year one restore drill is due, unless one waits still or was opened in it already, by hand or by a change."""
    half = 1 if day.month < SECOND_HALF else 2
    period, began = f"{day.year}-H{half}", date(day.year, 1 if half == 1 else SECOND_HALF, 1)
    if not _opened(DRILL, began):
        yield Due(DRILL, period, {"title": f"Restore drill {period}", "because": "half-yearly", **this_one()})


@schedule
def continuity_is_practised(day: date) -> Iterator[Due]:
    """Each year one exercise is due."""
    if not _opened(EXERCISE, date(day.year, 1, 1)):
        yield Due(EXERCISE, str(day.year), {"title": f"Continuity exercise {day.year}", **this_one()})


def this_one() -> dict[str, list[str]]:
    """Give the field that names this installation in the inventory of systems, once it stands there."""
    return {"system": [THIS]} if Record.objects.filter(number=THIS).exists() else {}


def _opened(kind: str, since: date) -> bool:
    """Say whether one is due already, however late, or was opened since a day and not voided."""
    begin = datetime(since.year, since.month, since.day, tzinfo=ZoneInfo(config.current().company.zone))
    return Record.objects.filter(Q(created_at__gte=begin) | Q(state="due"), type=kind).exclude(state="void").exists()

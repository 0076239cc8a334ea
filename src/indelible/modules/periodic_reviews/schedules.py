"""When a system is reviewed: at its interval, and when something critical has happened to it (Annex 11-11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from indelible.infra import build, canonical
from indelible.kernel import records
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Event, Record
from indelible.modules.periodic_reviews import collecting
from indelible.practice.inventory import THIS
from indelible.practice.scheduled import Due, schedule

REVIEW = "periodic_review"
AHEAD = timedelta(days=30)
MONTHS = {"high": 12, "medium": 24, "low": 36}
YEARLY = 12  # of this installation, whatever its risk
WATCHED = ("in_use", "suspended")


@schedule
def systems_are_reviewed(day: date) -> Iterator[Due]:
    """Give the reviews that are to be open: 30 days before a system's date, and after what asks for one at once."""
    for system in Record.objects.filter(type="gxp_system", state__in=WATCHED).order_by("number"):
        if any(one.state in ("collecting", "in_approval") for one in collecting.list_reviews(system)):
            continue
        since = collecting.begins(system)
        due = months_later(since, YEARLY if system.number == THIS else MONTHS[records.values(system)["risk"]])
        if day >= due - AHEAD:
            yield _due(system, due.isoformat(), due, "scheduled", "")
        elif (asked := next(_asked(system, since), None)) is not None:
            key, cause, text = asked
            yield _due(system, key, day + AHEAD, cause, text)


def months_later(day: date, months: int) -> date:
    """Give the same day so many months later, or the last one of a shorter month."""
    whole = day.year * 12 + day.month - 1 + months
    first = date(whole // 12, whole % 12 + 1, 1)
    length = (date(first.year + first.month // 12, first.month % 12 + 1, 1) - first).days
    return first.replace(day=min(day.day, length))


def _due(system: Record, key: str, due: date, cause: str, text: str) -> Due:
    fields: dict[str, Any] = {
        "title": f"Periodic review of {system.title}"[:200], "system": [system.number], "owner": str(system.owner_id),
        "cause": cause, "cause_text": text, "due_on": due.isoformat(),
    }  # fmt: skip
    return Due(REVIEW, f"{system.number} {key}", {name: value for name, value in fields.items() if value})


def _asked(system: Record, since: date) -> Iterator[tuple[str, str, str]]:
    """Give what asks for a review before its date: a critical incident, a restore, another major release."""
    for one in collecting.incidents(system):
        if records.values(one).get("class") == "critical" and collecting.day_of(one.created_at) > since:
            yield one.number, "critical incident", f"{one.number}: {one.title}"[:1000]
    if system.number != THIS:
        return
    for event in _restores(since):
        yield f"restore {event.position}", "restore", str(canonical.decode(event.payload).get("reason") or "")[:1000]
    last = collecting.last_closed(system)
    before, now = (str(records.values(last)["build"]) if last else ""), build.identity().version
    if before and _major(before) != _major(now):
        yield f"release {_major(now)}", "major release", f"Build {before} was reviewed last; {build.identity().name} runs."


def _restores(since: date) -> Iterator[Event]:
    installation = Record.objects.filter(type=INSTALLATION).values("pk")[:1]
    rows = Event.objects.filter(record_id__in=installation, payload__contains=f'"act":"{INSTALLATION}.note_restore"')
    return (one for one in rows.order_by("position") if collecting.day_of(one.at) > since)


def _major(version: str) -> str:
    return version.partition("+")[0].partition(".")[0]

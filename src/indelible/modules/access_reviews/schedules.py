"""When a review of access is opened by itself: of this installation each quarter, of other systems by their risk to data.

A quarter is practice, not law. The months stand here and not in the policies, because how often a system is looked at follows
from its risk, which Quality signs in the record of the system.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from indelible.kernel import config, gates, records
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Record
from indelible.modules.access_reviews.collecting import CLOSED, KIND
from indelible.practice.inventory import THIS
from indelible.practice.scheduled import Due, schedule

SYSTEM, IN_USE = "gxp_system", ("in_use", "suspended")
QUARTER, MONTHS = 3, {"high": 3, "medium": 6, "low": 12}
NAMES = {3: "Q", 6: "H", 12: ""}


@schedule
def reviews_of_access(day: date) -> Iterator[Due]:
    """Give the reviews that are to be open on a day: those of its quarter, half-year or year, for each system that was there on its first day."""
    installation = Record.objects.filter(type=INSTALLATION).first()
    if installation is None or installation.state != gates.RELEASED:
        return
    for system in Record.objects.filter(type=SYSTEM).order_by("number"):
        if name := period_of(system, day):
            fields = {"title": f"Access to {system.number}, {name}", "system": [system.number], "as_of": day.isoformat()}
            yield Due(KIND, f"{system.number} {name}", fields | _named_last(system.number))


def period_of(system: Record, day: date) -> str:
    """Give the period of a system in which a day lies (2026-Q4, 2026-H2, 2026), empty where nothing is to be reviewed in it."""
    months = _months(system)
    if months is None:
        return ""
    first, name = _period(day, months)
    zone = ZoneInfo(config.current().company.zone)
    return name if system.created_at < datetime.combine(first, time(), zone) else ""


def _months(system: Record) -> int | None:
    """Give after how many months access to a system is reviewed, None for one that nobody uses; this one as soon as it is entered."""
    if system.number == THIS:
        return QUARTER if system.state not in ("retired", "out_of_scope", "void") else None
    return MONTHS.get(str(records.values(system).get("risk_data"))) if system.state in IN_USE else None


def _period(day: date, months: int) -> tuple[date, str]:
    """Give the first day and the name of the period in which a day lies."""
    at = (day.month - 1) // months
    word = f"-{NAMES[months]}{at + 1}" if NAMES[months] else ""
    return date(day.year, at * months + 1, 1), f"{day.year}{word}"


def _named_last(number: str) -> dict[str, list[str]]:
    """Give the procedures that the last review of a system named, or the one on electronic signatures that the policies name."""
    for review in Record.objects.filter(type=KIND, state=CLOSED).order_by("-created_at"):
        values = records.values(review)
        if [one["number"] for one in values["system"]] == [number]:
            return {"trained_on": [one["number"] for one in values.get("trained_on") or []]}
    procedure = config.current().policies.signing_procedure
    known = Record.objects.filter(type="document", series=procedure).exists() if procedure and number == THIS else False
    return {"trained_on": [procedure]} if known else {}

"""What everybody may know of an absence: on the page of the person, until when, and never why."""

from __future__ import annotations

from datetime import datetime

from indelible.kernel.models import Record
from indelible.practice import absences
from indelible.practice.panels import Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer


@panel("away", label="Away", says="When somebody is away.", of=["person"], inline=True, dated=False)
def away(_view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give the days on which a person is or will be away."""
    found = absences.of([record.pk]) if record else []
    rows = tuple((Cell(str(one.first)), Cell(str(one.last) if one.last else "open"), Cell("now" if one.running else "announced"))
                 for one in found)  # fmt: skip
    return Sheet("", (Table("Away", ("From", "Until", "State"), rows, "Nothing is announced."),))

"""The only place that says whether a supplier whose requalification is late may be used once more."""

from __future__ import annotations

from datetime import datetime, timedelta

from indelible.infra import canonical, clock
from indelible.kernel.case import Case
from indelible.kernel.models import Event, Record
from indelible.kernel.rules import rule
from indelible.practice import choosing

GRACE = timedelta(days=30)


@rule("no_use_of_a_late_supplier", alone=True)
def no_use_of_a_late_supplier(case: Case) -> str | None:
    """A supplier whose requalification is more than 30 days late is used only where Quality authorised this use."""
    late = [
        one for one in choosing.chosen(case) if one.type == "supplier" and _late(one, case.at) and not _authorised(one, case)
    ]
    if not late:
        return None
    words = ", ".join(f"{one.number} {one.title}" for one in late)
    return f"The requalification of {words} is more than 30 days late: name this record there under “Uses to be authorised”, and let Quality sign."


def requalified_by(supplier: Record, before: datetime | None = None) -> datetime | None:
    """Give the day by which a supplier was to be qualified anew, as its last approval set it, or its last one before a moment.

    None where there was none.
    """
    if supplier.state == "approved" and before is None:
        return supplier.due_at
    events = Event.objects.filter(record_id=supplier.pk, **({"at__lt": before} if before else {}))
    for payload in events.order_by("-position").values_list("payload", flat=True):
        event = canonical.decode(payload)
        if event["state"] == "approved" and (due := event.get("effects", {}).get("head", {}).get("due_at")):
            return clock.parse(due)
    return None


def _late(supplier: Record, now: datetime) -> bool:
    due = requalified_by(supplier)
    return due is not None and now > due + GRACE


def _authorised(supplier: Record, case: Case) -> bool:
    return case.record is not None and case.head.number in supplier.marks.get("authorised_uses", [])

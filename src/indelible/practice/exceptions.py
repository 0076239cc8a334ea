"""What in a record's trail is out of the ordinary and must be looked at before Quality approves (Annex 11-9)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from indelible.infra import canonical
from indelible.kernel.case import Case
from indelible.kernel.models import Event
from indelible.kernel.rules import rule

OUT_OF_ORDER = frozenset({
    "amended", "returned", "sent_back", "reclassified", "reopened", "extension_granted", "further_extension_granted",
    "plan_changed", "failed", "approval_fell_overdue", "time_ran_out", "restricted",
})  # fmt: skip
AFTER_APPROVAL = frozenset({"amended", "reopened"})  # of these, what opens again that was signed
SAID = "trail_exceptions"


def past_of(event: dict[str, Any]) -> str:
    """Give the word of the trail for what was done, of an event's payload."""
    return str(event["event"]).partition(".")[2]


def is_late(event: dict[str, Any]) -> bool:
    """Say whether an event entered something later than its type allows (Annex 11-9; contemporaneous)."""
    late = event.get("effects", {}).get("head", {}).get("marks", {}).get("late", {})
    return bool({*map(str, event.get("changed", ()))} & {*map(str, late)})


def of(case: Case) -> dict[str, int]:
    """Give what the trail holds beyond the ordinary way, each with how often."""
    rows = Event.objects.filter(record_id=case.head.id).values_list("payload", flat=True)
    pasts = (past_of(canonical.decode(payload)) for payload in rows)
    found = Counter(past for past in pasts if past in OUT_OF_ORDER)
    if late := case.head.marks.get("late"):
        found["late entry"] = len(late)
    return dict(sorted(found.items()))


@rule("exceptions_of_trail_seen")
def exceptions_of_trail_seen(case: Case) -> str | None:
    """Exceptions in the record's audit trail are explained before Quality approves (Annex 11-9)."""
    found = {} if case.value(SAID) else of(case)
    words = ", ".join(f"{past.replace('_', ' ')} ({times})" for past, times in found.items())
    return f"The trail holds exceptions that nobody explains: {words}." if words else None

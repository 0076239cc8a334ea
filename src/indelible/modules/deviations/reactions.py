"""What follows for deviations: extensions that were granted, the first look at a critical one, and reports of the product itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.hooks import Reply, completes, follows, follows_later
from indelible.practice import correcting, extensions, filling, trends, waiting

PRELIMINARY = 3  # business days for the preliminary assessment of a critical deviation

for _act in ("deviation.grant_extension", "deviation.grant_further_extension"):
    completes(_act)(extensions.grant_what_was_asked)
completes("deviation.submit")(correcting.first_clock_goes_on)
follows("deviation.merge")(correcting.linked_both_ways)
filling.leaves_out("deviation")(correcting.not_asked)
waiting.listed("deviation", 50)

for _act in ("deviation.investigate", "deviation.correct"):
    follows_later(_act)(trends.raised)


@follows_later("deviation.create")
def own_report_is_submitted(event: dict[str, Any]) -> Iterator[Reply]:
    """What the product itself reports goes to triage at once: nobody has to complete it."""
    if "person" not in event["by"]:
        yield Reply("deviation.submit", UUID(event["record"]), reason="Reported by the product itself")


@follows_later("deviation.investigate")
def critical_ones_are_looked_at_first(event: dict[str, Any]) -> Iterator[Reply]:
    """A critical deviation is assessed preliminarily within three business days, as an action of its owner."""
    head = records.find(event["number"])
    values = records.values(head)
    if event["state"] != "investigating" or values["class"] != "critical":
        return
    day = clock.parse(event["at"]).astimezone(ZoneInfo(event["zone"])).date()
    left = PRELIMINARY
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    person = values["owner"]["person"]
    yield Reply("action.create", None, {"fields": {
        "what": f"Preliminary assessment of {head.number}", "belongs_to": [head.number], "owner": str(head.owner_id or person),
        "assignee": str(head.owner_id or person), "due_on": day.isoformat(), "blocks_closing": True,
    }}, reason=f"{head.number} is critical")  # fmt: skip

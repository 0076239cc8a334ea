"""What follows for complaints: the clock of the decision what is reported, and extensions that were granted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import records, work
from indelible.kernel.hooks import Reply, completes, follows, follows_later
from indelible.practice import belonging, correcting, extensions, filling, trends, waiting

USUAL, SERIOUS = 3, 1  # business days for the decision what is reported

for _act in ("complaint.grant_extension", "complaint.grant_further_extension"):
    completes(_act)(extensions.grant_what_was_asked)
completes("complaint.create")(correcting.first_clock_goes_on)
follows("complaint.merge")(correcting.linked_both_ways)
filling.leaves_out("complaint")(correcting.not_asked)
waiting.listed("complaint", 37)

follows_later("complaint.triage")(trends.raised)


@follows_later("complaint.triage")
def reportability_is_to_be_decided(event: dict[str, Any]) -> Iterator[Reply]:
    """Deciding what is reported is an action of the lead, due in three business days, where it is serious in one."""
    head = records.find(event["number"])
    values, what = records.values(head), f"Decide what is reported of {head.number}"
    if any(child.title == what for child in belonging.children(head)):
        return
    safety = values["adverse_event"] != "no" or not values["regulatory_lead"]
    lead = values["medical_lead"] if safety else values["regulatory_lead"]
    holidays = frozenset(records.configuration_of(head).policies.holidays)
    began = clock.parse(event["at"]).astimezone(ZoneInfo(event["zone"])).date()
    latest = belonging.date_of(head) or clock.now()  # no action is due later than its record
    day = work.business_day(began, SERIOUS if values["seriousness"] == "serious" else USUAL, holidays)
    yield Reply("action.create", None, {"fields": {
        "what": what, "belongs_to": [head.number], "owner": str(head.owner_id), "assignee": lead["person"],
        "due_on": min(day, latest.astimezone(ZoneInfo(event["zone"])).date()).isoformat(), "blocks_closing": True,
    }}, reason=f"{head.number} may have to be reported")  # fmt: skip

"""What follows for incidents: the first clock, extensions that were granted, and who has to be told of personal data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows, follows_later
from indelible.modules.incidents.rules import CLOCK
from indelible.practice import belonging, correcting, extensions, filling, trends

AT_ONCE = timedelta(hours=4)

for _act in ("incident.grant_extension", "incident.grant_further_extension"):
    completes(_act)(extensions.grant_what_was_asked)
follows("incident.merge")(correcting.linked_both_ways)
filling.leaves_out("incident")(correcting.not_asked)

follows_later("incident.assess")(trends.raised)


@completes("incident.create")
def critical_at_once(case: Case, decision: Decision) -> None:
    """What is critical at first sight is looked at within 4 hours, and not by the end of the next business day."""
    if case.value("critical_at_once"):
        due = clock.iso(case.at + AT_ONCE)
        decision.effects.head["due_at"] = due
        decision.effects.open_tasks = [{**task, "due": due} for task in decision.effects.open_tasks]


completes("incident.create")(correcting.first_clock_goes_on)  # after what is due at once


@follows_later("incident.assess")
def authority_is_to_be_told(event: dict[str, Any]) -> Iterator[Reply]:
    """Where personal data are concerned, telling the authority is an action of the owner, due before the 72 hours are over."""
    head = records.find(event["number"])
    values, what = records.values(head), f"Decide whether the authority is told of {head.number}, and tell it"
    if not values["personal_data"] or any(child.title == what for child in belonging.children(head)):
        return
    over = (clock.parse(values["detected_at"]) + CLOCK).astimezone(ZoneInfo(event["zone"])).date()
    owner = str(head.owner_id)
    yield Reply("action.create", None, {"fields": {
        "what": what, "belongs_to": [head.number], "owner": owner, "assignee": owner, "blocks_closing": True,
        "due_on": (over - timedelta(days=1)).isoformat(),  # the last day that is over before the clock is
    }}, reason=f"{head.number} concerns personal data")  # fmt: skip

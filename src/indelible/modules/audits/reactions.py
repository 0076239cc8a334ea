"""What follows for audits and findings: the time to answer, extensions that were granted, the next audit of a department."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import records, work
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows_later
from indelible.kernel.models import Record
from indelible.kernel.types import Due
from indelible.practice import belonging, extensions

ANSWERS = {
    "critical": Due(days=10, calendar="business"),
    "major": Due(days=20, calendar="business"),
    "minor": Due(days=30),
}
REGULATORY = 15  # business days from the day on which the authority handed its observations over
YEARLY = 12  # months
SAME = ("scope", "kind", "standard", "audited", "department", "lead_auditor", "place", "programme", "interval_months")

for _act in ("finding.grant_extension", "finding.move_promise"):
    completes(_act)(extensions.grant_what_was_asked)


@completes("finding.create")
@completes("finding.hand_over")
def time_to_answer(case: Case, decision: Decision) -> None:
    """A finding is answered in the time of its class; an authority in 15 business days; an observation not at all."""
    audit = belonging.parent(case)
    declared = ANSWERS.get(case.value("class"))
    handed = records.values(audit).get("handed_over_on") if audit and case.value("kind") == "regulatory" else None
    due = clock.iso(work.due_at(case, declared)) if declared else None
    if handed and declared:
        zone = ZoneInfo(case.configuration.company.zone)
        day = work.business_day(date.fromisoformat(handed), REGULATORY, frozenset(case.configuration.policies.holidays))
        due = clock.iso(datetime.combine(day, time(23, 59), zone))
    decision.effects.head["due_at"] = due
    decision.effects.open_tasks = [{**task, "due": due} for task in decision.effects.open_tasks]


@follows_later("audit.issue")
def findings_are_handed_over(event: dict[str, Any]) -> Iterator[Reply]:
    """With the report the time to answer begins for each of its open findings."""
    head = records.find(event["number"])
    for child in belonging.children(head) if event["state"] == "answering" else ():
        if child.type == "finding" and child.state == "open":
            yield Reply("finding.hand_over", child.id, reason=f"The report of {head.number} was issued")


@follows_later("audit.close")
def next_one_is_planned(event: dict[str, Any]) -> Iterator[Reply]:
    """When an internal audit is closed, the next one of the department is planned, with the same questions."""
    head = records.find(event["number"])
    values = records.values(head)
    if event["state"] != "closed" or values["kind"] != "internal" or _planned(head):
        return
    months = int(values["interval_months"] or YEARLY)
    fields = {name: _given(values[name]) for name in SAME if values[name] is not None}
    fields |= {name: work.later(date.fromisoformat(values[name]), months).isoformat() for name in ("from_on", "until_on")}
    rows = [{name: row.get(name) for name in ("clause", "question")} for row in values["checklist"] or []]
    yield Reply("audit.create", None, {"fields": fields | {"checklist": rows}}, reason=f"{head.number} was closed")


def _planned(head: Record) -> bool:
    rows = Record.objects.filter(type=head.type, department=head.department, state__in=("planned", "announced"))
    return any(records.values(one)["kind"] == "internal" for one in rows)


def _given(value: Any) -> Any:
    """Give a stored value as an input: people by id, links by number."""
    if isinstance(value, list):
        return [item["number"] for item in value]
    return value["person"] if isinstance(value, dict) else value

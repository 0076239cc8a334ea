"""What follows for risks: computed classes and priorities, and the question again when something serious concerns their object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from indelible.kernel import records
from indelible.kernel.hooks import Reply, follows_later
from indelible.kernel.models import Link, Record
from indelible.modules.risks import grades, rules

__all__ = ["rules"]  # they are registered by being read

RISK = "risk"
SERIOUS = ("major", "critical")
COMPUTING = ("draft", "treating", "in_review")


@follows_later("risk.create")
@follows_later("risk.edit")
@follows_later("risk.amend")
@follows_later("risk.rerate")
def priority_is_computed(event: dict[str, Any]) -> Iterator[Reply]:
    """Class and priority follow from the grades, of the risk and of each failure mode; the formula is kept beside them."""
    head = records.find(event["number"])
    values = records.values(head)
    found = {name: value for name, value in grades.computed(values).items() if values.get(name) != value}
    if found and head.state in COMPUTING:
        yield Reply("risk.edit", head.id, {"fields": found}, reason="Computed from the grades")


@follows_later("deviation.investigate")
@follows_later("incident.submit")
@follows_later("complaint.triage")
@follows_later("change.submit")
@follows_later("finding.create")
def serious_events_ask_again(event: dict[str, Any]) -> Iterator[Reply]:
    """A major or critical event, finding or change asks for the risks again that it names, that name it, or whose object it shares."""
    head = records.find(event["number"])
    if event.get("from") == event["state"] or records.values(head).get("class") not in SERIOUS:
        return  # one signature of two, or nothing serious
    for risk in _concerned(head):
        yield Reply(
            "risk.ask_again",
            risk.id,
            reason=f"{head.number} ({records.values(head)['class']}) concerns it: {head.title}"[:500],
        )


def _concerned(head: Record) -> list[Record]:
    declaration, content = records.type_of(head), records.values(head)
    fields = (
        field.name for field in declaration.live_fields() if field.kind == "links" and field.name != declaration.department
    )
    objects = {item["number"] for name in fields for item in content.get(name) or []}
    named = Link.objects.filter(record_id=head.pk).values("target")
    naming = Link.objects.filter(Q(target=head.number) | Q(target__in=objects, relation="object")).values("record_id")
    found = Record.objects.filter(Q(number__in=named) | Q(pk__in=naming), type=RISK, state="accepted")
    return list(found.order_by("number"))

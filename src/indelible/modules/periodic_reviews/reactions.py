"""What follows in periodic reviews: figures are collected, and a closed one renews the entry of its system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, follows, follows_later
from indelible.kernel.models import Record
from indelible.modules.periodic_reviews import collecting
from indelible.modules.periodic_reviews.collecting import Period, Topic


@follows_later("periodic_review.create")
@follows_later("periodic_review.collect")
def figures_are_collected(event: dict[str, Any]) -> Iterator[Reply]:
    """Write what happened since the last review; what people concluded stays where the figures did not change."""
    head = records.find(event["number"])
    if head.state != "collecting":
        return
    values = records.values(head)
    system = records.find(values["system"][0]["number"])
    today = collecting.day_of(clock.parse(event["at"]))
    found = collecting.topics(system, Period(collecting.begins(system), today))
    fields = {
        "from_on": collecting.begins(system).isoformat(), "until_on": today.isoformat(),
        **collecting.standing(system),
        "topics": _beside(found, values.get("topics") or []),
        "missing": "\n".join(f"{one.name.capitalize()}: {one.missing}" for one in found if one.missing)[:4000],
    }  # fmt: skip
    yield Reply("periodic_review.edit", head.id, {"fields": fields}, reason="Collected from the records")


@follows("periodic_review.approve")
def system_is_renewed(case: Case, decision: Decision) -> Iterator[Reply]:
    """A system that remains fit is due again after its interval; one that is not in use is left as it is."""
    if decision.state != "closed" or case.value("conclusion") == "not fit":
        return
    system = Record.objects.get(number=case.value("system")[0]["number"])
    if system.state == "in_use":
        yield Reply(
            "gxp_system.confirm_fitness", system.pk, reason=f"{case.head.number} was closed: {case.value('conclusion')}"
        )


def _beside(found: list[Topic], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {(row.get("topic"), row.get("found")): row for row in before}
    return [{**known.get((one.name, one.found), {}), "topic": one.name, "found": one.found} for one in found]

"""What follows for changes: a deviation, where an emergency was not approved in time or a temporary change ran out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.kernel import records
from indelible.kernel.hooks import Reply, follows_later

WORDS = {
    "change.approval_fell_overdue": "was begun in an emergency and not approved within two business days",
    "change.time_ran_out": "was for a time only, and the time ran out while it was in use",
}


@follows_later("change.fall_overdue")
@follows_later("change.run_out")
def deviation_opens(event: dict[str, Any]) -> Iterator[Reply]:
    """What was allowed for a time and lasts longer is a deviation, reported in the name of whoever began it."""
    head = records.find(event["number"])
    words = f"{head.number} {WORDS[event['event']]}"
    yield Reply("deviation.create", None, {"fields": {
        "title": words[:200], "what_happened": f"{words}.", "occurred_at": event["at"], "discovered_at": event["at"],
        "place": head.number, "immediate_action": "None yet: see the change.", "product_or_lot": "See the change.",
        "reporter": str(head.author_id), "affected_records": [head.number],
    }}, reason=words[:200])  # fmt: skip

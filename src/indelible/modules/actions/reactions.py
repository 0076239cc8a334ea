"""What follows for actions: an extension that was granted, and a new owner when their record was handed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.kernel import records
from indelible.kernel.hooks import Reply, completes, follows_later
from indelible.practice import belonging, extensions

completes("action.grant_extension")(extensions.grant_what_was_asked)
completes("action.grant_extension_for_quality")(extensions.grant_what_was_asked)


@follows_later("deviation.reassign")
@follows_later("capa.reassign")
@follows_later("change.reassign")
@follows_later("incident.reassign")
@follows_later("complaint.reassign")
@follows_later("finding.reassign")
@follows_later("risk.reassign")
def owner_follows_its_record(event: dict[str, Any]) -> Iterator[Reply]:
    """Open actions are accepted by whoever owns their record now."""
    head = records.find(event["number"])
    for child in belonging.children(head):
        if not belonging.ended(child) and child.owner_id != head.owner_id:
            yield Reply("action.reassign", child.id, {"to": str(head.owner_id)}, reason=f"{head.number} was handed over")

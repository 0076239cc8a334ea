"""What follows when a document takes effect or leaves force: what waits for it takes effect too, its copies are recalled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, follows, follows_later
from indelible.kernel.models import Link, Record
from indelible.modules.documents.rules import companions


@follows("document.take_effect")
def companions_take_effect(case: Case, _decision: Decision) -> Iterator[Reply]:
    """Forms and work instructions take effect in the same act as their procedure, so that nobody finds one without the other."""
    for one in companions(case):
        yield Reply("document.take_effect_along", one.id, reason=f"Takes effect with {case.head.number}")


@follows_later("document.supersede")
@follows_later("document.retire")
def copies_are_recalled(event: dict[str, Any]) -> Iterator[Reply]:
    """Every controlled copy of a revision that left force is called back."""
    holders = Link.objects.filter(target=event["number"], relation="document").values("record_id")
    for copy in Record.objects.filter(pk__in=holders, type="controlled_copy", state="issued").order_by("number"):
        yield Reply("controlled_copy.recall", copy.id, reason=f"{event['number']} is no longer in force")

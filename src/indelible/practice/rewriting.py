"""The only place where a move writes content by itself: a row that it adds, a decision that it puts into one."""

from __future__ import annotations

from typing import Any

from indelible.kernel import contents, records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision


def write(case: Case, decision: Decision, values: dict[str, Any]) -> None:
    """Put values into a decision's new version, as the system takes them: read by their kinds, with their files and links."""
    old = case.head.content
    new = contents.parse(case, values, old)
    decision.content = new
    decision.changed = contents.changed(case.declaration, old, new)
    case.content = records.named(case.declaration, new)
    contents.apply(case, decision.effects, old, new)

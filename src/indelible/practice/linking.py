"""The only place that decides a link made by hand: another record as context, beside what is signed."""

from __future__ import annotations

from typing import Any

from indelible.kernel import contents, decisions, rules
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.hooks import decides
from indelible.kernel.models import Link

BY_HAND = "by_hand"  # the relation of a link that stands beside the content


@decides("link")
@decides("unlink")
def link(case: Case, inputs: dict[str, Any]) -> Decision:
    """Link another record as context, or take such a link away with a reason."""
    grant = decisions.allowed(case)
    number = str(inputs.get("to", "")).strip()
    target = contents.visible_target(case, number)
    if target is None or target == case.head.number:
        raise Invalid(rule="input", text=f"{number[:60]!r} does not exist, or you may not see it.",
                      missing=(Missing("The number of another record.", field="to"),))  # fmt: skip
    decision = Decision("linked" if case.verb == "link" else "unlinked", case.head.state, grant)
    if case.verb == "unlink":
        rules.reason_given(case, required=True)
    there = Link.objects.filter(record_id=case.head.id, target=target, relation=BY_HAND).exists()
    if there == (case.verb == "link"):
        raise Refused(rule="something_changes", text=f"{target} is {'linked already' if there else 'not linked by hand'}: "
                      "nothing was changed.", do="Look at what is linked.")  # fmt: skip
    decision.effects.links = {"add" if case.verb == "link" else "drop": [[target, BY_HAND]]}
    decision.note = {"to": target}
    return decision

"""What follows for commitments: a day that they agreed to, and the letter by which it moved."""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import completes
from indelible.modules.commitments.rules import AGREED, hashes
from indelible.practice import extensions


@completes("commitment.move_day")
def day_moves_by_their_letter(case: Case, decision: Decision) -> None:
    """The day moves, the first one stays visible, and the letter is used up."""
    extensions.grant_what_was_asked(case, decision)
    marks = decision.effects.head.get("marks", case.head.marks)
    decision.effects.head["marks"] = {**marks, AGREED: sorted({*marks.get(AGREED, []), *hashes(case)})}

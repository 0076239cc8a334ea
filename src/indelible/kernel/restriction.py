"""The only place that says what a restriction withholds (D32): content that must never have been there.

A person first removes it (edit, amend, new revision), then two people restrict: every sealed version but the present
one is withheld; of a record that is past, the present one too. Hashes, trail and signatures stay, and say so.
"""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.effects import Effects
from indelible.kernel.errors import Refused
from indelible.kernel.models import Restriction

TITLE = "(content withheld)"


def withhold(case: Case, effects: Effects) -> None:
    """Put the withheld versions into the effects; raises Refused where nothing is left to withhold."""
    past = case.state.standing == "past" or case.state.final
    newest = case.head.version if past else case.head.version - 1
    known = set(Restriction.objects.filter(record_id=case.head.id).values_list("version", flat=True))
    effects.restrict = [number for number in range(1, newest + 1) if number not in known]
    if not effects.restrict:
        raise Refused(
            rule="something_to_withhold",
            text=f"{case.head.number} has only its present version: remove the content from it first.",
            do="Edit or amend the record, then restrict what went before.",
        )
    if past:
        effects.head |= {"content": {}, "title": TITLE}

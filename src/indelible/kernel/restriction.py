"""The only place that says what a restriction withholds (D32): content that must never have been there.

A person first removes it (edit, amend, new revision), then two people restrict: every sealed version but the present
one is withheld; of a record that is past, the present one too. Hashes, trail and signatures stay, and say so.
"""

from __future__ import annotations

from indelible.kernel import contents
from indelible.kernel.case import Case
from indelible.kernel.effects import Effects
from indelible.kernel.models import Restriction
from indelible.kernel.rules import rule

TITLE = "(content withheld)"


@rule("something_to_withhold")
def something_to_withhold(case: Case) -> str | None:
    """There is content to withhold: an earlier version, or any of a record that is past."""
    return None if _left(case) else "There is only the present version: remove the content from it first."


def withhold(case: Case, effects: Effects) -> None:
    """Put the withheld versions into the effects."""
    effects.restrict = _left(case)
    if _is_past(case):
        effects.head |= {"content": {}, "title": TITLE}
        contents.forget(case, effects)


def _left(case: Case) -> list[int]:
    newest = case.head.version if _is_past(case) else case.head.version - 1
    known = set(Restriction.objects.filter(record_id=case.head.id).values_list("version", flat=True))
    return [number for number in range(1, newest + 1) if number not in known]


def _is_past(case: Case) -> bool:
    return case.state.standing == "past" or case.state.final

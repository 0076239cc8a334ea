"""The reaction that every revisioned type shares: when a revision takes effect, its predecessor leaves force in the same act."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration


def replies(case: Case, decision: Decision) -> Iterator[Reply]:
    """Give the act by which the revision in force is superseded, if this act puts another one in force."""
    if case.record is None or case.declaration.revisions is None or decision.effects.head.get("standing") != "in_force":
        return
    predecessor = Record.objects.filter(series=case.record.series, standing="in_force").exclude(pk=case.record.pk).first()
    if predecessor is not None:
        verb = leaving_move(case.declaration, predecessor.state)
        yield Reply(f"{case.type}.{verb}", predecessor.id, reason=f"Replaced by {case.record.number}")


def leaving_move(declaration: TypeDeclaration, state: str) -> str:
    """Give the system's own move by which a revision in force becomes past; the loader makes sure there is one."""
    moves = declaration.lifecycle[state].moves.items()
    return next(
        verb for verb, move in moves
        if "system" in move.by and declaration.lifecycle[move.to].standing == "past"
    )  # fmt: skip

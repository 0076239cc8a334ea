"""What must hold for a declared trend: the fields that it names are of the right kind, and a move waits for the decision."""

from __future__ import annotations

from indelible.assurance.configuration.checks.known import Fault, Faults, live
from indelible.kernel.types import TypeDeclaration

RULE = "trends_are_decided"


def trend(found: TypeDeclaration) -> Faults:
    """Check what says when repeats ask for a decision, and that something waits for it."""
    waits = any(RULE in move.requires for state in found.lifecycle.values() for move in state.moves.values())
    if found.trend is None:
        if waits:
            message = f"A move requires {RULE!r}, and no `trend` says what a repeat is; add it, or take the rule away."
            yield Fault(("lifecycle",), message, key=True)
        return
    yield from live(found, found.trend.of, ("trend", "of"))
    field = found.field(found.trend.of)
    if field is not None and not field.retired and (field.kind != "choice" or field.many):
        yield Fault(("trend", "of"), f"{field.name!r} is no single choice, so it names no kind; name a field that is.")
    for index, name in enumerate(found.trend.sharing):
        yield from live(found, name, ("trend", "sharing", index))
        field = found.field(name)
        if field is not None and not field.retired and field.kind != "links":
            yield Fault(("trend", "sharing", index), f"{name!r} names no records; name a field of links.")
    if not waits:
        message = f"No move waits for the decision; name {RULE!r} under `requires` of the one that closes."
        yield Fault(("trend",), message, key=True)

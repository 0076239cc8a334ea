"""What no configuration can take away (D34): GxP records end with a quality signature, and nobody approves their own.

No dead end is the third one; it stands with the ways through a lifecycle, in `checks.lifecycles`.
"""

from __future__ import annotations

from collections.abc import Mapping

from indelible.assurance.configuration.checks.known import Fault, Faults, Known
from indelible.kernel.configuration import Role
from indelible.kernel.types import Move, SignatureNeed, State, TypeDeclaration

APPROVING = frozenset({"approved", "quality_approved"})
QUALITY = frozenset({"quality_approved", "released"})
AUTHORISING = frozenset(
    {"authorised", "disposal_authorised"}
)  # the word of the Quality Unit where only its people may give it
SEPARATING = frozenset({
    "approver_is_not_author",
    "closer_is_not_reporter_owner_or_assignee",
    "grant_approver_is_not_requester_nor_subject",
})  # fmt: skip


def quality_is_somebody(roles: Mapping[str, Role], known: Known) -> Faults:
    """Check that a quality signature stays the word of few: what everybody may sign says nothing."""
    del known
    for name, role in roles.items():
        for index, meaning in enumerate(role.signs):
            if role.everybody and meaning in QUALITY:
                message = f"Everybody holds {name!r}, and {meaning!r} is the word of the Quality Unit; take it away."
                yield Fault((name, "signs", index), message)


def invariants(declaration: TypeDeclaration, known: Known) -> Faults:
    """Check what holds for every type, whatever a company decides."""
    yield from _nobody_approves_their_own(declaration, known)
    if declaration.gxp is not None and declaration.initial in declaration.lifecycle:
        yield from _quality_signs_every_good_end(declaration, known)


def _nobody_approves_their_own(declaration: TypeDeclaration, known: Known) -> Faults:
    for name, state in declaration.lifecycle.items():
        for verb, move in state.moves.items():
            target = declaration.lifecycle.get(move.to)
            asked = {*move.requires, *(target.requires if target else ())}
            if approves(move) and not asked & set(known.separating):
                message = (
                    "Whoever approves is not the author (D34), so this move must require one of: "
                    f"{', '.join(sorted(known.separating))}."
                )
                yield Fault(("lifecycle", name, "moves", verb), message, key=True)


def approves(move: Move) -> bool:
    """Say whether a move carries an approval."""
    return any(need.meaning in APPROVING for need in move.signs)


def _quality_signs_every_good_end(declaration: TypeDeclaration, known: Known) -> Faults:
    states = declaration.lifecycle
    if not any(good_end(state) for state in states.values()):
        yield Fault(("gxp",), "A GxP record needs a good end; say `look: done` in the state that is one.", key=True)
    if known.signers:
        yield from _unsigned_ends(declaration, known)


def _unsigned_ends(declaration: TypeDeclaration, known: Known) -> Faults:
    """Walk every way that has no quality signature yet, shortest first, and stop where it comes to a good end."""
    states = declaration.lifecycle
    if good_end(states[declaration.initial]):
        message = "A GxP record cannot begin where it should end after a quality signature; begin in another state."
        yield Fault(("lifecycle", declaration.initial), message, key=True)
        return
    ways: dict[str, list[str]] = {declaration.initial: [declaration.initial]}
    waiting = [declaration.initial]
    while waiting:
        here = waiting.pop(0)
        for verb, move in states[here].moves.items():
            if move.to not in states or any(_is_quality(need, known) for need in move.signs):
                continue
            way = [*ways[here], move.to]
            if good_end(states[move.to]):
                message = (
                    f"A GxP record would end without a quality signature (D34): {' > '.join(way)}; "
                    "let one of these moves ask for quality_approved in any case."
                )
                yield Fault(("lifecycle", here, "moves", verb), message, key=True)
            elif move.to not in ways:
                ways[move.to] = way
                waiting.append(move.to)


def good_end(state: State) -> bool:
    """Say whether a record rests here as valid: shown as done, or final or in force without being shown as void."""
    return state.look == "done" or (state.look != "void" and (state.final or state.standing == "in_force"))


def _is_quality(need: SignatureNeed, known: Known) -> bool:
    # A conditional signature may be left out, so it proves nothing about every record.
    if need.when:
        return False
    if need.meaning in QUALITY:
        return True
    if need.meaning not in AUTHORISING:
        return False
    return all(name in known.signers and known.can_sign(name, "quality_approved") for name in need.by)

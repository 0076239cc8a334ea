"""What must hold for the lifecycle of a type: names, who acts and signs, and that every record can begin, go on and end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from indelible.assurance.configuration.checks import dues
from indelible.assurance.configuration.checks.known import (
    Fault,
    Faults,
    Known,
    answers,
    capacities,
    condition,
    live,
    named,
    one,
)
from indelible.assurance.configuration.positions import Steps
from indelible.kernel.types import DUE, GENERIC, RELATIONS, Move, SignatureNeed, State, TypeDeclaration

NO_WORK = "none"
MOST_SIGNATURES = 9
PASTS = frozenset({
    "created", "edited", "amended", "revised", "signed", "commented", "linked", "unlinked", "reassigned", "extended",
    "restricted", "certified", "confirmed", "postponed",
})  # fmt: skip


def lifecycle(declaration: TypeDeclaration, known: Known) -> Faults:
    """Check every state and move of a type, and the way through them."""
    states = declaration.lifecycle
    yield from one(declaration.initial, states, "state", ("initial",))
    if sorted(declaration.order) != sorted(states):
        yield Fault(
            ("order",), "The order must name every state once, and no other; or take it away: the written one counts."
        )
    for name, state in states.items():
        yield from _state(declaration, known, name, state)
        for verb, move in state.moves.items():
            yield from _move(declaration, known, (name, state), move, ("lifecycle", name, "moves", verb))
    if declaration.initial in states:
        yield from _ways(declaration)
        yield from _standing(declaration)


def _state(declaration: TypeDeclaration, known: Known, name: str, state: State) -> Faults:
    steps: Steps = ("lifecycle", name)
    yield from capacities(known, declaration, state.seen_by, (*steps, "seen_by"))
    yield from capacities(known, declaration, state.edit, (*steps, "edit"))
    if state.amend is not None:
        yield from capacities(known, declaration, state.amend.by, (*steps, "amend", "by"))
    yield from named(state.requires, known.rules, "rule", (*steps, "requires"))
    if state.work != NO_WORK:
        yield from one(state.work, state.moves, "move of this state", (*steps, "work"))
    if state.due is not None:
        yield from dues.due(declaration, state, state.due, (*steps, "due"))
    yield from _unseen(known, declaration, state.edit, state, (*steps, "edit"))


def _move(declaration: TypeDeclaration, known: Known, here: tuple[str, State], move: Move, steps: Steps) -> Faults:
    name, state = here
    if steps[-1] in GENERIC or steps[-1] == NO_WORK:
        yield Fault(steps, f"{steps[-1]!r} is a word of the product and no name for a move; rename it.", key=True)
    if move.past in PASTS:
        yield Fault((*steps, "past"), f"{move.past!r} is what the product itself writes into the trail; use another word.")
    yield from one(move.to, declaration.lifecycle, "state", (*steps, "to"))
    yield from capacities(known, declaration, move.by, (*steps, "by"))
    yield from _unseen(known, declaration, move.by, state, (*steps, "by"))
    yield from named(move.requires, known.rules, "rule", (*steps, "requires"))
    yield from condition(declaration, move.when, (*steps, "when"))
    yield from _timer(declaration, state, move, steps)
    yield from dues.renewal(state, name, move, steps)
    for index, need in enumerate(move.signs):
        yield from _signature(declaration, known, need, (*steps, "signs", index))
        yield from _unseen(known, declaration, need.by, state, (*steps, "signs", index, "by"))
    yield from _signatures(declaration, move, steps)


def _unseen(known: Known, declaration: TypeDeclaration, names: list[str], state: State, steps: Steps) -> Faults:
    """Find who acts in a state without seeing its records: the door would tell them that there is no such record."""
    people = {field.name for field in declaration.live_fields() if field.kind == "person"}
    everybody = {name for name, role in known.signers.items() if role.everybody} | {"everybody", "system"}
    sound = {*known.signers, *RELATIONS, *people}
    if everybody & set(state.seen_by) or set(state.seen_by) - sound:
        return
    for index, name in enumerate(names):
        if name in sound - everybody - set(state.seen_by):
            yield Fault((*steps, index), f"{name!r} acts here without seeing the record; add the name to `seen_by`.")


def _timer(declaration: TypeDeclaration, state: State, move: Move, steps: Steps) -> Faults:
    if move.at is None:
        return
    if move.at == DUE and declaration.field(DUE) is None:
        if state.due is None:
            yield Fault((*steps, "at"), "Nothing is due in this state, so its day never comes; add `due`, or name a field.")
    else:
        yield from live(declaration, move.at, (*steps, "at"))
    field = declaration.field(move.at)
    if field is not None and field.kind not in ("date", "time"):
        yield Fault((*steps, "at"), f"{move.at!r} is neither a date nor a time; name a field that is.")
    if "system" not in move.by:
        yield Fault((*steps, "at"), "What happens at a time the system does; add `system` to `by`, or take `at` away.")


def _signature(declaration: TypeDeclaration, known: Known, need: SignatureNeed, steps: Steps) -> Faults:
    yield from one(need.meaning, known.meanings, "meaning", (*steps, "meaning"))
    yield from capacities(known, declaration, need.by, (*steps, "by"))
    yield from condition(declaration, need.when, (*steps, "when"))
    if isinstance(need.count, int) and not 1 <= need.count <= MOST_SIGNATURES:
        yield Fault((*steps, "count"), f"A step asks for 1 to {MOST_SIGNATURES} signatures of a meaning; write how many.")
    if need.count == "each":
        yield from _each(declaration, need, steps)
    if known.meanings is None or need.meaning not in known.meanings or not known.signers:
        return
    for index, name in enumerate(need.by):
        if name == "system":
            yield Fault((*steps, "by", index), "The system cannot sign; name people.")
        elif name in known.signers and not known.can_sign(name, need.meaning):
            message = f"The role {name!r} may not sign {need.meaning!r}; add it to the role's `signs`, or name another."
            yield Fault((*steps, "by", index), message)
        elif not any(known.can_sign(role, need.meaning) for role in known.signers):
            yield Fault((*steps, "by", index), f"No role may sign {need.meaning!r}; add it to the `signs` of one.")


def _each(declaration: TypeDeclaration, need: SignatureNeed, steps: Steps) -> Faults:
    people = {field.name: field for field in declaration.live_fields() if field.kind == "person"}
    for index, name in enumerate(need.by):
        if name not in people:
            yield Fault((*steps, "by", index), "`count: each` asks everybody whom a person field names; name such a field.")
        elif people[name].required is None and not people[name].required_in:
            message = f"While {name!r} is empty nobody can sign; require the field, or ask for a number of signatures."
            yield Fault((*steps, "by", index), message)


def _signatures(declaration: TypeDeclaration, move: Move, steps: Steps) -> Faults:
    if not move.signs:
        if move.order == "sequence":
            yield Fault((*steps, "order"), "No signatures stand here to give in sequence; take `order` away.")
        return
    if "system" in move.by:
        yield Fault((*steps, "by"), "The system cannot sign, so it cannot make this move; take its name or `signs` away.")
    if not _always_one(declaration, [need.when for need in move.signs]):
        message = "Each signature here has a condition; where none holds, nobody can make the move. Ask one in any case."
        yield Fault((*steps, "signs"), message)


def _always_one(declaration: TypeDeclaration, conditions: Iterable[Mapping[str, list[str]]]) -> bool:
    """Say whether one of the conditions holds whatever a record says: one is empty, or they cover a required field.

    A condition on a field that cannot be asked is blamed by itself, and no second time here.
    """
    asked: dict[str, set[str]] = {}
    possible = {f.name: found for f in declaration.live_fields() if (found := answers(f)) is not None}
    required = {f.name for f in declaration.live_fields() if f.required or f.required_in}
    for when in conditions:
        if not when or set(when) - set(possible):
            return True
        if len(when) == 1:
            for name, values in when.items():
                asked.setdefault(name, set()).update(values)
    return any(name in required and values >= set(possible[name]) for name, values in asked.items())


def _ways(declaration: TypeDeclaration) -> Faults:
    states = declaration.lifecycle
    onward = {name: [move.to for move in state.moves.values()] for name, state in states.items()}
    back: dict[str, list[str]] = {}
    for name, targets in onward.items():
        for target in targets:
            back.setdefault(target, []).append(name)
    begun = reached([declaration.initial], onward)
    resting = [n for n, s in states.items() if s.final or s.standing == "in_force" or s.look == "done"]
    ended = reached(resting, back)
    for name, state in states.items():
        steps: Steps = ("lifecycle", name)
        if name not in begun:
            message = f"No way leads from {declaration.initial!r} to {name!r}; add a move into it, or take the state away."
            yield Fault(steps, message, key=True)
        if name not in ended:
            message = f"No way leads on from {name!r} to an end; add a move to a final, done or effective state."
            yield Fault(steps, message, key=True)
        elif name not in resting and not _always_one(declaration, [m.when for m in state.moves.values()]):
            message = "Each move here has a condition; where none holds, a record is stuck. Let one be open in any case."
            yield Fault((*steps, "moves"), message)


def reached(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Give what can be reached along the edges, the start included."""
    found: set[str] = set()
    waiting = [*start]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += edges.get(here, ())
    return found


def _standing(declaration: TypeDeclaration) -> Faults:
    if declaration.revisions is None:
        return
    states = declaration.lifecycle
    standings = {state.standing for state in states.values()}
    for wanted in ("in_force", "past"):
        if wanted not in standings:
            yield Fault(("lifecycle",), f"A type with revisions needs a state with `standing: {wanted}`; say which it is.")
    for name, state in states.items():
        steps: Steps = ("lifecycle", name)
        if state.standing is None:
            yield Fault(steps, "A type with revisions needs `standing` in every state: in_work, in_force or past.", key=True)
        elif name == declaration.initial and state.standing != "in_work":
            yield Fault((*steps, "standing"), "A revision begins in work; write `standing: in_work`.")
        elif state.standing == "in_work" and state.final:
            message = "A revision that stays in work for ever blocks the next one; add a move, or write `standing: past`."
            yield Fault((*steps, "standing"), message)
        elif state.standing == "in_force" and not _leaves_force(declaration, state):
            message = "The next revision must be able to replace this one; add a move `by: [system]` to a past state."
            yield Fault(steps, message, key=True)


def _leaves_force(declaration: TypeDeclaration, state: State) -> bool:
    states = declaration.lifecycle
    return any("system" in m.by and m.to in states and states[m.to].standing == "past" for m in state.moves.values())

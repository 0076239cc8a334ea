"""What each generic act decides, in memory (D3): a `Decision` that the door seals and writes. Nothing here writes.

`create`, `edit`, `amend`, `revise`, `confirm` and every declared move are generic, so most modules need no act of their
own. What is decided elsewhere (`comment`, `link`, `certify`, `reassign`, `extend`, `postpone`) comes in through
`kernel.hooks`, and so do the effects that a module adds to a move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indelible.kernel import authority, contents, gates, hooks, lifecycles, records, restriction, rules, signatures, work
from indelible.kernel.case import Case, Need
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.types import GenericAct, Move

OPEN_COMMENTS = "open_comments"  # the mark on the head: positions of the comments that await an answer


def decide(case: Case, inputs: dict[str, Any]) -> Decision:
    """Decide any act on a record that exists; raises Refused, Conflict or Invalid."""
    decided = _GENERIC.get(case.verb) or hooks.decider(case.verb) or move
    return decided(case, inputs)


def edit(case: Case, inputs: dict[str, Any]) -> Decision:
    """Change content: an edit, or an amend where completed steps have signed the touched fields."""
    fields = _fields(inputs)
    new, touched = contents.edited(case, fields)
    verb, capacities = lifecycles.edit_rights(case, touched)
    grant = authority.decide(case, capacities)
    if not touched:
        raise Refused(rule="something_changes", text=f"{case.head.number} has these values already; nothing was changed.",
                      do="Change a value, or leave the record as it is.")  # fmt: skip
    if case.verb == "edit" and verb == "amend":
        raise Refused(rule="fields_frozen", text=f"{case.head.number}: what you change was signed; amend it with a reason.",
                      missing=(Missing("An amendment, which voids the signatures that covered these fields."),),
                      do="Use Amend and give a reason.")  # fmt: skip
    rules.reason_given(case, required=verb == "amend")
    decision = Decision("edited" if verb == "edit" else "amended", case.head.state, grant, content=new, changed=touched)
    if (marks := contents.marks(case, touched, new, case.head.marks)) != case.head.marks:
        decision.effects.head["marks"] = marks
    before, case.content = case.content, records.named(case.declaration, records.present(case.declaration, new, marks))
    contents.apply(case, decision.effects, case.head.content, new)
    _void_open(case, decision)
    if verb == "amend":
        _send_back(case, decision, touched)
    else:
        work.follow(case, decision.effects, before)
    return decision


@dataclass(frozen=True, slots=True)
class Considered:
    """A declared move that this person can make now: the signature they would give, and what lets them."""

    move: Move
    grant: authority.Grant
    need: Need | None = None
    awaited: int = 0


def consider(case: Case) -> Considered:
    """Check everything about a declared move but reason and presence; raises Refused with all that stands in the way."""
    declared = lifecycles.move_of(case, case.verb)
    if not declared.signs:
        grant = authority.decide(case, declared.by)
        lifecycles.check_move(case, declared, grant=grant)
        return Considered(declared, grant)
    signatures.human(case)
    gates.signing(case)
    awaited = lifecycles.open_needs(case, case.verb, declared)
    need, grant = lifecycles.pick_need(case, declared, awaited)
    lifecycles.check_move(case, declared, need, grant)
    return Considered(declared, grant, need, len(awaited))


def move(case: Case, inputs: dict[str, Any]) -> Decision:
    """Make a declared move, or give one of the signatures that it needs; the last one moves the record."""
    _no_fields(inputs)
    found = consider(case)
    declared, need = found.move, found.need
    rules.reason_given(case, required=declared.reason == "required")
    if need is None:
        return _moved(case, declared, Decision(declared.past, declared.to, found.grant))
    return counted(case, declared, need, found.grant, signatures.bind(case, declared, need, found.grant))


def counted(case: Case, declared: Move, need: Need, grant: authority.Grant, manifest: str) -> Decision:
    """Decide what a signature that counts brings: the last one awaited moves the record, an earlier one is remembered."""
    last = len(lifecycles.open_needs(case, case.verb, declared)) == 1
    decision = Decision(declared.past if last else "signed", declared.to if last else case.head.state, grant)
    decision.signature = signatures.columns(case, need, manifest)
    _count_signature(case, declared, need, decision)
    if last:
        return _moved(case, declared, decision)
    decision.effects.close_tasks = work.task_keys(case, case.verb, need)
    return decision


def allowed(case: Case) -> authority.Grant:
    """Check whether a generic act could be begun by this person now, and give what allows it; raises Refused."""
    declared = case.declaration
    if case.verb in ("edit", "amend"):
        frozen = lifecycles.frozen(case)
        free = {field.id for field in declared.live_fields()} - frozen
        verb, capacities = lifecycles.edit_rights(case, frozen if case.verb == "amend" or not free else ())
        if verb != case.verb and case.verb == "edit":
            raise Refused(rule="fields_frozen", text="Its content is signed; it is amended, not edited.")
        return authority.decide(case, capacities)
    capacities = _allowed(case, getattr(declared, "link" if case.verb == "unlink" else case.verb))
    if case.verb == "certify":
        signatures.human(case)
    grant = authority.decide(case, capacities)
    _idle(case)
    return grant


def _idle(case: Case) -> None:
    """Refuse to extend what is not due, to postpone what is not planned, to confirm or resolve where nothing awaits this person."""
    waiting = case.head.marks.get("unconfirmed", {})
    if case.verb == "extend" and case.head.due_at is None:
        raise Refused(rule="nothing_due", text=f"{case.head.number} has no due date now, so there is none to extend.")
    if case.verb == "postpone" and not any(move.at for move in case.state.moves.values()):
        raise Refused(rule="nothing_planned", text=f"{case.head.number} awaits no day on which it moves by itself.")
    if case.verb == "resolve" and not case.head.marks.get(OPEN_COMMENTS):
        raise Refused(rule="nothing_to_resolve", text=f"No comment on {case.head.number} awaits an answer.")
    if case.verb == "confirm" and not waiting:
        raise Refused(rule="nothing_to_confirm", text=f"No value of {case.head.number} awaits its second person.")
    if case.verb == "confirm" and case.person and {*waiting.values()} == {str(case.person.id)}:
        raise Refused(rule="second_person", text="You entered what awaits its second person; another person confirms it.")


def confirm(case: Case, inputs: dict[str, Any]) -> Decision:
    """Confirm a critical value as a second person (Annex 11-6): the one who entered it cannot."""
    grant = allowed(case)
    declared = case.declaration.field(str(inputs.get("field", "")))
    waiting = case.head.marks.get("unconfirmed", {})
    if declared is None or str(declared.id) not in waiting:
        raise Invalid(rule="input", text="Name a critical field that awaits its second person.",
                      missing=(Missing(f"One of: {', '.join(waiting) or 'none awaits it'}.", field="field"),))  # fmt: skip
    if case.person and waiting[str(declared.id)] == str(case.person.id):
        raise Refused(rule="second_person", text=f"You entered {declared.title}; another person confirms it.")
    rest = {key: who for key, who in waiting.items() if key != str(declared.id)}
    decision = Decision("confirmed", case.head.state, grant, note={"field": declared.id})
    decision.effects.head = {"marks": {**case.head.marks, "unconfirmed": rest}}
    return decision


def created(case: Case, content: dict[str, Any], grant: authority.Grant) -> Decision:
    """Decide the first event of a record, with its parsed content."""
    decision = Decision("created", case.declaration.initial, grant, content=content)
    decision.changed = contents.changed(case.declaration, {}, content)
    effects = decision.effects
    effects.head["state"] = case.declaration.initial
    effects.head["standing"] = case.declaration.lifecycle[case.declaration.initial].standing
    effects.head["signed"], effects.head["round"] = {}, 1
    effects.head["marks"] = contents.marks(case, decision.changed, content, {})
    contents.apply(case, effects, {}, content)
    author = str(case.person.id) if case.person else None
    effects.head["author_id"] = author
    if author:
        effects.parties.setdefault("add", []).append(["its_author", author])
    work.enter(case, case.declaration.initial, effects)
    hooks.complete(case, decision)
    return decision


def _moved(case: Case, declared: Move, decision: Decision) -> Decision:
    effects = decision.effects
    if declared.to == case.head.state:
        # A note on the record, such as a new password: it stays where it is and no other signature is touched.
        if decision.signature is not None:
            signed = effects.head["signed"]
            effects.head["signed"] = {**signed, "open": [s for s in signed["open"] if s["move"] != case.verb]}
        if case.verb == lifecycles.RESTRICT:
            restriction.withhold(case, effects)
        if declared.renews:
            work.enter(case, declared.to, effects)
        elif declared.at is not None:
            effects.timers[case.verb] = None  # its day has been used up
        hooks.complete(case, decision)
        return decision
    target = case.declaration.lifecycle[declared.to]
    effects.head |= {"state": declared.to, "standing": target.standing, "round": case.head.round + 1}
    back = case.declaration.phase_index(declared.to) <= case.declaration.phase_index(case.head.state)
    mine = [s for s in effects.head.get("signed", case.head.signed).get("open", []) if s["move"] == case.verb]
    done = [*case.done_signatures(), *([] if back else mine)]
    if decision.signature is None:
        # A signature given for another way out of this state did not make this move, so it cannot be kept as if it had.
        _name_voided(decision, [s for s in case.open_signatures() if s["move"] != case.verb])
    if back:
        # Returning a record opens its content again, so no earlier signature may seem to cover what comes next.
        fallen = [s for s in done if case.declaration.phase_index(s["state"]) >= case.declaration.phase_index(declared.to)]
        _name_voided(decision, fallen)
        done = [s for s in done if s not in fallen]
    effects.head["signed"] = {"done": done, "open": []}
    work.enter(case, declared.to, effects)
    hooks.complete(case, decision)
    return decision


def _count_signature(case: Case, declared: Move, need: Need, decision: Decision) -> None:
    if case.person is None:
        return
    meaning = case.configuration.meanings[need.meaning]
    others = [s for s in case.open_signatures() if s["move"] == case.verb]
    if declared.to == case.head.state:
        others = case.open_signatures()
    elif len(others) != len(case.open_signatures()):
        # Another way out of the same state was begun: it is left, and its signatures no longer count.
        _name_voided(decision, [s for s in case.open_signatures() if s["move"] != case.verb])
    covers = sorted(case.declaration.covered(case.head.state)) if meaning.covers else []
    new = signatures.given(
        case.head, need, case.verb, at=case.at, person=case.person, position=case.head.position + 1,
        covers=covers, state=case.head.state,
    )  # fmt: skip
    decision.effects.head["signed"] = {"done": case.done_signatures(), "open": [*others, new]}


def _void_open(case: Case, decision: Decision) -> None:
    given = case.open_signatures()
    if not given:
        return
    _name_voided(decision, given)
    decision.effects.head["signed"] = {"done": case.done_signatures(), "open": []}
    decision.effects.head["round"] = case.head.round + 1


def _send_back(case: Case, decision: Decision, touched: list[int]) -> None:
    state, fallen = lifecycles.amended_to(case, touched)
    _name_voided(decision, fallen)
    left = [s for s in case.done_signatures() if s not in fallen]
    decision.state = state
    decision.effects.head |= {
        "state": state, "standing": case.declaration.lifecycle[state].standing,
        "round": case.head.round + 1, "signed": {"done": left, "open": []},
    }  # fmt: skip
    work.enter(case, state, decision.effects)


def _name_voided(decision: Decision, fallen: list[dict[str, Any]]) -> None:
    decision.voided += [
        {"position": s["position"], "name": s["name"], "person": s["person"], "meaning": s["meaning"]} for s in fallen
    ]


def _allowed(case: Case, declared: GenericAct | None) -> list[str]:
    if declared is None:
        raise Refused(rule="declared_act", text=f"A {case.declaration.noun} knows no act {case.verb!r}.",
                      do="Open the record and see what can be done now.")  # fmt: skip
    return declared.by


def _fields(inputs: dict[str, Any]) -> dict[str, Any]:
    fields = inputs.get("fields")
    if not isinstance(fields, dict) or set(inputs) - {"fields"}:
        raise Invalid(rule="input", text="Give the new values as fields by name.")
    return fields


def _no_fields(inputs: dict[str, Any]) -> None:
    # A signing move takes a reason, never values: what is signed must have been there to be seen (D2).
    if inputs:
        raise Invalid(rule="input", text=f"A move takes a reason and nothing else; given: {', '.join(sorted(inputs))}.")


_GENERIC = {
    "edit": edit, "amend": edit, "confirm": confirm,
}  # fmt: skip

"""The only place that knows how a record moves: which signatures a step still needs, what must be there, what it freezes.

Pure functions on a `Case`. The declaration says everything; nothing here names a type or a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from indelible.kernel import authority, rules
from indelible.kernel.case import Case, Need
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.parts import When
from indelible.kernel.types import FieldDeclaration, Move, SignatureNeed, State, TypeDeclaration

RESTRICT, AUTHORISED = "restrict", "authorised"


def move_of(case: Case, verb: str) -> Move:
    """Give the declared move `verb` of the state that the record is in; raises Refused for any other (11.10(f))."""
    move = case.state.moves.get(verb) or _implicit(case, verb)
    if move is not None and holds_when(move.when, case.content):
        return move
    label = case.state.label or case.head.state.replace("_", " ")
    possible = [m.label or name for name, m in case.state.moves.items() if holds_when(m.when, case.content)]
    raise Refused(
        rule="declared_move", text=f"{case.head.number} is {label.lower()}: it cannot {verb.replace('_', ' ')} from there.",
        missing=(Missing(f"From {label.lower()} it can: {', '.join(possible) or 'nothing more'}."),),
        do="Open the record and see what can be done now.", present={"state": case.head.state, "position": case.head.position},
    )  # fmt: skip


def _implicit(case: Case, verb: str) -> Move | None:
    """Give the move that every declared `restrict` means: two people authorise, the record stays where it is (D32)."""
    declared = case.declaration.restrict
    if verb != RESTRICT or declared is None:
        return None
    need = SignatureNeed(meaning=AUTHORISED, by=declared.by, count=2)
    return Move(to=case.head.state, by=declared.by, past="restricted", reason="required", danger=True, signs=[need],
                requires=["something_to_withhold"])  # fmt: skip


def needs(case: Case, move: Move) -> list[Need]:
    """Give every signature that a move asks for, one by one."""
    found: list[Need] = []
    for declared in move.signs:
        if not holds_when(declared.when, case.content):
            continue
        if declared.count == "each":
            people = [person for capacity in declared.by for person in case.named_people(capacity)]
            found += [Need.of(declared, person) for person in dict.fromkeys(people)]
        else:
            found += [Need.of(declared)] * declared.count
    return found


def open_needs(case: Case, verb: str, move: Move, signed: Iterable[Mapping[str, Any]] | None = None) -> list[Need]:
    """Give the signatures still awaited: those needed less those given (by the head) for this version and round."""
    awaited = needs(case, move)
    for given in case.open_signatures() if signed is None else signed:
        if given["move"] == verb:
            key = (given["meaning"], tuple(given["capacities"]), given.get("assigned"))
            match = next((n for n in awaited if (n.meaning, n.capacities, n.person) == key), None)
            if match:
                awaited.remove(match)
    return awaited


def pick_need(case: Case, move: Move, awaited: list[Need]) -> tuple[Need, authority.Grant]:
    """Give the awaited signature that this person can give, and the grant that allows it; raises Refused."""
    candidates = awaited[:1] if move.order == "sequence" else awaited
    for need in candidates:
        grant = _able(case, need)
        if grant is not None and authority.may_sign(case, need.meaning):
            return need, grant
    capacities = list(dict.fromkeys(c for need in candidates for c in need.capacities))
    raise Refused(
        rule="signer_authority", text=f"You may not give a signature that {case.head.number} awaits now.",
        missing=tuple(Missing(f"Awaited: {authority.needs_text(case, need)}.") for need in candidates),
        who_can=tuple(authority.who_can(case, capacities)), do="Ask one of them to sign.",
    )  # fmt: skip


def check_move(case: Case, move: Move, need: Need | None = None, grant: authority.Grant | None = None) -> None:
    """Check everything that must be true before a move is made, or signed as `need` asks, by a grant; raises Refused with all that is missing."""
    names = [*move.requires, *(["signers_of_a_step_are_distinct"] if need else [])]
    case.meaning = need.meaning if need else ""
    target = case.declaration.lifecycle[move.to]
    missing = [
        *missing_fields(case, move.to), *_unconfirmed(case, move), *_unruly(case, names, grant),
        *rules.check(target.requires, case),
    ]  # fmt: skip
    if missing:
        raise Refused(
            rule=missing[0].rule or "required_fields",
            text=f"{case.head.number} cannot {case.verb.replace('_', ' ')} yet: {_count(missing)}.",
            missing=tuple(missing),
            who_can=tuple(authority.who_can(case, case.state.edit)) if any(m.field for m in missing) else (),
            do="Complete what is missing, then try again." if any(m.field for m in missing) else "",
        )


def _unruly(case: Case, names: list[str], grant: authority.Grant | None) -> list[Missing]:
    # Who acts for somebody by delegation is kept from what that person would be kept from: nobody delegates around a rule.
    found = rules.check(names, case)
    if grant and case.person and (absent := grant.get("for")):
        theirs = rules.check(names, replace(case, person=replace(case.person, id=UUID(absent))))
        told = f"You act by delegation {grant['delegation']}, who would be refused as well: "
        found += [Missing(f"{told}“{one.text}”", rule=one.rule) for one in theirs if one not in found]
    return found


def check_content(case: Case) -> None:
    """Check what must be true of a record's content as long as it lives; raises Refused."""
    if missing := rules.check(case.declaration.keeps, case):
        text = missing[0].text if len(missing) == 1 else f"{len(missing)} things do not fit."
        raise Refused(rule=missing[0].rule or "", text=text, missing=tuple(missing), do="Correct what does not fit.")


def missing_fields(case: Case, target: str) -> list[Missing]:
    """Give the fields that must have a value before `target` is entered."""
    leaves_initial = case.record is not None and case.head.state == case.declaration.initial and target != case.head.state
    void = case.declaration.lifecycle[target].look == "void"
    return [
        Missing(f"{field.title} is empty.", field=field.name, rule="required_fields")
        for field in case.declaration.live_fields()
        if not void and needed(field, target, leaves_initial, case.content) and empty(case.content.get(field.name))
    ]


def _unconfirmed(case: Case, move: Move) -> list[Missing]:
    # Going back or ending it without effect is always possible; going on with a critical value takes two people.
    if move.danger:
        return []
    waiting = (case.declaration.field_by_id(int(key)) for key in case.head.marks.get("unconfirmed", {}))
    return [
        Missing(f"{field.title} is critical and awaits a second person.", field=field.name, rule="critical_confirmed")
        for field in waiting if field is not None
    ]  # fmt: skip


def missing_at_creation(declaration: TypeDeclaration, content: Mapping[str, Any]) -> list[Missing]:
    """Give the fields without which a record cannot even begin."""
    single = not declaration.lifecycle[declaration.initial].moves
    wanted = ("at_creation", "always") if single else ("at_creation",)
    return [
        Missing(f"{field.title} is empty.", field=field.name, rule="required_fields")
        for field in declaration.live_fields()
        if field.required in wanted and empty(content.get(field.name))
    ]


def frozen(case: Case) -> frozenset[int]:
    """Give the ids of the fields that completed steps have signed and that still count."""
    return frozenset(i for signature in case.done_signatures() for i in signature["covers"])


def edit_rights(case: Case, changed: Iterable[int]) -> tuple[str, list[str]]:
    """Say whether changing these fields is an `edit` or an `amend`, and who may; raises Refused where neither is open."""
    touched = frozenset(changed)
    if not touched & frozen(case) and case.state.edit:
        return "edit", case.state.edit
    if case.state.amend:
        return "amend", case.state.amend.by
    label = case.state.label or case.head.state
    raise Refused(
        rule="fields_frozen",
        text=f"{case.head.number} is {label.lower()}: its content is signed and cannot be changed there.",
        missing=(Missing("A state in which it may be edited, or a new revision."),),
        do="Return it to its author, or begin a new revision." if case.declaration.revisions else "Return it first.",
    )


def amended_to(case: Case, changed: Iterable[int]) -> tuple[str, list[dict[str, Any]]]:
    """Give the state whose step first signed one of these fields, and exactly the signatures that fall with it."""
    touched = frozenset(changed)
    fallen = [s for s in case.done_signatures() if touched & frozenset(s["covers"])]
    states = [s["state"] for s in fallen] or [case.declaration.initial]
    first = min(states, key=case.declaration.phase_index)
    return first, fallen


def holds_when(when: When, content: Mapping[str, Any]) -> bool:
    """Say whether the only condition of the grammar holds: every named field has one of the listed values."""
    return all(_as_word(content.get(name)) in wanted for name, wanted in when.items())


def empty(value: Any) -> bool:
    """Say whether a value counts as not given; `no` and 0 are answers."""
    return value is None or value in ("", [], {})


def label(state: State, name: str) -> str:
    """Give a state's name for people."""
    return state.label or name.replace("_", " ").capitalize()


def _able(case: Case, need: Need) -> authority.Grant | None:
    if need.person is not None and (case.person is None or need.person != str(case.person.id)):
        return None
    return next((grant for c in need.capacities if (grant := authority.holds(case, c))), None)


def needed(field: FieldDeclaration, target: str, leaves_initial: bool, content: Mapping[str, Any]) -> bool:
    if field.required == "at_creation" or (field.required == "always" and leaves_initial):
        return True
    if target in field.required_in:
        return not field.required_when or holds_when(field.required_when, content)
    asked = bool(field.required_when) and not field.required_in and leaves_initial
    return asked and holds_when(field.required_when, content)


def _as_word(value: Any) -> str:
    word = ("yes" if value else "no") if isinstance(value, bool) else value
    return word if isinstance(word, str) else ""


def _count(missing: list[Missing]) -> str:
    return missing[0].text.rstrip(".") if len(missing) == 1 else f"{len(missing)} things are missing"

"""The only place that decides a reassignment: which duties a person has on a record, and whether another may take them.

A duty is a relation by which somebody is asked for work: owner, author of what is in work, a person whom a field names,
such as a reviewer. Handing one on is an event (D1): no version is sealed and no signature falls. The content keeps the
name that was signed; the mark `handed` on the head says who has the duty now, and `before` who had one, for the rules
that keep people apart.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from indelible.kernel import authority, contents, decisions, gather, lifecycles, records, rules, work
from indelible.kernel.case import Case, Need
from indelible.kernel.context import Context, Held, Person
from indelible.kernel.decision import Decision
from indelible.kernel.effects import Effects
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.hooks import decides
from indelible.kernel.types import Move, State, TypeDeclaration

OWNER, AUTHOR = "owner", "its_author"
ABOUT = "person"  # the field that says whom a record is about: nobody takes that over, it ends with the person
DISTINCT = "signers_of_a_step_are_distinct"
Reference = dict[str, Any]
Question = tuple[Move, str, tuple[Person | None, Person | None], str]  # a move, a meaning, who was and who would be asked


@dataclass(frozen=True, slots=True)
class Heir:
    """Who is to take duties over, with the roles held now."""

    person: Person
    held: tuple[Held, ...]


def of(case: Case, person: str) -> list[str]:
    """Name the duties that a person has on a record and that can still ask for work: none on one that has ended."""
    if not any(move.by != ["system"] for move in case.state.moves.values()):
        return []
    found = [OWNER] if str(case.head.owner_id) == person else []
    if str(case.head.author_id) == person and _asked(case, AUTHOR):
        found.append(AUTHOR)
    named = [
        f.name
        for f in case.declaration.live_fields()
        if f.kind == "person" and f.name not in (ABOUT, case.declaration.owner)
    ]
    given = {s.get("assigned") for s in case.open_signatures()}
    return found + [n for n in named if person in case.named_people(n) and person not in given and _asked(case, n)]


def label(declaration: TypeDeclaration, duty: str) -> str:
    """Give a duty in words: the field's label, or the relation."""
    if duty == AUTHOR:
        return "Author"
    field = declaration.field(declaration.owner or "") if duty == OWNER else declaration.field(duty)
    return field.title if field else "Owner"


@decides("reassign")
def reassign(case: Case, inputs: dict[str, Any]) -> Decision:
    """Hand the record to another owner, or all duties that `instead_of` has on it to somebody else; no signature falls.

    All of them go over together or none does. Raises Refused where the other may not take one of them: who wrote it
    does not review it, and who may not sign cannot be asked to (11.10(g), 211.22).
    """
    grant = decisions.allowed(case)
    to = _heir(case, str(inputs.get("to", "")))
    leaver = _leaver(inputs)
    whose = leaver["person"] if leaver else str(case.head.owner_id or "")
    held = of(case, whose) if leaver else [OWNER]
    if not held:
        raise Refused(rule="something_changes", text=f"{leaver and leaver['name']} has no open duty on {case.head.number}: "
                      "nothing was changed.", do="Look at who has its duties now.")  # fmt: skip
    if whose == str(to.person.id):
        raise _other()
    decision = Decision("reassigned", case.head.state, grant, note=_note(to, leaver, held))
    after = _after(case, decision.effects, whose, to, held)
    if problems := list(_unfit(case, after, whose, held)):
        raise Refused(
            rule=problems[0].rule or "authority", text=f"{to.person.name} cannot take over {case.head.number}: nothing was changed.",
            missing=tuple(problems), do="Choose somebody else for this record.",
        )  # fmt: skip
    rules.reason_given(case, required=True)
    work.follow(replace(case, content=after.content), decision.effects, case.content)
    return decision


def _heir(case: Case, key: str) -> Heir:
    found = contents.find_person(key)
    if found is None:
        raise _other()
    try:
        known = gather.read(Context(UUID(found["person"]), "system"), presence=None, key=None, at=case.at)
    except Refused as inactive:
        raise _other() from inactive
    if known.person is None:
        raise _other()
    return Heir(known.person, known.held)


def _leaver(inputs: dict[str, Any]) -> Reference | None:
    key = str(inputs.get("instead_of") or "")
    if not key:
        return None
    if (found := contents.find_person(key)) is None:
        raise Invalid(rule="input", text="Nobody is known by that name.",
                      missing=(Missing("The user id of the person whose duties go over.", field="instead_of"),))  # fmt: skip
    return found


def _other() -> Invalid:
    return Invalid(rule="input", text="Name another active person, who takes it over.",
                   missing=(Missing("A person's user id.", field="to"),))  # fmt: skip


def _note(to: Heir, leaver: Reference | None, held: list[str]) -> dict[str, Any]:
    note: dict[str, Any] = {"owner": to.person.reference()} if OWNER in held else {}
    return note | ({"to": to.person.reference(), "instead_of": leaver, "duties": held} if leaver else {})


def _after(case: Case, effects: Effects, whose: str, to: Heir, held: list[str]) -> Case:
    """Put the hand-over into the effects, and give the case as it is then, with whoever takes over as the person."""
    head, marks, who = copy.copy(case.head), {**case.head.marks}, str(to.person.id)
    marks["before"] = sorted({*marks.get("before", []), *([whose] if whose else [])})
    for duty in held:
        field = case.declaration.owner if duty == OWNER else duty
        if duty == OWNER:
            contents.own(case, effects, who)
            head.owner_id = to.person.id
        if duty == AUTHOR:
            effects.head["author_id"], head.author_id = who, to.person.id
            marks["editors"] = sorted({*marks.get("editors", []), who})
            _party(effects, AUTHOR, whose, who)
        elif field and whose in case.named_people(field):
            marks["handed"] = {**marks.get("handed", {}), field: _handed(case, field, whose, to.person.reference())}
            if field != OWNER:
                _party(effects, field, whose, who)
    effects.head["marks"] = head.marks = marks
    content = records.named(case.declaration, records.present(case.declaration, case.head.content, marks))
    return replace(case, record=head, content=content, person=to.person, held=to.held)


def _handed(case: Case, field: str, whose: str, to: Reference) -> dict[str, Reference]:
    """Give who has the duty now instead of each person that the content names."""
    found = case.declaration.field(field)
    value = case.head.content.get(str(found.id)) if found else None
    before: dict[str, Reference] = case.head.marks.get("handed", {}).get(field, {})
    named = {one["person"]: before.get(one["person"], one) for one in (value if isinstance(value, list) else [value]) if one}
    now = {key: to if one["person"] == whose else one for key, one in named.items()}
    return {key: one for key, one in now.items() if one["person"] != key}


def _party(effects: Effects, capacity: str, whose: str, to: str) -> None:
    effects.parties.setdefault("drop", []).append([capacity, whose])
    effects.parties.setdefault("add", []).append([capacity, to])


def _unfit(before: Case, after: Case, whose: str, held: list[str]) -> Iterator[Missing]:
    """Say what keeps the other from these duties: named already, not allowed to sign, or a rule that held until now."""
    me = str(after.person.id) if after.person else ""
    for duty in held:
        if duty not in (OWNER, AUTHOR) and me in before.named_people(duty):
            yield Missing(
                f"{label(before.declaration, duty)} already; two people are asked for, and one would be left.",
                rule="named_already",
            )
        yield from _unable(after, duty)
    yield from _broken(before, after, whose, held)


def _unable(after: Case, duty: str) -> Iterator[Missing]:
    """Name the signatures that only this duty can give and that the other's roles do not let them give."""
    for move in _ahead(after):
        for need in (Need.of(one) for one in move.signs if not move.danger):
            if need.capacities == (duty,) and not authority.may_sign(after, need.meaning):
                meaning = after.configuration.meanings[need.meaning].label
                roles = [r.label for r in after.configuration.roles.values() if need.meaning in r.signs]
                yield Missing(f"{label(after.declaration, duty)} signs “{meaning}”, which takes one of the roles: {', '.join(roles)}.",
                              rule="signer_authority")  # fmt: skip


def _broken(before: Case, after: Case, whose: str, held: list[str]) -> Iterator[Missing]:
    """Ask every rule of the type as it was and as it would be: one that speaks only then speaks of the people.

    Each is asked of the record itself, of whoever takes over where the duty signs, and of those who have signed already.
    """
    told: set[str] = set()
    for move, meaning, asked, name in _questions(before, after, whose, held):
        names = [*move.requires, *([DISTINCT] if name and asked[0] != asked[1] else [])]
        was = _spoken(replace(before, person=asked[0], meaning=meaning), names)
        now = _spoken(replace(after, person=asked[1], meaning=meaning), names)
        for rule, text in now.items():
            if rule not in was and rule not in told:
                told.add(rule)
                yield Missing(f"{name} would be told: {text}" if name else text, rule=rule)


def _questions(before: Case, after: Case, whose: str, held: list[str]) -> Iterator[Question]:
    heir = after.person.name if after.person else ""
    for move in _moves(before):
        yield move, "", (None, None), ""
        for need in move.signs:
            if {*need.by} & {*held}:
                yield move, need.meaning, (_person(whose), after.person), heir
    for given in before.open_signatures():
        if begun := before.state.moves.get(given["move"]):
            signer = _person(given["person"], given["name"])
            yield begun, given["meaning"], (signer, signer), given["name"]


def _spoken(case: Case, names: list[str]) -> dict[str, str]:
    return {one.rule or "": one.text for one in rules.check(names, case)}


def _person(identifier: str, name: str = "") -> Person | None:
    return Person(UUID(identifier), "", name, "", "") if identifier else None


def _asked(case: Case, capacity: str) -> bool:
    """Say whether a relation is asked for anything in the present state or in one that may still come."""
    return any(capacity in _capacities(state) for state in _coming(case))


def _capacities(state: State) -> set[str]:
    moves = [move for move in state.moves.values() if not move.danger]
    signers = {one for move in moves for need in move.signs for one in need.by}
    return {*state.edit, *(state.amend.by if state.amend else ()), *(one for move in moves for one in move.by), *signers}


def _coming(case: Case) -> list[State]:
    here = case.declaration.phase_index(case.head.state)
    return [state for name, state in case.declaration.lifecycle.items() if case.declaration.phase_index(name) >= here]


def _ahead(case: Case) -> list[Move]:
    return [m for s in _coming(case) for m in s.moves.values() if lifecycles.holds_when(m.when, case.content)]


def _moves(case: Case) -> list[Move]:
    every = (m for s in case.declaration.lifecycle.values() for m in s.moves.values())
    return [m for m in every if lifecycles.holds_when(m.when, case.content) and "system" not in m.by]

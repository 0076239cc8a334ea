"""An independent reading of a configuration folder: from the YAML text alone, what the door must answer (D24).

It imports nothing of the product. Two readings of one text that were written apart and agree in thousands of cases
prove something; a product that agrees with itself proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ALLOWED, SIGNS, REFUSED, IMPOSSIBLE = "allowed", "signs", "refused for authority", "not possible in this state"
ABSENT, INACTIVE, NO_HUMAN, CLOSED = "does not exist for this person", "not active", "only a human signs", "closed"
GENERIC = ("edit", "amend", "revise", "comment", "link", "unlink", "extend", "postpone", "reassign", "confirm", "certify",
            "resolve")  # fmt: skip
OPEN_HOMES = {"always": None, "founding": {"founding", "stage_a", "released"}, "released": {"released"}}
DISTINCT, CONFIRMED, WITHHOLD = "signers_of_a_step_are_distinct", "critical_confirmed", "something_to_withhold"

SPOKEN: dict[Any, Any] = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Somebody:
    """Who acts: a person with roles (each with its scope), perhaps through a token; without an id, the system or an import.

    `delegated` are roles that are held for `absent`, by a delegation that is named as signatures name it. `outside` are the
    only records that somebody of another company may know of, by id, as access is given; None for who belongs to the company.
    """

    id: str | None
    roles: frozenset[tuple[str, str | None]] = frozenset()
    active: bool = True
    token: tuple[str, ...] | None = None
    system: bool = False
    delegated: frozenset[tuple[str, str | None]] = frozenset()
    absent: Somebody | None = None
    delegation: str = ""
    outside: set[str] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Given:
    """One signature that counts: whose, what it means, for which move, in which state, by which capacity ("" on paper)."""

    person: str
    meaning: str
    move: str
    state: str
    capacity: str


@dataclass(frozen=True)
class Thing:
    """What is known of a record when somebody comes to act on it."""

    id: str
    type: str
    state: str
    values: dict[str, Any]
    author: str | None
    owner: str | None
    editors: frozenset[str] = frozenset()
    open: tuple[Given, ...] = ()
    done: tuple[Given, ...] = ()
    revision_in_work: bool = False
    unconfirmed: tuple[tuple[str, str | None], ...] = ()
    unrestricted: tuple[int, ...] = (1,)
    due: str | None = None


@dataclass(frozen=True)
class Answer:
    """What must happen; `rules` are the named rules that could still stand in the way, `lacks` the empty fields."""

    word: str
    meaning: str = ""
    capacity: str = ""
    rules: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def people(value: Any) -> list[str]:
    """Give the ids of the persons that a stored value names."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [item["person"] for item in items]


class Reading:
    """A configuration folder as it was written."""

    def __init__(self, folder: Path) -> None:
        read = YAML(typ="safe", pure=True).load
        self.folder = folder
        self.roles: dict[str, Any] = read(folder / "roles.yaml")
        self.meanings: dict[str, Any] = read(folder / "meanings.yaml")
        self.policies, self.company, self.retention = (
            dict(read(file) or {}) if (file := folder / f"{name}.yaml").is_file() else {}
            for name in ("policies", "company", "retention")
        )
        declared = [read(path) for path in sorted((folder / "types").glob("*.yaml"))]
        self.types: dict[str, Any] = {each["type"]: each for each in declared}

    def states(self, kind: str) -> dict[str, Any]:
        """Give the states of a type, in written order."""
        found: dict[str, Any] = self.types[kind]["lifecycle"]
        return found

    def moves(self, kind: str, state: str) -> dict[str, Any]:
        """Give the moves that a state knows; `restrict` is one in each: two people authorise it and nothing moves (D32)."""
        moves: dict[str, Any] = dict(self.states(kind)[state].get("moves") or {})
        if by := self.types[kind].get("restrict", {}).get("by"):
            needs = [{"meaning": "authorised", "by": by, "count": 2}]
            moves["restrict"] = {"to": state, "by": by, "danger": True, "signs": needs, "requires": [WITHHOLD]}
        return moves

    def fields(self, kind: str) -> dict[str, Any]:
        """Give the fields of a type by name."""
        return {field["name"]: field for field in self.types[kind]["fields"]}

    def covered(self, kind: str, given: Given) -> frozenset[str]:
        """Give the fields that a signature freezes: those of its phase and of earlier ones, unless its meaning freezes none."""
        order = list(self.states(kind))
        names = (
            n
            for n, f in self.fields(kind).items()
            if order.index(f.get("phase") or self.types[kind]["initial"]) <= order.index(given.state)
        )
        return frozenset(names) if self.meanings[given.meaning].get("covers", True) else frozenset()

    def holds(self, capacity: str, who: Somebody, kind: str, thing: Thing | None) -> bool:
        """Say whether somebody has a capacity on a record: a role that reaches it, or a relation to it."""
        if capacity == "system" or who.id is None:
            return capacity == "system" and who.system
        if who.outside is not None:
            itself = thing is not None and capacity == "subject" and thing.id == who.id
            return itself or (thing is not None and capacity == "guest_contributor" and thing.id in who.outside)
        if capacity in self.roles:
            reach = self._department(kind, thing) if self.roles[capacity].get("scoped") else None
            held = [scope for role, scope in who.roles | who.delegated if role == capacity]
            return bool(self.roles[capacity].get("everybody")) or any(
                reach in (None, scope) or scope is None for scope in held
            )
        if thing is None:
            return capacity in ("its_author", "everybody")
        related: dict[str, list[Any]] = {
            "its_author": [thing.author],
            "owner": [thing.owner],
            "subject": [thing.id],
            "everybody": [who.id],
        }
        return who.id in related.get(capacity, people(thing.values.get(capacity)))

    def acts_for(self, capacity: str, who: Somebody, thing: Thing) -> Somebody | None:
        """Give for whom somebody has a capacity on a record by delegation; None where it is the own one."""
        own = self.holds(capacity, replace(who, delegated=frozenset()), thing.type, thing)
        return None if own or not self.holds(capacity, who, thing.type, thing) else who.absent

    def sees(self, who: Somebody, thing: Thing) -> bool:
        """Say whether somebody may know that a record exists."""
        shown = who.token is None or any(s == "*" or s.split(".")[0] in ("read", thing.type) for s in who.token)
        seen_by = self.states(thing.type)[thing.state]["seen_by"]
        return who.id is None or (shown and any(self.holds(c, who, thing.type, thing) for c in seen_by))

    def answer(
        self,
        kind: str,
        act: str,
        who: Somebody,
        thing: Thing | None = None,
        *,
        touched: Iterable[str] = (),
        home: str = "released",
    ) -> Answer:
        """Say what the door must answer when somebody asks for an act."""
        opens = OPEN_HOMES[self.types[kind].get("opens", "released")]
        if not who.active:
            return Answer(INACTIVE)
        if thing is not None and not self.sees(who, thing):
            return Answer(ABSENT)
        if opens is not None and home not in opens:
            return Answer(CLOSED)
        if thing is None:
            return self._by(self.types[kind]["create"], act, who, kind, thing)
        if act in GENERIC:
            return self._generic(act, who, thing, frozenset(touched))
        return self._move(act, who, thing, wet_ink=home == "founding")

    def needs(self, thing: Thing, act: str) -> list[tuple[str, list[str], str | None]]:
        """Give the signatures that a move still awaits: meaning, capacities, and the person if it is somebody's own."""
        awaited: list[tuple[str, list[str], str | None]] = []
        for need in self.moves(thing.type, thing.state)[act].get("signs") or []:
            if self.holds_when(need.get("when") or {}, thing):
                each = (
                    dict.fromkeys(p for c in need["by"] for p in people(thing.values.get(c)))
                    if need.get("count") == "each"
                    else None
                )
                awaited += [
                    (need["meaning"], need["by"], p) for p in (each if each is not None else [None] * need.get("count", 1))
                ]
        for given in (g for g in thing.open if g.move == act):
            awaited.remove(
                next(
                    n
                    for n in awaited
                    if n[0] == given.meaning and given.capacity in ("", *n[1]) and n[2] in (None, given.person)
                )
            )
        return awaited

    def lacks(self, thing: Thing, to: str) -> tuple[str, ...]:
        """Give the fields that must not be empty before a state is entered, and are."""
        leaves = thing.state == self.types[thing.type]["initial"] and to != thing.state
        return tuple(
            n
            for n, f in self.fields(thing.type).items()
            if self._wanted(f, to, leaves, thing) and thing.values.get(n) in (None, "", [], {})
        )

    def _wanted(self, field: dict[str, Any], to: str, leaves: bool, thing: Thing) -> bool:
        if self.states(thing.type)[to].get("look") == "void":
            return False
        when: dict[str, list[str]] = field.get("required_when") or {}
        listed = to in (field.get("required_in") or [])
        conditional = bool(when) and (listed if field.get("required_in") else leaves) and self.holds_when(when, thing)
        return (
            conditional
            or (listed and not when)
            or field.get("required") == "at_creation"
            or (field.get("required") == "always" and leaves)
        )

    def _move(self, act: str, who: Somebody, thing: Thing, *, wet_ink: bool) -> Answer:
        move = self.moves(thing.type, thing.state).get(act)
        if move is None or not self.holds_when(move.get("when") or {}, thing):
            return Answer(IMPOSSIBLE)
        rules = [*move.get("requires", []), *self.states(thing.type)[move["to"]].get("requires", [])]
        rules += [] if move.get("danger") else [CONFIRMED]
        lacks = self.lacks(thing, move["to"])
        if not move.get("signs"):
            found = self._by(move["by"], act, who, thing.type, thing)
            return Answer(found.word, "", found.capacity, tuple(rules), lacks)
        if who.token is not None or wet_ink:
            return Answer(NO_HUMAN if who.token is not None else CLOSED)
        awaited = self.needs(thing, act)
        for meaning, capacities, own in awaited[:1] if move.get("order") == "sequence" else awaited:
            capacity = next((c for c in capacities if self.holds(c, who, thing.type, thing)), None)
            if capacity and own in (None, who.id) and self._may_sign(who, meaning):
                return Answer(SIGNS, meaning, capacity, (*rules, DISTINCT), lacks)
        return Answer(REFUSED)

    def _generic(self, act: str, who: Somebody, thing: Thing, touched: frozenset[str]) -> Answer:
        declared, state = self.types[thing.type], self.states(thing.type)[thing.state]
        if act in ("edit", "amend"):
            frozen = touched & frozenset().union(*(self.covered(thing.type, g) for g in thing.done))
            if state.get("edit") and not frozen:
                return self._by(state["edit"], act, who, thing.type, thing)
            found = self._by(state["amend"]["by"], act, who, thing.type, thing) if state.get("amend") else Answer(IMPOSSIBLE)
            return found if act == "amend" or found.word != ALLOWED else Answer(IMPOSSIBLE)
        if act == "revise":
            open_to = "revisions" in declared and state.get("standing") == "in_force" and not thing.revision_in_work
            return self._by(declared["revisions"]["by"], act, who, thing.type, thing) if open_to else Answer(IMPOSSIBLE)
        named = declared.get("link" if act == "unlink" else act)
        found = self._by(named["by"], act, who, thing.type, thing) if named else Answer(IMPOSSIBLE)
        if act == "certify" and named and who.token is not None:
            return Answer(NO_HUMAN)
        planned = any(move.get("at") for move in (state.get("moves") or {}).values())
        # No comment of the stages has a place, so none awaits an answer.
        idle = {
            "extend": "due" not in state,
            "postpone": not planned,
            "resolve": True,
            "confirm": all(who.id == entered for _, entered in thing.unconfirmed),
        }
        return Answer(IMPOSSIBLE) if found.word == ALLOWED and idle.get(act) else found

    def _by(self, capacities: list[str], act: str, who: Somebody, kind: str, thing: Thing | None) -> Answer:
        inside = who.token is None or {"*", kind, f"{kind}.{act}"} & {*who.token}
        capacity = next((c for c in capacities if self.holds(c, who, kind, thing)), None)
        return Answer(ALLOWED, capacity=capacity) if inside and capacity else Answer(REFUSED)

    def _may_sign(self, who: Somebody, meaning: str) -> bool:
        mine = {role for role, _ in who.roles | who.delegated} | {
            name for name, role in self.roles.items() if role.get("everybody")
        }
        return any(meaning in self.roles[name].get("signs", []) for name in mine)

    def _department(self, kind: str, thing: Thing | None) -> str | None:
        """Give the department that a scope must match; None where the type knows no department (or there is no record yet)."""
        field = self.types[kind].get("department")
        if field is None or thing is None:
            return None
        linked = thing.values.get(field)
        return linked[0]["number"] if linked else "no department"

    def holds_when(self, when: dict[str, list[str]], thing: Thing) -> bool:
        """Say whether every field that a condition names has one of its values."""
        spoken = {
            name: SPOKEN.get(thing.values.get(name), thing.values.get(name))
            if not isinstance(thing.values.get(name), (list, dict))
            else None
            for name in when
        }
        return all(spoken[name] in wanted for name, wanted in when.items())

"""Every named rule of the shipped configuration once more, in other words: who and what it keeps out.

Each function says whether the rule stands in the way. `WORLD` is what a rule may know beyond the record.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.reading import CONFIRMED, DISTINCT, WITHHOLD, Answer, Reading, Somebody, Thing, people

EXCLUDES_ALL = {"sysadmin", "guest_inspector", "guest_external"}


@dataclass
class World:
    """What is true beside the record: the roles that everybody holds now, by person's id."""

    reading: Reading
    roles: dict[str, set[str]] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)
    administrators: int = 1
    effective: set[str] = field(default_factory=set)
    home: str = "released"
    days_since_genesis: int = 0


Stands = Callable[[Thing, Somebody, World], bool]


def _wrote(thing: Thing) -> set[str]:
    return {person for person in (thing.author, *thing.editors) if person}


def _scope_misfits(thing: Thing, _: Somebody, world: World) -> bool:
    scoped = bool(world.reading.roles[thing.values["role"]].get("scoped"))
    return scoped != bool(thing.values.get("department"))


def _clashes(thing: Thing, _: Somebody, world: World) -> bool:
    """Administrators and guests hold nothing else; the three exclude one another too."""
    held = {role for person in people(thing.values.get("person")) for role in world.roles.get(person, set())}
    mine = held | {thing.values["role"]}
    return len(mine) > 1 and bool(mine & EXCLUDES_ALL)


def _sets_untold(thing: Thing, _: Somebody, __: World) -> bool:
    """Each number from 1 to what was issued stands in one row alone; what is lost or spoiled has a remark."""
    if thing.values.get("kind") != "blank form to fill in":
        return False
    told: list[int] = []
    for row in thing.values.get("sets") or []:
        first, last = str(row.get("first") or ""), str(row.get("last") or row.get("first") or "")
        explained = row.get("became") in ("filled in and filed", "unused and destroyed") or bool(
            row.get("became") and row.get("remark")
        )
        if not (first.isdigit() and last.isdigit() and explained):
            return True
        told += range(int(first), int(last) + 1)
    return sorted(told) != [*range(1, int(thing.values["copies"]) + 1)]


def _last_administrator(thing: Thing, _: Somebody, world: World) -> bool:
    return bool(thing.values["role"] == "sysadmin" and world.administrators == 1)


RULES: dict[str, Stands] = {
    "content_complete": lambda thing, who, world: not (thing.values.get("text") or thing.values.get("file")),
    "reviewers_are_not_authors": lambda thing, who, world: bool(_wrote(thing) & {*people(thing.values.get("reviewers"))}),
    "approver_is_not_author": lambda thing, who, world: who.id in _wrote(thing),
    "revision_is_explained": lambda thing, who, world: False,  # none here is a second revision
    "effect_is_planned": lambda thing, who, world: not (thing.values.get("effective_on") or thing.values.get("takes_effect_with")),
    "a_revision_is_in_force": lambda thing, who, world: True,
    "series_is_new_here": lambda thing, who, world: False,  # none here is a second revision
    "files_are_as_brought": lambda thing, who, world: thing.values.get("differences") not in (None, "0"),
    "training_window_is_left": lambda thing, who, world: bool(thing.values.get("training") == "read"),
    "its_procedure_is_effective": lambda thing, who, world: bool(thing.values.get("takes_effect_with")),
    "what_takes_effect_with_it_is_approved": lambda thing, who, world: False,
    "no_revision_is_in_work": lambda thing, who, world: thing.revision_in_work,
    "no_effective_document_refers_to_it": lambda thing, who, world: False,
    "document_is_effective": lambda thing, who, world: thing.values["document"][0]["number"] not in world.effective,
    "sets_are_counted": lambda thing, who, world: not re.fullmatch(r"[1-9][0-9]*", str(thing.values["copies"])),
    "every_set_is_accounted_for": _sets_untold,
    CONFIRMED: lambda thing, who, world: bool(thing.unconfirmed),
    WITHHOLD: lambda thing, who, world: not thing.unrestricted,
    "verifier_is_not_doer": lambda thing, who, world: who.id in {g.person for g in thing.done if g.meaning in ("performed", "authored")},
    DISTINCT: lambda thing, who, world: who.id in {given.person for given in thing.open},
    "head_of_function_does_not_approve_own_work": lambda thing, who, world: who.id is not None and who.id in (thing.author, thing.owner),
    "grant_approver_is_not_requester_nor_subject": lambda thing, who, world: who.id is not None and who.id in (thing.author, *people(thing.values["person"])),
    "roles_do_not_conflict": _clashes,
    "person_is_active": lambda thing, who, world: not {*people(thing.values["person"])} <= world.active,
    "scope_fits_role": _scope_misfits,
    "last_administrator_is_kept": _last_administrator,
    "user_id_is_plain": lambda thing, who, world: not re.match(r"^[a-z0-9][a-z0-9._-]{1,63}$", str(thing.values["user_id"])),
    "installation_is_simulated": lambda thing, who, world: thing.values.get("simulated") is not True,
    "founding_is_in_time": lambda thing, who, world: world.days_since_genesis > 30,
    "established_while_founding": lambda thing, who, world: who.id is not None and (world.home != "founding" or who.id in people(thing.values["person"])),
}  # fmt: skip


def in_the_way(answer: Answer, thing: Thing, who: Somebody, world: World) -> set[str]:
    """Give which of the named rules stand in the way of an answer; of their own work people may say that they read it."""
    own = {"approver_is_not_author"} if answer.meaning in ("authored", "performed", "reviewed", "acknowledged") else set()
    return {name for name in answer.rules if name not in own and RULES[name](thing, who, world)}


def declared(reading: Reading) -> set[str]:
    """Give every rule that any state or move names."""
    states = [state for kind in reading.types for state in reading.states(kind).values()]
    moves = [move for state in states for move in (state.get("moves") or {}).values()]
    return {rule for part in (*states, *moves) for rule in part.get("requires", [])}

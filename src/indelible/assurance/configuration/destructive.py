"""What no plan may do, each with its rule, the place in the proposed files, and the way out.

Signed records rest on what a configuration said when they were signed. So an id means one thing for ever, and what still
holds records, grants or signatures is not taken away (21 CFR 11.10(a), (c), Annex 11-10, 11-17).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.db.models import Count, Q

from indelible.assurance.configuration.positions import Problem, Steps
from indelible.assurance.configuration.proposals import Proposal
from indelible.infra import clock
from indelible.kernel import config
from indelible.kernel.configuration import Configuration
from indelible.kernel.models import AccessGrant, Numbering, Record, Signature
from indelible.kernel.types import FieldDeclaration, TypeDeclaration


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that would destroy: the rule, the place in the proposed files, what is wrong, and what to do instead."""

    rule: str
    file: str
    line: int
    column: int
    path: str
    message: str
    do: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.path}: {self.message} {self.do} (rule: {self.rule})"


def refusals(old: Configuration, proposal: Proposal) -> Iterator[Refusal]:
    """Give everything in a proposal that would destroy, in the order of types, fields and names."""
    new = proposal.configuration
    for name, before in sorted(old.types.items()):
        place = _Place(proposal, f"types/{name}.yaml")
        if name not in new.types:
            yield from _type_is_gone(place, name)
            continue
        after = new.types[name]
        if after == before:
            continue
        yield from _fields(place, before, after)
        yield from _states(place, after)
        yield from _number(place, old, before, after)
    for name, declared in sorted(new.types.items()):
        if name not in old.types:
            yield from _number(_Place(proposal, f"types/{name}.yaml"), old, None, declared)
    yield from _meanings(_Place(proposal, "meanings.yaml"), old, new)
    yield from _roles(_Place(proposal, "roles.yaml"), old, new)


@dataclass(frozen=True, slots=True)
class _Place:
    proposal: Proposal
    file: str

    def refuse(self, rule: str, steps: Steps, message: str, do: str) -> Refusal:
        problem: Problem = self.proposal.blame(self.file, steps, message)
        return Refusal(rule=rule, do=do, **asdict(problem))


def _type_is_gone(place: _Place, name: str) -> Iterator[Refusal]:
    if count := Record.objects.filter(type=name).count():
        yield place.refuse(
            "types_with_records_stay", (), f"The type {name!r} is gone, and {count} records are of it.",
            "Put the file back; to end its use let nobody but `system` create it.",
        )  # fmt: skip


def _fields(place: _Place, before: TypeDeclaration, after: TypeDeclaration) -> Iterator[Refusal]:
    at = {field.id: index for index, field in enumerate(after.fields)}
    for old in before.fields:
        new = after.field_by_id(old.id)
        if new is not None:
            yield from _same_field(place, ("fields", at[old.id]), old, new)
        elif (moved := after.field(old.name)) is not None:
            yield place.refuse(
                "field_ids_are_for_ever", ("fields", at[moved.id], "id"),
                f"The field {old.name!r} has the id {old.id} and would get {moved.id}.", f"Give it the id {old.id} again.",
            )  # fmt: skip
        else:
            yield place.refuse(
                "removed_fields_leave_a_tombstone", ("fields",), f"The field {old.name!r} (id {old.id}) is gone.",
                "Put it back and add `retired: true`: its id is never used again, and its old values stay readable.",
            )  # fmt: skip


def _same_field(place: _Place, steps: Steps, old: FieldDeclaration, new: FieldDeclaration) -> Iterator[Refusal]:
    if old.name != new.name:
        yield place.refuse(
            "field_ids_are_for_ever", (*steps, "id"), f"The id {old.id} means {old.name!r} and would mean {new.name!r}.",
            "Give the new field an id of its own, and keep the old one with `retired: true`; a label may change.",
        )  # fmt: skip
    elif (old.kind, old.many) != (new.kind, new.many):
        several = " (several)"
        was, becomes = (f"{one.kind}{several if one.many else ''}" for one in (old, new))
        yield place.refuse(
            "field_kinds_are_for_ever", (*steps, "kind"), f"The field {old.name!r} holds {was} and would hold {becomes}.",
            "Retire it and declare another field with an id of its own.",
        )  # fmt: skip
    lost = {column.name: column.kind for column in old.columns}.items() - {c.name: c.kind for c in new.columns}.items()
    for name, _ in sorted(lost):
        yield place.refuse(
            "columns_stay", (*steps, "columns"), f"The column {name!r} of the table {old.name!r} is gone or holds something else.",
            "Put it back as it was; a new column may stand beside it.",
        )  # fmt: skip


def _states(place: _Place, after: TypeDeclaration) -> Iterator[Refusal]:
    rows = Record.objects.filter(type=after.type).values_list("state").annotate(count=Count("pk")).order_by("state")
    for state, count in rows:
        if state not in after.lifecycle:
            yield place.refuse(
                "states_with_records_stay", ("lifecycle",), f"The state {state!r} is gone, and {count} records are in it.",
                "Keep the state, and take only the moves into it away; records are not moved by a configuration.",
            )  # fmt: skip


def _number(place: _Place, old: Configuration, before: TypeDeclaration | None, after: TypeDeclaration) -> Iterator[Refusal]:
    mine = _prefixes(before) if before else set()
    taken = {prefix: name for name, one in old.types.items() if name != after.type for prefix in _prefixes(one)}
    given = set(Numbering.objects.values_list("prefix", flat=True))
    for prefix in sorted(_prefixes(after) - mine):
        if prefix in taken or prefix in given:
            by = f"type {taken[prefix]!r}" if prefix in taken else "an earlier configuration"
            yield place.refuse(
                "numbers_do_not_collide", ("number",), f"The prefix {prefix!r} is that of numbers given under {by}.",
                "Choose a prefix that no record has.",
            )  # fmt: skip
    if (
        before is not None
        and (before.number.under or "") != (after.number.under or "")
        and Record.objects.filter(type=after.type).exists()
    ):
        yield place.refuse(
            "numbers_do_not_collide", ("number",), "Numbers below another record's and numbers of their own would stand side by side.",
            "Keep `under` as it was.",
        )  # fmt: skip


def _prefixes(declared: TypeDeclaration) -> set[str]:
    number = declared.number
    return {one for one in (number.prefix, *number.prefixes.values()) if one}


def _meanings(place: _Place, old: Configuration, new: Configuration) -> Iterator[Refusal]:
    used = dict(Signature.objects.values_list("meaning").annotate(count=Count("pk")).order_by("meaning"))
    for name, before in sorted(old.meanings.items()):
        count, after = used.get(name, 0), new.meanings.get(name)
        if not count:
            continue
        if after is None:
            yield place.refuse(
                "meanings_of_signatures_stay", (), f"The meaning {name!r} is gone, and {count} signatures say it.",
                "Put it back; roles need not sign it any more.",
            )  # fmt: skip
        elif (before.text, before.label) != (after.text, after.label):
            yield place.refuse(
                "meanings_of_signatures_stay", (name, "text" if before.text != after.text else "label"),
                f"The meaning {name!r} is reworded, and {count} signatures say it in the words it has.",
                "Declare a meaning with another name for the new words.",
            )  # fmt: skip


def _roles(place: _Place, old: Configuration, new: Configuration) -> Iterator[Refusal]:
    now = clock.now()
    running = AccessGrant.objects.filter(Q(until_at=None) | Q(until_at__gt=now))
    held = Counter(running.values_list("role", flat=True))
    gone = sorted(set(old.roles) - set(new.roles))
    asked = _asked_for(set(gone)) if gone else {}
    for name in gone:
        if held[name]:
            yield place.refuse(
                "roles_with_holders_stay", (), f"The role {name!r} is gone, and {held[name]} grants of it run.",
                "End the grants first, then take the role away.",
            )  # fmt: skip
        elif name in asked:
            yield place.refuse(
                "roles_with_holders_stay", (), f"The role {name!r} is gone, and {asked[name]} open records await it.",
                "Keep it until these records are closed: they stay on the lifecycle they have.",
            )  # fmt: skip


def _asked_for(roles: set[str]) -> dict[str, int]:
    """Count the open records whose own declaration asks one of these roles to move them on."""
    found: Counter[str] = Counter()
    rows = Record.objects.values_list("type", "state", "baseline").annotate(count=Count("pk")).order_by()
    for kind, state, baseline, count in rows:
        declared = config.at(baseline).type(kind).lifecycle[state]
        named = {who for move in declared.moves.values() for who in (*move.by, *(n for need in move.signs for n in need.by))}
        for role in roles & named:
            found[role] += count
    return dict(found)

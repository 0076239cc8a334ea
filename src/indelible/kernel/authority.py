"""The only place that decides who may do what (11.10(d), (g)): deny by default, one function, asked at the time of the act.

A capacity is a role (held by a grant, perhaps in a scope) or a relation to the record (author, owner, a person
field). `decide` answers for an act, `visible` gives the same answer as a database condition for lists.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from indelible.kernel import config
from indelible.kernel.case import Case, Need
from indelible.kernel.context import Context, Held
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.models import AccessGrant, Party, Record
from indelible.kernel.types import TypeDeclaration

Grant = dict[str, str | None]
OUTSIDE = "guest_contributor"  # somebody of another company: held for one record, without which nothing is there for them


def decide(case: Case, capacities: Sequence[str]) -> Grant:
    """Give the grant or relation that lets this person act in one of the capacities; raises Refused."""
    if case.ctx.scopes is not None and not _in_scope(case):
        raise Refused(
            rule="token_scope", text=f"This token may not do {case.act}: it is outside the token's scopes.",
            missing=(Missing(f"A token with the scope {case.type} or {case.act}."),), do="Use another token.",
        )  # fmt: skip
    for capacity in capacities:
        if grant := holds(case, capacity):
            return grant
    raise Refused(
        rule="authority", text=f"You may not {case.verb.replace('_', ' ')} {_subject(case)}.",
        missing=(Missing(f"One of: {', '.join(describe(case, c) for c in capacities)}."),),
        who_can=tuple(who_can(case, capacities)), do="Ask one of them, or ask for the role.",
    )  # fmt: skip


def holds(case: Case, capacity: str) -> Grant | None:
    """Give the grant or relation by which the person has this capacity on the record, None without it."""
    if capacity == "system":
        return {"by": "system"} if case.person is None and case.ctx.via in ("system", "timer") else None
    if case.person is None:
        return None
    if (only := outside(case.held)) is not None:
        return _outside(case, capacity, only)
    if capacity in case.configuration.roles:
        return _role(case, capacity)
    return {"by": "relation", "relation": capacity} if _related(case, capacity) else None


def outside(held: Sequence[Held]) -> dict[str, str] | None:
    """Give the only records that a person of another company may know of, each with its grant; None for everybody else."""
    found = {h.scope or "": h.grant for h in held if h.role == OUTSIDE}
    return found or None


def may_sign(case: Case, meaning: str) -> bool:
    """Say whether any role that the person holds may sign this meaning at all; administrators' roles sign nothing."""
    roles = case.configuration.roles
    signable = {m for held in case.held if held.role in roles for m in roles[held.role].signs}
    everybody = {m for role in roles.values() if role.everybody for m in role.signs}
    return meaning in (signable | everybody)


def visible(ctx: Context, declaration: TypeDeclaration, held: Sequence[Held]) -> Q:
    """Give the condition for the records of a type that this person may see; the same rules as `sees`."""
    if ctx.person_id is None:
        return Q(type=declaration.type)
    if ctx.scopes is not None and not _scopes_show(ctx.scopes, declaration.type):
        return Q(pk__in=[])
    if (only := outside(held)) is not None:
        open_to = [name for name, state in declaration.lifecycle.items() if OUTSIDE in state.seen_by]
        return Q(type=declaration.type) & (Q(number__in=[*only], state__in=open_to) | Q(pk=ctx.person_id))
    states: dict[tuple[str, ...], list[str]] = {}  # those that the same people see: one condition for all of them
    for name, state in declaration.lifecycle.items():
        states.setdefault(tuple(state.seen_by), []).append(name)
    seen = (Q(state__in=names) & _seen_by(ctx.person_id, declaration, by, held) for by, names in states.items())
    return Q(type=declaration.type) & reduce(or_, seen, Q(pk__in=[]))


def sees(ctx: Context, record: Record, held: Sequence[Held]) -> bool:
    """Say whether this person may know that the record exists."""
    declaration = config.at(record.baseline).type(record.type)
    return bool(Record.objects.filter(visible(ctx, declaration, held), pk=record.pk).exists())


def shows(ctx: Context, record: Record, held: Sequence[Held], relations: Collection[str]) -> bool:
    """Say the same as `sees` of a record that was read together with the relations in which the person stands to it."""
    if ctx.person_id is None:
        return True
    if ctx.scopes is not None and not _scopes_show(ctx.scopes, record.type):
        return False
    declaration = config.at(record.baseline).type(record.type)
    state = declaration.lifecycle.get(record.state)
    capacities = {*state.seen_by} if state else set()
    if (only := outside(held)) is not None:
        return (OUTSIDE in capacities and record.number in only) or record.pk == ctx.person_id
    if capacities & {"everybody", "reader", *relations}:
        return True
    reach = {None, record.department} if declaration.department else {h.scope for h in held}
    in_role = any(h.role in capacities and h.scope in reach for h in held)
    return in_role or ("subject" in capacities and record.pk == ctx.person_id)


def knows(case: Case) -> bool:
    """Say the same as `sees` of the record that is locked, without another query; a token shows what its scopes name."""
    shown = case.ctx.scopes is None or _scopes_show(case.ctx.scopes, case.type)
    return shown and any(holds(case, capacity) for capacity in case.state.seen_by)


def describe(case: Case, capacity: str) -> str:
    """Give a capacity in words: a role's label, or the relation."""
    role = case.configuration.roles.get(capacity)
    if role is None:
        return capacity.replace("_", " ")
    department = case.record.department if role.scoped and case.record else None
    return f"{role.label} of {department}" if department else role.label


def acting_for(case: Case, grant: Grant) -> dict[str, str]:
    """Give what a statement says of a capacity that is held for somebody by delegation: nothing of the own one."""
    role = describe(case, str(grant.get("role")))
    return {"by_delegation": f"for {role} by delegation {grant['delegation']}"} if "delegation" in grant else {}


def who_can(case: Case, capacities: Sequence[str]) -> list[str]:
    """Name the people who have one of the capacities now, at most eight."""
    ids: list[UUID] = []
    for capacity in capacities:
        ids += _people_in(case, capacity)
    names = Record.objects.filter(pk__in=ids[:8]).values_list("title", flat=True)
    return sorted(set(names))


def needs_text(case: Case, need: Need) -> str:
    """Give an awaited signature in words."""
    meaning = case.configuration.meanings[need.meaning].label
    return f"{meaning} by {' or '.join(describe(case, c) for c in need.capacities)}"


def _outside(case: Case, capacity: str, only: dict[str, str]) -> Grant | None:
    """Give what somebody of another company has: the role on its one record, and the own account; no relation, no other role."""
    number = case.record.number if case.record else ""
    if capacity == OUTSIDE and number in only and number:
        return {"by": "role", "role": OUTSIDE, "grant": only[number], "scope": number}
    mine = capacity == "subject" and _related(case, capacity)
    return {"by": "relation", "relation": capacity} if mine else None


def _role(case: Case, role: str) -> Grant | None:
    declared = case.configuration.roles[role]
    if declared.everybody:
        return {"by": "role", "role": role, "grant": None, "scope": None}
    for held in sorted(case.held, key=lambda one: one.delegation):  # what is held oneself comes first
        if held.role == role and _scope_fits(case, held, declared.scoped):
            grant = {"by": "role", "role": role, "grant": held.grant, "scope": held.scope}
            return grant | {"delegation": held.delegation, "for": held.granted_by} if held.delegation else grant
    return None


def _scope_fits(case: Case, held: Held, scoped: bool) -> bool:
    if not scoped or held.scope is None:
        return True
    if case.declaration.department is None:
        return True  # a type without departments knows no scope
    if case.record is None and not case.content:
        return True  # asked once more when the content is read
    department = case.record.department if case.record else _department(case)
    return department == held.scope


def _department(case: Case) -> str | None:
    linked = case.value(case.declaration.department) if case.declaration.department else None
    return linked[0]["number"] if linked else None


def _related(case: Case, relation: str) -> bool:
    me = str(case.person.id) if case.person else ""
    if relation == "everybody":
        return True
    if case.record is None:
        return relation == "its_author"
    if relation in ("its_author", "owner"):
        return me == str(case.record.author_id if relation == "its_author" else case.record.owner_id)
    if relation == "subject":
        return me == str(case.record.id)
    if relation == "head_of_department":
        return me in _heads_of(case.record.department)
    return me in case.named_people(relation)


def _heads_of(department: str | None) -> set[str]:
    found = Record.objects.filter(number=department).values_list("owner_id", flat=True) if department else ()
    return {str(person) for person in found}


def _people_in(case: Case, capacity: str) -> list[UUID]:
    if capacity in case.configuration.roles:
        now = Q(from_at__lte=case.at) & (Q(until_at=None) | Q(until_at__gt=case.at))
        grants = AccessGrant.objects.filter(now, role=capacity)
        department = case.record.department if case.record else None
        if case.configuration.roles[capacity].scoped and department:
            grants = grants.filter(Q(scope=None) | Q(scope=department))
        return list(grants.values_list("person_id", flat=True)[:8])
    if case.record is None:
        return []
    return list(Party.objects.filter(record_id=case.record.pk, capacity=capacity).values_list("person_id", flat=True))


def _seen_by(person: UUID, declaration: TypeDeclaration, capacities: Sequence[str], held: Sequence[Held]) -> Q:
    if "everybody" in capacities or "reader" in capacities:
        return Q()
    mine = [h for h in held if h.role in capacities]
    if any(h.scope is None or declaration.department is None for h in mine):
        return Q()
    condition = Q(Exists(Party.objects.filter(record_id=OuterRef("pk"), person_id=person, capacity__in=list(capacities))))
    if mine:
        condition |= Q(department__in=[h.scope for h in mine])
    if "subject" in capacities:
        condition |= Q(pk=person)
    return condition


def _in_scope(case: Case) -> bool:
    scopes = case.ctx.scopes or ()
    return "*" in scopes or case.type in scopes or case.act in scopes


def _scopes_show(scopes: Sequence[str], kind: str) -> bool:
    return "*" in scopes or any(scope.split(".")[0] in (kind, "read") for scope in scopes)


def _subject(case: Case) -> str:
    return case.record.number if case.record else f"a {case.declaration.noun}"

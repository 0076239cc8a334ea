"""What people and programs may read. Every query takes the context and shows only what that person may see (D10).

Reads never open a transaction and never write. Lists page by key, never by offset, and counts are capped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import Contains, Exact, In

from indelible.infra import canonical, clock
from indelible.kernel import authority, config, decisions, gates, gather, lifecycles, numbers, records, signatures
from indelible.kernel.case import Case
from indelible.kernel.config import Configuration
from indelible.kernel.context import NOBODY, Context, Held, Person
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.fields.stored import Stored
from indelible.kernel.gather import Gathered
from indelible.kernel.models import Party, Record, Signature, Task
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import callings, narrowing
from indelible.practice.narrowing import end_of
from indelible.practice.scoping import Scope

PAGE, COUNT_CAP = 50, 1000
BULKY = ("content", "marks", "signed")  # what a row that only names its record leaves out


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking: the person, the roles held now, the configuration in force, the installation's state, what is presented."""

    ctx: Context
    person: Person | None
    held: tuple[Held, ...]
    configuration: Configuration
    home_state: str
    simulated: bool
    found: Gathered
    presents: Scope | None = None

    @property
    def sight(self) -> Context:
        """Give who looks as rights are asked for: who presents stands in no relation to any record."""
        return replace(self.ctx, person_id=NOBODY) if self.presents else self.ctx

    @property
    def mark(self) -> str:
        """Give what is sealed beside the installation's state: `, drifted` where something is not as approved (D29)."""
        drift = self.found.home.get("content", {}).get("7")
        return f", {drift}" if drift else ""


@dataclass(frozen=True, slots=True)
class Possible:
    """One act on a record: whether this person can do it now, and if not, exactly why not."""

    verb: str
    label: str
    signs: str | None
    reason: bool
    danger: bool
    refusal: Refused | None
    generic: bool
    awaited: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Say whether the act can be done now."""
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class ToSign:
    """What the signature dialog shows: the statement, its hash, and what the move does."""

    statement: dict[str, Any]
    sha256: str
    reason: bool
    last: bool
    zone: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records: at most PAGE of them, the cursor of the next page, a capped count of the whole."""

    records: list[Record]
    next: str | None
    count: int
    more: bool


def viewer(ctx: Context) -> Viewer:
    """Give who is looking; raises Refused for a person who is not active."""
    found = gather.read(ctx, presence=None, key=None, at=clock.now())
    home = found.home.get("content", {})
    return Viewer(ctx, found.person, found.held, config.at(found.baseline), found.home.get("state", gates.FOUNDING),
                  bool(home.get("1")), found)  # fmt: skip


def get_record(view: Viewer, number: str) -> Record:
    """Give a record by number (a series gives its revision in force, else the newest one visible); raises NotFound."""
    candidates = Record.objects.filter(Q(number=number) | Q(series=number)).order_by("-revision")
    seen = [r for r in candidates if number in (r.number, r.series)]
    seen = [r for r in seen if sees(view, r)]
    if not seen:
        raise NotFound(number)
    return next((r for r in seen if r.number == number or r.standing == "in_force"), seen[0])


def peek(view: Viewer, number: str) -> Record | None:
    """Give a record by number if this person may see it, None otherwise: for links inside other records."""
    return peek_all(view, [number]).get(number)


def peek_all(view: Viewer, numbers: Collection[str]) -> dict[str, Record]:
    """Give the records of many numbers as `peek` gives one, with two queries; what may not be seen is not there."""
    if not numbers:
        return {}
    asked = Record.objects.filter(Q(number__in=numbers) | Q(series__in=numbers)).order_by("-revision")
    rows = list(asked.filter(visible(view)) if view.presents else asked)
    relations: dict[UUID, set[str]] = {}
    mine = Party.objects.filter(record_id__in=[r.pk for r in rows], person_id=view.sight.person_id or NOBODY)
    for pk, capacity in mine.values_list("record_id", "capacity"):
        relations.setdefault(pk, set()).add(capacity)
    found: dict[str, list[Record]] = {}
    for row in rows:
        if authority.shows(view.sight, row, view.held, relations.get(row.pk, set())):
            for number in {row.number, row.series} & set(numbers):
                found.setdefault(str(number), []).append(row)
    return {number: next((r for r in seen if r.standing == "in_force"), seen[0]) for number, seen in found.items()}


def in_force(at: datetime) -> Q:
    """Give which records were in force at a moment, as a condition for the database (211.100, 11.10(k))."""
    return Q(in_force_from__lte=at) & (Q(in_force_until=None) | Q(in_force_until__gt=at))


def visible(view: Viewer, kinds: Sequence[str] = ()) -> Q:
    """Give which records (of the named types, or of all) this person may see, as a condition for the database."""
    condition = Q(pk__in=[])
    for declaration in view.configuration.types.values():
        if not kinds or declaration.type in kinds:
            condition |= visible_of(view, declaration)
    return condition


def visible_of(view: Viewer, declaration: TypeDeclaration) -> Q:
    """Give which records of one type this person may see, as a condition for the database."""
    seen = authority.visible(view.sight, declaration, view.held)
    return seen & view.presents.condition(declaration) if view.presents else seen


def sees(view: Viewer, record: Record) -> bool:
    """Say whether this person may know that a record exists."""
    if not authority.sees(view.sight, record, view.held):
        return False
    within = view.presents.condition(records.type_of(record)) if view.presents else None
    return within is None or bool(Record.objects.filter(within, pk=record.pk).exists())


def list_records(view: Viewer, kind: str, *, filters: dict[str, str] | None = None, cursor: str | None = None,
                 before: str | None = None, size: int = PAGE) -> Page:  # fmt: skip
    """List the records of a type by number, filtered by state, text, person or filterable fields; keyset pages.

    `cursor` is the last number of the page before, `before` the first one of the page after. Void, withdrawn and
    superseded records stand in the list unless a filter leaves them out. The filter `as_of`, a day, leaves what was in
    force when that day ended in the company's zone; `narrowing` has those by time and by named part.
    """
    declaration = view.configuration.type(kind)
    rows = Record.objects.filter(visible_of(view, declaration))
    rows = _filtered(rows, declaration, filters or {})
    rows = rows.filter(narrowing.narrowed(declaration, filters or {}, view.configuration.company.zone))
    if as_of := (filters or {}).get("as_of"):
        rows = rows.filter(in_force(end_of(as_of, view.configuration.company.zone)))
    count = rows[: COUNT_CAP + 1].count()
    if before:
        page = list(rows.filter(number__lt=before).order_by("-number")[:size])[::-1]
        return Page(page, page[-1].number if page else None, min(count, COUNT_CAP), count > COUNT_CAP)
    if cursor:
        rows = rows.filter(number__gt=cursor)
    page = list(rows.order_by("number")[: size + 1])
    following = page[size - 1].number if len(page) > size else None
    return Page(page[:size], following, min(count, COUNT_CAP), count > COUNT_CAP)


def list_acts(view: Viewer, record: Record) -> list[Possible]:
    """List every act that the record's state and type declare, each allowed or refused with its reasons; who presents has none."""
    if view.presents:
        return []
    case = case_of(view, record)
    found = []
    for verb, move in case.state.moves.items():
        if move.by == ["system"] or not lifecycles.holds_when(move.when, case.content):
            continue
        case.verb = verb
        needs = lifecycles.open_needs(case, verb, move)
        awaited = tuple(authority.needs_text(case, need) for need in needs)
        refusal, need = _considered(case)
        found.append(Possible(
            verb, move.label or verb.replace("_", " ").capitalize(), need or (move.signs[0].meaning if move.signs else None),
            move.reason == "required", move.danger, refusal, generic=False, awaited=awaited))  # fmt: skip
    if case.declaration.restrict is not None:
        found += _restrict(case)
    return found + _generic(case)


def to_sign(view: Viewer, record: Record, verb: str) -> ToSign:
    """Give what a person would sign now; raises Refused with everything that stands in the way."""
    case = case_of(view, record)
    case.verb = verb
    gates.recording(case, case.validated)
    found = decisions.consider(case)
    if found.need is None:
        raise Refused(rule="declared_act", text=f"{case.act} asks for no signature.")
    statement = signatures.statement(case, found.move, found.need, found.grant)
    return ToSign(statement, signatures.statement_hash(statement), found.move.reason == "required",
                  found.awaited == 1, case.configuration.company.zone)  # fmt: skip


def list_work(view: Viewer, *, limit: int = 200) -> list[tuple[Task, Record]]:
    """List the open work of a person over all types, soonest first: own tasks, and those of the roles held.

    A task that the separation rules keep from this person is left out: it is somebody else's. What is asked of somebody
    both by name and by role is one thing to do, and is said by name.
    """
    if view.person is None or view.presents:
        return []
    roles = Q(pk__in=[])
    for held in view.held:
        scope = Q(scope=None) if held.scope is None else (Q(scope=None) | Q(scope=held.scope))
        roles |= Q(person_id=None, capacity=held.role) & (scope if held.scope else Q())
    shown = Task.objects.filter(Q(person_id=view.person.id) | roles, from_at__lte=clock.now())
    if authority.outside(view.held) is not None:  # named elsewhere or not: of other records they know nothing
        shown = shown.filter(record_id__in=Record.objects.filter(visible(view)).values("pk"))
    tasks = list(shown.order_by("due_at", "opened_at", "id")[:limit])
    # What is decided on needs the content; what is one's own anyway is only named.
    decided = {task.record_id for task in tasks if not task.person_id}
    heads = Record.objects.in_bulk(decided) if decided else {}
    if named := {task.record_id for task in tasks} - decided:
        heads |= Record.objects.defer(*BULKY).in_bulk(named)
    asked, found = {(task.record_id, task.move) for task in tasks if task.person_id}, []
    for task in tasks:
        record, thing = heads[task.record_id], (task.record_id, task.move)
        if task.person_id or (thing not in asked and could(view, record, task)):
            asked.add(thing)
            found.append((task, record))
    return found


def may_create(view: Viewer, kind: str) -> Refused | None:
    """Give why this person may not create a record of a type now; None where nothing stands in the way."""
    if view.presents:
        return Refused(
            rule="presentation_only_shows", text=f"This session presents {view.presents.number}: nothing is begun in it."
        )
    case = _new(view, kind)
    try:
        gates.recording(case, case.validated)
        authority.decide(case, case.declaration.create)
    except Refused as refusal:
        return refusal
    return None


def list_creatable(view: Viewer) -> list[TypeDeclaration]:
    """List the types of which this person may create a record now."""
    new = [_new(view, kind) for kind in view.configuration.types]
    held = [case for case in new if any(authority.holds(case, capacity) for capacity in case.declaration.create)]
    return [case.declaration for case in held if may_create(view, case.type) is None]


def _new(view: Viewer, kind: str) -> Case:
    return Case(ctx=view.ctx, verb="create", declaration=view.configuration.type(kind), configuration=view.configuration,
                at=clock.now(), record=None, person=view.person, held=view.held, simulated=view.simulated,
                validated=view.home_state, mark=view.mark, memo=view.found.memo)  # fmt: skip


def list_signatures(record: Record) -> list[Signature]:
    """List the signatures of a record in the order in which they were given."""
    return list(Signature.objects.filter(record_id=record.pk).order_by("position"))


def manifest_of(signature: Signature) -> dict[str, Any]:
    """Give what stands behind a signature: the statement that was shown, time, zone, method, components."""
    manifest: dict[str, Any] = canonical.decode(signature.manifest)
    return manifest


def title_of(statement: Mapping[str, Any]) -> str:
    """Give the title under which somebody signed: the own one, and for whom by which delegation."""
    return ", ".join(filter(None, (statement["title_of_signer"], statement.get("by_delegation"))))


def case_of(view: Viewer, record: Record) -> Case:
    """Bring together what an act of this person on a record would be decided on; nothing is locked."""
    configuration = records.configuration_of(record)
    declaration = configuration.type(record.type)
    return Case(
        ctx=view.ctx, verb="", declaration=declaration, configuration=configuration, at=clock.now(), record=record,
        person=view.person, held=view.held, content=records.values(record),
        simulated=view.simulated, validated=view.home_state, mark=view.mark, skew=view.found.skew, memo=view.found.memo,
    )  # fmt: skip


def _considered(case: Case) -> tuple[Refused | None, str | None]:
    try:
        gates.recording(case, case.validated)
        found = decisions.consider(case)
    except Refused as refusal:
        return refusal, None
    return None, found.need.meaning if found.need else None


def _restrict(case: Case) -> list[Possible]:
    # Withholding is not a step of the record's life, so it is offered only to those who may do it.
    case.verb = lifecycles.RESTRICT
    refusal, need = _considered(case)
    if refusal is not None:
        return []
    return [Possible(case.verb, "Restrict content", need, reason=True, danger=True, refusal=None, generic=True)]


def _generic(case: Case) -> list[Possible]:
    found = []
    for verb in _generic_verbs(case):
        case.verb = verb
        refusal: Refused | None = None
        try:
            gates.recording(case, case.validated)
            if verb == "revise":
                authority.decide(case, numbers.revisable(case))
            else:
                decisions.allowed(case)
        except Refused as found_refusal:
            refusal = found_refusal
        found.append(Possible(verb, verb.capitalize(), None, verb in ("amend", "extend", "postpone", "reassign", "unlink"),
                              danger=False, refusal=refusal, generic=True))  # fmt: skip
    return found


def _generic_verbs(case: Case) -> Iterable[str]:
    declared = case.declaration
    if case.state.edit:
        yield "edit"
    if case.state.amend:
        yield "amend"
    if declared.revisions and case.head.standing == "in_force":
        yield "revise"
    for verb in ("comment", "resolve", "link", "extend", "postpone", "reassign", "confirm", "certify"):
        if getattr(declared, verb) is not None:
            yield verb


def could(view: Viewer, record: Record, task: Task) -> bool:
    """Say whether an open task of a role is this person's to do: no right is missing, and no separation rule is in the way."""
    case = case_of(view, record)
    case.verb = task.move
    if case.state.moves.get(task.move) is None:
        return task.move == callings.EDIT and callings.is_asked_to_edit(case)
    try:
        decisions.consider(case)
    except Refused as refusal:
        # Missing fields or a reason are work to do; a separation rule or a missing right makes it somebody else's.
        return callings.is_missing_work(refusal)
    return True


def _filtered(rows: QuerySet[Record], declaration: TypeDeclaration, filters: dict[str, str]) -> QuerySet[Record]:
    states: Sequence[str] = [s for s in filters.get("state", "").split(",") if s in declaration.lifecycle]
    if states:
        rows = rows.filter(state__in=states)
    if text := filters.get("q", "").strip():
        rows = rows.filter(Q(number__icontains=text) | Q(title__icontains=text))
    for field in declaration.live_fields():
        if field.filterable and (value := filters.get(field.name)):
            rows = rows.filter(_field_condition(field, value))
    return rows


def _field_condition(field: FieldDeclaration, value: str) -> Q:
    if field.many:
        return Q(Contains(Stored(field.id), f'"{value}"'))
    if field.kind == "yes_no":
        # SQLite gives a true as 1 and PostgreSQL as the word.
        return Q(In(Cast(Stored(field.id), TextField()), ["true", "1"] if value == "yes" else ["false", "0"]))
    path: dict[str, tuple[str | int, ...]] = {"person": ("person",), "links": (0, "number")}
    return Q(Exact(Stored(field.id, *path.get(field.kind, ())), value))

"""The only place that follows a record's thread: what it names, what names it, and so on, as far as one person may see.

A record that this person may not see is not there: it is not counted, and nothing is reached through it. Departments are
left out, because everything names one, and so are the references of one document to another; what many records name (a
product, a site) is shown and not passed through. Each link away costs the same few statements, however many records
stand there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from indelible.kernel import records
from indelible.kernel.models import Link, Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice.linking import BY_HAND
from indelible.practice.queries import Viewer, peek_all, visible

DEPTH, MOST = 4, 60  # links away from the record, records in all
MANY = 5  # named by more, a record that was found as an object is not passed through
EACH, FIRST = 8, 24  # of those that name one record, the newest; of those that name the record itself


@dataclass(slots=True)
class Knot:
    """One record of a thread: how many links away it was found and from which.

    `passed` says whether the way went on to those that name it, of which there are `named_by`.
    """

    record: Record
    away: int
    found_from: UUID | None
    as_object: bool = False  # found because another one names it, which does not belong to it
    passed: bool = True
    named_by: int = 0


@dataclass(frozen=True, slots=True)
class Strand:
    """One link: who names whom, by which field.

    `follows`: the one that names was begun from the other, or belongs to it. `onward`: the other way round, the one that is
    named is of a type that is begun from the one that names, such as the document that a change is to revise.
    """

    naming: UUID
    named: UUID
    relation: str
    label: str
    follows: bool
    onward: bool
    belongs: bool


@dataclass(slots=True)
class Thread:
    """What hangs together with a record, nearest first; `left_out` counts the linked records that are not among them."""

    root: Record
    knots: dict[UUID, Knot]
    strands: list[Strand] = field(default_factory=list)
    left_out: int = 0


def follow(view: Viewer, root: Record) -> Thread:
    """Follow the links of a record, both ways, over at most DEPTH links and MOST records that this person may see."""
    walk = _Walk(view, Thread(root, {root.pk: Knot(root, 0, None)}))
    ring = [root]
    for away in range(1, DEPTH + 1):
        ring = walk.step(ring, away)
    walk.close(ring)
    return walk.thread


def hangs(view: Viewer, naming: Record, named: Record) -> bool:
    """Say whether a link between two records is one of a thread: not to a department, not from one document to another."""
    return _hangs(naming, named, _departments(view.configuration.types.values()))


class _Walk:
    def __init__(self, view: Viewer, thread: Thread) -> None:
        self.view, self.thread = view, thread
        self.departments = _departments(view.configuration.types.values())
        self.visible = visible(view)
        self.tied: set[tuple[UUID, UUID, str]] = set()

    def step(self, ring: list[Record], away: int) -> list[Record]:
        """Go one link further from each of these records; gives those that are new."""
        if not ring:
            return []
        found: list[Record] = []
        standing = {one.pk for one in ring}
        for naming, named, relation in self._going(ring) + self._coming(ring):
            strand = _strand(naming, named, relation)
            here, there = (naming, named) if naming.pk in standing else (named, naming)
            if self._take(there, here, away, strand):
                found.append(there)
            self._tie(strand)
        return found

    def close(self, ring: list[Record]) -> None:
        """Tie the records of the last step to what is there already, and count what is linked and was left out."""
        knots = self.thread.knots
        every = [knot.record for knot in knots.values()]
        going = self._going(every)
        for naming, named, relation in going:
            self._tie(_strand(naming, named, relation))
        beyond = {named.pk for _, named, _ in going} - {*knots}
        coming = self._naming({name: one for one in every for name in self._names(one)}).values("record_id")
        others = Record.objects.filter(pk__in=coming).exclude(pk__in=[*knots, *beyond])
        self.thread.left_out = len(beyond) + others.exclude(type__in=self.departments).count()

    def _names(self, record: Record) -> list[str]:
        whole = record.series and (record.standing == "in_force" or record.pk == self.thread.root.pk)
        return [record.number, str(record.series)] if whole else [record.number]

    def _going(self, ring: Iterable[Record]) -> list[tuple[Record, Record, str]]:
        by_pk = {one.pk: one for one in ring}
        links = list(Link.objects.filter(record_id__in=by_pk).order_by("id"))
        targets = peek_all(self.view, {link.target for link in links})
        found = [(by_pk[link.record_id], targets.get(link.target), link.relation) for link in links]
        return [(naming, named, relation) for naming, named, relation in found
                if named is not None and named.pk != naming.pk and _hangs(naming, named, self.departments)]  # fmt: skip

    def _naming(self, by_name: Mapping[str, Record]) -> QuerySet[Link]:
        """Give the links that lead to these names, without those from one document to another."""
        links = Link.objects.filter(target__in=by_name, record_id__in=Record.objects.filter(self.visible).values("pk"))
        for kind in sorted({one.type for one in by_name.values() if one.series}):
            alike = [name for name, one in by_name.items() if one.type == kind]
            links = links.exclude(target__in=alike, record_id__in=Record.objects.filter(type=kind).values("pk"))
        return links

    def _coming(self, ring: list[Record]) -> list[tuple[Record, Record, str]]:
        by_name = {name: one for one in ring for name in self._names(one)}
        each = [F("target")]
        newest = Window(RowNumber(), partition_by=each, order_by=F("id").desc())
        ranked = self._naming(by_name).annotate(rank=newest, of=Window(Count("id"), partition_by=each))
        links = sorted(ranked.filter(rank__lte=FIRST), key=lambda link: link.pk)
        for link in links:
            knot = self.thread.knots[by_name[link.target].pk]
            knot.named_by = max(knot.named_by, link.of)
            knot.passed = not (knot.as_object and knot.named_by > MANY)
        taken = [(link, by_name[link.target]) for link in links if self._goes_on(by_name[link.target], link.rank)]
        heads = Record.objects.in_bulk({link.record_id for link, _ in taken}) if taken else {}
        found = [(heads[link.record_id], named, link.relation) for link, named in taken if link.record_id != named.pk]
        return [(naming, named, relation) for naming, named, relation in found if _hangs(naming, named, self.departments)]

    def _goes_on(self, named: Record, rank: int) -> bool:
        return self.thread.knots[named.pk].passed and (rank <= EACH or named.pk == self.thread.root.pk)

    def _take(self, record: Record, found_from: Record, away: int, strand: Strand) -> bool:
        knots = self.thread.knots
        if record.pk in knots or len(knots) >= MOST:
            return False
        knots[record.pk] = Knot(record, away, found_from.pk, as_object=strand.named == record.pk and not strand.belongs)
        return True

    def _tie(self, strand: Strand) -> None:
        key = (strand.naming, strand.named, strand.relation)
        if key not in self.tied and {strand.naming, strand.named} <= {*self.thread.knots}:
            self.tied.add(key)
            self.thread.strands.append(strand)


def _hangs(naming: Record, named: Record, departments: Collection[str]) -> bool:
    alike = bool(named.series) and named.type == naming.type
    return not alike and not {naming.type, named.type} & {*departments}


def _strand(naming: Record, named: Record, relation: str) -> Strand:
    declaration = records.type_of(naming)
    declared = declaration.field(relation)
    label = "Linked by hand" if relation == BY_HAND else declared.title if declared else relation.replace("_", " ")
    beginning = declaration.begins_from.get(named.type)
    belongs = relation == declaration.parent
    follows = belongs or (beginning is not None and beginning.link == relation)
    onward = not follows and naming.type in records.type_of(named).begins_from
    return Strand(naming.pk, named.pk, relation, label, follows, onward, belongs)


def _departments(declarations: Iterable[TypeDeclaration]) -> set[str]:
    fields = (one.field(one.department) for one in declarations if one.department)
    return {kind for declared in fields if declared for kind in declared.to}

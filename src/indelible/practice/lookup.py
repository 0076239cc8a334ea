"""What pages and programs look up beside the record itself: by a link, by a person, by a number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from indelible.infra import clock, database, search
from indelible.kernel import records
from indelible.kernel.models import Baseline, Link, Numbering, Record, Timer
from indelible.practice import absences, belonging
from indelible.practice.queries import PAGE, Viewer, in_force, peek_all, visible


def titles(view: Viewer, numbers: Iterable[str]) -> dict[str, str]:
    """Give the titles of those of the numbered records that this person may see, with one query; none where none is asked."""
    asked = set(numbers)
    if not asked:
        return {}
    rows = Record.objects.filter(Q(number__in=asked) & visible(view))
    return dict(rows.values_list("number", "title"))


def list_people(*, away: bool = False) -> list[tuple[str, str, str]]:
    """List the active persons by name: (id, printed name, job title), for choosing one; with when they are `away`, if asked."""
    rows = Record.objects.filter(type="person", standing="in_force").order_by("title")
    gone: dict[UUID, list[str]] = {}
    for one in absences.of() if away else ():
        gone.setdefault(one.person, []).append(f"away {one.days}")
    return [(str(row.pk), row.title, ", ".join([*_job(row), *gone.get(row.pk, ())])) for row in rows]


def _job(person: Record) -> list[str]:
    return [title] if (title := str(records.values(person).get("job_title") or "")) else []


def list_baselines() -> list[tuple[int, str, datetime]]:
    """List the baselines in the order in which they were applied: (number, hash, when)."""
    rows = Baseline.objects.order_by("number").values_list("number", "sha256", "at")
    return [(number, bytes(sha256).hex(), at) for number, sha256, at in rows]


def list_links(view: Viewer, record: Record) -> list[tuple[str, Record, bool]]:
    """List what a record links to and what links to it, as far as this person may see: (relation, record, outgoing)."""
    numbers_of = [record.number, *([record.series] if record.series else [])]
    links = list(Link.objects.filter(Q(record_id=record.pk) | Q(target__in=numbers_of)).order_by("id"))
    targets = peek_all(view, {link.target for link in links if link.record_id == record.pk})
    coming = {link.record_id for link in links} - {record.pk}
    sources = Record.objects.filter(visible(view)).in_bulk(coming) if coming else {}
    found = []
    for link in links:
        outgoing = link.record_id == record.pk
        other = targets.get(link.target) if outgoing else sources.get(link.record_id)
        if other is not None and other.pk != record.pk:
            found.append((link.relation, other, outgoing))
    return found


def list_children(view: Viewer, record: Record) -> list[Record]:
    """List what belongs to a record, by type and number: those of which it is the declared parent and that this person may see."""
    found = Record.objects.filter(visible(view), pk__in=[child.pk for child in belonging.children(record)])
    return list(found.order_by("type", "number"))


def in_force_at(view: Viewer, series: str, at: datetime) -> Record | None:
    """Give the revision of a series that was in force at a moment, as far as this person may see it now; None for none."""
    rows = Record.objects.filter(visible(view), in_force(at), Q(series=series) | Q(number=series))
    return rows.order_by("-in_force_from").first()


def next_date(view: Viewer) -> tuple[Record, datetime] | None:
    """Give the record that moves by itself next, among those that this person may see, and when."""
    for timer in Timer.objects.filter(due_at__gte=clock.now()).order_by("due_at")[:PAGE]:
        if record := _one(view, timer.record_id):
            return record, timer.due_at
    return None


def account_of_numbers(view: Viewer, kind: str) -> dict[str, list[str]]:
    """Give, by prefix, every number below the highest one that was never given: nothing is missing without a word."""
    declaration = view.configuration.type(kind)
    column = "series" if declaration.revisions else "number"
    prefixes = {declaration.number.prefix or "", *declaration.number.prefixes.values()} - {""}
    under = declaration.number.under
    mine = Q(prefix__endswith=f"-{under}") if under else Q(pk__in=prefixes)
    counters = {
        f"{prefix}{'' if under else '-'}": last
        for prefix, last in Numbering.objects.filter(mine).values_list("prefix", "last")
    }
    return {
        prefix.removesuffix("-"): _never_given(_Numbers(kind, column, prefix, declaration.number.digits), counters[prefix])
        for prefix in sorted(counters)
    }


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of one type that begin alike: `column` holds them, `prefix` is what stands before the serial."""

    kind: str
    column: str
    prefix: str
    digits: int

    def of(self, serial: int) -> str:
        """Give a number as it is written."""
        return f"{self.prefix}{serial:0{self.digits}}"

    def given(self, since: str = "") -> QuerySet[Record]:
        """Give the records that have one, or one from `since` on."""
        return Record.objects.filter(search.begins(self.column, self.prefix, since=since), type=self.kind)


@dataclass(frozen=True, slots=True)
class _Account:
    """What was found when all numbers were counted: the highest one, the record that had it, and those never given."""

    last: int
    witness: UUID
    gaps: list[str]


# A number is never taken back, so what was counted once holds as long as its witness is there; only later ones, and
# those that may still be brought, are asked for again. Counting all of them takes longer than the list itself.
_ACCOUNTS: dict[tuple[str, _Numbers], _Account] = {}
MOST_GAPS = 500  # with more of them, all is counted each time


def _never_given(numbers: _Numbers, last: int) -> list[str]:
    place = database.identity(), numbers
    known = _ACCOUNTS.get(place)
    if known is not None and _still_holds(known, numbers, last):
        return known.gaps
    every = numbers.given().values_list(numbers.column, flat=True)
    counted = every.distinct().count() if numbers.column == "series" else every.count()
    # As many as were counted: then none is missing, and none has to be read.
    gaps = [] if counted == last else _missing(numbers, last, every)
    witness = numbers.given().filter(**{numbers.column: numbers.of(last)}).values_list("pk", flat=True).first()
    if witness is not None and len(gaps) <= MOST_GAPS:
        _ACCOUNTS[place] = _Account(last, witness, gaps)
    return gaps


def _still_holds(known: _Account, numbers: _Numbers, last: int) -> bool:
    found = numbers.given(since=numbers.of(known.last)).aggregate(
        given=Count(numbers.column, distinct=True), witness=Count("pk", filter=Q(pk=known.witness))
    )
    if found != {"given": last - known.last + 1, "witness": 1}:
        return False
    return not (known.gaps and numbers.given().filter(**{f"{numbers.column}__in": known.gaps}).exists())


def _missing(numbers: _Numbers, last: int, given: Iterable[str]) -> list[str]:
    known = set(given)
    return [number for serial in range(1, last + 1) if (number := numbers.of(serial)) not in known]


def _one(view: Viewer, record: UUID) -> Record | None:
    return Record.objects.filter(visible(view), pk=record).first()

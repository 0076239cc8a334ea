"""The only place that says how records stood at a moment: their state, their due date, what was in them, what named what.

What happened to a record later is not read: its events until then say where it stood, and the version that was sealed then says
what was in it. What has not changed since is taken as it is now. Who looks sees what this person may see of the records now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from indelible.infra import canonical, clock
from indelible.kernel import config, records
from indelible.kernel.models import Event, Link, Record, Version
from indelible.kernel.types import State, TypeDeclaration
from indelible.practice import queries
from indelible.practice.queries import Viewer

AT_ONCE = 500  # records whose events are asked for together


@dataclass(frozen=True, slots=True)
class Stood:
    """One record as it stood at a moment; `marks` is None where nothing happened to it since."""

    record: Record
    state: str
    due: datetime | None
    version: int
    baseline: str
    marks: dict[str, Any] | None = None

    @property
    def declaration(self) -> TypeDeclaration:
        """Give the declaration of its type under which it lived then."""
        return config.at(self.baseline).type(self.record.type)

    @property
    def declared(self) -> State:
        """Give the declared state in which it was."""
        return self.declaration.lifecycle[self.state]


def stood(rows: QuerySet[Record], at: datetime) -> Iterator[Stood]:
    """Give those of the records that were there at a moment, each as it stood then, in the order of the rows."""
    known = {one.pk: Stood(one, one.state, one.due_at, one.version, one.baseline) for one in rows.filter(created_at__lt=at)}
    later = [pk for pk, one in known.items() if one.record.updated_at >= at]
    known |= {pk: replace(known[pk], state="", due=None, marks={}) for pk in later}
    for record, payload in _events(later, at):
        known[record] = _told(known[record], canonical.decode(payload))
    yield from known.values()


def contents(found: Iterable[Stood]) -> dict[UUID, dict[str, Any]]:
    """Give by record what was in each of them then, by field name; what was withheld since is withheld here as well."""
    result, changed = {}, {}
    for one in found:
        if one.marks is None:
            result[one.record.pk] = records.values(one.record)
        else:
            changed[one.record.pk] = one
    wanted = reduce(or_, (Q(record_id=pk, number=one.version) for pk, one in changed.items()), Q(pk__in=[]))
    sealed = {row.record_id: row.content for row in Version.objects.filter(wanted)}
    for pk, one in changed.items():
        content = canonical.decode(sealed[pk])["fields"] if sealed.get(pk) else {}
        result[pk] = records.named(one.declaration, records.present(one.declaration, content, one.marks or {}))
    return result


def naming(
    view: Viewer, kinds: Collection[str], numbers: Collection[str], at: datetime
) -> list[tuple[Stood, dict[str, Any]]]:
    """Give the records of these types whose content named one of the numbers at a moment, with that content, by type and number.

    Links by hand are context and say nothing. A record that names it no more did so then, if its version of then says it.
    """
    there = Record.objects.filter(queries.visible(view, [*kinds, ""]))
    by_link = Q(pk__in=Link.objects.filter(target__in=numbers).exclude(relation="by_hand").values("record_id"))
    changed = there.filter(updated_at__gte=at, created_at__lt=at)
    versions = Version.objects.filter(_says(numbers), record_id__in=changed.values("pk"))
    found = list(stood(there.filter(by_link | Q(pk__in=versions.values("record_id"))).order_by("type", "number"), at))
    held, wanted = contents(found), set(numbers)
    return [(one, held[one.record.pk]) for one in found if wanted & named_in(one.declaration, held[one.record.pk])]


def named_in(declaration: TypeDeclaration, values: dict[str, Any]) -> set[str]:
    """Give the numbers of the records that a content names in its links."""
    fields = (field.name for field in declaration.fields if field.kind == "links")
    return {str(item["number"]) for name in fields for item in values.get(name) or []}


def _says(numbers: Collection[str]) -> Q:
    # Quotes inside of what somebody wrote are escaped: these words are a link of the content itself (RFC 8785).
    words = (Q(GreaterThan(StrIndex("content", Value(f'{{"number":{canonical.encode(one)}')), 0)) for one in numbers)
    return reduce(or_, words, Q(pk__in=[]))


def _events(found: Iterable[UUID], at: datetime) -> Iterator[tuple[UUID, str]]:
    waiting = iter(found)
    while some := list(islice(waiting, AT_ONCE)):
        events = Event.objects.filter(record_id__in=some, at__lt=at).order_by("record_id", "position")
        yield from events.values_list("record_id", "payload")


def _told(one: Stood, payload: dict[str, Any]) -> Stood:
    """Let one event say in which state the record was from then on, until when that was due, and what was in it."""
    head = payload.get("effects", {}).get("head", {})
    due = one.due if "due_at" not in head else clock.parse(head["due_at"]) if head["due_at"] else None
    return Stood(
        one.record, payload["state"], due, payload["version"]["number"], payload["baseline"], head.get("marks", one.marks)
    )

"""What happened, in words: the trail of a record, of a person, of the system (11.10(e), Annex 11-9).

Old and new values are read from the sealed versions, so the trail shows what was there and not what a log claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from indelible.infra import canonical, clock
from indelible.kernel import config
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Event, LogPosition, Record, Refusal, Signature, Version
from indelible.kernel.types import TypeDeclaration
from indelible.practice.queries import Viewer, visible

PAGE = 50
RULES_FROM = 1000  # refusals that are looked at to say which rules there are to choose from
WITHHELD = "(withheld)"
IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REMARKS = ("comment", "resolve")  # what people say to one another about a record
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stretch(Generic[T]):
    """A part of something that only grows, newest first; the cursors lead to what is newer (after) and older (before)."""

    rows: list[T]
    newer: int | None
    older: int | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that an event changed: before and after, as people read them; `first` marks a first entry."""

    id: int
    name: str
    label: str
    kind: str
    old: str
    new: str
    first: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in words. `at` is UTC, `zone` the company's; `position` counts in the record, `seq` in the log."""

    record: UUID
    number: str
    type: str
    position: int
    at: datetime
    zone: str
    who: str
    person: str | None
    title: str
    roles: tuple[str, ...]
    via: str
    act: str
    event: str
    state: str
    came_from: str | None
    reason: str
    changes: tuple[FieldChange, ...]
    voided: tuple[dict[str, Any], ...]
    note: dict[str, Any]
    grant: dict[str, Any]
    signature: Signature | None
    version: int
    baseline: str
    build: str
    validated: str
    leaf: str
    cause: str | None
    request: str
    late: tuple[str, ...]
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused attempt in words."""

    at: datetime
    person: UUID | None
    act: str
    subject: str
    rule: str
    text: str
    request: str


def of_record(record: Record) -> list[Happening]:
    """Give the whole trail of one record, oldest first; the caller has checked that it may be seen."""
    events = list(Event.objects.filter(record_id=record.pk).order_by("position"))
    versions = {v.number: v.content for v in Version.objects.filter(record_id=record.pk)}
    given = {s.position: s for s in Signature.objects.filter(record_id=record.pk)}
    return [_happening(event, versions, given) for event in events]


def shown(view: Viewer, record: Record) -> list[Happening]:
    """Give the trail of one record as this person is shown it: who presents shows no comments."""
    found = of_record(record)
    return [one for one in found if one.act.partition(".")[2] not in REMARKS or one.changes] if view.presents else found


def of_system(view: Viewer, *, person: UUID | None = None, record: str = "", act: str = "", since: datetime | None = None,
              until: datetime | None = None, before: int | None = None, after: int | None = None) -> Stretch[Happening]:  # fmt: skip
    """Give events that this person may see, filtered: the newest, or those before or after a cursor.

    Pages go by the event's place in the table, which only grows; they are listed by position in the log.
    """
    events = Event.objects.filter(Exists(Record.objects.filter(visible(view), pk=OuterRef("record_id"))))
    for verb in REMARKS if view.presents else ():  # the keys of a payload stand in their order, quotes in it are escaped
        changes = Q(payload__contains='"changed":[') & ~Q(payload__contains='"changed":[]')
        events = events.exclude(Q(payload__contains=f'.{verb}","at":') & ~changes)
    if record:
        number = record.upper()  # as all numbers are; comparing without capitals would read every record
        numbers = Record.objects.filter(Q(number=number) | Q(series=number)).values("pk")
        events = events.filter(record_id__in=numbers)
    if act:
        events = events.filter(payload__contains=f'"act":{canonical.encode(act)}')
    found = _stretch(_within(events, person, since, until), before, after)
    return Stretch(describe(found.rows), found.newer, found.older)


def after(view: Viewer, cursor: int, *, limit: int = 200) -> tuple[list[tuple[int, Happening]], int]:
    """Give the events after a position of the log, in its order: nothing skipped, nothing twice, under any load.

    The second value is the cursor to go on from: it passes over what this person may not see.
    """
    rows = list(LogPosition.objects.filter(kind="e", seq__gt=cursor).order_by("seq")[:limit])
    events = Event.objects.filter(pk__in=[r.ref for r in rows]).filter(
        Exists(Record.objects.filter(visible(view), pk=OuterRef("record_id")))
    )
    found = {event.pk: event for event in events}
    shown = [(row.seq, found[row.ref]) for row in rows if row.ref in found]
    told = list(zip([seq for seq, _ in shown], describe([event for _, event in shown]), strict=True))
    return told, rows[-1].seq if rows else cursor


def refusals(view: Viewer, *, person: UUID | None = None, rule: str = "", since: datetime | None = None,
             until: datetime | None = None, before: int | None = None, after: int | None = None) -> Stretch[Refused]:  # fmt: skip
    """Give refused attempts, filtered: everybody's for those who review trails, one's own for anybody else."""
    rows = _seen_refusals(view)
    if rule:
        rows = rows.filter(payload__contains=f'"rule":{canonical.encode(rule)}')
    found = _stretch(_within(rows, person, since, until), before, after)
    told = [_refused(row) for row in found.rows]
    numbers = _numbers(view, (one.subject for one in told))
    return Stretch([replace(one, subject=numbers.get(one.subject, one.subject)) for one in told], found.newer, found.older)


def refused_rules(view: Viewer) -> list[str]:
    """Give the rules by which the newest of the refusals that this person may see were refused."""
    return sorted({_refused(row).rule for row in _seen_refusals(view).order_by("-pk")[:RULES_FROM]})


def reviews_refusals(view: Viewer) -> bool:
    """Say whether this person reviews trails and therefore sees everybody's refused attempts."""
    readers = set(view.configuration.policies.trail_readers)
    return view.ctx.person_id is None or bool(readers & {held.role for held in view.held})


def _seen_refusals(view: Viewer) -> Any:
    rows = Refusal.objects.all()
    return rows if reviews_refusals(view) else rows.filter(person_id=view.ctx.person_id)


def _numbers(view: Viewer, subjects: Iterable[str]) -> dict[str, str]:
    """Give the numbers of subjects that stand as ids, of those records only that this person may see."""
    ids = {subject for subject in subjects if IDENTIFIER.fullmatch(subject)}
    rows = Record.objects.filter(visible(view), pk__in=ids).values_list("pk", "number") if ids else ()
    return {str(pk): number for pk, number in rows}


def _within(rows: Any, person: UUID | None, since: datetime | None, until: datetime | None) -> Any:
    chosen = {"person_id": person, "at__gte": since, "at__lt": until}
    return rows.filter(**{name: value for name, value in chosen.items() if value is not None})


def _stretch(rows: Any, before: int | None, after: int | None) -> Stretch[Any]:
    """Cut one page; who came from one side can always go back to it, so the row too many says only the other side."""
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
        page = found[:PAGE][::-1]
        return Stretch(page, page[0].pk if len(found) > PAGE else None, page[-1].pk if page else None)
    earlier = rows.filter(pk__lt=before) if before is not None else rows
    found = list(earlier.order_by("-pk")[: PAGE + 1])
    page = found[:PAGE]
    return Stretch(page, page[0].pk if page and before is not None else None, page[-1].pk if len(found) > PAGE else None)


def describe(events: Sequence[Event]) -> list[Happening]:
    """Put events of any records into words, with four queries for all of them."""
    ids = {event.record_id for event in events}
    contents: dict[UUID, dict[int, str]] = {}
    for version in Version.objects.filter(record_id__in=ids):
        contents.setdefault(version.record_id, {})[version.number] = version.content
    given: dict[UUID, dict[int, Signature]] = {}
    for signature in Signature.objects.filter(record_id__in=ids):
        given.setdefault(signature.record_id, {})[signature.position] = signature
    seqs = dict(LogPosition.objects.filter(kind="e", ref__in=[e.pk for e in events]).values_list("ref", "seq"))
    return [
        replace(_happening(e, contents.get(e.record_id, {}), given.get(e.record_id, {})), seq=seqs.get(e.pk)) for e in events
    ]


def _happening(event: Event, versions: dict[int, str], given: dict[int, Signature]) -> Happening:
    data = canonical.decode(event.payload)
    by, version = data["by"], data["version"]
    declaration = config.at(data["baseline"]).type(data["type"])
    late = data["effects"].get("head", {}).get("marks", {}).get("late", {}) if "effects" in data else {}
    return Happening(
        record=event.record_id, number=data["number"], type=data["type"], position=event.position, at=clock.parse(data["at"]),
        zone=data["zone"], who=by["name"], person=by.get("person"), title=by.get("title", ""), roles=tuple(by.get("roles", ())),
        via=by["via"], act=data["act"], event=data["event"], state=data["state"], came_from=data.get("from"),
        reason=data.get("reason", ""), changes=tuple(_changes(declaration, data, versions)),
        voided=tuple(data.get("voided", ())), note=_said(data, versions), grant=data.get("grant", {}),
        signature=given.get(event.position), version=version["number"], baseline=data["baseline"], build=data["build"],
        validated=data["validated"], leaf=bytes(event.leaf).hex(), cause=data.get("cause"), request=data.get("request", ""),
        late=tuple(f.title for f in declaration.fields if str(f.id) in late and f.id in data.get("changed", ())),
    )  # fmt: skip


def _said(data: dict[str, Any], versions: dict[int, str]) -> dict[str, Any]:
    """Give what was said; words quoted from content that was withheld since are withheld as well (D32)."""
    note: dict[str, Any] = data.get("note", {})
    if "quote" not in note or versions.get(data["version"]["number"]):
        return note
    return note | dict.fromkeys({"quote", "suggestion"} & note.keys(), WITHHELD)


def _changes(declaration: TypeDeclaration, data: dict[str, Any], versions: dict[int, str]) -> Iterable[FieldChange]:
    if not data.get("changed"):
        return
    number = data["version"]["number"]
    old, new = _fields(versions.get(number - 1)), _fields(versions.get(number))
    for identifier in data["changed"]:
        field = declaration.field_by_id(identifier)
        if field is not None:
            kind, key = kind_of(field), str(identifier)
            before = WITHHELD if old is None and number > 1 else kind.show(field, (old or {}).get(key))
            after_ = WITHHELD if new is None else kind.show(field, new.get(key))
            yield FieldChange(identifier, field.name, field.title, field.kind, before, after_, first=number == 1)


def _fields(content: str | None) -> dict[str, Any] | None:
    fields: dict[str, Any] | None = canonical.decode(content)["fields"] if content else None
    return fields


def _refused(row: Refusal) -> Refused:
    data = canonical.decode(row.payload)
    return Refused(row.at, row.person_id, data["act"], data["subject"], data["rule"], data["text"], data["request"])

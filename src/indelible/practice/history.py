"""What happened, in words: the trail of a record, of a person, of the system (11.10(e), Annex 11-9).

Old and new values are read from the sealed versions, so the trail shows what was there and not what a log claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from indelible.infra import canonical, clock
from indelible.kernel import config
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Event, LogPosition, Record, Refusal, Signature, Version
from indelible.kernel.queries import Viewer, visible
from indelible.kernel.types import TypeDeclaration

PAGE = 50
WITHHELD = "(withheld)"


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


def of_system(view: Viewer, *, person: UUID | None = None, record: str = "", act: str = "", since: datetime | None = None,
              until: datetime | None = None, before: int | None = None) -> tuple[list[Happening], int | None]:  # fmt: skip
    """Give the newest events that this person may see, filtered; the second value is the cursor of the next page.

    Pages go by the event's place in the table, which only grows; they are listed by position in the log.
    """
    events = Event.objects.filter(Exists(Record.objects.filter(visible(view), pk=OuterRef("record_id"))))
    if person is not None:
        events = events.filter(person_id=person)
    if record:
        numbers = Record.objects.filter(Q(number__iexact=record) | Q(series__iexact=record)).values("pk")
        events = events.filter(record_id__in=numbers)
    if since is not None:
        events = events.filter(at__gte=since)
    if until is not None:
        events = events.filter(at__lt=until)
    if act:
        events = events.filter(payload__contains=f'"act":{canonical.encode(act)}')
    if before is not None:
        events = events.filter(pk__lt=before)
    rows = list(events.order_by("-pk")[: PAGE + 1])
    return describe(rows[:PAGE]), rows[PAGE - 1].pk if len(rows) > PAGE else None


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


def refusals(view: Viewer, *, limit: int = 200) -> list[Refused]:
    """Give the newest refused attempts: everybody's for those who review trails, one's own for anybody else."""
    readers = set(view.configuration.policies.trail_readers)
    rows = Refusal.objects.order_by("-pk")
    if view.ctx.person_id is not None and not readers & {held.role for held in view.held}:
        rows = rows.filter(person_id=view.ctx.person_id)
    return [_refused(row) for row in rows[:limit]]


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

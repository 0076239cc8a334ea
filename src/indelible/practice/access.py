"""The only place that says who held which role on a day, and who granted it: read from the events, not from what is held now.

Reviews of access and inspectors ask about the past (11.10(d), (g); Annex 11-12): a table of what is held now cannot answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from indelible.infra import canonical, clock
from indelible.kernel.gather import DELEGATION
from indelible.kernel.models import Account, Event, Record
from indelible.practice import accounts, directory

GRANT, ACTIVE, SYSTEM = "grant", "active", "System"


@dataclass(frozen=True, slots=True)
class Held:
    """One role that one person held at a moment: by which record, for which department, since when, until when, by whom, why."""

    person: UUID
    user_id: str
    name: str
    role: str
    scope: str | None
    since: datetime
    until: datetime | None
    granted_by: str
    reason: str
    number: str


@dataclass(frozen=True, slots=True)
class Access:
    """Who could sign in at a moment, with which roles; `alone` are those who held nothing but what everybody holds."""

    at: datetime
    held: tuple[Held, ...]
    alone: tuple[tuple[UUID, str, str], ...]


def as_of(at: datetime) -> Access:
    """Give who could sign in at a moment and what each held then, by name and role."""
    people = _active(at)
    names = directory.names(people)
    users = dict(Account.objects.filter(person_id__in=people).values_list("person_id", "user_id"))
    found = [one for one in _grants(at) if UUID(one["person"]) in people]
    givers = directory.names(UUID(one["granted_by"]) for one in found if one["granted_by"])
    held = [
        Held(
            person=(person := UUID(one["person"])), user_id=users.get(person, ""), name=names.get(person, ""), role=one["role"],
            scope=one["scope"], since=clock.parse(one["from"]), until=clock.parse(one["until"]) if one["until"] else None,
            granted_by=givers.get(UUID(one["granted_by"]), SYSTEM) if one["granted_by"] else SYSTEM, reason=one["reason"],
            number=one["number"],
        )
        for one in found
    ]  # fmt: skip
    having = {one.person for one in held}
    alone = sorted(((p, users.get(p, ""), names.get(p, "")) for p in people - having), key=lambda one: (one[2], one[1]))
    return Access(at, tuple(sorted(held, key=lambda one: (one.name, one.user_id, one.role, one.number))), tuple(alone))


def told(at: datetime) -> list[dict[str, str | None]]:
    """Give the same as plain data for programs."""
    return [
        {
            "user_id": one.user_id, "name": one.name, "role": one.role, "scope": one.scope, "granted_by": one.granted_by,
            "reason": one.reason, "from": clock.iso(one.since), "until": clock.iso(one.until) if one.until else None,
        }
        for one in as_of(at).held
    ]  # fmt: skip


def _active(at: datetime) -> set[UUID]:
    """Give the people whose newest event until a moment left them active."""
    people = Record.objects.filter(type=accounts.PERSON, created_at__lte=at).values_list("pk", flat=True)
    return {event.record_id for event in _newest(people, at) if canonical.decode(event.payload)["state"] == ACTIVE}


def _grants(at: datetime) -> Iterator[dict[str, Any]]:
    """Give what each grant and delegation gave at a moment, as its events say."""
    numbers = dict(Record.objects.filter(type__in=(GRANT, DELEGATION), created_at__lte=at).values_list("pk", "number"))
    given: dict[UUID, dict[str, Any]] = {}
    for event in Event.objects.filter(record_id__in=numbers, at__lte=at).order_by("record_id", "position").iterator():
        effects = canonical.decode(event.payload).get("effects", {})  # an edit of a request for a grant has none
        if "grant" in effects:
            given[event.record_id] = effects["grant"] | {"number": numbers[event.record_id]}
        if "ungrant" in effects and event.record_id in given:
            given[event.record_id] = given[event.record_id] | {"until": effects["ungrant"]["until"]}
    for one in given.values():
        if clock.parse(one["from"]) <= at and (one["until"] is None or clock.parse(one["until"]) > at):
            yield one


def _newest(records: Iterable[UUID], at: datetime) -> Iterator[Event]:
    """Give the newest event of each record until a moment."""
    last = Event.objects.filter(record_id__in=records, at__lte=at).values("record_id").annotate(last=Max("position"))
    wanted = {row["record_id"]: row["last"] for row in last}
    rows = Event.objects.filter(Q(record_id__in=wanted), at__lte=at).order_by("record_id", "position").iterator()
    return (event for event in rows if event.position == wanted[event.record_id])

"""The only place that compares the rights that count now with the events that gave them: a row without its event is nobody's grant.

Drift is made of it every few minutes, and whoever reviews access sees it beside what was granted: a right without a request is
refused by the door, and listed when it was written past it (11.10(d), Annex 11-12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from indelible.infra import canonical, clock
from indelible.kernel.models import AccessGrant, Event, Record
from indelible.kernel.projections import Insert, operations

GIVING = ("grant", "delegation")
COLUMNS = ("person_id", "role", "scope", "until_at", "granted_by")
Rows = dict[tuple[UUID, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Unfounded:
    """A right whose row is not what events say: of which record, whose, what events gave and what is there, in words; empty for nothing."""

    number: str
    person: UUID | None
    given: str
    there: str


def unfounded() -> list[Unfounded]:
    """List the rights whose row is not what the events of their record say; raises NotCanonical for a damaged event."""
    there: Rows = {
        (row["record_id"], row["from_at"]): row for row in AccessGrant.objects.values("record_id", "from_at", *COLUMNS)
    }
    given = _given(there)
    wrong = [key for key in there.keys() | given.keys() if _plain(there.get(key)) != _plain(given.get(key))]
    if not wrong:
        return []
    numbers = dict(Record.objects.filter(pk__in=[record for record, _ in wrong]).values_list("pk", "number"))
    people = _people([row for key in wrong for row in (there.get(key), given.get(key)) if row])
    found = []
    for key in sorted(wrong, key=lambda one: (numbers.get(one[0], ""), str(one[1]))):
        person = (there.get(key) or given.get(key) or {}).get("person_id")
        number = numbers.get(key[0]) or str(key[0])
        found.append(Unfounded(number, person, _said(given.get(key), people), _said(there.get(key), people)))
    return found


def _given(there: Rows) -> Rows:
    """Play again what the events of grants, and of every record that a row names, give and take."""
    giving = Record.objects.filter(type__in=GIVING).values("pk")
    mine = Q(record_id__in=giving) | Q(record_id__in={record for record, _ in there})
    effective = Q(payload__contains='"grant":{') | Q(payload__contains='"ungrant":{')
    given: Rows = {}
    for event in Event.objects.filter(mine & effective).order_by("record_id", "position"):
        if canonical.leaf(event.payload) != bytes(event.leaf):
            continue  # `verify` names the damage; a right that rests on it is a row without its event
        data = canonical.decode(event.payload)
        effects = {name: value for name, value in data.get("effects", {}).items() if name in ("grant", "ungrant")}
        for operation in operations(event.record_id, event.position, clock.parse(data["at"]), effects):
            if isinstance(operation, Insert):
                given[event.record_id, operation.values["from_at"]] = dict(operation.values)
            else:
                key = event.record_id, operation.where["from_at"]
                given.setdefault(key, {}).update(getattr(operation, "values", {}))
    return given


def _plain(row: dict[str, Any] | None) -> tuple[str, ...] | None:
    return tuple(str(row.get(name)) for name in COLUMNS) if row else None


def _people(rows: list[dict[str, Any]]) -> dict[UUID, str]:
    named = {row[name] for row in rows for name in ("person_id", "granted_by") if row.get(name)}
    return dict(Record.objects.filter(pk__in=named).values_list("pk", "title"))


def _said(row: dict[str, Any] | None, people: dict[UUID, str]) -> str:
    if not row:
        return ""
    scope = f" for {row['scope']}" if row.get("scope") else ""
    until = f" until {clock.iso(row['until_at'])}" if row.get("until_at") else ""
    by = f", granted by {people.get(row['granted_by'], row['granted_by'])}" if row.get("granted_by") else ""
    return f"{people.get(row['person_id'], row['person_id'])}: {row['role']}{scope}{until}{by}"

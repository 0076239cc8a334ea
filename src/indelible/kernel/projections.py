"""The only place that turns an event's effects into projection rows; the writer and `rebuild` use the same lines.

Every operation is data (`Insert`, `Delete`), executed by `kernel.ledger` in the act's own transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from indelible.infra import clock
from indelible.kernel.models import AccessGrant, Link, Numbering, Party, Restriction, Task, Timer


@dataclass(frozen=True, slots=True)
class Insert:
    """A row to insert: the model and its attribute values; `once` names a key under which the row may stand already."""

    model: type[models.Model]
    values: dict[str, Any]
    once: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """Rows to delete: the model and the equality tests that pick them."""

    model: type[models.Model]
    where: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Rows to change: the model, the tests that pick them, and the new values."""

    model: type[models.Model]
    where: dict[str, Any]
    values: dict[str, Any]


Operation = Insert | Delete | Change

HEAD_TIMES = ("due_at", "in_force_from", "in_force_until", "created_at", "updated_at")
HEAD_IDS = ("author_id", "owner_id")


def head_values(head: dict[str, Any]) -> dict[str, Any]:
    """Give a payload's head changes as column values."""
    values = dict(head)
    for name in HEAD_TIMES:
        if values.get(name):
            values[name] = clock.parse(values[name])
    for name in HEAD_IDS:
        if values.get(name):
            values[name] = UUID(values[name])
    return values


def operations(record: UUID, position: int, at: datetime, effects: dict[str, Any]) -> Iterator[Operation]:
    """Give what an event's effects do to the projections, in order."""
    yield from _tasks(record, at, effects)
    yield from _timers(record, effects)
    yield from _links(record, at, effects.get("links", {}))
    yield from _parties(record, effects.get("parties", {}))
    yield from _grants(record, effects)
    if numbering := effects.get("numbering"):
        yield from _numbering(*numbering)
    for version in effects.get("restrict", []):
        yield Insert(Restriction, {"record_id": record, "version": version, "position": position})


def _tasks(record: UUID, at: datetime, effects: dict[str, Any]) -> Iterator[Operation]:
    if effects.get("close_all_tasks"):
        yield Delete(Task, {"record_id": record})
    for key in effects.get("close_tasks") or []:
        yield Delete(Task, {"record_id": record, "id": UUID(key["id"])} if "id" in key else {
            "record_id": record, "move": key["move"], "meaning": key["meaning"], "capacity": key["capacity"],
            "person_id": UUID(key["person"]) if key["person"] else None,
        })  # fmt: skip
    for task in effects.get("open_tasks", []):
        yield Insert(Task, {
            "id": UUID(task["id"]), "record_id": record, "move": task["move"], "meaning": task["meaning"],
            "capacity": task["capacity"], "person_id": UUID(task["person"]) if task["person"] else None,
            "scope": task["scope"], "due_at": clock.parse(task["due"]) if task["due"] else None,
            "from_at": clock.parse(task["from"]) if task.get("from") else at, "opened_at": at, "note": task["note"],
        })  # fmt: skip


def _timers(record: UUID, effects: dict[str, Any]) -> Iterator[Operation]:
    if effects.get("clear_timers"):
        yield Delete(Timer, {"record_id": record})
    for move, due in effects.get("moved_timers", {}).items():
        yield Change(Timer, {"record_id": record, "move": move}, {"due_at": clock.parse(due)})
    for move, due in effects.get("timers", {}).items():
        if due is None:
            yield Delete(Timer, {"record_id": record, "move": move})
        else:
            yield Insert(Timer, {"record_id": record, "move": move, "due_at": clock.parse(due)})


def _links(record: UUID, at: datetime, links: dict[str, Any]) -> Iterator[Operation]:
    for target, relation in links.get("drop", []):
        yield Delete(Link, {"record_id": record, "target": target, "relation": relation})
    for target, relation in links.get("add", []):
        yield Insert(Link, {"record_id": record, "target": target, "relation": relation, "at": at})


def _parties(record: UUID, parties: dict[str, Any]) -> Iterator[Operation]:
    for capacity, person in parties.get("drop", []):
        yield Delete(Party, {"record_id": record, "capacity": capacity, "person_id": UUID(person)})
    for capacity, person in parties.get("add", []):
        yield Insert(Party, {"record_id": record, "capacity": capacity, "person_id": UUID(person)})


def _grants(record: UUID, effects: dict[str, Any]) -> Iterator[Operation]:
    if grant := effects.get("grant"):
        yield Insert(AccessGrant, {
            "record_id": record, "person_id": UUID(grant["person"]), "role": grant["role"], "scope": grant["scope"],
            "from_at": clock.parse(grant["from"]), "until_at": clock.parse(grant["until"]) if grant["until"] else None,
            "granted_by": UUID(grant["granted_by"]) if grant["granted_by"] else None, "reason": grant["reason"],
        })  # fmt: skip
    if span := effects.get("ungrant"):
        held = {"record_id": record, "from_at": clock.parse(span["from"])}
        yield Change(AccessGrant, held, {"until_at": clock.parse(span["until"])})


def _numbering(prefix: str, last: int, first: bool) -> Iterator[Operation]:
    if first:
        yield Insert(Numbering, {"prefix": prefix, "last": last})
    else:
        yield Change(Numbering, {"prefix": prefix}, {"last": last})

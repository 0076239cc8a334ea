"""The only place that inserts truth: sealed versions, events, signatures, refusals, files, baselines, positions of the log.

An event's payload is canonical JSON, stored as the bytes that were hashed. Its leaf, `sha256(0x00 || payload)`, is
the record's next link (`prev`) and the leaf of the log. A batch is one statement on PostgreSQL and the same rows in
turn on SQLite; heads are written after the events that justify them, which the database checks by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from indelible.infra import build, canonical, clock, ids
from indelible.kernel import statements
from indelible.kernel.context import Context
from indelible.kernel.errors import Refused
from indelible.kernel.models import Event, Refusal, Request, Signature, Version
from indelible.kernel.projections import Insert, Operation, head_values, operations

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Sealed:
    """A version that was sealed: its number, the canonical text and its SHA-256."""

    number: int
    content: str
    sha256: bytes


@dataclass(slots=True)
class Entry:
    """One event with everything that is written together with it."""

    record: UUID
    position: int
    at: datetime
    person: UUID | None
    payload: str
    leaf: bytes
    effects: dict[str, Any]
    state: str
    created: bool
    version: Sealed | None = None
    signature: dict[str, Any] | None = None
    request: tuple[UUID, str, bytes] | None = None
    also: list[Operation] = field(default_factory=list)

    @property
    def data(self) -> dict[str, Any]:
        """Give the payload as data."""
        result: dict[str, Any] = canonical.decode(self.payload)
        return result


def seal_version(*, record: UUID, kind: str, number: int, fields: dict[str, Any], baseline: str, validated: str,
                 at: datetime) -> Sealed:  # fmt: skip
    """Seal a record's content with the build, baseline and validated state of the moment (D29)."""
    content = canonical.encode({
        "format": FORMAT, "record": str(record), "type": kind, "version": number, "at": clock.iso(at),
        "baseline": baseline, "build": build.identity().name, "validated": validated, "nonce": ids.nonce(),
        "fields": {key: value for key, value in fields.items() if value is not None},
    })  # fmt: skip
    return Sealed(number, content, canonical.sha256(content))


def seal_event(payload: dict[str, Any]) -> tuple[str, bytes]:
    """Give an event's canonical text and its leaf."""
    text = canonical.encode({"format": FORMAT, **payload})
    return text, canonical.leaf(text)


def write(entries: Iterable[Entry]) -> None:
    """Write a batch; call inside the act's transaction, with every touched head locked."""
    batch = list(entries)
    rows: list[Operation] = [operation for entry in batch for operation in _truth(entry)]
    heads = sorted((_head(entry) for entry in batch), key=_takes_force)
    statements.execute(rows, heads)


def note(ctx: Context, act: str, subject: str, refusal: Refused) -> None:
    """Keep a refused attempt as evidence, in its own transaction, without the inputs (11.10(d), 11.300(d))."""
    at = clock.now()
    text, leaf = seal_event({
        "kind": "refusal", "at": clock.iso(at), "act": act, "subject": subject, "via": ctx.via,
        "person": str(ctx.person_id) if ctx.person_id else None, "rule": refusal.rule, "text": refusal.text,
        "request": ctx.request_id,
        "missing": [{"rule": m.rule, "field": m.field, "text": m.text} for m in refusal.missing],
    })  # fmt: skip
    with transaction.atomic(durable=True):
        statements.execute([Insert(Refusal, {"at": at, "person_id": ctx.person_id, "payload": text, "leaf": leaf})], [])


def _truth(entry: Entry) -> Iterable[Operation]:
    # Order matters on SQLite, whose guards look at each row as it comes: the event before what rests on it.
    if entry.version:
        yield Insert(Version, {"record_id": entry.record, "number": entry.version.number,
                               "content": entry.version.content, "sha256": entry.version.sha256})  # fmt: skip
    yield Insert(Event, {"record_id": entry.record, "position": entry.position, "at": entry.at,
                         "person_id": entry.person, "payload": entry.payload, "leaf": entry.leaf})  # fmt: skip
    if entry.signature:
        yield Insert(Signature, {"record_id": entry.record, "position": entry.position, **entry.signature})
    if entry.request:
        person, key, body = entry.request
        yield Insert(Request, {"person_id": person, "key": key, "body": body,
                               "record_id": entry.record, "position": entry.position})  # fmt: skip
    yield from entry.also
    yield from operations(entry.record, entry.position, entry.at, entry.effects)


def _head(entry: Entry) -> tuple[bool, dict[str, Any]]:
    values = head_values(entry.effects.get("head", {}))
    values |= {"id": entry.record, "position": entry.position, "leaf": entry.leaf, "updated_at": entry.at}
    if entry.version:
        values |= {"version": entry.version.number, "version_sha256": entry.version.sha256}
        values["content"] = canonical.decode(entry.version.content)["fields"]
    return entry.created, values


def _takes_force(head: tuple[bool, dict[str, Any]]) -> bool:
    # Whoever leaves a place that only one revision can hold is written before whoever takes it.
    return head[1].get("standing") in ("in_force", "in_work")

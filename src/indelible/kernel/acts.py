"""The only door through which a regulated record changes, by a person, an API client, a timer or an import.

Lock, gather, decide in memory, seal, write once. A refusal is noted after the rollback, in its own transaction,
because a refused attempt is evidence too. There is no parameter that leaves anything out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction

from indelible.infra import build, canonical, clock, database, guards, ids
from indelible.kernel import (
    authority,
    config,
    contents,
    decisions,
    gates,
    gather,
    hooks,
    ledger,
    lifecycles,
    numbers,
    records,
    references,
    supersession,
)  # fmt: skip
from indelible.kernel.case import Case
from indelible.kernel.context import NOBODY, Context
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Conflict, Hidden, Invalid, Missing, NotFound, Refused
from indelible.kernel.gather import Gathered
from indelible.kernel.ledger import Entry
from indelible.kernel.models import Event, Outbox, Presence, Record
from indelible.kernel.projections import Delete, Insert
from indelible.kernel.records import Subject
from indelible.kernel.references import Asked

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act did: the record, where it stands now, the event's leaf; `replayed` when it was done before."""

    record: UUID
    number: str
    position: int
    version: int
    state: str
    event: str
    leaf: str
    replayed: bool = False


@dataclass(slots=True)
class Call:
    """One call of the door, as given."""

    ctx: Context
    act: str
    subject: Subject | None
    seen: int | None = None
    key: str | None = None
    presence: UUID | None = None
    reason: str = ""
    inputs: dict[str, Any] | None = None

    @property
    def kind(self) -> str:
        """Give the type's name."""
        return self.act.partition(".")[0]

    @property
    def verb(self) -> str:
        """Give the act's verb."""
        return self.act.partition(".")[2]

    def body(self) -> bytes:
        """Give the hash by which a repeated request is recognised (D17); the presence is new at each try."""
        told = {"act": self.act, "subject": str(self.subject), "reason": self.reason, "inputs": self.inputs or {}}
        return canonical.sha256(json.dumps(told, sort_keys=True, default=str))


def run(ctx: Context, act: str, subject: Subject | None = None, *, seen: int | None = None, key: str | None = None,
        presence: UUID | None = None, reason: str = "", **inputs: Any) -> Outcome:  # fmt: skip
    """Do an act: `{type}.{verb}` on a record (number or id), or `{type}.create` without one.

    `seen` is the position that the person looked at, `key` makes a repetition harmless, `presence` proves a
    signer. Raises Refused, Conflict or Invalid (nothing was changed, the attempt is noted), NotFound, Unavailable.
    """
    call = Call(ctx, act, subject, seen, key, presence, reason, inputs)
    try:
        return _attempt(call)
    except Refused as refusal:
        ledger.note(ctx, act, str(subject or call.kind), refusal)
        raise
    except Hidden:
        unseen = Refused(rule="not_visible", text="The record may not be seen by this person.")
        ledger.note(ctx, act, str(subject or call.kind), unseen)
        raise


def _attempt(call: Call, *, alone: bool = False) -> Outcome:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic(durable=True):
                if alone:
                    database.come_alone(begins=True)
                return _transact(call)
        except database.StandAside:
            return _attempt(call, alone=True)  # from its beginning, where nobody has to stand aside
        except OperationalError as problem:
            if attempt == ATTEMPTS or not database.gave_way(problem):
                raise
            alone = True  # two acts that want each other's records would else meet again at once
        except IntegrityError as problem:
            # Somebody wrote the same first: the first number of a prefix, the same request. Looking again finds it.
            if guards.spoke(problem):
                raise
            if attempt == ATTEMPTS:
                raise _taken(problem) from problem
    raise AssertionError("unreachable")


def _taken(problem: IntegrityError) -> Conflict:
    return Conflict(
        rule="taken", text="Somebody did the same at the same moment: not done, nothing was changed.",
        do="Look again, then decide.", cause=str(problem).split("\n")[0],
    )  # fmt: skip


def _transact(call: Call) -> Outcome:
    record = records.lock(call.subject) if call.subject is not None else None
    at = clock.now()  # after the lock: the events of a record happen in the order in which they stand
    found = gather.read(call.ctx, presence=call.presence, key=call.key, at=at, asked=_asked(call, record))
    if found.request is not None:
        return _replay(call, found.request)
    case = prepare(call, record, found, at)
    entries = perform(call, case)
    if call.key is not None:
        entries[0].request = (call.ctx.person_id or NOBODY, call.key, call.body())
    if call.presence is not None:
        entries[0].also.append(Delete(Presence, {"id": call.presence}))
    ledger.write(entries)
    return outcome(entries[0])


def perform(call: Call, case: Case) -> list[Entry]:
    """Decide one act and what must follow it in the same transaction; gives the entries to write, writes nothing."""
    if case.person is not None and case.record is not None and not authority.knows(case):
        raise Hidden(case.record.number)
    gates.recording(case, case.validated)
    if case.record is None:
        decision, made = _create(call, case)
    else:
        records.look_again(case.record, call.seen)
        if case.verb == "revise":
            decision, made = _revise(call, case)
        else:
            decision, made = decisions.decide(case, call.inputs or {}), None
    if decision.content is not None:
        lifecycles.check_content(case)
    entry = _seal(call, case, decision, made)
    return [entry, *_follow(call, case, decision, entry)]


def prepare(call: Call, record: Record | None, found: Gathered, at: datetime) -> Case:
    """Bring together what an act is decided on."""
    configuration = records.configuration_of(record) if record else config.at(found.baseline)
    if contents.CONTROL.search(call.reason):
        raise Invalid(rule="input", text="A reason is text without control characters.",
                      missing=(Missing("A reason that everybody can read.", field="reason"),))  # fmt: skip
    if record is not None and record.type != call.kind:
        raise NotFound(f"{record.number} is not a {call.kind}")
    declaration = configuration.type(call.kind)
    home = found.home.get("content", {})
    return Case(
        ctx=call.ctx, verb=call.verb, declaration=declaration, configuration=configuration, at=at, record=record,
        person=found.person, held=found.held, presence=found.presence, reason=call.reason.strip(),
        content=records.values(record) if record else {},
        simulated=bool(home.get("1")), validated=found.home.get("state", gates.FOUNDING), skew=found.skew,
        mark=f", {home['7']}" if home.get("7") else "", named=found.named, memo=found.memo,
    )  # fmt: skip


def _asked(call: Call, record: Record | None) -> Asked:
    # Without a record nobody knows yet under which configuration the names are to be read: `contents` asks by itself.
    fields = (call.inputs or {}).get("fields")
    return references.mentioned(records.type_of(record), fields) if record and isinstance(fields, dict) else frozenset()


def _create(call: Call, case: Case) -> tuple[Decision, dict[str, Any]]:
    if case.verb != "create":
        raise Invalid(rule="declared_act", text=f"{case.act} needs a record.")
    authority.decide(case, case.declaration.create)
    inputs = dict(call.inputs or {})
    fields, number = inputs.pop("fields", {}), inputs.pop("number", None)
    if inputs or not isinstance(fields, dict):
        raise Invalid(rule="input", text="Give the new record's values as fields by name.")
    content = contents.parse(case, fields, {})
    case.content = records.named(case.declaration, content)
    if missing := lifecycles.missing_at_creation(case.declaration, case.content):
        raise Invalid(rule="required_fields", text=missing[0].text, missing=tuple(missing), do="Give the missing values.")
    grant = authority.decide(case, case.declaration.create)  # a role held for one department reaches no other
    decision = decisions.created(case, content, grant)
    return decision, numbers.give(case, decision.effects, wanted=number)


def _revise(call: Call, case: Case) -> tuple[Decision, dict[str, Any]]:
    """Begin the next revision: a record of its own, which starts with the present content (D13)."""
    grant = authority.decide(case, numbers.revisable(case))
    revisions = case.declaration.revisions
    cleared = {str(f.id) for f in case.declaration.fields if revisions and f.name in revisions.clears}
    content = records.present(case.declaration, case.head.content, case.head.marks)
    start = {key: value for key, value in content.items() if key not in cleared}
    series, revision = case.head.series, numbers.next_revision(case)
    predecessor, case.record = case.head, None
    content = contents.parse(case, dict((call.inputs or {}).get("fields", {})), start)
    case.content = records.named(case.declaration, content)
    decision = decisions.created(case, content, grant)
    decision.past = "revised"
    decision.note = {"predecessor": predecessor.number, "predecessor_leaf": bytes(predecessor.leaf).hex()}
    return decision, numbers.revision(case, str(series), revision)


def _seal(call: Call, case: Case, decision: Decision, made: dict[str, Any] | None) -> Entry:
    record, head = case.record, decision.effects.head
    identifier = record.id if record else ids.new()
    position = record.position + 1 if record else 1
    version = _version(case, decision, identifier)
    if made is not None:
        head |= {**made, "type": case.type, "baseline": case.configuration.sha256, "created_at": clock.iso(case.at)}
    payload = {
        "kind": "event", "record": str(identifier), "number": record.number if record else made and made["number"],
        "type": case.type, "position": position, "prev": bytes(record.leaf).hex() if record else None,
        "at": clock.iso(case.at), "zone": case.configuration.company.zone, "by": _by(case), "grant": decision.grant,
        "act": case.act, "event": f"{case.type}.{decision.past}", "state": decision.state,
        "from": record.state if record else None, "reason": case.reason, "version": _version_data(case, version),
        "changed": decision.changed, "baseline": case.configuration.sha256, "build": build.identity().name,
        "validated": case.validated + case.mark, "effects": decision.effects.as_data(), "voided": decision.voided,
        "note": decision.note, "cause": case.ctx.cause, "request": case.ctx.request_id,
        "signature": signature_hash(decision), "key": _key(call),
    }  # fmt: skip
    text, leaf = ledger.seal_event({k: v for k, v in payload.items() if v not in (None, "", [], {})})
    return Entry(
        record=identifier, position=position, at=case.at, person=case.person.id if case.person else None, payload=text,
        leaf=leaf, effects=decision.effects.as_data(), state=decision.state, created=record is None, version=version,
        signature=decision.signature,
        also=[*contents.blobs(case, decision), *decision.also, *_waiting(case, identifier, position)],
    )  # fmt: skip


def _waiting(case: Case, identifier: UUID, position: int) -> list[Insert]:
    row = {"record_id": identifier, "position": position, "attempts": 0, "note": ""}
    return [Insert(Outbox, row | {"reaction": hooks.name_of(f)}) for f in hooks.afterwards(case.act)]


def _key(call: Call) -> dict[str, str] | None:
    # The event names the request that it answers, so that nobody can take the row away and have the act done twice.
    return {"key": call.key, "body": call.body().hex()} if call.key is not None else None


def signature_hash(decision: Decision) -> str | None:
    """Give the hash of the manifest that the event names, None without a signature."""
    return canonical.sha256(decision.signature["manifest"]).hex() if decision.signature else None


def _version(case: Case, decision: Decision, identifier: UUID) -> ledger.Sealed | None:
    if decision.content is None:
        return None
    return ledger.seal_version(
        record=identifier, kind=case.type, number=case.record.version + 1 if case.record else 1, fields=decision.content,
        baseline=case.configuration.sha256, validated=case.validated + case.mark, at=case.at,
    )  # fmt: skip


def _version_data(case: Case, version: ledger.Sealed | None) -> dict[str, Any]:
    if version is not None:
        return {"number": version.number, "sha256": version.sha256.hex(), "new": True}
    return {"number": case.head.version, "sha256": bytes(case.head.version_sha256).hex()}


def _by(case: Case) -> dict[str, Any]:
    if case.person is None:
        return {"name": "System", "via": case.ctx.via}
    return {
        "person": str(case.person.id), "name": case.person.name, "title": case.person.title,
        "user_id": case.person.user_id, "roles": sorted({h.label for h in case.held}), "via": case.ctx.via,
    }  # fmt: skip


def _follow(call: Call, case: Case, decision: Decision, entry: Entry) -> list[Entry]:
    """Do what must never be seen apart, in the same transaction; a refusal there refuses the whole act and says so."""
    entries: list[Entry] = []
    for reply in [*supersession.replies(case, decision), *hooks.together(case, decision)]:
        ctx = call.ctx.as_system(entry.leaf.hex())
        inner = Call(ctx, reply.act, reply.subject, reason=reply.reason, inputs=reply.inputs)
        record = records.lock(reply.subject) if reply.subject is not None else None
        found = gather.read(ctx, presence=None, key=None, at=case.at)
        found.memo = case.memo
        try:
            entries += perform(inner, prepare(inner, record, found, case.at))
        except Refused as refusal:
            refusal.cause = f"{case.act} needs {reply.act}"
            raise
    return entries


def outcome(event: Entry | Event, *, replayed: bool = False) -> Outcome:
    """Give what the caller is told of an event: the first of a batch, or the one that a repeated request had made."""
    data = canonical.decode(event.payload)
    return Outcome(
        record=UUID(data["record"]), number=data["number"], position=event.position, version=data["version"]["number"],
        state=data["state"], event=data["event"], leaf=bytes(event.leaf).hex(), replayed=replayed,
    )  # fmt: skip


def _replay(call: Call, request: tuple[UUID, int, bytes]) -> Outcome:
    record, position, body = request
    if body != call.body():
        raise Invalid(
            rule="idempotency_key", text="This idempotency key was used for another request; nothing was changed.",
            do="Use a new key for a new request.",
        )  # fmt: skip
    return outcome(Event.objects.get(record_id=record, position=position), replayed=True)

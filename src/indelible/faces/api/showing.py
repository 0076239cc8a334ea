"""The only place that turns what the kernel gives into the shapes of the API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from indelible.faces.api import shapes
from indelible.infra import canonical, clock
from indelible.kernel import lifecycles, records
from indelible.kernel.acts import Outcome
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record, Signature
from indelible.practice import choosing, history, queries
from indelible.practice.history import Happening
from indelible.practice.queries import Possible

TAKES = {
    "edit": ["fields"], "amend": ["fields"], "revise": ["fields"], "comment": ["text", "field", "anchor", "quote", "suggestion"],
    "resolve": ["position", "outcome"], "link": ["to"],
    "unlink": ["to"], "extend": ["days"], "postpone": ["to"], "reassign": ["to", "instead_of"], "confirm": ["field"],
    "record_step": ["step", "actual", "passed", "evidence"], "decide_lines": ["lines", "decision", "request"],
}  # fmt: skip


def _binary(media_type: str) -> dict[str, Any]:
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {"responses": {200: {"description": "OK", "content": {media_type: schema}}}}


PDF, OCTETS = _binary("application/pdf"), _binary("application/octet-stream")


def head(record: Record, *, listed: bool = False) -> shapes.Head:
    """Show a record with its values by name; in a list with those that its type shows in lists."""
    declaration = records.type_of(record)
    values = records.values(record)
    if listed:
        values = {name: values.get(name) for name in declaration.columns if name in values}
    return shapes.Head(
        id=str(record.pk), type=record.type, number=record.number, series=record.series, revision=record.revision,
        title=record.title, state=record.state, standing=record.standing, position=record.position,
        state_label=lifecycles.label(declaration.lifecycle[record.state], record.state), version=record.version,
        version_sha256=bytes(record.version_sha256).hex(), baseline=record.baseline, author=_id(record.author_id),
        owner=_id(record.owner_id), department=record.department, due_at=_time(record.due_at),
        created_at=clock.iso(record.created_at), updated_at=clock.iso(record.updated_at), fields=values,
        warnings=[] if listed else choosing.who_is_away(record),
    )  # fmt: skip


def done(outcome: Outcome) -> shapes.Done:
    """Show what an act did."""
    return shapes.Done(**asdict(outcome) | {"record": str(outcome.record)})


def act(possible: Possible) -> shapes.Act:
    """Show an act that is possible now, or why it is not."""
    return shapes.Act(
        act=possible.verb, label=possible.label, allowed=possible.allowed, signs=possible.signs,
        awaits=list(possible.awaited), reason_required=possible.reason, danger=possible.danger,
        takes=[*TAKES.get(possible.verb, []), "reason"], refusal=_refusal(possible.refusal),
    )  # fmt: skip


def event(happened: Happening, seq: int | None = None) -> shapes.Event:
    """Show an event."""
    return shapes.Event(
        seq=seq, record=str(happened.record), number=happened.number, type=happened.type,
        position=happened.position, at=clock.iso(happened.at), zone=happened.zone, who=happened.who,
        person=happened.person, title=happened.title, roles=list(happened.roles), via=happened.via,
        act=happened.act, event=happened.event, state=happened.state, came_from=happened.came_from,
        reason=happened.reason, note=happened.note, version=happened.version, baseline=happened.baseline,
        build=happened.build, validated=happened.validated, leaf=happened.leaf, cause=happened.cause,
        request=happened.request, signed=happened.signature.meaning if happened.signature else None,
        changes=[shapes.Change(field=c.name, label=c.label, old=c.old, new=c.new) for c in happened.changes],
        voided=[shapes.Voided(position=v["position"], name=v["name"], meaning=v["meaning"]) for v in happened.voided],
    )  # fmt: skip


def signatures_of(record: Record) -> list[shapes.Signature]:
    """Show every signature of a record, those that count and those that were voided."""
    voided = {v["position"]: one.position for one in history.of_record(record) for v in one.voided}
    return [_signature(given, voided.get(given.position)) for given in queries.list_signatures(record)]


def _signature(given: Signature, voided: int | None) -> shapes.Signature:
    manifest = queries.manifest_of(given)
    statement = manifest["statement"]
    return shapes.Signature(
        position=given.position, version=given.version, person=statement["signer"],
        printed_name=statement["printed_name"], meaning=statement["meaning"],
        meaning_label=statement["meaning_label"], at=manifest["at"], local_time=manifest["local_time"],
        zone=manifest["zone"], method=manifest["method"], components=manifest["components"], statement=statement,
        statement_sha256=manifest["statement_sha256"], manifest_sha256=canonical.sha256(given.manifest).hex(),
        counts=voided is None, voided_at_position=voided,
    )  # fmt: skip


def _refusal(refused: Refused | None) -> shapes.Refusal | None:
    if refused is None:
        return None
    missing = [shapes.Missing(**asdict(one)) for one in refused.missing]
    who = list(refused.who_can)
    return shapes.Refusal(rule=refused.rule, text=refused.text, missing=missing, who_can=who, do=refused.do)


def _id(person: object) -> str | None:
    return str(person) if person else None


def _time(moment: datetime | None) -> str | None:
    return clock.iso(moment) if moment else None

"""What the stored bytes themselves say about a record: the chain recomputed, the record folded from its events.

Written beside the product's own way of keeping heads, and against the storage format alone: JSON, SHA-256, RFC 9162
leaves. It reads tables and imports nothing that decides.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from indelible.assurance.qualification.reading import GENERIC, Given, Reading, Thing, people
from indelible.kernel.models import Event, Record, Restriction, Signature, Version


@dataclass(frozen=True)
class Signed:
    """A signature as its event and manifest tell it, while it counts."""

    position: int
    version: int
    round: int
    done: bool
    given: Given


@dataclass
class Testimony:
    """One record's history, folded; `faults` are contradictions that the fold met on its way."""

    __test__ = False
    record: UUID
    events: list[dict[str, Any]]
    contents: dict[int, dict[str, Any]]
    withheld: set[int]
    counting: list[Signed] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def last(self) -> dict[str, Any]:
        """Give the newest event."""
        return self.events[-1]

    @property
    def content(self) -> dict[str, Any]:
        """Give the present content by field id."""
        return self.contents[self.last["version"]["number"]]

    def author(self) -> str | None:
        """Give who made the first event; None for the system."""
        found: str | None = self.events[0]["by"].get("person")
        return found

    def editors(self, moves: set[str]) -> frozenset[str]:
        """Give who wrote any of the content; a move that keeps a decision in a row is signed for by whoever makes it."""
        wrote = [e for e in self.events if e.get("changed") and e["act"].partition(".")[2] not in moves]
        return frozenset(e["by"]["person"] for e in wrote if "person" in e["by"])


def hear(record: UUID) -> Testimony:
    """Read a record's events and versions from the tables and fold them; faults are collected, not raised."""
    rows = list(Event.objects.filter(record_id=record).order_by("position"))
    versions = {v.number: v for v in Version.objects.filter(record_id=record)}
    withheld = set(Restriction.objects.filter(record_id=record).values_list("version", flat=True))
    contents = {n: json.loads(v.content)["fields"] if n not in withheld else {} for n, v in versions.items()}
    told = Testimony(record, [json.loads(row.payload) for row in rows], contents, withheld)
    told.faults += _chain(rows, told.events) + _sealed(versions, told.events, withheld)
    manifests = {s.position: s for s in Signature.objects.filter(record_id=record)}
    for event in told.events:
        _fold(told, event, manifests.get(event["position"]))
    return told


def thing(reading: Reading, told: Testimony) -> Thing:
    """Put what a record tells into the words of the reading."""
    kind = told.last["type"]
    names = {str(f["id"]): name for name, f in reading.fields(kind).items()}
    values = {names[key]: value for key, value in told.content.items()}
    if told.last["version"]["number"] in told.withheld and (department := told.head.get("department")):
        values[reading.types[kind]["department"]] = [{"number": department}]  # the head keeps whose record it is
    owner, declared = _owner(reading, told, names), reading.types[kind].get("owner")
    if owner and values.get(declared):
        values[declared] = {**values[declared], "person": owner}  # handed on by an event: the field's duty is the owner's
    past = reading.states(kind)[told.last["state"]].get("standing") == "past" or not reading.states(kind)[
        told.last["state"]
    ].get("moves")
    newest = told.last["version"]["number"] + (1 if past else 0)
    series = told.events[0].get("effects", {}).get("head", {}).get("series")
    return Thing(
        id=str(told.record), type=kind, state=told.last["state"], values=values, author=told.author(),
        owner=owner, editors=told.editors({verb for state in reading.states(kind).values() for verb in state.get("moves") or {}}),
        open=tuple(s.given for s in told.counting if not s.done),
        done=tuple(s.given for s in told.counting if s.done and went_on(reading, kind, s.given)),
        unconfirmed=_unconfirmed(reading, told), unrestricted=tuple(n for n in range(1, newest) if n not in told.withheld),
        due=told.head.get("due_at"),
        revision_in_work=series is not None and Record.objects.filter(series=series, standing="in_work").exists(),
    )  # fmt: skip


def decided(reading: Reading, of: Thing) -> bool:
    """Say whether what is to be reported, and what that rests on, stands as it was decided last."""
    told, names = hear(UUID(of.id)), ("adverse_event", "seriousness", "reportability")
    then = [event["version"]["number"] for event in told.events if event["event"].endswith(".reportability_decided")]
    keys = [str(reading.fields(of.type)[name]["id"]) for name in names]
    return bool(then) and all(told.contents[then[-1]].get(key) == told.content.get(key) for key in keys)


def newer(reading: Reading, of: Thing) -> bool:
    """Say whether another item of the same file and kind came into force after this one: its last signature says when."""
    keys = [str(reading.fields(of.type)[name]["id"]) for name in ("person", "kind")]
    came: dict[str, str] = {}
    for row in Record.objects.filter(type=of.type, state="in_force"):
        if [row.content.get(key) for key in keys] == [of.values["person"], of.values["kind"]]:
            came[str(row.pk)] = max(
                event["at"] for event in hear(row.pk).events if event["state"] == "in_force" and "signature" in event
            )
    return any(at > came[of.id] for at in came.values())


def went_on(reading: Reading, kind: str, given: Given) -> bool:
    """Say whether a signature ended its step by going on: one that returned the record has done its work."""
    order = list(reading.states(kind))
    return order.index(reading.moves(kind, given.state)[given.move]["to"]) > order.index(given.state)


def _unconfirmed(reading: Reading, told: Testimony) -> tuple[tuple[str, str | None], ...]:
    """Give the critical values that await a second person, each with who entered it."""
    critical = {f["id"]: name for name, f in reading.fields(told.last["type"]).items() if f.get("critical")}
    waiting: dict[str, str | None] = {}
    for event in told.events:
        waiting |= {critical[i]: event["by"].get("person") for i in event.get("changed", []) if i in critical}
        if event["event"].endswith(".confirmed"):
            waiting.pop(critical[event["note"]["field"]])
    return tuple(waiting.items())


def _owner(reading: Reading, told: Testimony, names: dict[str, str]) -> str | None:
    """Give the owner: named last by the content's owner field or by a reassignment, whichever came later."""
    declared = reading.types[told.last["type"]].get("owner")
    owner: str | None = None
    for event in told.events:
        changed = {names[str(i)] for i in event.get("changed", [])}
        if event["version"]["number"] in told.withheld:
            owner = event.get("effects", {}).get("head", {}).get("owner_id", owner)  # the content cannot say it any more
        elif declared and (declared in changed or event["position"] == 1):
            key = str(reading.fields(told.last["type"])[declared]["id"])
            owner = next(iter(people(told.contents[event["version"]["number"]].get(key))), None)
        if event["event"].endswith(".reassigned"):
            owner = event["note"]["owner"]["person"]
    return owner


def _chain(rows: list[Event], events: list[dict[str, Any]]) -> list[str]:
    faults, before = [], None
    for place, (row, event) in enumerate(zip(rows, events, strict=True), 1):
        leaf = hashlib.sha256(b"\x00" + row.payload.encode("utf-8")).digest()
        told = (event["position"], event.get("prev"), event["record"], event["by"].get("person"))
        kept = (place, before, str(row.record_id), str(row.person_id) if row.person_id else None)
        if bytes(row.leaf) != leaf or told != kept or row.position != place:
            faults.append(f"event {place}: chain broken, {told} against {kept}")
        if json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False) != row.payload:
            faults.append(f"event {place}: the payload is not canonical")
        before = leaf.hex()
    return faults


def _sealed(versions: dict[int, Version], events: list[dict[str, Any]], withheld: set[int]) -> list[str]:
    faults, named = [], []
    for event in events:
        version, number = versions.get(event["version"]["number"]), event["version"]["number"]
        content = version.content if version else "missing"
        sealed = hashlib.sha256(content.encode("utf-8")).hexdigest() == event["version"]["sha256"]
        if not sealed and not (number in withheld and content == ""):
            faults.append(f"event {event['position']}: its version is not the sealed one")
        if event["version"].get("new"):
            named.append(event["version"]["number"])
    if named != sorted(versions) or named != list(range(1, len(named) + 1)):
        faults.append(f"versions {sorted(versions)} are not those that events announce: {named}")
    return faults


def _fold(told: Testimony, event: dict[str, Any], signature: Signature | None) -> None:
    told.head |= event.get("effects", {}).get("head", {})
    _fall(told, [v["position"] for v in event.get("voided", [])], event["position"])
    if (signature is None) != ("signature" not in event):
        told.faults.append(f"event {event['position']}: signature and event do not belong together")
    paper = event.get("note", {}).get("certified")
    verb = (paper or event["act"]).partition(".")[2]
    if signature is not None:
        told.faults += _bound(event, signature)
        grant = event["grant"]
        capacity = "" if paper else grant.get("role") or grant["relation"]
        given = Given(str(signature.person_id), signature.meaning, verb, event["from"], capacity)
        shown = json.loads(signature.manifest)["statement"]
        told.counting.append(Signed(event["position"], signature.version, shown["round"], False, given))
    if verb not in GENERIC and "from" in event and event["event"] != f"{event['type']}.signed":
        _complete(told, event, verb)


def _fall(told: Testimony, positions: list[int], at: int) -> None:
    counting = [s.position for s in told.counting]
    if len(set(positions)) != len(positions) or not set(positions) <= set(counting):
        told.faults.append(f"event {at}: voids {positions}, of which {counting} counted")
    told.counting = [s for s in told.counting if s.position not in positions]


def _complete(told: Testimony, event: dict[str, Any], verb: str) -> None:
    """End a step: what was given for its move is done; nothing that was given for another move may be left.

    A record that stays where it is keeps all that was given for another move; its own signatures have done their work.
    """
    if event["state"] == event["from"]:
        told.counting = [s for s in told.counting if s.done or s.given.move != verb]
        return
    for place, signed in enumerate(told.counting):
        if signed.done:
            continue
        if signed.given.move != verb:
            told.faults.append(f"event {event['position']}: {verb} leaves the open signature {signed.given} behind")
        told.counting[place] = Signed(signed.position, signed.version, signed.round, True, signed.given)


def _bound(event: dict[str, Any], signature: Signature) -> list[str]:
    """Compare a signature with its event: on paper the signer stands in the note, and who certified is somebody else."""
    manifest = json.loads(signature.manifest)
    shown, note = manifest["statement"], event.get("note", {})
    by = note["signer"] if "certified" in note else event["by"]
    hashed = hashlib.sha256(signature.manifest.encode("utf-8")).hexdigest()
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    pairs = {
        "manifest": (hashed, event["signature"]),
        "statement": (hashlib.sha256(text.encode("utf-8")).hexdigest(), manifest["statement_sha256"]),
        "signer": (shown["signer"], str(signature.person_id)), "who": (shown["signer"], by["person"]),
        "printed name": (shown["printed_name"], signature.printed_name), "name": (shown["printed_name"], by["name"]),
        "meaning": (shown["meaning"], signature.meaning), "act": (shown["act"], note.get("certified", event["act"])),
        "version": (shown["version"], signature.version), "sealed": (shown["version_sha256"], event["version"]["sha256"]),
        "position": (shown["position"] + 1, event["position"]), "from": (shown["from"], event["from"]),
        "method": (manifest["method"] == "wet ink", "certified" in note),
        "second person": ("certified" in note, event["by"]["person"] != shown["signer"]),
    }  # fmt: skip
    return [f"event {event['position']}: {what} differs: {a!r} against {b!r}" for what, (a, b) in pairs.items() if a != b]

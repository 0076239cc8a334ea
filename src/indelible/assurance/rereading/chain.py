"""The only place that checks one record's events and versions: hashes, links, positions, index columns, what names what.

Stored bytes are hashed, never re-written ones. A record is read once, event by event, so its length does not matter.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from indelible.assurance.rereading.files import Files
from indelible.assurance.rereading.fold import Counters, Shadow
from indelible.assurance.rereading.reading import Row, Stream, View
from indelible.assurance.rereading.report import Findings, quoted
from indelible.assurance.rereading.rows import MALFORMED, Data
from indelible.infra.canonical import LEAF_PREFIX

EVENT = ("record_id", "position", "at", "person_id", "payload", "leaf")
VERSION = ("record_id", "number", "content", "sha256")
TAIL = ("position", "leaf", "updated_at")


class Ledger:
    """What all records share while they are read: the findings, and what can only be judged once all were read."""

    def __init__(self, view: View, findings: Findings, files: Files) -> None:
        self.view, self.findings, self.files = view, findings, files
        self.counters = Counters()
        self.baselines: dict[str, tuple[str, Any]] = {}
        self.applied: set[Any] = set()
        self.missing: dict[str, int] = {}
        self.strays: dict[str, tuple[str, Any]] = {}
        self.people: dict[Any, Any] = {None: None}

    def person(self, stored: Any) -> Any:
        """Give a stored person's id as the truth writes it; few people act, so each is turned once."""
        try:
            return self.people[stored]
        except (KeyError, TypeError):
            found = self.view.identifier(stored)
        if isinstance(stored, bytes):
            self.people[stored] = found
        return found


class Chain:
    """One record's events in order, with the versions that they name."""

    __slots__ = (
        "_content", "_expected", "_gap", "_identifier", "_key", "_ledger", "_previous", "_seq", "_tail", "_versions",
        "data", "number", "position", "shadow", "version", "withheld",
    )  # fmt: skip

    def __init__(self, ledger: Ledger, key: Any, *, number: str | None, versions: Stream, withheld: set[Any]) -> None:
        self._ledger, self._key, self._versions = ledger, key, versions
        self._identifier = ledger.view.identifier(key)
        self._expected, self._previous, self._seq, self._gap = 1, None, -1, False
        self._tail: tuple[Any, Any, Any] = (None, None, None)
        self.number = number
        self.version: tuple[Any, Any] = (0, None)
        self.withheld = withheld
        self.position: Any = None
        self.data: Data = {}
        self.shadow = Shadow(self._identifier, ledger.counters)

    @property
    def name(self) -> str:
        """Give the record's number for a sentence, its id where nothing says a number."""
        return self.number or f"record {self._identifier}"

    def event(self, row: Row) -> Data | None:
        """Check the next event and take its effects; gives its payload, None where it cannot be read."""
        _, position, at, person, payload, leaf, seq = row
        self.position = position
        data: Data | None = None
        try:
            if sha256(LEAF_PREFIX + payload).digest() != leaf:
                self._changed(payload, leaf)
            data = json.loads(payload.decode())
            self._take(data, position, at, person, leaf, seq)
        except MALFORMED as problem:
            self.say("payload_unreadable", "event", f"the event cannot be read ({type(problem).__name__}: {problem})", "payload")
            data = data if isinstance(data, dict) else None
        self._previous = leaf.hex() if isinstance(leaf, bytes) else None
        self._expected = position + 1 if isinstance(position, int) else self._expected
        return data

    def close(self) -> None:
        """Say which versions are left over, and give the shadow the columns that no effect carries."""
        while (row := self._versions.following(self._key)) is not None:
            self._extra(row)
        position, leaf, at = self._tail
        self.shadow.last = {
            "id": self._identifier, "position": position, "leaf": leaf, "updated_at": at,
            "version": self.version[0], "version_sha256": self.version[1],
        }  # fmt: skip

    def say(self, kind: str, table: str, text: str, field: str, old: Any = None, new: Any = None) -> None:
        """Add a finding about the present event."""
        message = f"{self.name}, position {self.position}: {text}."
        self._ledger.findings.add(
            kind, table, message, record=self.number, field=field, old=old, new=new, position=self.position
        )

    def _take(self, data: Data, position: Any, at: Any, person: Any, leaf: Any, seq: Any) -> None:
        if self.number is None or position == 1:
            self.number = data["number"]
        if position != self._expected or data["position"] != position:
            self._misplaced(data["position"], position)
        if data.get("prev") != self._previous and not self._gap:
            text = "its link does not name the event before it, which was changed or replaced, or this one was put in"
            self.say("link_broken", "event", text, "prev", self._previous, data.get("prev"))
        self._gap = False
        ledger = self._ledger
        if data["record"] != self._identifier or data["by"].get("person") != ledger.person(person):
            self._columns(data, person)
        if not ledger.view.same_moment(at, data["at"]):
            self._differs("at", data["at"], ledger.view.moment(at))
        if seq is not None:
            self._logged(seq)
        ledger.baselines.setdefault(data["baseline"], (self.name, position))
        named = data["version"]
        if named.get("new"):
            self._sealed(named["number"], named["sha256"])
        elif (named["number"], named["sha256"]) != self.version:
            text = f"it names version {quoted(named['number'])}, but version {quoted(self.version[0])} is the newest before it"
            self.say("version_differs", "event", text, "version", self.version[1], named["sha256"])
        self._tail = (position, leaf.hex(), data["at"])
        if effects := data.get("effects"):
            self._effects(data, effects)

    def _effects(self, data: Data, effects: Data) -> None:
        self.shadow.event(data, effects)
        if "baseline" in effects:
            self._ledger.applied.add(effects["baseline"])
        note = data.get("note")
        if note and "scan" in note:
            self._ledger.files.scanned(note["scan"], data["at"], self.name)

    def _changed(self, payload: bytes, leaf: Any) -> None:
        found = sha256(LEAF_PREFIX + payload).hexdigest()
        self.say("payload_changed", "event", "the event is not what was hashed when it was written", "payload", leaf, found)

    def _misplaced(self, written: Any, position: Any) -> None:
        if written != position:
            self._differs("position", written, position)
        if position > self._expected:
            last = position - 1
            gap = f"position {last} is" if last == self._expected else f"positions {self._expected} to {last} are"
            self._ledger.findings.add(
                "position_missing", "event", f"{self.name}: {gap} missing.", record=self.number,
                field="position", old=self._expected, new=position, position=self._expected,
            )  # fmt: skip
            self._gap = True
        elif position < self._expected:
            self.say("position_doubled", "event", "the position is there more than once", "position", self._expected, position)

    def _columns(self, data: Data, person: Any) -> None:
        if data["record"] != self._identifier:
            self._differs("record_id", data["record"], self._identifier)
        if data["by"].get("person") != self._ledger.person(person):
            self._differs("person_id", data["by"].get("person"), self._ledger.person(person))

    def _differs(self, field: str, old: Any, new: Any) -> None:
        word = field.removesuffix("_id")
        text = f"{word} is {quoted(new)} in the row, {quoted(old)} in what was written"
        self.say("column_differs", "event", text, field, old, new)

    def _logged(self, seq: Any) -> None:
        if seq <= self._seq:
            text = f"the log has it at {seq}, before the record's earlier event at {self._seq}"
            self.say("log_order", "log_position", text, "seq", self._seq, seq)
        self._seq = seq

    def _sealed(self, number: Any, digest: Any) -> None:
        if number != self.version[0] + 1:
            text = f"it sealed version {quoted(number)} after version {quoted(self.version[0])}"
            self.say("version_differs", "event", text, "version", self.version[0] + 1, number)
        self.version = (number, digest)
        while (row := self._versions.following(self._key)) is not None and _before(row[1], number):
            self._extra(row)
        if row is None or row[1] != number:
            self.say("version_missing", "version", f"version {number}, which it sealed, is missing", "number", number)
            return
        self._versions.advance()
        self._ledger.findings.counts["versions"] += 1
        self._content_of(number, digest, row[2], row[3])

    def _content_of(self, number: Any, digest: Any, content: Any, column: Any) -> None:
        if column is None or column.hex() != digest:
            text = f"version {number} has another hash in its row than in the event"
            self.say("version_differs", "version", text, "sha256", digest, column)
        self.shadow.version(content)
        if not content:
            self._withheld(number, column)
        elif sha256(content).digest() != column:
            found = sha256(content).hexdigest()
            text = f"the content of version {number} is not what was hashed when it was sealed"
            self.say("version_changed", "version", text, "content", column, found)
        elif number in self.withheld:
            self.say("not_withheld", "version", f"version {number} is restricted, but its content is there", "content")
        if content and b'"size":' in content:
            self._ledger.files.named_in(content, self.name)

    def _withheld(self, number: Any, column: Any) -> None:
        if number in self.withheld:
            self._ledger.findings.counts["restricted"] += 1
            return
        text = f"the content of version {number} is gone, and no restriction says why"
        self.say("version_changed", "version", text, "content", column)

    def _extra(self, row: Row) -> None:
        self._versions.advance()
        self._ledger.findings.counts["versions"] += 1
        self._ledger.findings.add(
            "version_extra", "version", f"{self.name}: version {quoted(row[1])} is there, but no event sealed it.",
            record=self.number, field="number", new=row[1],
        )  # fmt: skip


def _before(number: Any, other: Any) -> bool:
    return isinstance(number, int) and isinstance(other, int) and number < other

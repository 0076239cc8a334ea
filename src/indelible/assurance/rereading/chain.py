"""The only place that checks one record's events and versions: hashes, links, positions, index columns, what names what.

Stored bytes are hashed, never re-written ones. A record is read once, event by event, so its length does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from pydantic_core import from_json

from indelible.assurance.rereading.files import Files
from indelible.assurance.rereading.fold import Counters, Shadow
from indelible.assurance.rereading.reading import Row, View
from indelible.assurance.rereading.report import Findings, quoted, spoken
from indelible.assurance.rereading.rows import MALFORMED, Data
from indelible.infra.canonical import LEAF_PREFIX

EVENT = ("record_id", "position", "at", "person_id", "payload", "leaf", "id")
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
        self.places: dict[Any, Any] = {}
        self.versions = self.broken = 0
        self.stopped: Exception | None = None

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
    """One record's events in order, with the versions that they name; `broken` when some of them are not to be had."""

    __slots__ = (
        "_expected", "_gap", "_identifier", "_ledger", "_next", "_previous", "_seq", "_tail", "_versions",
        "broken", "number", "position", "shadow", "version", "withheld",
    )  # fmt: skip

    def __init__(self, ledger: Ledger, key: Any, *, number: str | None, versions: Iterator[Row], withheld: set[Any]) -> None:
        self._ledger, self._versions = ledger, versions
        self._next = next(versions, None)
        self._identifier = ledger.view.identifier(key)
        self._expected: int = 1
        self._previous: str | None = None
        self._seq, self._gap, self.broken = -1, False, False
        self._tail: tuple[Any, Any, Any] = (None, None, None)
        self.number = number
        self.version: tuple[Any, Any] = (0, None)
        self.withheld = withheld
        self.position: Any = None
        self.shadow = Shadow(self._identifier, ledger.counters)

    @property
    def name(self) -> str:
        """Give the record's number for a sentence, its id where nothing says a number."""
        return self.number or f"record {self._identifier}"

    def event(self, row: Row) -> Data | None:  # noqa: C901 - one loop, as flat as it can be
        """Check the next event and take its effects; gives its payload, None where it cannot be read."""
        # This decides how long a verification takes: what agrees is passed by without another call.
        _, self.position, at, person, payload, leaf, number = row
        ledger, position, data = self._ledger, self.position, None
        try:
            genuine = sha256(LEAF_PREFIX + payload).digest() == leaf
            if not genuine:
                self._changed(payload, leaf)
            data = from_json(payload, cache_strings="keys")
            if self.number is None or (position == 1 and genuine):
                self.number = str(data["number"])
            if position != self._expected or data["position"] != position:
                self._misplaced(data["position"], position)
            if data.get("prev") != self._previous:
                self._unlinked(data.get("prev"))
            who = data["by"].get("person")
            if data["record"] != self._identifier or who != ledger.people.get(person, ledger):
                self._columns(data, who, ledger.person(person))
            if data["at"].encode() != at:
                self._moment(data["at"], ledger.view.moment(at))
            if (seq := ledger.places.get(number)) is not None:
                self._seq = seq if seq > self._seq else self._disordered(seq)
            if data["baseline"] not in ledger.baselines:
                ledger.baselines[data["baseline"]] = (self.name, position)
            self._version(data["version"], data["at"])
            self._tail = (position, leaf.hex(), data["at"])
            if effects := data.get("effects"):
                self.shadow.event(data, effects)
                self._aside(data, effects)
        except MALFORMED as problem:
            self.unreadable("the event", problem)
        self._previous = leaf.hex() if isinstance(leaf, bytes) else None
        self._expected = position + 1 if isinstance(position, int) else self._expected
        return data if isinstance(data, dict) else None

    def close(self) -> None:
        """Say which versions are left over, and give the shadow the columns that no effect carries."""
        while self._next is not None:
            self._extra()
        position, leaf, at = self._tail
        self.shadow.last = {
            "id": self._identifier, "position": position, "leaf": leaf, "updated_at": at,
            "version": self.version[0], "version_sha256": self.version[1],
        }  # fmt: skip

    def unreadable(self, what: str, problem: Exception) -> None:
        """Add the finding that something of the present event is not what it must be."""
        self.broken = True
        self.say("payload_unreadable", "event", f"{what} cannot be read ({type(problem).__name__}: {problem})", "payload")

    def say(self, kind: str, table: str, text: str, field: str, old: Any = None, new: Any = None) -> None:
        """Add a finding about the present event."""
        message = f"{self.name}, position {self.position}: {text}."
        self._ledger.findings.add(
            kind, table, message, record=self.number, field=field, old=old, new=new, position=self.position
        )

    def _version(self, named: Data, at: Any) -> None:
        number, digest = named["number"], named["sha256"]
        if "new" not in named:
            if (number, digest) != self.version:
                self._other_version(number, digest)
            return
        row = self._next
        if row is None or row[1] != number or number != self.version[0] + 1:
            row = self._misnumbered(number)
        self.version = (number, digest)
        if row is None:
            return
        _, _, content, column = row
        self._next = next(self._versions, None)
        self._ledger.versions += 1
        self.shadow.version(content)
        if column.hex() != digest or sha256(content).digest() != column or self.withheld:
            self._content(number, digest, content, column, at)
        if b'"size":' in content:
            self._ledger.files.named_in(content, self.name)

    def _aside(self, data: Data, effects: Data) -> None:
        if "baseline" in effects:
            self._ledger.applied.add(effects["baseline"])
        note = data.get("note")
        if note and "scan" in note:
            self._ledger.files.scanned(note["scan"], data["at"], self.name)

    def _unlinked(self, link: Any) -> None:
        if self._gap:
            self._gap = False
            return
        text = "its link does not name the event before it, which was changed or replaced, or this one was put in"
        self.say("link_broken", "event", text, "prev", self._previous, link)

    def _other_version(self, number: Any, digest: Any) -> None:
        text = f"it names version {quoted(number)}, but version {quoted(self.version[0])} is the newest before it"
        self.say("version_differs", "event", text, "version", self.version[1], digest)

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
            self._gap = self.broken = True
        elif position < self._expected:
            text = "the position is there more than once"
            self.say("position_doubled", "event", text, "position", self._expected, position)

    def _columns(self, data: Data, who: Any, stored: Any) -> None:
        if data["record"] != self._identifier:
            self._differs("record_id", data["record"], self._identifier)
        if who != stored:
            self._differs("person_id", who, stored)

    def _moment(self, told: Any, stored: Any) -> None:
        if told != stored:
            self._differs("at", told, stored)

    def _differs(self, field: str, old: Any, new: Any) -> None:
        text = f"{spoken(field)} is {quoted(new)} in the row, {quoted(old)} in what was written"
        self.say("column_differs", "event", text, field, old, new)

    def _disordered(self, seq: Any) -> Any:
        text = f"the log has it at {seq}, before the record's earlier event at {self._seq}"
        self.say("log_order", "log_position", text, "seq", self._seq, seq)
        return seq

    def _misnumbered(self, number: Any) -> Row | None:
        if number != self.version[0] + 1:
            text = f"it sealed version {quoted(number)} after version {quoted(self.version[0])}"
            self.say("version_differs", "event", text, "version", self.version[0] + 1, number)
        while self._next is not None and _before(self._next[1], number):
            self._extra()
        if self._next is not None and self._next[1] == number:
            return self._next
        self.shadow.version(None)
        self.say("version_missing", "version", f"version {number}, which it sealed, is missing", "number", number)
        return None

    def _content(self, number: Any, digest: Any, content: bytes, column: bytes, at: Any) -> None:
        if column.hex() != digest:
            text = f"version {number} has another hash in its row than in the event"
            self.say("version_differs", "version", text, "sha256", digest, column)
        if not content:
            self._withheld(number, column, at)
        elif sha256(content).digest() != column:
            text = f"the content of version {number} is not what was hashed when it was sealed"
            self.say("version_changed", "version", text, "content", column, sha256(content).hexdigest())
        elif number in self.withheld:
            self.say("not_withheld", "version", f"version {number} is restricted, but its content is there", "content")

    def _withheld(self, number: Any, column: Any, at: Any) -> None:
        if number in self.withheld:
            self._ledger.files.withheld(at)
            self._ledger.findings.counts["restricted"] += 1
            return
        self.shadow.version(None)
        text = f"the content of version {number} is gone, and no restriction says why"
        self.say("version_changed", "version", text, "content", column)

    def _extra(self) -> None:
        row, self._next = self._next, next(self._versions, None)
        self._ledger.versions += 1
        number = row[1] if row else None
        self._ledger.findings.add(
            "version_extra", "version", f"{self.name}: version {quoted(number)} is there, but no event sealed it.",
            record=self.number, field="number", new=number,
        )  # fmt: skip


def _before(number: Any, other: Any) -> bool:
    return isinstance(number, int) and isinstance(other, int) and number < other

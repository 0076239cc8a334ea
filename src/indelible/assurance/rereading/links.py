"""The only place that reads the chain of events alone: hashes, links, positions, heads and the log, as fast as it can be.

It parses nothing. Canonical text has its keys in order, so an event's own position and the link to the event before it
stand side by side in the stored bytes: one search finds both. Versions, signatures, projections and files are left to
the whole verification, and so is saying more about what is found here than where it is.

Events are read in the order in which they were written, in parts that several processes may take. What a part cannot
know, whether a record goes on where an earlier part left it, is judged when the parts are put together.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

from indelible.assurance.rereading import log
from indelible.assurance.rereading.chain import Ledger
from indelible.assurance.rereading.reading import Row, View
from indelible.assurance.rereading.report import Finding, Findings
from indelible.assurance.rereading.rows import Data
from indelible.infra.canonical import LEAF_PREFIX
from indelible.kernel.models import Event, Record

EVENT = ("record_id", "position", "payload", "leaf")
HEAD = ("id", "position", "leaf", "number")
EVERY = 50_000  # progress is told once for so many
# What an event's text says of its place: the first of a record has no link, and goes on with its reason or its record.
FIRST = b'"position":1,"re'
LATER = b'"position":%d,"prev":"%b"'
LINK = len(sha256().hexdigest())
BEFORE_FIRST: Row = (0, b"")


@dataclass(slots=True)
class Part:
    """Some of the events: where each record begins in it and what that event links to, where the record ends, what is wrong."""

    first: dict[bytes, tuple[Any, str | None]] = field(default_factory=dict)
    newest: dict[bytes, Row] = field(default_factory=dict)
    events: int = 0
    findings: Findings = field(default_factory=Findings)

    def told(self) -> Data:
        """Give it as plain data, for another process."""
        return {
            "first": [[key.hex(), *place] for key, place in self.first.items()],
            "newest": [[key.hex(), position, leaf.hex()] for key, (position, leaf) in self.newest.items()],
            "events": self.events, "findings": [asdict(finding) for finding in self.findings.all],
        }  # fmt: skip


def heard(told: Data) -> Part:
    """Take a part that another process has read."""
    part = Part(events=told["events"])
    part.first = {bytes.fromhex(key): (position, link) for key, position, link in told["first"]}
    part.newest = {bytes.fromhex(key): (position, bytes.fromhex(leaf)) for key, position, leaf in told["newest"]}
    part.findings.all = [Finding(**finding) for finding in told["findings"]]
    return part


def parts(view: View, many: int) -> list[tuple[int | None, int | None]]:
    """Give the events' row numbers from and below which each of so many processes reads a like share; open where None."""
    (total,) = next(view.query("SELECT count(*) FROM event"))
    picks = [f"SELECT id FROM event ORDER BY id LIMIT 1 OFFSET {total * turn // many}" for turn in range(1, many)]
    edges = [None, *sorted({number for pick in picks for (number,) in view.query(pick)}), None]
    return list(pairwise(edges))


def read(view: View, rows: tuple[int | None, int | None], tell: Callable[[str, int], None]) -> Part:
    """Check the events of a part by themselves; about 300 bytes are kept for each record."""
    part = Part()
    first, newest, count = part.first, part.newest, 0
    columns = ", ".join(view.columns(Event, EVENT, raw="payload"))
    for key, position, payload, leaf in view.query(f"SELECT {columns} FROM event {_within(*rows)} ORDER BY id", raw=True):
        known = newest.get(key)
        if known is None:
            first[key] = position, _link(position, payload)
            genuine = type(payload) is bytes and sha256(LEAF_PREFIX + payload).digest() == leaf
        else:
            last, link = known
            genuine = (
                position == last + 1
                and type(payload) is bytes
                and LATER % (position, hexlify(link)) in payload
                and sha256(LEAF_PREFIX + payload).digest() == leaf
            )
        if genuine:
            newest[key] = position, leaf
        else:
            _wrong(part.findings, view.identifier(key), (position, payload, leaf), known)
            newest[key] = _kept(position, known[0] + 1 if known else 1, int), _kept(leaf, b"", bytes)
        count += 1
        if not count % EVERY:
            tell("events", count)
    part.events = count
    return part


def together(ledger: Ledger, read: Sequence[Part], tell: Callable[[str, int], None]) -> None:
    """Put the parts together in their order, then compare heads and log; counts `events`, `records` and `positions`."""
    view, findings = ledger.view, ledger.findings
    newest: dict[Any, Row] = {}
    for part in read:
        findings.all += part.findings.all
        findings.counts["events"] += part.events
        for key, (position, link) in part.first.items():
            last, leaf = newest.get(key, BEFORE_FIRST)
            if position != last + 1:
                _misplaced(findings, view.identifier(key), position, last + 1)
            elif link != leaf.hex():
                _unlinked(findings, view.identifier(key), position, leaf)
        newest |= part.newest
    tell("records", 0)
    _heads(view, findings, newest)
    tell("log", 0)
    log.positions(ledger)


def _within(start: int | None, end: int | None) -> str:
    bounds = [f"id >= {start}"] if start is not None else []
    bounds += [f"id < {end}"] if end is not None else []
    return f"WHERE {' AND '.join(bounds)}" if bounds else ""


def _link(position: Any, payload: Any) -> str | None:
    """Give what an event's text names before it: nothing for the first of a record; None where the text says no such place."""
    if not isinstance(position, int) or not isinstance(payload, bytes):
        return None
    if position == 1 and FIRST in payload:
        return ""
    _, found, after = payload.partition(LATER.partition(b"%b")[0] % position)
    return after[:LINK].decode("ascii", "replace") if found and after[LINK : LINK + 1] == b'"' else None


def _wrong(findings: Findings, record: Any, event: Row, known: Row | None) -> None:
    """Say what is wrong with an event; what cannot be hashed or searched is as wrong as what does not agree."""
    position, payload, leaf = event
    if known and position != known[0] + 1:
        _misplaced(findings, record, position, known[0] + 1)
    found = sha256(LEAF_PREFIX + payload).digest() if isinstance(payload, bytes) else None
    if found != leaf:
        text = "the event is not what was hashed when it was written"
        _say(findings, "payload_changed", record, position, text, "payload", leaf, found)
    elif known and position == known[0] + 1:
        _unlinked(findings, record, position, known[1])


def _misplaced(findings: Findings, record: Any, position: Any, expected: int) -> None:
    text = f"the next position of this record is {expected}"
    _say(findings, "position_missing", record, position, text, "position", expected, position)


def _unlinked(findings: Findings, record: Any, position: Any, leaf: bytes) -> None:
    text = "its text does not name this position and the event before it"
    _say(findings, "link_broken", record, position, text, "prev", leaf.hex(), None)


def _say(findings: Findings, kind: str, record: Any, position: Any, text: str, field: str, old: Any, new: Any) -> None:
    message = f"record {record}, position {position}: {text}."
    findings.add(kind, "event", message, field=field, old=old, new=new, position=position)


def _heads(view: View, findings: Findings, newest: dict[Any, Row]) -> None:
    for key, position, leaf, number in view.table(Record, HEAD):
        findings.counts["records"] += 1
        known = newest.pop(key, BEFORE_FIRST)
        if known != (position, leaf):
            text = f"{number}: the record's row names position {position}, its newest event is at {known[0]}"
            text += "." if known[0] != position else ", and another one."
            findings.add("head_differs", "record", text, record=str(number), field="leaf", old=known[1], new=leaf)
    for key, (position, leaf) in newest.items():
        text = f"record {view.identifier(key)}: the record's row is missing; its newest event is at {position}."
        findings.add("head_missing", "record", text, field="id", old=leaf, position=position)


def _kept(found: Any, instead: Any, kind: type) -> Any:
    return found if isinstance(found, kind) else instead

"""The only place that reads the chain of events alone: hashes, links, positions, heads and the log, as fast as it can be.

It parses nothing. Canonical text has its keys in order, so an event's own position and the link to the event before it
stand side by side in the stored bytes: one search finds both. Versions, signatures, projections and files are left to
the whole verification, and so is saying more about what is found here than where it is.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from indelible.assurance.rereading import log
from indelible.assurance.rereading.chain import Ledger
from indelible.assurance.rereading.reading import Row, View
from indelible.assurance.rereading.report import Findings
from indelible.infra.canonical import LEAF_PREFIX
from indelible.kernel.models import Event, Record

EVENT = ("record_id", "position", "payload", "leaf")
HEAD = ("id", "position", "leaf", "number")
EVERY = 50_000  # progress is told once for so many
# What an event's text says of its place: the first of a record has no link, and goes on with its reason or its record.
FIRST = b'"position":1,"re'
LATER = b'"position":%d,"prev":"%b"'
BEFORE_FIRST: Row = (0, b"")
LOGGED = "SELECT count(*) FROM log_position log JOIN event e ON e.id = log.ref WHERE log.kind = 'e'"


def read(ledger: Ledger, tell: Callable[[str, int], None]) -> None:
    """Check every event and that heads and log name each of them; counts `events`, `records` and `positions`.

    Events are read as they were written, so the last one of each record is kept: about 300 bytes a record.
    """
    view, findings = ledger.view, ledger.findings
    newest = _events(view, findings, tell)
    tell("records", 0)
    _heads(view, findings, newest)
    tell("log", 0)
    (ledger.logged,) = next(view.query(LOGGED))
    log.positions(ledger)


def _events(view: View, findings: Findings, tell: Callable[[str, int], None]) -> dict[Any, Row]:
    newest: dict[Any, Row] = {}
    count = 0
    columns = ", ".join(view.columns(Event, EVENT, raw="payload"))
    for key, position, payload, leaf in view.query(f"SELECT {columns} FROM event ORDER BY id", raw=True):
        last, link = newest.get(key, BEFORE_FIRST)
        expected = last + 1
        place = LATER % (expected, hexlify(link)) if last else FIRST
        if (
            position == expected
            and type(payload) is bytes
            and place in payload
            and sha256(LEAF_PREFIX + payload).digest() == leaf
        ):
            newest[key] = position, leaf
        else:
            _wrong(findings, view.identifier(key), (position, payload, leaf), expected, place)
            newest[key] = _kept(position, expected, int), _kept(leaf, b"", bytes)
        count += 1
        if not count % EVERY:
            tell("events", count)
    findings.counts["events"] += count
    return newest


def _wrong(findings: Findings, record: Any, event: Row, expected: int, place: bytes) -> None:
    """Say what is wrong with an event; what cannot be hashed or searched is as wrong as what does not agree."""
    position, payload, leaf = event

    def say(kind: str, text: str, field: str, old: Any, new: Any) -> None:
        message = f"record {record}, position {position}: {text}."
        findings.add(kind, "event", message, field=field, old=old, new=new, position=position)

    if position != expected:
        say("position_missing", f"the next position of this record is {expected}", "position", expected, position)
    found = sha256(LEAF_PREFIX + payload).digest() if isinstance(payload, bytes) else None
    if found != leaf:
        say("payload_changed", "the event is not what was hashed when it was written", "payload", leaf, found)
    elif position == expected:
        say("link_broken", "its text does not name this position and the event before it", "prev", place.decode(), None)


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

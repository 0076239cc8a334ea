"""Many records out of one: real payloads, sealed anew for another record, written fast past no guard.

Every copy has its own id, number, nonces, hashes and links, and every row that the original has; events come before
heads, as the guards want them. Only the order of the inserts differs from a life of acts: table by table. A life is
taken apart once, at the places where a copy says something of its own, so that a copy is text put together and hashed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, connections, models, transaction

from indelible.infra import canonical, clock, database, ids
from indelible.kernel import ledger, statements
from indelible.kernel.ledger import Entry, Sealed
from indelible.kernel.models import Event, Numbering, Record, Version
from indelible.kernel.projections import Insert

BATCH = 500
Vary = Callable[[int, dict[str, Any]], dict[str, Any]]  # a copy's serial and the fields of a version: its own fields
Row = list[Any]
Said = dict[str, Any]  # what a copy says at its own places, as JSON or as the database takes it

PLACE = re.compile(r'"@@(\w+)@@"')  # what stands in a life where a copy has its own, in quotes, as all JSON text
OWN = {  # the columns that hold something of the copy's own, by the name under which it says it
    ("version", "content"): "content", ("version", "sha256"): "sha256", ("event", "payload"): "payload",
    ("event", "leaf"): "leaf", ("record", "number"): "number", ("record", "title"): "title", ("record", "leaf"): "leaf",
    ("record", "version_sha256"): "sha256", ("record", "content"): "fields",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """A row of one life: its values as the database takes them, and the columns in which a copy has its own."""

    model: type[models.Model]
    columns: tuple[str, ...]
    values: Row
    own: tuple[tuple[int, str], ...]

    def filled(self, said: Said) -> Row:
        """Give the row of a copy."""
        row = [*self.values]
        for place, name in self.own:
            row[place] = said[name]
        return row


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a life: its text and that of the version it sealed, cut at their places, and the rows it made."""

    payload: list[str]
    version: list[str] | None
    fields: dict[str, Any] | None
    rows: list[Shape]


@dataclass(frozen=True, slots=True)
class Life:
    """What copies are made from: the events in order and the head in which they ended."""

    prefix: str
    digits: int
    moments: list[Moment]
    head: Shape


def multiply(originals: Sequence[Record], copies: int, vary: Vary | None = None) -> int:
    """Write as many further records with the lives of the originals in turn; gives how many events that made.

    `vary` gives each copy content of its own; without it they say the same.
    """
    lives = [life(original) for original in originals]
    prefix, made = lives[0].prefix, 0
    last = Numbering.objects.get(pk=prefix).last
    for start in range(0, copies, BATCH):
        serials = range(last + start + 1, last + min(start + BATCH, copies) + 1)
        rows: dict[tuple[type[models.Model], tuple[str, ...]], list[Row]] = {}
        for serial in serials:
            for shape, row in _copy(lives[serial % len(lives)], serial, vary):
                rows.setdefault((shape.model, shape.columns), []).append(row)
            made += len(lives[serial % len(lives)].moments)
        _write(rows)
    with transaction.atomic():
        Numbering.objects.filter(pk=prefix).update(last=last + copies)
    return made


def settle() -> None:
    """Bring the tables to the state in which a database rests: counted on PostgreSQL, one file on SQLite."""
    with database.owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


def life(record: Record) -> Life:
    """Take a record's life apart."""
    versions = {v.number: canonical.decode(v.content) for v in Version.objects.filter(record_id=record.pk)}
    events = [canonical.decode(e.payload) for e in Event.objects.filter(record_id=record.pk).order_by("position")]
    moments, head = [], statements._head_defaults()
    for event in events:
        content = versions[event["version"]["number"]] if event["version"].get("new") else None
        entry = _entry(record.pk, _emptied(event), _version(content))
        rows = [row for row in ledger._truth(entry) if isinstance(row, Insert)]
        head |= ledger._head(entry)[1]
        version = PLACE.split(entry.version.content) if entry.version else None
        moments.append(Moment(PLACE.split(entry.payload), version, content and content["fields"],
                              [_shape(row.model, row.values) for row in rows]))  # fmt: skip
    prefix, _, digits = events[0]["number"].partition("-")
    return Life(prefix, len(digits), moments, _shape(Record, head))


def _emptied(event: dict[str, Any]) -> dict[str, Any]:
    """Give an event without what is its record's own: places, where a copy will say it."""
    effects, first = {**event["effects"]}, "numbering" in event["effects"]
    if "head" in effects:
        effects["head"] = effects["head"] | ({"title": "@@title@@"} if "title" in effects["head"] else {})
    if first:
        effects["numbering"] = [effects["numbering"][0], "@@serial@@", False]
        effects["head"]["number"] = "@@number@@"
    own = {"record": "@@record@@", "number": "@@number@@", "effects": effects}
    own["version"] = event["version"] | {"sha256": "@@sha256@@"}
    return event | own | ({"prev": "@@leaf@@"} if "prev" in event else {})


def _version(content: dict[str, Any] | None) -> Sealed | None:
    if content is None:
        return None
    text = canonical.encode(content | {"record": "@@record@@", "nonce": "@@nonce@@", "fields": "@@fields@@"})
    return Sealed(content["version"], text, b"")


def _entry(record: UUID, payload: dict[str, Any], version: Sealed | None) -> Entry:
    del payload["format"]
    text, leaf = ledger.seal_event(payload)
    return Entry(
        record=record, position=payload["position"], at=clock.parse(payload["at"]), person=UUID(payload["by"]["person"]),
        payload=text, leaf=leaf, effects=payload["effects"], state=payload["state"], created=payload["position"] == 1,
        version=version,
    )  # fmt: skip


def _shape(model: type[models.Model], values: dict[str, Any]) -> Shape:
    table = model._meta.db_table
    columns, prepared = statements._prepared(model, values)
    own = [OWN.get((table, name), "id" if name == ("id" if model is Record else "record_id") else "") for name in values]
    return Shape(model, tuple(columns), prepared, tuple((place, name) for place, name in enumerate(own) if name))


def _copy(of: Life, serial: int, vary: Vary | None) -> Iterable[tuple[Shape, Row]]:
    """Give the rows of one copy, sealed for its own record."""
    record = ids.new()
    number, sha256, leaf, known, kept = f"{of.prefix}-{serial:0{of.digits}}", b"", b"", None, ""
    text = {"record": f'"{record}"', "number": f'"{number}"', "serial": str(serial)}
    said: Said = {"id": _prepare(Record, "id", record), "number": number}
    for moment in of.moments:
        if moment.version is not None and moment.fields is not None:
            fields = vary(serial, moment.fields) if vary else moment.fields
            if fields != known:
                known, kept = fields, canonical.encode(fields)
            text |= {"fields": kept, "nonce": f'"{ids.nonce()}"', "title": canonical.encode(fields.get("1"))}
            said["content"] = _put_together(moment.version, text)
            sha256 = canonical.sha256(said["content"])
            said["sha256"], text["sha256"] = _prepare(Version, "sha256", sha256), f'"{sha256.hex()}"'
        said["payload"] = _put_together(moment.payload, text)
        leaf = canonical.leaf(said["payload"])
        said["leaf"], text["leaf"] = _prepare(Event, "leaf", leaf), f'"{leaf.hex()}"'
        for shape in moment.rows:
            yield shape, shape.filled(said)
    said |= {"title": (known or {}).get("1", ""), "fields": _prepare(Record, "content", known)}
    yield of.head, of.head.filled(said)


def _put_together(pieces: list[str], text: dict[str, str]) -> str:
    return "".join(text[piece] if at % 2 else piece for at, piece in enumerate(pieces))


def _prepare(model: type[models.Model], name: str, value: Any) -> Any:
    return statements._fields(model)[name][1](value, connections["default"])


def _write(rows: dict[tuple[type[models.Model], tuple[str, ...]], list[Row]]) -> None:
    with transaction.atomic(durable=True):
        for model, columns in sorted(rows, key=lambda shape: shape[0] is Record):
            _insert(model, columns, rows[model, columns])


def _insert(model: type[models.Model], columns: Sequence[str], rows: list[Row]) -> None:
    target = f"{statements._table(model)} ({', '.join(columns)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for values in rows:
                    copy.write_row(values)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {target} VALUES ({places})", rows)

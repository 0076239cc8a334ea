"""Many records out of one: real payloads, sealed anew for another record, written fast past no guard.

Every copy has its own id, number, nonces, hashes and links, and every row that the original has; events come before
heads, as the guards want them. Only the order of the inserts differs from a life of acts: table by table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from indelible.infra import canonical, clock, database, ids
from indelible.kernel import ledger, statements
from indelible.kernel.ledger import Entry, Sealed
from indelible.kernel.models import Event, Numbering, Record, Version
from indelible.kernel.projections import Insert

BATCH = 500
Vary = Callable[[int, dict[str, Any]], dict[str, Any]]  # a copy's serial and the fields of a version: its own fields


def multiply(originals: Sequence[Record], copies: int, vary: Vary | None = None) -> int:
    """Write as many further records with the lives of the originals in turn; gives how many events that made.

    `vary` gives each copy content of its own; without it they say the same.
    """
    lives = [life(original) for original in originals]
    prefix, last = _counter(lives[0])
    made = 0
    for start in range(0, copies, BATCH):
        serials = range(last + start + 1, last + min(start + BATCH, copies) + 1)
        made += _write([_reborn(lives[serial % len(lives)], serial, vary) for serial in serials])
    with transaction.atomic():
        Numbering.objects.filter(pk=prefix).update(last=last + copies)
    return made


def settle() -> None:
    """Bring the tables to the state in which a database rests: counted on PostgreSQL, one file on SQLite."""
    with database.owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


def life(record: Record) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Give a record's events as data, each with the version that it sealed, if it did."""
    versions = {v.number: canonical.decode(v.content) for v in Version.objects.filter(record_id=record.pk)}
    events = [canonical.decode(e.payload) for e in Event.objects.filter(record_id=record.pk).order_by("position")]
    return [(event, versions[event["version"]["number"]] if event["version"].get("new") else None) for event in events]


def _counter(events: list[tuple[dict[str, Any], dict[str, Any] | None]]) -> tuple[str, int]:
    prefix = events[0][0]["effects"]["numbering"][0]
    return prefix, Numbering.objects.get(pk=prefix).last


def _reborn(
    events: list[tuple[dict[str, Any], dict[str, Any] | None]], serial: int, vary: Vary | None = None
) -> list[Entry]:
    record, prev, sha256, entries = ids.new(), "", "", []
    prefix, _, digits = events[0][0]["number"].partition("-")
    number = f"{prefix}-{serial:0{len(digits)}}"
    for original, sealed in events:
        payload, content = _own(original), sealed and {**sealed}
        if vary and content is not None:
            content["fields"] = vary(serial, content["fields"])
            payload["effects"]["head"]["title"] = content["fields"]["1"]
        version = _version(content, record)
        sha256 = version.sha256.hex() if version else sha256
        payload |= {"record": str(record), "number": number, **({"prev": prev} if prev else {})}
        payload["version"]["sha256"] = sha256
        if "numbering" in payload["effects"]:
            payload["effects"]["numbering"] = [prefix, serial, False]
            payload["effects"]["head"]["number"] = number
        del payload["format"]
        entries.append(_entry(record, payload, version))
        prev = entries[-1].leaf.hex()
    return entries


def _own(event: dict[str, Any]) -> dict[str, Any]:
    """Copy an event as deep as something in it becomes the copy's own."""
    effects = {**event["effects"]}
    if "head" in effects:
        effects["head"] = {**effects["head"]}
    return {**event, "version": {**event["version"]}, "effects": effects}


def _version(content: dict[str, Any] | None, record: UUID) -> Sealed | None:
    if content is None:
        return None
    text = canonical.encode(content | {"record": str(record), "nonce": ids.nonce()})
    return Sealed(content["version"], text, canonical.sha256(text))


def _entry(record: UUID, payload: dict[str, Any], version: Sealed | None) -> Entry:
    text, leaf = ledger.seal_event(payload)
    return Entry(
        record=record, position=payload["position"], at=clock.parse(payload["at"]), person=UUID(payload["by"]["person"]),
        payload=text, leaf=leaf, effects=payload["effects"], state=payload["state"], created=payload["position"] == 1,
        version=version,
    )  # fmt: skip


def _write(lives: list[list[Entry]]) -> int:
    rows: dict[type[models.Model], list[dict[str, Any]]] = {}
    for entries in lives:
        head = statements._head_defaults()
        for entry in entries:
            for row in ledger._truth(entry):
                if isinstance(row, Insert):
                    rows.setdefault(row.model, []).append(row.values)
            head |= ledger._head(entry)[1]
        rows.setdefault(Record, []).append(head)
    with transaction.atomic(durable=True):
        for model in sorted(rows, key=lambda found: found is Record):
            _insert(model, rows[model])
    return sum(len(entries) for entries in lives)


def _insert(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    names = list(next(iter(rows)))
    columns = statements._prepared(model, dict.fromkeys(names))[0]
    prepared = (statements._prepared(model, {name: row[name] for name in names})[1] for row in rows)
    target = f"{statements._table(model)} ({', '.join(columns)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for values in prepared:
                    copy.write_row(values)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {target} VALUES ({places})", list(prepared))

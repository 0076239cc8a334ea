"""Verification of nonsense: damaged JSON, NULLs and wrong types are findings with a place, never an error."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from indelible.assurance.verify import verify
from indelible.infra import canonical
from indelible.kernel.models import Event
from tests.assurance.damaging import BY_NUMBER, damage, expect, head, told
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="what is tested is that the damage is found")


@damaged
@pytest.mark.parametrize("payload", ["", "no json", "[]", "{}", "null", '{"number": 1}', "[" * 100_000, '{"a": 1e999}'])
def test_an_event_that_cannot_be_read_is_a_finding_and_no_error(home: TestHome, payload: str) -> None:
    number = home.until(home.draft(), "in_review")
    damage(f"UPDATE event SET payload = %s WHERE position = 1 AND record_id = {BY_NUMBER}", payload, number)

    assert expect("payload_unreadable", record=number, field="payload").position == 1


@damaged
@pytest.mark.parametrize("damage_to", [
    '{"effects": 7}', '{"effects": {"head": 7}}', '{"effects": {"open_tasks": [{}]}}', '{"effects": {"links": {"add": [1]}}}',
    '{"version": null}', '{"version": {"number": "x", "sha256": 7, "new": true}}', '{"by": "me"}', '{"at": 5}', '{"record": 5}',
    '{"effects": {"timers": {"expire": "soon"}}}', '{"effects": {"numbering": ["SOP"]}}', '{"note": 5}', '{"baseline": []}',
    '{"key": 7}', '{"signature": 7}', '{"effects": {"head": {"due_at": "soon"}}}', '{"prev": {}}', '{"position": "1"}',
])  # fmt: skip
def test_a_well_hashed_event_of_nonsense_is_a_finding_and_no_error(home: TestHome, damage_to: str) -> None:
    number = home.draft()
    event = Event.objects.get(record_id=head(number).id)
    text = canonical.encode(canonical.decode(event.payload) | json.loads(damage_to))
    damage("UPDATE event SET payload = %s, leaf = %s WHERE id = %s", text, canonical.leaf(text), event.pk)

    report = verify()

    assert [f for f in report.findings if f.record == number], told(report)


@damaged
@pytest.mark.parametrize("manifest", ["", "{", "[]", '{"statement": {}}', '{"statement": 7}'])
def test_a_signature_that_cannot_be_read_is_a_finding_and_no_error(home: TestHome, manifest: str) -> None:
    number = home.until(home.draft(), "in_review")
    damage(f"UPDATE signature SET manifest = %s WHERE record_id = {BY_NUMBER}", manifest, number)

    report = verify()

    assert {f.field for f in report.findings if f.table == "signature" and f.record == number}, told(report)


@damaged
@pytest.mark.sqlite
@pytest.mark.parametrize(("table", "column", "value"), [
    ("event", "position", "abc"), ("event", "at", "yesterday"), ("event", "leaf", "text"), ("event", "person_id", b"\xff\x00"),
    ("event", "payload", b"\xff\xfe"), ("event", "record_id", b"\xff\x01"), ("version", "sha256", "text"),
    ("version", "number", "one"), ("version", "content", b"\xff"), ("signature", "position", "two"),
    ("signature", "manifest", b"\xff"), ("signature", "at", "soon"), ("record", "due_at", "soon"), ("record", "position", "x"),
    ("record", "leaf", "x"), ("record", "title", b"\xff\xfe"), ("task", "opened_at", "x"), ("task", "id", b"\x00"),
    ("link", "record_id", b"\xff"), ("party", "person_id", "nobody"),
])  # fmt: skip
def test_what_sqlite_lets_into_a_column_is_a_finding_and_no_error(
    home: TestHome, table: str, column: str, value: str | bytes
) -> None:
    number = home.until(home.draft(), "in_review")
    where = "number = %s" if table == "record" else f"record_id = {BY_NUMBER}"
    row = f"(SELECT min(rowid) FROM {table} WHERE {where})"
    damage(f"UPDATE {table} SET {column} = %s WHERE rowid = {row}", value, number)

    assert not verify().ok


@damaged
@pytest.mark.postgres
@pytest.mark.parametrize(("table", "column", "value"), [
    ("event", "payload", None), ("event", "leaf", None), ("event", "at", None), ("event", "at", "infinity"),
    ("event", "record_id", None), ("event", "position", None), ("version", "content", None), ("version", "sha256", None),
    ("signature", "manifest", None), ("record", "title", None), ("record", "created_at", "-infinity"), ("record", "content", None),
])  # fmt: skip
def test_a_null_or_an_endless_time_is_a_finding_and_no_error(
    home: TestHome, table: str, column: str, value: str | None
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("true of PostgreSQL only")
    number = home.until(home.draft(), "in_review")
    where = "number = %s" if table == "record" else f"record_id = {BY_NUMBER}"
    damage(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
    damage(f"UPDATE {table} SET {column} = %s WHERE {where}", value, number)

    assert not verify().ok

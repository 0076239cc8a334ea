"""Verification: an untouched ledger is clean, and every way to change it behind the product's back is named (11.10(a))."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from django.db import connection

from indelible.assurance.verify import verify
from indelible.infra import canonical
from indelible.kernel import sequencer
from indelible.kernel.models import Event, LogPosition, Record, Refusal, Signature
from tests.assurance.damaging import BY_NUMBER, bring, damage, expect, head, in_json, live, told
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="what is tested is that the damage is found")


def test_an_untouched_home_is_clean_and_counted(home: TestHome) -> None:
    report = verify()

    assert report.ok, told(report)
    assert report.counts["events"] == Event.objects.count()
    assert report.counts["records"] == Record.objects.count()
    assert report.counts["positions"] == LogPosition.objects.count()
    assert report.counts["versions"] > 0
    assert report.counts["baselines"] == 1


def test_a_life_with_every_turn_is_clean_and_its_withheld_version_is_counted(home: TestHome) -> None:
    live(home)

    report, seen = verify(), []
    verify(progress=lambda what, done: seen.append((what, done)))

    assert report.ok, told(report)
    assert report.counts["signatures"] == Signature.objects.count()
    assert (report.counts["restricted"], report.counts["files"], report.counts["refusals"]) == (1, 1, 1)
    assert ("files", 1) in seen


def test_a_report_is_plain_json(home: TestHome) -> None:
    assert json.loads(json.dumps(asdict(verify())))["ok"] is True


@damaged
def test_an_edited_event_is_named_with_both_hashes(home: TestHome) -> None:
    number = home.draft()
    damage(f"UPDATE event SET payload = replace(payload, 'Ann Author', 'Eve Author') WHERE record_id = {BY_NUMBER}", number)

    found = expect("payload_changed", record=number, field="payload", table="event")

    assert found.position == 1
    assert found.old == bytes(Event.objects.get(record_id=head(number).id).leaf).hex()
    assert found.new != found.old


@damaged
def test_a_deleted_event_in_the_middle_leaves_a_named_gap_in_record_and_log(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    sequencer.drain()
    damage(f"DELETE FROM event WHERE position = 2 AND record_id = {BY_NUMBER}", number)

    found = expect("position_missing", record=number, field="position")

    assert (found.position, found.message) == (2, f"{number}: position 2 is missing.")
    assert expect("log_extra", record=None, field="seq", table="log_position").new is None


@damaged
def test_a_deleted_newest_event_is_missed_by_head_and_log(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    sequencer.drain()
    damage(f"DELETE FROM event WHERE position = 2 AND record_id = {BY_NUMBER}", number)

    found = expect("head_differs", record=number, field="position")

    assert (found.old, found.new) == (1, 2)
    assert expect("log_extra", record=None, field="seq").position == LogPosition.objects.latest("seq").seq
    expect("signature_extra", record=number, field="manifest")


@damaged
def test_reordered_events_are_named_with_both_positions(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    for old, new in ((2, 99), (3, 2), (99, 3)):
        damage(f"UPDATE event SET position = %s WHERE position = %s AND record_id = {BY_NUMBER}", new, old, number)

    found = expect("column_differs", record=number, field="position")

    assert (found.old, found.new) == (3, 2)
    expect("link_broken", record=number, field="prev")


@damaged
@pytest.mark.parametrize(("column", "sql"), [
    ("at", "at = '2019-01-01 00:00:00+00:00'"), ("person_id", "person_id = NULL"),
    ("record_id", "record_id = (SELECT id FROM record WHERE number = 'DEP-01'), position = 77"),
])  # fmt: skip
def test_an_index_column_that_differs_from_the_event_is_named(home: TestHome, column: str, sql: str) -> None:
    number = home.draft()
    damage(f"UPDATE event SET {sql} WHERE record_id = {BY_NUMBER}", number)

    found = expect("column_differs", record=number if column != "record_id" else "DEP-01", field=column)

    assert found.old != found.new


@damaged
def test_a_changed_version_is_named(home: TestHome) -> None:
    number = home.draft()
    damage(f"UPDATE version SET content = replace(content, 'nothing is lost', 'some is lost') WHERE record_id = {BY_NUMBER}", number)

    assert expect("version_changed", record=number, field="content", table="version").position == 1
    assert expect("head_differs", record=number, field="content.text").new != ""


@damaged
def test_a_changed_version_with_its_own_hash_differs_from_its_event(home: TestHome) -> None:
    number = home.draft()
    content = canonical.encode({"fields": {"1": "Forged"}})
    damage(f"UPDATE version SET content = %s, sha256 = %s WHERE record_id = {BY_NUMBER}", content, canonical.sha256(content), number)

    found = expect("version_differs", record=number, field="sha256", table="version")

    assert found.new == canonical.sha256(content).hex()


@damaged
def test_a_deleted_and_an_added_version_are_named(home: TestHome) -> None:
    number, other = home.draft(), home.draft()
    home.act("ann", "document.edit", other, fields={"title": "Second"})
    damage(f"DELETE FROM version WHERE record_id = {BY_NUMBER}", number)
    damage(f"UPDATE version SET number = 7 WHERE number = 2 AND record_id = {BY_NUMBER}", other)

    assert expect("version_missing", record=number, field="number").old == 1
    assert expect("version_missing", record=other, field="number").old == 2
    assert expect("version_extra", record=other, field="number").new == 7


@damaged
def test_content_that_is_blanked_without_a_restriction_is_named(home: TestHome) -> None:
    number = home.draft()
    damage(f"UPDATE version SET content = '' WHERE record_id = {BY_NUMBER}", number)

    assert "no restriction" in expect("version_changed", record=number, field="content").message


@damaged
def test_restrictions_that_no_event_orders_and_that_are_gone_are_named(home: TestHome) -> None:
    numbers = live(home)
    restricted, other = numbers["restricted"], numbers["voided"]
    damage(f"INSERT INTO restriction (record_id, version, position) VALUES ({BY_NUMBER}, 1, 1)", other)
    damage(f"DELETE FROM restriction WHERE record_id = {BY_NUMBER}", restricted)

    assert expect("restriction_extra", record=other, field="version").new == 1
    assert expect("not_withheld", record=other, field="content").table == "version"
    assert expect("restriction_missing", record=restricted, field="version").old == 1
    expect("version_changed", record=restricted, field="content")


@damaged
def test_a_changed_printed_name_is_named_as_it_stands_and_as_it_was_signed(home: TestHome) -> None:
    number = home.until(home.draft(), "approved")
    damage(f"UPDATE signature SET printed_name = 'X' WHERE position = 5 AND record_id = {BY_NUMBER}", number)

    found = expect("signature_changed", record=number, field="printed_name", table="signature")

    text = f"{number}, signature at position 5: printed name is 'X' in the row, 'Qua Quality' in what was signed."
    assert found.message == text
    assert (found.old, found.new, found.position) == ("Qua Quality", "X", 5)


@damaged
@pytest.mark.parametrize(("column", "sql"), [
    ("person_id", f"person_id = {BY_NUMBER}"), ("meaning", "meaning = 'approved'"), ("at", "at = '2019-01-01 00:00:00+00:00'"),
])  # fmt: skip
def test_another_changed_column_of_a_signature_is_named(home: TestHome, column: str, sql: str) -> None:
    number = home.until(home.draft(), "in_review")
    given = [number] * (1 + sql.count("%s"))
    damage(f"UPDATE signature SET {sql} WHERE record_id = {BY_NUMBER}", *given)

    assert expect("signature_changed", record=number, field=column).position == 2


@damaged
def test_a_signature_under_another_version_is_named_both_ways(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    damage(f"UPDATE signature SET version = 2 WHERE record_id = {BY_NUMBER}", number)

    found = expect("signature_moved", record=number, field="version")

    assert f"under version 2 of {number}, but what was signed is version 1 of {number}, at position 2" in found.message


@damaged
def test_a_signature_under_another_record_is_named_at_both_places(home: TestHome) -> None:
    signed, other = home.until(home.draft(), "in_review"), home.draft()
    damage(f"UPDATE signature SET record_id = {BY_NUMBER} WHERE record_id = {BY_NUMBER}", other, signed)

    arrived = expect("signature_moved", record=other, field="record_id")
    left = expect("signature_missing", record=signed, field="manifest")

    assert f"under version 1 of {other}, but what was signed is version 1 of {signed}, at position 2" in arrived.message
    assert left.message.endswith(f"It stands under {other}, position 2, now.")


@damaged
def test_a_forged_manifest_a_lost_and_an_unasked_signature_are_named(home: TestHome) -> None:
    forged, lost, unasked = (home.until(home.draft(), "in_review") for _ in range(3))
    damage(f"UPDATE signature SET manifest = replace(manifest, 'authored', 'approved') WHERE record_id = {BY_NUMBER}", forged)
    damage(f"DELETE FROM signature WHERE record_id = {BY_NUMBER}", lost)
    damage(
        "INSERT INTO signature (record_id, position, version, person_id, printed_name, meaning, at, manifest) "
        f"SELECT record_id, 9, version, person_id, printed_name, meaning, at, '{{}}' FROM signature WHERE record_id = {BY_NUMBER}",
        unasked,
    )

    assert expect("signature_changed", record=forged, field="statement_sha256").position == 2
    expect("signature_changed", record=forged, field="manifest")
    assert expect("signature_missing", record=lost, field="manifest").position == 2
    assert expect("signature_extra", record=unasked, field="manifest").position == 9


@damaged
def test_a_changed_state_is_named_with_what_the_events_say(home: TestHome) -> None:
    number = home.draft()
    damage("UPDATE record SET state = 'effective', standing = 'in_force' WHERE number = %s", number)

    found = expect("head_differs", record=number, field="state", table="record")

    assert found.message == f"{number}: state is 'effective' in the row, 'draft' by its events."
    assert expect("head_differs", record=number, field="standing").old == "in_work"


@damaged
def test_a_changed_value_in_the_live_row_is_named_by_its_field(home: TestHome) -> None:
    number = home.draft()
    damage(f"UPDATE record SET {in_json('content', '2', 'form')} WHERE number = %s", number)

    found = expect("head_differs", record=number, field="content.class")

    assert found.message == f"{number}: class is 'form' in the row, 'procedure' in version 1."


@damaged
def test_every_column_of_a_head_is_compared(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    values = {
        "type": "sample", "number": "SOP-999.01", "series": "SOP-999", "revision": 7, "standing": "past", "state": "void",
        "position": 9, "version": 8, "baseline": "0" * 64, "title": "Other", "department": "DEP-02", "round": 5,
        "due_at": "2031-01-01 00:00:00+00:00", "created_at": "2001-01-01 00:00:00+00:00",
        "updated_at": "2001-01-01 00:00:00+00:00", "leaf": b"1" * 32, "version_sha256": b"2" * 32,
        "signed": "{}", "marks": "{}",
    }  # fmt: skip
    sets = ", ".join(f"{name} = %s" for name in values)
    people = "author_id = NULL, owner_id = NULL"
    damage(f"UPDATE record SET {sets}, {people}, content = '{{}}' WHERE number = %s", *values.values(), number)

    report = verify()

    named = {f.field for f in report.findings if f.kind == "head_differs"}
    assert named >= {*values, "author_id", "owner_id", "content.title"}, told(report)


@damaged
def test_a_record_without_its_row_and_a_row_without_events_are_named(home: TestHome) -> None:
    number, other = home.draft(), home.draft()
    damage("DELETE FROM record WHERE number = %s", number)
    damage(f"DELETE FROM event WHERE record_id = {BY_NUMBER}", other)

    expect("head_missing", record=number, field="id", table="record")
    expect("head_extra", record=other, field="id", table="record")


@damaged
def test_swapped_file_bytes_of_the_same_length_are_named_with_the_record(home: TestHome) -> None:
    sha256 = bring(home)
    number = home.draft(file=[sha256])
    path = home.path / "files" / sha256[:2] / sha256
    path.chmod(0o640)
    path.write_bytes(path.read_bytes().replace(b"filter", b"shaken"))

    found = expect("file_changed", record=number, field="content", table="blob")

    assert (found.old, found.message) == (sha256, f"{number}: file {sha256[:12]} has other bytes in the store.")
    assert verify(deep=False).ok


@damaged
def test_a_removed_file_its_removed_row_and_a_changed_row_are_named(home: TestHome) -> None:
    gone, rowless, renamed = (bring(home, f"Method {n}".encode()) for n in range(3))
    first, second, third = home.draft(file=[gone]), home.draft(file=[rowless]), home.draft(file=[renamed])
    (home.path / "files" / gone[:2] / gone).unlink()
    damage("DELETE FROM blob WHERE sha256 = %s", rowless)
    damage("UPDATE blob SET media_type = 'text/html', size = 1 WHERE sha256 = %s", renamed)

    assert expect("file_missing", record=first, field="content").old == gone
    assert expect("file_missing", record=second, field="sha256").old == rowless
    assert expect("column_differs", record=third, field="media_type").new == "text/html"
    assert expect("column_differs", record=third, field="size").new == 1


@damaged
def test_a_changed_configuration_and_one_that_nobody_applied_are_named(home: TestHome) -> None:
    damage("UPDATE baseline SET content = replace(content, 'Your company', 'Mine')")
    content = canonical.encode({"company": {}})
    damage("INSERT INTO baseline (number, content, sha256, at) VALUES (2, %s, %s, '2026-01-01 00:00:00+00:00')",
           content, canonical.sha256(content))  # fmt: skip

    assert expect("baseline_changed", record=None, field="content", table="baseline").message.startswith("Baseline 1:")
    assert expect("baseline_extra", record=None, field="number").new == 2


@damaged
def test_a_configuration_that_was_replaced_with_its_hash_is_missed_by_the_events(home: TestHome) -> None:
    content = canonical.encode({"company": {}})
    damage("UPDATE baseline SET content = %s, sha256 = %s", content, canonical.sha256(content))

    first = [f for f in verify().findings if f.kind == "baseline_missing"]

    assert len(first) == 1
    assert first[0].record is not None
    expect("baseline_extra", record=None, field="number")


@damaged
def test_a_self_granted_role_is_named_with_person_and_role(home: TestHome) -> None:
    ann = home.person("ann")
    damage("INSERT INTO access_grant (record_id, person_id, role, from_at, reason) SELECT id, id, 'qa_approver', created_at, 'x' "
           "FROM record WHERE title = 'Ann Author'")  # fmt: skip
    number = Record.objects.get(pk=ann).number

    found = expect("projection_extra", record=number, field="record_id", table="access_grant")

    assert "'qa_approver'" in found.message
    assert str(ann) in found.message


@damaged
def test_edited_links_tasks_parties_and_counters_are_named(home: TestHome) -> None:
    number, other = home.until(home.draft(), "in_review"), home.draft()
    damage(f"UPDATE link SET target = 'DEP-02' WHERE record_id = {BY_NUMBER}", number)
    damage(f"UPDATE task SET due_at = '2040-01-01 00:00:00+00:00' WHERE record_id = {BY_NUMBER}", number)
    damage(f"DELETE FROM task WHERE record_id = {BY_NUMBER}", other)
    damage(f"DELETE FROM party WHERE capacity = 'owner' AND record_id = {BY_NUMBER}", number)
    damage("UPDATE numbering SET last = 1 WHERE prefix = 'SOP'")

    assert expect("projection_extra", record=number, field="target", table="link").new["target"] == "DEP-02"
    assert expect("projection_missing", record=number, field="target", table="link").old["target"] == "DEP-01"
    assert expect("projection_differs", record=number, field="due_at", table="task").new == "2040-01-01T00:00:00.000000Z"
    expect("projection_missing", record=other, field="id", table="task")
    expect("projection_missing", record=number, field="capacity", table="party")
    assert expect("projection_differs", record=None, field="last", table="numbering").old == 2


@damaged
def test_a_gap_a_swap_and_an_entry_missing_from_the_log_are_named(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    sequencer.drain()
    refs = [e.pk for e in Event.objects.filter(record_id=head(number).id).order_by("position")]
    seqs = [LogPosition.objects.get(kind="e", ref=ref).seq for ref in refs]
    damage("DELETE FROM log_position WHERE seq = 3")
    for seq, ref in ((seqs[0], -1), (seqs[1], refs[0]), (seqs[0], refs[1])):
        damage("UPDATE log_position SET ref = %s WHERE seq = %s", ref, seq)

    assert expect("log_gap", record=None, field="seq").message == "The log: position 3 is missing."
    expect("log_missing", record=_of(3), field="ref")
    assert expect("log_order", record=number, field="seq").position == 2


def _of(seq: int) -> str:
    # The damaged entry is gone; its event is the one that neither waits nor stands in the log.
    logged = set(LogPosition.objects.filter(kind="e").values_list("ref", flat=True))
    event = Event.objects.exclude(pk__in=logged).get()
    return Record.objects.get(pk=event.record_id).number


@damaged
def test_an_edited_a_redated_and_a_deleted_refusal_are_named(home: TestHome) -> None:
    numbers = live(home)
    sequencer.drain()
    damage("UPDATE refusal SET payload = replace(payload, 'authority', 'courtesy'), at = '2019-01-01 00:00:00+00:00'")
    about = str(head(numbers["filed"]).id)

    assert expect("refusal_changed", record=about, field="payload", table="refusal").old == bytes(Refusal.objects.get().leaf).hex()
    assert expect("refusal_changed", record=about, field="at").new == "2019-01-01T00:00:00.000000Z"
    damage("DELETE FROM refusal")
    assert "names refusal" in expect("log_extra", record=None, field="seq").message


@damaged
def test_a_removed_a_changed_and_an_invented_request_are_named(home: TestHome) -> None:
    first = home.act("ann", "document.create", key="k-1", fields={"title": "One", "class": "procedure"}).number
    second = home.act("ann", "document.create", key="k-2", fields={"title": "Two", "class": "procedure"}).number
    damage("DELETE FROM request WHERE key = 'k-1'")
    damage("UPDATE request SET body = %s WHERE key = 'k-2'", b"0" * 32)
    damage("INSERT INTO request (person_id, key, body, record_id, position) "
           f"SELECT person_id, 'k-3', body, {BY_NUMBER}, 5 FROM request", first)  # fmt: skip

    assert expect("request_missing", record=first, field="key").old == "k-1"
    assert expect("column_differs", record=second, field="body", table="request").new == (b"0" * 32).hex()
    assert expect("request_extra", record=first, field="key").position == 5


@damaged
def test_a_forged_event_at_the_tail_is_missed_by_the_head(home: TestHome) -> None:
    number = home.draft()
    event = Event.objects.get(record_id=head(number).id)
    data = canonical.decode(event.payload) | {"position": 2, "prev": bytes(event.leaf).hex(), "state": "effective"}
    del data["effects"], data["version"]["new"]
    text = canonical.encode(data)
    damage("INSERT INTO event (record_id, position, at, person_id, payload, leaf) SELECT record_id, 2, at, person_id, %s, %s "
           f"FROM event WHERE record_id = {BY_NUMBER}", text, canonical.leaf(text), number)  # fmt: skip

    found = expect("head_differs", record=number, field="position")

    assert (found.old, found.new) == (2, 1)
    assert expect("head_differs", record=number, field="leaf").old == canonical.leaf(text).hex()


@damaged
def test_an_event_that_was_hashed_anew_is_missed_by_its_successor(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    event = Event.objects.get(record_id=head(number).id, position=1)
    text = event.payload.replace("Ann Author", "Eve Author")
    damage("UPDATE event SET payload = %s, leaf = %s WHERE id = %s", text, canonical.leaf(text), event.pk)

    found = expect("link_broken", record=number, field="prev")

    assert (found.position, found.old) == (2, canonical.leaf(text).hex())


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
def test_a_null_or_an_endless_time_is_a_finding_and_no_error(home: TestHome, table: str, column: str, value: str | None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("true of PostgreSQL only")
    number = home.until(home.draft(), "in_review")
    where = "number = %s" if table == "record" else f"record_id = {BY_NUMBER}"
    damage(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
    damage(f"UPDATE {table} SET {column} = %s WHERE {where}", value, number)

    assert not verify().ok

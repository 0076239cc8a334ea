"""Verification: an untouched ledger is clean, and every way to change it behind the product's back is named (11.10(a))."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from indelible.assurance.verify import verify
from indelible.infra import canonical
from indelible.kernel import sequencer
from indelible.kernel.models import Event, LogPosition, Record, Refusal, Signature
from tests.assurance.damaging import BY_NUMBER, bring, damage, expect, head, live, told
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


@pytest.mark.parametrize("processes", [1, 3])
def test_a_file_that_a_withheld_version_brought_first_and_another_record_names_is_clean(
    home: TestHome, processes: int
) -> None:
    first, brought = home.draft(title="Sample of Jane Miller", file=[bring(home)]), bring(home)
    home.act("ann", "document.edit", first, fields={"title": "Sample 14", "file": []}, reason="A name had been entered")
    second = home.draft(file=[brought])
    for who in ("qua", "quy"):
        home.sign(who, "document.restrict", first, reason="Personal data of a patient")

    report = verify(processes=processes)

    assert report.ok, told(report)
    assert (report.counts["restricted"], report.counts["files"]) == (1, 1)
    assert Record.objects.get(number=second).position == 1


@damaged
def test_a_file_whose_row_says_another_time_is_named_although_some_version_is_withheld(home: TestHome) -> None:
    numbers = live(home)
    damage("UPDATE blob SET at = %s", "2020-01-01 10:00:00+00:00")

    assert expect("column_differs", record=numbers["filed"], field="at", table="blob").old is not None


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

    assert (
        expect("refusal_changed", record=about, field="payload", table="refusal").old
        == bytes(Refusal.objects.get().leaf).hex()
    )
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

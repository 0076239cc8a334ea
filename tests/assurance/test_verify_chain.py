"""The quick verification: the events' own hashes, links and order, and what heads and log say of them (11.10(a), (e))."""

from __future__ import annotations

import pytest

from indelible.assurance.verify import Finding, verify, verify_chain
from indelible.infra import canonical
from indelible.kernel import sequencer
from indelible.kernel.models import Event, LogPosition, Record
from tests.assurance.damaging import BY_NUMBER, damage, head, live
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="what is tested is that the damage is found")


def expect(kind: str, *, table: str = "event", field: str) -> Finding:
    """Give the finding of this kind and field that the quick verification makes; fails where it makes none."""
    report = verify_chain()
    found = [f for f in report.findings if (f.kind, f.table, f.field) == (kind, table, field)]
    assert found, [f.message for f in report.findings]
    assert not report.ok
    return found[0]


def test_a_life_with_every_turn_has_a_whole_chain_and_is_counted(home: TestHome) -> None:
    live(home)
    sequencer.drain()
    seen: list[str] = []

    report = verify_chain(progress=lambda what, _: seen.append(what))

    assert report.ok, report.findings
    assert report.counts == {
        "events": Event.objects.count(), "records": Record.objects.count(), "positions": LogPosition.objects.count(),
    }  # fmt: skip
    assert seen == ["records", "log"]


@damaged
def test_an_edited_event_is_named(home: TestHome) -> None:
    number = home.draft()
    damage(f"UPDATE event SET payload = replace(payload, 'Ann Author', 'Eve Author') WHERE record_id = {BY_NUMBER}", number)

    found = expect("payload_changed", field="payload")

    assert found.position == 1
    assert str(head(number).id) in found.message


@damaged
def test_an_event_written_anew_with_its_hash_is_given_away_by_the_next_ones_link(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    event = Event.objects.get(record_id=head(number).id, position=2)
    payload = event.payload.replace("Rita Reviewer", "Eve Reviewer").replace('"at":"2', '"at":"3')
    damage("UPDATE event SET payload = %s, leaf = %s WHERE id = %s", payload, canonical.leaf(payload), event.pk)

    found = expect("link_broken", field="prev")

    assert found.position == 3
    assert bytes.fromhex(canonical.leaf(payload).hex()).hex() in str(found.old)


@damaged
def test_a_newest_event_written_anew_with_its_hash_is_given_away_by_the_head(home: TestHome) -> None:
    number = home.draft()
    event = Event.objects.filter(record_id=head(number).id).latest("position")
    payload = event.payload.replace("Ann Author", "Eve Author")
    damage("UPDATE event SET payload = %s, leaf = %s WHERE id = %s", payload, canonical.leaf(payload), event.pk)

    assert expect("head_differs", table="record", field="leaf").record == number


@damaged
@pytest.mark.parametrize("position", [1, 2, 3])
def test_a_deleted_event_is_missed(home: TestHome, position: int) -> None:
    number = home.until(home.draft(), "in_approval")
    sequencer.drain()
    newest = Event.objects.filter(record_id=head(number).id).count()
    damage(f"DELETE FROM event WHERE position = %s AND record_id = {BY_NUMBER}", position, number)

    if position < newest:
        expect("position_missing", field="position")
    else:
        expect("head_differs", table="record", field="leaf")
    expect("log_extra", table="log_position", field="seq")


@damaged
def test_events_that_changed_places_are_named(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    for old, new in ((2, 99), (3, 2), (99, 3)):
        damage(f"UPDATE event SET position = %s WHERE position = %s AND record_id = {BY_NUMBER}", new, old, number)

    assert expect("position_missing", field="position").position == 3


@damaged
def test_an_event_moved_to_another_record_is_missed_where_it_was(home: TestHome) -> None:
    number = home.draft()
    damage("UPDATE event SET record_id = (SELECT id FROM record WHERE number = 'DEP-01'), position = 77 "
           f"WHERE record_id = {BY_NUMBER}", number)  # fmt: skip

    expect("position_missing", field="position")


@damaged
def test_a_head_that_was_put_back_and_one_that_is_gone_are_named(home: TestHome) -> None:
    number, other = home.until(home.draft(), "in_review"), home.draft()
    gone = head(other).id
    damage(f"UPDATE record SET position = 1, leaf = (SELECT leaf FROM event WHERE position = 1 AND record_id = {BY_NUMBER}) "
           "WHERE number = %s", number, number)  # fmt: skip
    damage("DELETE FROM record WHERE number = %s", other)

    assert expect("head_differs", table="record", field="leaf").record == number
    assert str(gone) in expect("head_missing", table="record", field="id").message


@damaged
def test_an_event_that_the_log_does_not_know_is_named(home: TestHome) -> None:
    home.draft()
    sequencer.drain()
    damage("DELETE FROM log_position WHERE seq = (SELECT max(seq) FROM log_position WHERE kind = 'e')")

    expect("log_missing", table="log_position", field="ref")


@damaged
def test_bytes_that_cannot_be_hashed_or_compared_are_findings_and_no_errors(home: TestHome) -> None:
    number = home.draft()
    damage(f"UPDATE event SET leaf = %s, payload = '' WHERE record_id = {BY_NUMBER}", b"", number)

    expect("payload_changed", field="payload")


@damaged
def test_what_the_chain_alone_does_not_show_the_whole_verification_does(home: TestHome) -> None:
    number = home.draft()
    damage(f"UPDATE version SET content = replace(content, 'a', 'b') WHERE record_id = {BY_NUMBER}", number)

    assert verify_chain().ok
    assert not verify().ok


def test_several_processes_give_the_report_of_one(home: TestHome) -> None:
    live(home)
    sequencer.drain()

    shared = verify_chain(processes=4)

    assert shared.ok, shared.findings
    assert shared == verify_chain(processes=1)
    assert shared.counts["events"] == Event.objects.count()


@damaged
def test_damage_in_every_part_is_found_by_several_processes_as_by_one(home: TestHome) -> None:
    for _ in range(4):
        home.until(home.draft(), "in_review")
    damage("UPDATE event SET payload = replace(payload, 'Ann Author', 'Eve Author')")
    damage("DELETE FROM event WHERE position = 2 AND record_id IN (SELECT id FROM record WHERE type = 'document')")

    alone, shared = (verify_chain(processes=many) for many in (1, 3))

    assert len(alone.findings) > 8
    assert sorted(f.message for f in shared.findings) == sorted(f.message for f in alone.findings)


@damaged
@pytest.mark.parametrize("position", [2, 3])
def test_a_link_that_names_another_event_is_found_wherever_a_part_ends(home: TestHome, position: int) -> None:
    number = home.until(home.draft(), "in_approval")
    event = Event.objects.get(record_id=head(number).id, position=position)
    before = Event.objects.get(record_id=head(number).id, position=position - 1)
    payload = event.payload.replace(bytes(before.leaf).hex(), "0" * 64)
    damage("UPDATE event SET payload = %s, leaf = %s WHERE id = %s", payload, canonical.leaf(payload), event.pk)

    for processes in (1, 2, 4):
        found = [f for f in verify_chain(processes=processes).findings if f.kind == "link_broken"]
        assert position in [f.position for f in found], processes

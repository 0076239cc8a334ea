"""Verification of what pages and rules read: every column of a head and every projection against the events (11.10(a))."""

from __future__ import annotations

import pytest

from indelible.assurance.verify import verify
from indelible.kernel.models import Record
from tests.assurance.damaging import BY_NUMBER, damage, expect, in_json, told
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="what is tested is that the damage is found")


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
def test_a_self_granted_role_is_named_with_person_and_role(home: TestHome) -> None:
    ann = home.person("ann")
    damage("INSERT INTO access_grant (record_id, person_id, role, from_at, reason) SELECT id, id, 'qa_approver', created_at, 'x' "
           "FROM record WHERE title = 'Ann Author'")  # fmt: skip
    number = Record.objects.get(pk=ann).number

    found = expect("projection_extra", record=number, field="from_at", table="access_grant")

    assert "'qa_approver'" in found.message
    assert f"person Ann Author ({ann})" in found.message


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

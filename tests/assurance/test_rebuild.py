"""Rebuilding: the shadow equals the tables after every life, and what somebody changed there is mended from the truth."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection, models

from indelible.assurance.rebuild import rebuild
from indelible.assurance.verify import verify
from indelible.kernel import statements
from indelible.kernel.models import PROJECTION, Event, Link, Record, Task
from indelible.kernel.projections import Delete
from tests.assurance.damaging import BY_NUMBER, damage, head, in_json, live, told
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="some damage stays, because nothing may mend it")


def rows(model: type[models.Model]) -> list[dict[str, Any]]:
    """Give a projection's rows without what only counts them."""
    left_out = {"mended", *([] if model is Task else ["id"] if model is not Record else [])}
    found = [{k: v for k, v in row.items() if k not in left_out} for row in model._default_manager.values()]
    return sorted(found, key=str)


def everything() -> dict[str, list[dict[str, Any]]]:
    return {model.__name__: rows(model) for model in PROJECTION}


def test_a_life_leaves_nothing_to_mend(home: TestHome) -> None:
    live(home)

    result = rebuild(apply=True)

    assert (result.ok, result.differences, result.mended, result.left) == (True, [], 0, [])
    assert result.counts["records"] == Record.objects.count()
    assert not Record.objects.exclude(mended=0).exists()


def test_a_comparison_changes_nothing_and_names_what_differs(home: TestHome) -> None:
    number = home.draft()
    damage("UPDATE record SET state = 'effective' WHERE number = %s", number)

    result = rebuild()

    assert [(f.kind, f.record, f.field, f.old, f.new) for f in result.differences] == [
        ("head_differs", number, "state", "draft", "effective")
    ]
    assert (result.ok, result.mended, head(number).state) == (False, 0, "effective")
    assert json.loads(json.dumps(asdict(result)))["ok"] is False
    rebuild(apply=True)


def test_every_projection_is_mended_to_exactly_what_it_was(home: TestHome) -> None:
    numbers = live(home)
    before, number = everything(), numbers["voided"]
    damage(f"UPDATE record SET state = 'effective', title = 'X', due_at = NULL, {in_json('content', '2', 'form')} WHERE number = %s",
           number)  # fmt: skip
    damage(f"DELETE FROM task WHERE record_id = {BY_NUMBER}", number)
    damage("UPDATE link SET relation = 'x'")
    damage("UPDATE party SET capacity = 'owner' WHERE capacity = 'reviewers'")
    damage("UPDATE access_grant SET until_at = NULL, role = 'qa_approver'")
    damage("UPDATE numbering SET last = 999 WHERE prefix = 'SOP'")
    damage("DELETE FROM numbering WHERE prefix = 'GRT'")
    damage("INSERT INTO timer (record_id, move, due_at) SELECT id, 'end', created_at FROM record WHERE type = 'grant'")

    result = rebuild(apply=True)

    assert result.mended == len(result.differences) > 20
    assert result.ok
    assert everything() == before
    assert head(number).mended == 2
    assert verify().ok, told(verify())


def test_records_that_stand_in_each_others_place_are_mended(home: TestHome) -> None:
    one, other = home.until(home.draft(), "effective"), home.until(home.draft(), "effective")
    before = everything()
    for old, new in ((one, "A"), (other, one), ("A", other)):
        damage("UPDATE record SET number = %s, series = %s WHERE number = %s", new, new[:-3] or None, old)

    assert rebuild(apply=True).ok
    assert everything() == before


def test_a_lost_head_comes_back(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    before = everything()
    damage("DELETE FROM record WHERE number = %s", number)

    assert rebuild(apply=True).ok
    assert everything() == before


@damaged
def test_a_record_whose_truth_is_damaged_is_left_as_it_is(home: TestHome) -> None:
    number, other = home.draft(), home.draft()
    damage(f"UPDATE event SET payload = replace(payload, 'Handling', 'Mishandling') WHERE record_id = {BY_NUMBER}", number)
    damage("UPDATE record SET state = 'effective' WHERE number IN (%s, %s)", number, other)
    damage("UPDATE numbering SET last = 999 WHERE prefix = 'SOP'")

    result = rebuild(apply=True)

    assert (head(number).state, head(number).title, head(other).state) == ("effective", "Handling of samples", "draft")
    assert not result.ok
    assert {(f.record, f.field) for f in result.left} == {(number, "state"), (number, "title"), (None, "last")}
    assert result.counts["damaged"] == 1


@damaged
def test_a_head_without_events_is_left_for_people(home: TestHome) -> None:
    number = home.draft()
    damage(f"DELETE FROM event WHERE record_id = {BY_NUMBER}", number)

    result = rebuild(apply=True)

    assert next(f.kind for f in result.left if f.record == number) == "head_extra"
    assert Record.objects.filter(number=number).exists()
    assert Link.objects.filter(record_id=head(number).id).exists()


def test_nothing_but_a_projection_can_be_mended(home: TestHome) -> None:
    with pytest.raises(ValueError, match="Event is not a projection"), statements.mending() as mend:
        mend([Delete(Event, {"position": 1})], [])

    assert Event.objects.filter(position=1).exists()


def test_a_head_is_not_mended_to_what_is_not_its_newest_event(home: TestHome) -> None:
    record = head(home.until(home.draft(), "in_review"))
    first = Event.objects.get(record_id=record.id, position=1)

    with pytest.raises(Exception, match="without its event"), statements.mending() as mend:
        mend([], [(False, {"id": record.id, "number": record.number, "series": record.series, "revision": record.revision,
                           "standing": record.standing, "position": 1, "leaf": bytes(first.leaf), "state": "draft"})])  # fmt: skip

    assert head(record.number).position == 2


def test_writers_wait_until_the_mending_is_done(home: TestHome) -> None:
    number = home.draft()

    with statements.mending(), pytest.raises(Exception, match=r"locked|lock timeout|canceling"):
        _hurried("UPDATE record SET mended = mended + 1 WHERE number = %s", number)

    assert head(number).mended == 0


def _hurried(sql: str, number: str) -> None:
    other = connection.copy()
    other.settings_dict["OPTIONS"]["timeout"] = 0.2 if other.vendor == "sqlite" else 0
    if other.vendor == "postgresql":
        other.settings_dict["OPTIONS"] = {"options": "-c lock_timeout=200ms"}
    try:
        with other.cursor() as cursor:
            cursor.execute(sql, [number])
    finally:
        other.close()

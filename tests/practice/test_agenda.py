"""What is to happen on which day: from work, timers and fields, of what one person may see, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indelible.infra import clock
from indelible.practice import agenda
from tests.homes import TestHome
from tests.modules.events import WHY, action, capa, day, due, reported

Told = list[tuple[str, str, str]]


def around(home: TestHome, who: str, *kinds: str, mine: bool = False, days: int = 400) -> Told:
    today = date.fromisoformat(day(0))
    found = agenda.between(home.view(who), today - timedelta(days=60), today + timedelta(days=days), mine=mine, kinds=kinds)
    assert not found.more
    return [(one.record.number, one.day.isoformat(), one.what) for one in found.entries]


def test_work_timers_and_fields_stand_on_their_days(home: TestHome) -> None:
    coming = home.until(home.draft(effective_on=day(20)), "approved")
    task = action(home, capa(home, reported(home)), due_on=day(10))
    plan = capa(home, reported(home), implement_by=day(60))

    told = around(home, "qua")

    assert (coming, day(20), "Take effect, by itself") in told
    assert (task, day(10), "Done") in told
    assert (plan, day(60), "Implemented by") in told


def test_a_day_that_work_or_a_timer_says_is_not_said_again_by_its_field(home: TestHome) -> None:
    task = action(home, capa(home, reported(home)), due_on=day(10))
    coming = home.until(home.draft(effective_on=day(20)), "approved")

    told = around(home, "qua")

    assert [what for number, _, what in told if number == task] == ["Done"]
    assert [what for number, on, what in told if (number, on) == (coming, day(20))] == ["Take effect, by itself"]


def test_what_was_extended_stands_on_its_new_day_only(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    before = due(number)
    home.act("rob", "document.extend", number, days=9, reason=WHY)

    days = [on for found, on, _ in around(home, "rob") if found == number]

    assert due(number) in days
    assert before not in days


def test_what_has_come_to_its_end_has_no_day(home: TestHome) -> None:
    number = home.draft(effective_on=day(20))
    assert number in {found for found, _, _ in around(home, "ann")}
    home.sign("qua", "document.void", number, reason=WHY)

    assert number not in {found for found, _, _ in around(home, "qua")}


@pytest.mark.parametrize("who", ["rea", "bea", "gue", "sys"])
def test_nobody_learns_of_a_day_of_what_is_hidden(home: TestHome, who: str) -> None:
    hidden = home.draft(effective_on=day(20), title="Hidden")
    waiting = home.until(home.draft(effective_on=day(20)), "in_review")

    assert {hidden, waiting} <= {number for number, _, _ in around(home, "ann")}
    for mine in (True, False):
        assert not {hidden, waiting} & {number for number, _, _ in around(home, who, mine=mine)}


def test_mine_is_what_waits_for_me_and_what_names_me(home: TestHome) -> None:
    task = action(home, capa(home, reported(home)), due_on=day(10))
    waiting = home.until(home.draft(title="To be reviewed"), "in_review")

    assert task in {number for number, _, _ in around(home, "bea", mine=True)}
    assert waiting in {number for number, _, _ in around(home, "rob", mine=True)}
    assert task not in {number for number, _, _ in around(home, "rob", mine=True)}
    assert task in {number for number, _, _ in around(home, "rob")}


def test_a_type_is_shown_alone(home: TestHome) -> None:
    plan = capa(home, reported(home), implement_by=day(60))
    task = action(home, plan, due_on=day(10))

    assert {number for number, _, _ in around(home, "qua", "action")} == {task}
    assert around(home, "qua", "nothing of the kind") == []


def test_the_first_day_counts_and_the_last_one_does_not(home: TestHome) -> None:
    task = action(home, capa(home, reported(home)), due_on=day(10))
    first = date.fromisoformat(day(10))
    view = home.view("qua")

    def has(begin: date, end: date) -> bool:
        return task in {one.record.number for one in agenda.between(view, begin, end, kinds=["action"]).entries}

    assert has(first, first + timedelta(days=1))
    assert not has(first - timedelta(days=1), first)
    assert not has(first + timedelta(days=1), first + timedelta(days=2))


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    yield lambda span: clock.simulate(lambda real: real + span)
    clock.simulate(None)


def test_late_is_what_was_due_before_and_is_not_done(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number, done = (home.until(home.draft(), "in_review") for _ in range(2))
    home.sign("qua", "document.void", done, reason=WHY)
    after = date.fromisoformat(due(number)) + timedelta(days=1)
    assert agenda.late(home.view("rob"), after).entries == [], "due before that day, and not late yet"

    later(timedelta(days=20))
    found = agenda.late(home.view("rob"), after, mine=True).entries

    assert [(one.record.number, one.late) for one in found if one.record.number in (number, done)] == [(number, True)]
    assert agenda.late(home.view("rob"), after - timedelta(days=1)).entries == []
    assert number not in {one.record.number for one in agenda.late(home.view("rea"), after).entries}


def test_the_statements_are_the_same_with_few_records_and_with_many(home: TestHome) -> None:
    counted = []
    for rows in (2, 12):
        for _ in range(rows):
            action(home, capa(home, reported(home)), due_on=day(10))
        view = home.view("qua")
        with CaptureQueriesContext(connection) as seen:
            assert len(agenda.between(view, date.fromisoformat(day(0)), date.fromisoformat(day(90))).entries) >= rows
        counted.append(len(seen.captured_queries))
    assert counted[0] == counted[1] <= 6

"""Audit-trail reviews: for whom a review is open work, beside quality operations, who send it on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from indelible.kernel.models import Task
from indelible.practice import queries
from tests.homes import TestHome, hire
from tests.modules.events import head
from tests.modules.trails import Days, begun, concluded, decide, decided, lines, row, weak, with_auditor


@pytest.fixture
def days(home: TestHome) -> Iterator[Days]:
    """Give a working day, on which an internal auditor is there as well."""
    with with_auditor(home) as days:
        yield days


def asked(home: TestHome, who: str, number: str) -> list[tuple[str, str]]:
    """Give what a review asks of somebody: the act, and why."""
    return [(task.move, task.note) for task, record in queries.list_work(home.view(who)) if record.number == number]


def test_lines_about_acts_of_quality_are_work_of_who_decides_on_them(home: TestHome, days: Days) -> None:
    weak(home, "rob")
    weak(home, "ann")
    number = begun(home, days)

    for who in ("aud", "sys"):
        ((move, note),) = asked(home, who, number)
        assert move == "edit"
        assert note.startswith("Acts of Quality: line ")
    assert [move for move, _ in asked(home, "rob", number)] == ["submit"]
    assert asked(home, "ann", number) == []
    assert {task.due_at for task in Task.objects.filter(record_id=head(number).pk)} == {head(number).due_at}


def test_it_is_nobodys_work_where_no_act_of_quality_is_among_them(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)

    assert [one["quality"] for one in lines(number)] == [False]
    assert [asked(home, who, number) for who in ("aud", "sys")] == [[], []]


def test_it_ends_with_the_last_of_these_lines_and_with_no_other(home: TestHome, days: Days) -> None:
    weak(home, "rob")
    weak(home, "qua")
    weak(home, "ann")
    number = begun(home, days)
    theirs = [line for line in lines(number) if line["quality"]]
    (own,) = [line for line in lines(number, "weak reason") if line["user_id"] == "ann"]

    decide(home, "rob", number, row(own))
    assert asked(home, "aud", number)
    for line in theirs[:-1]:
        decide(home, "aud", number, row(line))
        assert asked(home, "sys", number)
    decide(home, "aud", number, row(theirs[-1]))
    assert [asked(home, who, number) for who in ("aud", "sys")] == [[], []]
    assert [move for move, _ in asked(home, "rob", number)] == ["submit"]

    decide(home, "aud", number, row(theirs[0], None))
    assert asked(home, "sys", number)


def test_an_auditor_who_holds_a_role_of_quality_is_not_asked(home: TestHome, days: Days) -> None:
    hire(home, "two", "Two Roles", ["internal_auditor", "qa_approver"])
    days.at(12)
    weak(home, "rob")
    number = begun(home, days)

    assert "edit" not in {move for move, _ in asked(home, "two", number)}
    assert asked(home, "aud", number)


def test_a_review_that_was_sent_on_asks_them_for_nothing(home: TestHome, days: Days) -> None:
    weak(home, "rob")
    number = begun(home, days)
    concluded(home, decided(home, number))
    home.sign("rob", "trail_review.submit", number)

    assert [asked(home, who, number) for who in ("aud", "sys")] == [[], []]
    home.sign("qua", "trail_review.return", number, reason="The conclusion says too little")
    assert [asked(home, who, number) for who in ("aud", "sys")] == [[], []]
    assert [move for move, _ in asked(home, "rob", number)] == ["submit"]

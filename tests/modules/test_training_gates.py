"""Training is asked for before a revision takes effect, and before an act that is tied to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from indelible.kernel import records, timers
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.practice import queries
from tests.homes import TestHome
from tests.modules.events import change, day, head, refused, reported
from tests.modules.trained import (
    WHY,
    curriculum,
    everybody_reads,
    in_force,
    mine,
    only,
    practice,
    procedure,
    read,
    settle,
)

Later = Callable[[timedelta], None]
DAY = timedelta(days=1)


# A revision and its people


def test_an_approved_revision_is_trained_before_it_takes_effect(home: TestHome, later: Later) -> None:
    number = in_force(home)
    curriculum(home, number[:-3], roles=["author"])
    everybody_reads(home, number)
    second = home.until(home.revise("ann", number, training="read", effective_on=day(14)), "approved")
    settle()
    assert {records.values(only(home, user, of=second))["because"] for user in ("ann", "bea")} == {"revision"}
    assert {records.values(only(home, user, of=second))["due_on"] for user in ("ann", "bea")} == {day(14)}

    read(home, "ann", only(home, "ann", of=second))
    later(15 * DAY)
    timers.run_due()
    assert head(second).state == "approved"
    assert "training_condition_met" in refused(home, "doc", "document.take_effect", second)

    read(home, "bea", only(home, "bea", of=second))
    home.act("doc", "document.take_effect", second)
    assert (head(second).state, head(number).state) == ("effective", "superseded")


def test_the_last_one_trained_lets_the_due_revision_take_effect_with_the_clock(home: TestHome, later: Later) -> None:
    number = procedure(home)
    curriculum(home, number[:-3], roles=["author"])
    everybody_reads(home, number)
    later(15 * DAY)
    timers.run_due()

    assert head(number).state == "effective"


def test_who_is_kept_from_the_work_does_not_hold_up_the_others(home: TestHome) -> None:
    number = procedure(home)
    curriculum(home, number[:-3], roles=["author"], acts="change")
    read(home, "ann", only(home, "ann"))
    assert "training_condition_met" in refused(home, "doc", "document.take_effect", number)

    home.sign("qua", "training.take_from_work", only(home, "bea").number, WHY)
    home.act("doc", "document.take_effect", number)
    settle()

    with pytest.raises(Refused) as caught:
        home.act("bea", "change.create", fields={"title": "Anything"})
    assert caught.value.rule == "training_is_done"
    read(home, "bea", only(home, "bea"))
    assert only(home, "bea").state == "done"
    home.act("bea", "change.create", fields={"title": "Anything"})


def test_nobody_keeps_themselves_from_the_work(home: TestHome) -> None:
    number = procedure(home)
    curriculum(home, number[:-3], roles=["qa_approver"])

    assert "signer_is_not_trainee" in refused(home, "qua", "training.take_from_work", only(home, "qua").number)


def test_a_revision_that_nobody_has_to_be_trained_in_waits_for_nobody(home: TestHome) -> None:
    number = home.until(home.draft(training="none"), "approved")
    curriculum(home, number[:-3])

    home.act("doc", "document.take_effect", number)

    assert not Record.objects.filter(type="training").exists()


def test_what_left_force_is_trained_no_more_and_what_was_done_stays(home: TestHome) -> None:
    number = in_force(home)
    curriculum(home, number[:-3], roles=["author"])
    read(home, "ann", only(home, "ann"))
    second = home.until(home.revise("ann", number, training="none"), "effective")
    settle()

    assert head(second).state == "effective"
    assert [only(home, user, of=number).state for user in ("ann", "bea")] == ["done", "cancelled"]


# Time


def test_what_runs_out_is_assigned_again(home: TestHome, later: Later) -> None:
    curriculum(home, in_force(home)[:-3], roles=["author"], retraining_months="12")
    read(home, "ann", only(home, "ann"))
    later(400 * DAY)
    timers.run_due()
    settle()

    first, second = mine(home, "ann")
    assert (first.state, second.state, records.values(second)["because"]) == ("expired", "assigned", "retraining")
    assert records.values(second)["due_on"] == day(30)


def test_overdue_training_is_extended_by_quality_and_by_nobody_else(home: TestHome) -> None:
    number = practice(home, "rea")

    with pytest.raises(Refused):
        home.act("rea", "training.extend", number, days=5, reason=WHY)
    before = head(number).due_at
    home.act("rob", "training.extend", number, days=5, reason=WHY)

    assert before is not None
    assert head(number).due_at == before + 5 * DAY


# Acts and their training


@pytest.fixture
def tied(home: TestHome) -> str:
    """Give a procedure in force to which acts are tied, with a training of Ann's that is due in 30 days."""
    number = in_force(home)
    curriculum(home, number[:-3], roles=["author", "qa_ops"], acts="change.submit, deviation.investigate, document")
    return number


def test_overdue_training_keeps_from_the_acts_that_are_tied_to_it(home: TestHome, tied: str, later: Later) -> None:
    number = change(home)
    verb = next(p for p in queries.list_acts(home.view("ann"), head(number)) if p.verb == "submit")
    assert verb.allowed
    later(40 * DAY)

    with pytest.raises(Refused) as caught:
        home.sign("ann", "change.submit", number)
    mine_first = only(home, "ann").number
    assert caught.value.rule == "training_is_done"
    assert caught.value.missing[0].text.startswith(f"{mine_first}, {tied}")
    assert mine_first in caught.value.do
    shown = next(p for p in queries.list_acts(home.view("ann"), head(number)) if p.verb == "submit")
    assert shown.refusal is not None
    assert shown.refusal.rule == "training_is_done"

    read(home, "ann", only(home, "ann"))
    home.sign("ann", "change.submit", number)


def test_what_is_not_tied_stays_open_to_the_untrained(home: TestHome, tied: str, later: Later) -> None:
    later(40 * DAY)
    number = change(home)
    home.act("ann", "change.edit", number, fields={"before": "Two telephones, one of them broken"})

    with pytest.raises(Refused) as caught:
        home.draft()
    assert caught.value.rule == "training_is_done"


def test_reporting_reading_and_the_own_training_are_never_refused(home: TestHome, tied: str, later: Later) -> None:
    later(40 * DAY)

    number = reported(home, "ann")
    queries.get_record(home.view("ann"), tied)
    read(home, "ann", only(home, "ann"))

    assert (head(number).state, only(home, "ann").state) == ("triage", "done")


def test_others_are_not_kept_from_anything_by_somebodys_training(home: TestHome, tied: str, later: Later) -> None:
    later(40 * DAY)

    home.act("hed", "change.create", fields={"title": "Anything", "department": home.departments["Quality Control"]})


def test_training_on_a_revision_that_is_not_in_force_keeps_from_nothing(home: TestHome, tied: str, later: Later) -> None:
    everybody_reads(home, tied)
    second = home.until(home.revise("ann", tied, training="read", effective_on=day(14)), "approved")
    settle()
    later(20 * DAY)
    number = change(home)

    home.sign("ann", "change.submit", number)

    assert only(home, "ann", of=second).state == "assigned"


def test_before_work_keeps_from_the_beginning(home: TestHome) -> None:
    curriculum(home, in_force(home)[:-3], roles=["author"], acts="change", before_work=True)

    with pytest.raises(Refused) as caught:
        home.act("ann", "change.create", fields={"title": "Anything"})

    assert caught.value.rule == "training_is_done"

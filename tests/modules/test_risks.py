"""Risks: graded by tables, computed by the system, treated, accepted by those who may, and asked for again."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import records, timers
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Event, Task
from indelible.modules.risks import grades
from indelible.practice import queries, raising
from tests.homes import TestHome
from tests.modules.events import CAUSE, WHY, action, capa, day, due, head, impact, investigated, refused, reported, verified
from tests.modules.supplies import settle

HIGH = {"severity": "high", "probability": "high", "detectability": "low"}
LOW = {"severity": "low", "probability": "low", "detectability": "high"}
AFTER = {"severity_left": "high", "probability_left": "low", "detectability_left": "medium", "done": "A second sensor rings"}
MODE = {"step": "Filling", "mode": "Level sinks", "effect": "Cells thaw", "severity": "low", "cause": "Leak", "probability": "low",
        "control": "Log", "detectability": "high"}  # fmt: skip


def risk(home: TestHome, **fields: Any) -> str:
    """Write a complete risk of Ann's; class and priority are computed."""
    given = {
        "title": "A tank runs dry", "object_kind": "process", "object_name": "Cryostorage", "failure": "The level is not noticed",
        "cause": "The alarm is forwarded to nobody", "effect": "Cells thaw and are lost", "control": "A log by hand", "owner": "ann",
        "department": home.departments["Quality Control"], "grades_because": "Two cases in three years; no data on leaks",
        "treatment": "accept", **LOW,
    }  # fmt: skip
    number = home.act("ann", "risk.create", fields=given | fields).number
    settle()
    return number


def reviewed(home: TestHome, **fields: Any) -> str:
    """Bring a risk to its review, with the reason for its acceptance."""
    number = risk(home, **fields)
    home.sign("ann", "risk.submit", number)
    home.act("ann", "risk.edit", number, fields={"accepted_because": "It is rare and would be noticed"})
    settle()
    return number


def accepted(home: TestHome, **fields: Any) -> str:
    """Bring a risk to its acceptance by all who have to sign."""
    number = reviewed(home, **fields)
    for who in ("hed", "exe", "qua"):
        if who != "exe" or records.values(head(number))["priority_left"] == "high":
            home.sign(who, "risk.accept", number)
    assert head(number).state == "accepted"
    return number


def treated(home: TestHome, **fields: Any) -> str:
    """Bring a high risk to its treatment."""
    number = reviewed(home, **HIGH, treatment="reduce", measures="Forward the alarm to two people", **fields)
    home.act("ann", "risk.treat", number)
    return number


def value(number: str, name: str) -> Any:
    return records.values(head(number))[name]


# --- what is computed -----------------------------------------------------------------------------------------------------


def test_class_and_priority_are_those_of_the_tables_for_every_combination() -> None:
    """Written down once more from the method: class by severity and probability, priority by class and detectability."""
    classes = {"high": "211", "medium": "321", "low": "332"}  # by probability low, medium, high
    priorities = {"1": "hhm", "2": "hml", "3": "mll"}  # by detectability low, medium, high
    order, words = ("low", "medium", "high"), {"h": "high", "m": "medium", "l": "low"}
    for severity, probability, detectability in product(order, order, order):
        number = classes[severity][order.index(probability)]
        found = grades.computed({"severity": severity, "probability": probability, "detectability": detectability})
        expected = words[priorities[number][order.index(detectability)]]
        assert (found["risk_class"], found["priority"]) == (number, expected), (severity, probability, detectability)


def test_the_system_writes_class_priority_and_formula(home: TestHome) -> None:
    number = risk(home, **HIGH)

    assert (value(number, "risk_class"), value(number, "priority"), value(number, "priority_left")) == ("1", "high", "high")
    assert value(number, "basis") == (
        "Severity high, probability high: class 1. Detectability low: priority high. Tables of GAMP 5; nothing is multiplied."
    )
    assert "Not treated" in value(number, "basis_left")
    assert Event.objects.filter(record_id=head(number).pk, payload__contains='"Computed from the grades"').count() == 1


def test_nothing_is_computed_from_half_of_the_grades(home: TestHome) -> None:
    number = risk(home, detectability=None)

    assert (value(number, "risk_class"), value(number, "priority"), value(number, "basis")) == (None, None, None)
    assert Event.objects.filter(record_id=head(number).pk).count() == 1


def test_a_computed_value_that_somebody_types_is_written_over_and_cannot_be_submitted(home: TestHome) -> None:
    number = risk(home, **HIGH)
    home.act("ann", "risk.edit", number, fields={"priority": "low", "basis": "Because I say so"})

    assert "priority_follows_from_grades" in refused(home, "ann", "risk.submit", number)
    settle()
    assert value(number, "priority") == "high"


def test_what_was_computed_before_the_grades_changed_cannot_be_submitted(home: TestHome) -> None:
    number = risk(home)
    home.act("ann", "risk.edit", number, fields=HIGH)

    assert "priority_follows_from_grades" in refused(home, "ann", "risk.submit", number)
    settle()
    assert home.sign("ann", "risk.submit", number).state == "in_review"


def test_each_failure_mode_has_its_class_and_priority_written(home: TestHome) -> None:
    number = risk(home, **HIGH, failure_modes=[MODE, MODE | {"probability": "high", "detectability": "low"}])

    assert [(row["risk_class"], row["priority"]) for row in value(number, "failure_modes")] == [("3", "low"), ("2", "high")]


# --- before it is reviewed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [
    {"object_name": None}, {"grades_because": "n/a"}, {"grades_because": "unknown"}, {"failure_modes": [MODE | {"effect": None}]},
    {"failure_modes": [MODE | {"detectability": None}]}, {"failure_modes": [MODE | HIGH]},
])  # fmt: skip
def test_a_risk_that_says_too_little_or_the_less_is_not_submitted(home: TestHome, fields: dict[str, Any]) -> None:
    rules = {"its_object_is_named", "grades_say_why", "no_failure_mode_is_worse"}

    assert refused(home, "ann", "risk.submit", risk(home, **fields)) & rules


@pytest.mark.parametrize("name", ["failure", "cause", "effect", "control", "treatment", "department"])
def test_every_part_of_a_risk_is_asked_for(home: TestHome, name: str) -> None:
    assert "required_fields" in refused(home, "ann", "risk.submit", risk(home, **{name: None}))


@pytest.mark.parametrize("who", ["bea", "hed", "qua", "exe", "rea"])
def test_nobody_but_its_owner_submits_it(home: TestHome, who: str) -> None:
    with pytest.raises((Refused, NotFound)):
        home.sign(who, "risk.submit", risk(home))


@pytest.mark.parametrize("who", ["rea", "gue", "adm"])
def test_who_only_reads_or_administers_writes_no_risk(home: TestHome, who: str) -> None:
    with pytest.raises((Refused, Invalid)):
        home.act(who, "risk.create", fields={"title": "One", "object_kind": "process", "owner": "ann"})


# --- acceptance -----------------------------------------------------------------------------------------------------------


def test_a_risk_that_is_not_high_is_accepted_by_the_head_and_by_quality(home: TestHome) -> None:
    number = reviewed(home)
    home.sign("hed", "risk.accept", number)
    assert head(number).state == "in_review"
    home.sign("qua", "risk.accept", number)

    assert head(number).state == "accepted"


def test_one_that_stays_high_takes_management_too(home: TestHome) -> None:
    number = reviewed(home, **HIGH)
    home.sign("hed", "risk.accept", number)
    home.sign("qua", "risk.accept", number)
    assert head(number).state == "in_review"
    home.sign("exe", "risk.accept", number)

    assert head(number).state == "accepted"


@pytest.mark.parametrize("who", ["ann", "bea", "rob", "rea", "tek", "doc", "adm"])
def test_nobody_else_accepts_a_risk(home: TestHome, who: str) -> None:
    number = reviewed(home)
    with pytest.raises((Refused, NotFound)):
        home.sign(who, "risk.accept", number)


def test_the_head_does_not_accept_the_own_risk_and_management_does(home: TestHome) -> None:
    number = risk(home, owner="hed")
    home.sign("hed", "risk.submit", number)
    home.act("hed", "risk.edit", number, fields={"accepted_because": "It is rare and would be noticed"})

    assert refused(home, "hed", "risk.accept", number) & {
        "head_of_function_does_not_approve_own_work",
        "approver_is_not_author",
    }
    home.sign("exe", "risk.accept", number)
    home.sign("qua", "risk.accept", number)
    assert head(number).state == "accepted"


def test_nothing_is_accepted_without_a_reason(home: TestHome) -> None:
    number = risk(home)
    home.sign("ann", "risk.submit", number)

    assert "required_fields" in refused(home, "hed", "risk.accept", number)


def test_what_is_to_be_reduced_is_not_accepted_before_it_was(home: TestHome) -> None:
    number = reviewed(home, **HIGH, treatment="reduce", measures="Forward the alarm to two people")

    assert "treatment_is_done" in refused(home, "hed", "risk.accept", number)


def test_what_is_only_accepted_was_not_graded_down(home: TestHome) -> None:
    number = reviewed(home, **HIGH)
    home.act("ann", "risk.edit", number, fields={k: v for k, v in AFTER.items() if k != "done"})
    settle()

    assert "treatment_is_done" in refused(home, "hed", "risk.accept", number)


# --- treatment ------------------------------------------------------------------------------------------------------------


def test_a_treated_risk_is_graded_again_and_accepted_for_what_is_left(home: TestHome) -> None:
    number = treated(home)
    task = action(home, number, who="ann")
    home.act("ann", "risk.edit", number, fields=AFTER)
    settle()
    assert "own_actions_verified" in refused(home, "ann", "risk.done", number)
    verified(home, task)
    home.act("ann", "risk.done", number)
    assert (value(number, "priority"), value(number, "class_left"), value(number, "priority_left")) == (
        "high",
        "2",
        "medium",
    )
    for who in ("hed", "qua"):
        home.sign(who, "risk.accept", number)

    assert head(number).state == "accepted"


@pytest.mark.parametrize("fields", [
    {"done": None}, {"probability_left": None}, {"severity_left": "medium"}, {"severity_left": "low", "probability_left": "low"},
])  # fmt: skip
def test_a_treatment_is_not_done_before_all_is_said_and_severity_stays(home: TestHome, fields: dict[str, Any]) -> None:
    number = treated(home)
    home.act("ann", "risk.edit", number, fields=AFTER | fields)
    settle()

    assert refused(home, "ann", "risk.done", number) & {"graded_after_treatment", "priority_follows_from_grades"}


def test_severity_is_lower_where_what_could_happen_is_avoided(home: TestHome) -> None:
    number = reviewed(home, **HIGH, treatment="avoid", measures="The tanks are given up")
    home.act("ann", "risk.treat", number)
    home.act("ann", "risk.edit", number, fields=AFTER | {"severity_left": "low"})
    settle()

    assert home.act("ann", "risk.done", number).state == "in_review"


def test_what_is_accepted_as_it_is_is_not_treated(home: TestHome) -> None:
    with pytest.raises((Refused, NotFound)):
        home.act("ann", "risk.treat", reviewed(home))


def test_no_work_is_added_to_a_risk_that_was_accepted(home: TestHome) -> None:
    number = accepted(home)

    with pytest.raises((Refused, Invalid)) as caught:
        action(home, number)
    assert "its_parent_is_open" in {one.rule for one in caught.value.missing}


# --- review ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fields", "least", "most"), [(LOW, 360, 370), (HIGH, 178, 187)])
def test_an_accepted_risk_comes_up_a_month_before_its_review(
    home: TestHome, fields: dict[str, Any], least: int, most: int
) -> None:
    number = accepted(home, **fields)
    task = Task.objects.filter(record_id=head(number).pk, move="review").first()

    assert day(least) <= due(number) <= day(most)
    assert task is not None
    assert task.from_at > clock.now() + timedelta(days=least - 32)


def test_a_review_without_change_is_signed_by_two_and_begins_the_time_anew(home: TestHome, later: Any) -> None:
    number = accepted(home)
    before = due(number)
    later(timedelta(days=300))
    home.sign("ann", "risk.review", number)
    assert due(number) == before
    home.sign("rob", "risk.review", number)

    assert head(number).state == "accepted"
    assert due(number) > before


@pytest.mark.parametrize("who", ["bea", "hed", "exe", "rea"])
def test_a_review_is_its_owners_and_quality_operations(home: TestHome, who: str) -> None:
    number = accepted(home)
    with pytest.raises((Refused, NotFound)):
        home.sign(who, "risk.review", number)


def test_a_risk_is_rated_again_from_its_draft_on(home: TestHome) -> None:
    number = accepted(home)
    home.act("ann", "risk.rerate", number, reason=WHY)
    home.act("ann", "risk.edit", number, fields=HIGH)
    settle()

    assert (head(number).state, value(number, "priority")) == ("draft", "high")
    assert home.sign("ann", "risk.submit", number).state == "in_review"


@pytest.mark.parametrize("by", ["named by it", "names it", "same object"])
def test_a_serious_event_asks_for_the_risk_again(home: TestHome, by: str) -> None:
    made = home.act("rob", "product.create", fields={"name": "HLC-101"}).number
    early = reported(home)
    objects = {"object": [made]} if by == "same object" else {"sources": [early]} if by == "names it" else {}
    number = accepted(home, **objects)
    affected = {"named by it": [number], "same object": [made], "names it": []}[by]
    given = {
        "category": "equipment", "class": "major", "class_reason": "Product may be lost", "owner": "ann", "affected": "Tank 2",
        "department": home.departments["Quality Control"], "containment": "Watched", "lot_hold": False,
        "suspected_cause": "unknown", "quality_concerned": False, "affected_records": affected,
    }  # fmt: skip
    event = early if by == "names it" else reported(home)
    home.act("rob", "deviation.edit", event, fields=given)
    home.sign("rob", "deviation.investigate", event)
    settle()

    assert head(number).state == "asked_again"
    assert home.sign("ann", "risk.review", number, reason=WHY).state == "asked_again"
    assert home.sign("rob", "risk.review", number, reason=WHY).state == "accepted"


@pytest.mark.parametrize("fields", [{"class": "minor"}, {"affected_records": []}])
def test_what_is_minor_or_concerns_something_else_does_not_ask_again(home: TestHome, fields: dict[str, Any]) -> None:
    made = home.act("rob", "product.create", fields={"name": "HLC-101"}).number
    number = accepted(home, object=[made])
    investigated(home, **({"class": "major", "affected_records": [made]} | fields))
    settle()

    assert head(number).state == "accepted"


def test_the_same_department_is_not_the_same_object(home: TestHome) -> None:
    number = accepted(home, object=[home.departments["Quality Control"]])
    investigated(home, **{"class": "major"})
    settle()

    assert head(number).state == "accepted"


def test_one_that_is_not_accepted_yet_is_not_asked_for(home: TestHome) -> None:
    number = reviewed(home)
    investigated(home, **{"class": "major", "affected_records": [number]})
    settle()

    assert head(number).state == "in_review"


# --- from one to the next -------------------------------------------------------------------------------------------------


def test_a_risk_begins_from_what_asks_for_one_and_work_begins_from_it(home: TestHome) -> None:
    event = investigated(home)
    home.act("ann", "deviation.edit", event, fields=impact() | CAUSE)
    taken = raising.taken_over(home.view("ann"), "risk", event)
    assert (taken["sources"], taken["cause"]) == ([{"number": event}], CAUSE["cause"])
    sources = [event, capa(home, event)]
    offered = [{one.type for one in raising.list_beginnings(home.view("ann"), head(number))} for number in sources]
    assert all("risk" in types for types in offered)
    number = risk(home, **HIGH)

    assert {"action", "capa", "change"} <= {one.type for one in raising.list_beginnings(home.view("ann"), head(number))}
    assert raising.taken_over(home.view("ann"), "capa", number)["risk_before"] == "high"


def test_an_inspector_sees_what_was_accepted_and_no_draft(home: TestHome) -> None:
    number, draft = accepted(home), risk(home)

    assert queries.get_record(home.view("gue"), number).number == number
    with pytest.raises(NotFound):
        queries.get_record(home.view("gue"), draft)


def test_a_review_that_is_late_moves_nothing_by_itself(home: TestHome, later: Any) -> None:
    number = accepted(home)
    later(timedelta(days=400))
    timers.run_due()

    assert head(number).state == "accepted"
    assert due(number) < day(0)

"""Audit-trail reviews: who may decide on what, how queries and incidents are begun, and when a review is signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from indelible.kernel import records
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Link, Record
from indelible.modules.trail_reviews import panels
from indelible.practice import raising
from tests.homes import TestHome, hire
from tests.modules.events import due, head, refused
from tests.modules.trails import (
    WHY,
    Days,
    answered,
    begun,
    concluded,
    decide,
    followed,
    in_approval,
    lines,
    row,
    weak,
    with_auditor,
)
from tests.modules.trails import queries as asked


@pytest.fixture
def days(home: TestHome) -> Iterator[Days]:
    """Give a working day, on which an internal auditor is there as well."""
    with with_auditor(home) as days:
        yield days


def refusals(home: TestHome, who: str, number: str, **fields: Any) -> set[str | None]:
    """Try to change a review, and give the rules that stand in the way."""
    with pytest.raises((Refused, Invalid)) as caught:
        home.act(who, "trail_review.edit", number, fields=fields)
    return {one.rule for one in caught.value.missing} | {caught.value.rule}


def told(number: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Give all decisions of a review with these rows instead."""
    new = {one["line"]: one for one in rows}
    return [one | new.get(one["line"], {}) for one in records.values(head(number))["decisions"]]


# --- who decides on what ------------------------------------------------------------------------------------------------


def test_a_line_is_decided_with_a_word_of_why(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    (line,) = lines(number, "weak reason")

    decide(home, "rob", number, row(line))

    values = records.values(head(number))["decisions"]
    assert [(one["decision"], one["comment"]) for one in values] == [("fine", WHY)]
    assert panels.deciders(head(number)) == {line["line"]: "Rob Reviewer"}


@pytest.mark.parametrize("who", ["sys", "aud"])
def test_nobody_decides_on_the_own_act(home: TestHome, days: Days, who: str) -> None:
    weak(home, who)
    number = begun(home, days)
    (line,) = lines(number, "weak reason")

    assert refusals(home, who, number, decisions=told(number, row(line))) == {"nobody_decides_on_own_act"}
    decide(home, "rob", number, row(line))


def test_nobody_decides_on_the_own_access(home: TestHome, days: Days) -> None:
    hire(home, "ned", "Ned New", ["system_owner"])
    number = begun(home, days)
    (line,) = [one for one in lines(number, "grant outside a request") if one["concerns"] == "ned"]

    assert "nobody_decides_on_own_act" in refusals(home, "ned", number, decisions=told(number, row(line)))
    decide(home, "sys", number, row(line))


@pytest.mark.parametrize("quality", ["rob", "qua"])
def test_an_act_of_quality_is_not_decided_by_quality(home: TestHome, days: Days, quality: str) -> None:
    weak(home, quality)
    hire(home, "roy", "Roy Reviewer", ["qa_ops"])
    number = begun(home, days)
    (line,) = lines(number, "weak reason")

    assert line["quality"]
    assert "acts_of_quality_are_decided_outside" in refusals(home, "roy", number, decisions=told(number, row(line)))
    decide(home, "aud", number, row(line))


def test_who_audits_and_is_of_quality_as_well_is_not_outside_of_it(home: TestHome, days: Days) -> None:
    weak(home, "qua")
    hire(home, "ira", "Ira Both", ["internal_auditor", "qa_ops"])
    number = begun(home, days)
    (line,) = lines(number, "weak reason")

    assert "acts_of_quality_are_decided_outside" in refusals(home, "ira", number, decisions=told(number, row(line)))


def test_a_decision_of_another_is_not_taken_away_by_whose_act_it_is(home: TestHome, days: Days) -> None:
    weak(home, "sys")
    number = begun(home, days)
    (line,) = lines(number, "weak reason")
    decide(home, "rob", number, row(line))

    emptied = {"line": line["line"], "decision": None, "comment": None}
    assert "nobody_decides_on_own_act" in refusals(home, "sys", number, decisions=told(number, emptied))
    rest = [one for one in records.values(head(number))["decisions"] if one["line"] != line["line"]]
    assert "nobody_decides_on_own_act" in refusals(home, "sys", number, decisions=rest)


@pytest.mark.parametrize("who", ["ann", "qua", "adm", "exe", "gue"])
def test_who_does_not_review_decides_nothing(home: TestHome, days: Days, who: str) -> None:
    weak(home, "ann")
    number = begun(home, days)

    with pytest.raises((Refused, NotFound)):
        home.act(who, "trail_review.edit", number, fields={"decisions": told(number, row(lines(number)[0]))})


@pytest.mark.parametrize("given", [
    {"comment": None}, {"comment": "ok"}, {"comment": "n/a n/a n/a"}, {"decision": "query", "ask": "nobody"},
    {"decision": "query", "ask": "out"},
])  # fmt: skip
def test_a_decision_that_says_nothing_or_asks_nobody_is_refused(home: TestHome, days: Days, given: dict[str, Any]) -> None:
    weak(home, "ann")
    hire(home, "out", "Out Gone", ["author"])
    home.act("adm", "person.deactivate", records.find(home.person("out")).number, reason="Left the company for good")
    number = begun(home, days)
    (line,) = lines(number, "weak reason")

    assert "decision_names_a_line" in refusals(home, "rob", number, decisions=told(number, row(line) | given))


def test_a_decision_names_a_line_of_the_review_and_no_line_twice(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    known, line = told(number), lines(number)[0]

    assert "decision_names_a_line" in refusals(
        home, "rob", number, decisions=[*known, {"line": "999", "decision": "fine", "comment": WHY}]
    )
    assert "decision_names_a_line" in refusals(home, "rob", number, decisions=[*known, row(line)])


# --- what the system wrote ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lines", "sample", "not_looked_at", "rules"])
def test_nobody_changes_what_the_system_wrote(home: TestHome, days: Days, name: str) -> None:
    weak(home, "ann")
    home.draft()
    number = begun(home, days)
    rows = records.values(head(number))[name]

    assert "what_the_system_wrote_stays" in refusals(home, "rob", number, **{name: rows[1:]})
    first = next(column for column, value in rows[0].items() if column in ("what", "kind", "says", "rest") and value)
    changed = [{**rows[0], first: "7" if first == "rest" else "Something else"}, *rows[1:]]
    assert "what_the_system_wrote_stays" in refusals(home, "rob", number, **{name: changed})


@pytest.mark.parametrize("given", [
    {"seed": "00" * 32}, {"events": "1"}, {"refusals": "0"}, {"drawn": "All of them"}, {"baseline": "another"},
    {"scope": "The records that were in order"}, {"period_from": "2020-01-01"},
])  # fmt: skip
def test_neither_seed_nor_counts_nor_days_are_changed(home: TestHome, days: Days, given: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        home.act("ann", "trail_review.create", fields={})
    number = begun(home, days)

    assert "what_the_system_wrote_stays" in refusals(home, "rob", number, **given)


def test_who_begins_a_review_brings_no_lines(home: TestHome, days: Days) -> None:
    days.at(10, day=1)
    line = {"line": "1", "severity": "low", "rule": "void", "what": "Nothing else"}

    with pytest.raises((Refused, Invalid)) as caught:
        home.act(
            "rob",
            "trail_review.create",
            fields={"title": "One", "period_from": days.day(), "period_until": days.day(), "lines": [line]},
        )

    assert "what_the_system_wrote_stays" in {one.rule for one in caught.value.missing}


@pytest.mark.parametrize(("first", "last"), [(0, 1), (0, 5), (1, 0), (-92, 0)])
def test_a_review_covers_whole_days_that_are_over(home: TestHome, days: Days, first: int, last: int) -> None:
    days.at(10, day=1)

    with pytest.raises((Refused, Invalid)):
        home.act(
            "rob",
            "trail_review.create",
            fields={"title": "One", "period_from": days.day(first), "period_until": days.day(last)},
        )


# --- queries and incidents ----------------------------------------------------------------------------------------------


def test_a_query_goes_to_who_did_it_and_is_due_in_five_business_days(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    (line,) = lines(number, "weak reason")

    decide(home, "rob", number, row(line, "query"))

    (query,) = asked()
    values = records.values(query)
    assert (values["owner"]["name"], values["line"], values["question"]) == ("Ann Author", line["line"], WHY)
    assert (query.author_id, values["review"][0]["number"], due(query.number)) == (None, number, days.day(8))
    concluded(home, number)
    followed()
    assert len(asked()) == 1, "asked once"


def test_a_query_goes_to_another_who_is_named(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    decide(home, "rob", number, row(lines(number, "weak reason")[0], "query", ask="hed"))

    assert records.values(asked()[0])["owner"]["name"] == "Hed Head"


def test_what_the_system_did_asks_nobody_by_itself(home: TestHome, days: Days) -> None:
    hire(home, "ned", "Ned New", ["author"])
    number = begun(home, days)
    (line,) = lines(number, "grant outside a request")

    assert line["user_id"] is None
    assert "decision_names_a_line" in refusals(home, "rob", number, decisions=told(number, row(line, "query")))


def test_a_query_or_incident_that_was_begun_is_not_decided_away(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    (line,) = lines(number, "weak reason")
    decide(home, "rob", number, row(line, "query"))

    assert "decision_names_a_line" in refusals(home, "rob", number, decisions=told(number, row(line)))


def test_who_was_asked_answers_and_another_settles_it(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    query = answered(home, begun(home, days))

    assert head(query).state == "answered"
    assert home.act("rob", "trail_query.settle", query).state == "settled"


@pytest.mark.parametrize("answer", [None, "n/a", "See above"])
def test_an_answer_that_says_nothing_is_none(home: TestHome, days: Days, answer: str | None) -> None:
    weak(home, "ann")
    number = begun(home, days)
    decide(home, "rob", number, row(lines(number, "weak reason")[0], "query"))
    query = asked()[0].number
    if answer:
        home.act("ann", "trail_query.edit", query, fields={"answer": answer})

    assert refused(home, "ann", "trail_query.answer", query) & {"answer_says_something", "required_fields"}


def test_who_was_asked_does_not_settle_the_own_query(home: TestHome, days: Days) -> None:
    weak(home, "sys")
    number = begun(home, days)
    decide(home, "rob", number, row(lines(number, "weak reason")[0], "query"))
    query = asked()[0].number

    assert "query_is_settled_by_another" in refused(home, "sys", "trail_query.withdraw", query)
    home.act("sys", "trail_query.edit", query, fields={"answer": "It was a slip of the pen in the laboratory"})
    home.act("sys", "trail_query.answer", query)
    assert "query_is_settled_by_another" in refused(home, "sys", "trail_query.settle", query)


@pytest.mark.parametrize("given", [{"question": "Something easier"}, {"line": "7"}, {"owner": "bea"}])
def test_who_is_asked_does_not_change_the_question(home: TestHome, days: Days, given: dict[str, Any]) -> None:
    weak(home, "ann")
    number = begun(home, days)
    decide(home, "rob", number, row(lines(number, "weak reason")[0], "query"))

    with pytest.raises((Refused, Invalid)) as caught:
        home.act("ann", "trail_query.edit", asked()[0].number, fields=given)
    assert "question_stays_as_asked" in {one.rule for one in caught.value.missing}


def test_a_query_can_be_asked_about_the_sample_while_the_review_goes_on(home: TestHome, days: Days) -> None:
    number = begun(home, days)
    view = home.view("rob")
    assert "trail_query" in {one.type for one in raising.list_beginnings(view, head(number))}
    given = {"question": "Why was it voided so late?", "review": [number], "owner": "ann"}

    query = home.act("rob", "trail_query.create", fields=given).number

    assert records.values(head(query))["line"] is None
    with pytest.raises((Refused, Invalid)):
        home.act("rob", "trail_query.create", fields=given | {"line": "999"})
    home.act("rob", "trail_query.withdraw", query, reason="Answered by the record itself")
    in_approval(home, number)
    with pytest.raises((Refused, Invalid)):
        home.act("rob", "trail_query.create", fields=given)


def test_an_incident_is_begun_once_and_linked(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    (line,) = lines(number, "weak reason")

    decide(home, "rob", number, row(line, "incident"))
    concluded(home, number)
    followed()

    incident = Record.objects.get(type="incident")
    values = records.values(incident)
    assert values["signal"] == f"{number}, line {line['line']}"
    assert (incident.author_id, values["kind"], WHY in values["what"]) == (None, "late or false entry", True)
    assert Link.objects.filter(record_id=head(number).pk, target=incident.number).exists()

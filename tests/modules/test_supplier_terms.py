"""What an agreement says of telling becomes clocks: theirs is marked where they were late, ours is work with a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.models import Task
from indelible.practice import filling, queries
from tests.homes import TestHome
from tests.modules import supplies
from tests.modules.events import day, head, refused
from tests.modules.supplies import qualifying, settle, shown
from tests.modules.test_scorecard import card, figures, lines

TERMS = [{"kind": "change", "tell": "30", "answer": "10"}, {"kind": "recall", "tell": "1", "answer": "2"},
         {"kind": "deviation or defect", "tell": "5", "answer": None}, {"kind": "other", "tell": None, "answer": "90"}]  # fmt: skip
WHY = "The one who answers was away"


@pytest.fixture
def firm(home: TestHome) -> TestHome:
    """Give a home with two supplier managers."""
    return supplies.hire(home)


@pytest.fixture
def agreed(firm: TestHome) -> str:
    """Give a supplier with an accepted agreement that sets days."""
    number = qualifying(firm, agreement_needed=True)
    shown(firm, number, "quality agreement", notice_terms=TERMS)
    return number


def entered(home: TestHome, number: str, **fields: Any) -> str:
    """Enter a notice of a supplier; it stays a draft."""
    given = {"title": "New line", "supplier": [number], "kind": "change", "what": "Line 2 replaces line 1", "happened_on": day(-20),
             "received_on": day(-1), "in_time": True, "owner": "sup", "department": home.departments["Quality Control"]}  # fmt: skip
    made = home.act("sup", "supplier_notice.create", fields=given | fields).number
    settle()
    return made


def told(number: str) -> dict[str, Any]:
    return records.values(head(number))


def judged(home: TestHome, made: str, **fields: Any) -> None:
    """Say that nothing follows, and what else is given."""
    given = {"follows": "nothing", "follows_because": "Nothing of ours is made on that line"}
    home.act("sup", "supplier_notice.edit", made, fields=given | fields)
    settle()


def test_both_clocks_stand_in_the_notice_with_the_agreement_that_sets_them(firm: TestHome, agreed: str) -> None:
    values = told(made := entered(firm, agreed))

    assert "told within 30 days (in time), answered within 10 days." in values["terms"]
    assert values["terms"].startswith("SEV-")
    assert values["answer_by"] == day(9)
    assert firm.act("sup", "supplier_notice.submit", made).state == "judging"


@pytest.mark.parametrize(
    ("kind", "happened", "in_time", "goes"),
    [
        ("change", -31, True, True),  # the thirtieth day counts
        ("change", -32, True, False),
        ("change", -32, False, True),
        ("change", -31, False, False),  # nobody marks as late what was in time
        ("deviation or defect", -7, True, False),
        ("recall", -2, True, True),
        ("other", -300, True, True),  # no days to tell were agreed
        ("discontinuation", -300, True, True),  # nor anything of this kind
    ],
)
def test_whether_they_were_in_time_follows_from_the_days_agreed(
    firm: TestHome, agreed: str, kind: str, happened: int, in_time: bool, goes: bool
) -> None:
    made = entered(firm, agreed, kind=kind, happened_on=day(happened), in_time=in_time)
    if goes:
        assert firm.act("sup", "supplier_notice.submit", made).state == "judging"
    else:
        assert refused(firm, "sup", "supplier_notice.submit", made) == {"notice_fits_its_terms"}


def test_when_it_happened_is_asked_for_only_where_days_were_agreed(firm: TestHome, agreed: str) -> None:
    assert "notice_fits_its_terms" in refused(firm, "sup", "supplier_notice.submit", entered(firm, agreed, happened_on=None))
    assert "notice_fits_its_terms" in refused(
        firm, "sup", "supplier_notice.submit", entered(firm, agreed, happened_on=day(0))
    )
    other = supplies.supplier(firm, name="Without an agreement")
    made = entered(firm, other, happened_on=None)
    assert told(made)["terms"] == "No agreement in force on that day set days for it."
    assert firm.act("sup", "supplier_notice.submit", made).state == "judging"


def test_only_an_agreement_that_was_accepted_and_in_force_on_that_day_sets_days(firm: TestHome) -> None:
    number = qualifying(firm, agreement_needed=True)
    made = supplies.evidence(firm, number, "quality agreement", notice_terms=TERMS, valid_from=day(-10))
    assert told(entered(firm, number))["answer_by"] is None
    firm.sign("rob", "supplier_evidence.accept", made)
    assert told(entered(firm, number))["answer_by"] == day(9)
    assert told(entered(firm, number, received_on=day(-10), happened_on=day(-11)))["answer_by"] == day(0)
    assert told(entered(firm, number, received_on=day(-11), happened_on=day(-11)))["answer_by"] is None
    firm.act("rob", "supplier_evidence.withdraw", made, reason="It was never signed by them")
    assert told(entered(firm, number))["answer_by"] is None


def test_our_answer_is_work_due_on_its_day_where_that_is_sooner(firm: TestHome, agreed: str) -> None:
    made = entered(firm, agreed, kind="recall", happened_on=day(-1), received_on=day(0))
    firm.act("sup", "supplier_notice.submit", made)
    due = head(made).due_at
    assert due is not None
    assert timedelta(days=2) < due - clock.now() <= timedelta(days=3)
    assert {task.due_at for task in Task.objects.filter(record_id=head(made).pk)} == {due}
    assert made in [record.number for _, record in queries.list_work(firm.view("sup"))]
    later = entered(firm, agreed, kind="other")
    firm.act("sup", "supplier_notice.submit", later)
    assert (head(later).due_at or clock.now()) < clock.now() + timedelta(days=12), "a judgement does not wait for the answer"


@pytest.mark.parametrize(
    ("answered", "because", "goes"),
    [(None, None, False), (-5, None, False), (0, None, True), (0, "n/a", True)],
)
def test_a_notice_is_closed_when_they_were_answered(
    firm: TestHome, agreed: str, answered: int | None, because: str | None, goes: bool
) -> None:
    made = entered(firm, agreed)
    firm.act("sup", "supplier_notice.submit", made)
    judged(firm, made, answered_on=day(answered) if answered is not None else None, answered_late_because=because)
    if goes:
        firm.sign("sup", "supplier_notice.close", made)
        assert firm.sign("rob", "supplier_notice.close", made).state == "closed"
    else:
        assert refused(firm, "sup", "supplier_notice.close", made) == {"notice_was_answered"}


def test_an_answer_that_was_late_has_its_reason(firm: TestHome, agreed: str) -> None:
    made = entered(firm, agreed, received_on=day(-15), happened_on=day(-20))
    firm.act("sup", "supplier_notice.submit", made)
    judged(firm, made, answered_on=day(-4))
    assert "notice_was_answered" in refused(firm, "sup", "supplier_notice.close", made)
    judged(firm, made, answered_late_because="n/a")
    assert "notice_was_answered" in refused(firm, "sup", "supplier_notice.close", made)
    judged(firm, made, answered_late_because=WHY)
    firm.sign("sup", "supplier_notice.close", made)
    assert firm.sign("rob", "supplier_notice.close", made).state == "closed"


def test_the_scorecard_counts_what_came_too_late_and_what_we_owe(firm: TestHome, agreed: str) -> None:
    late = entered(firm, agreed, happened_on=day(-50), received_on=day(-15), in_time=False)
    firm.act("sup", "supplier_notice.submit", late)
    entered(firm, agreed)
    counted = figures(firm, agreed)
    assert (counted["Notices that came too late"], counted["Our answers overdue"]) == ("1", "1")
    assert [row[-2:] for row in lines(card(firm, agreed), "Notices") if row[0] == late] == [["No, late", day(-5)]]
    judged(firm, late, answered_on=day(0), answered_late_because=WHY)
    assert figures(firm, agreed)["Our answers overdue"] == "0"


@pytest.mark.parametrize("rows", [
    [{"kind": "change", "tell": None, "answer": None}], [{"kind": None, "tell": "5", "answer": None}],
    [{"kind": "change", "tell": "5.5", "answer": None}], [{"kind": "change", "tell": "366", "answer": None}],
    [{"kind": "change", "tell": "-1", "answer": None}],
    [{"kind": "change", "tell": "5", "answer": None}, {"kind": "change", "tell": "6", "answer": None}],
])  # fmt: skip
def test_an_agreement_with_half_a_term_or_one_twice_is_not_accepted(firm: TestHome, rows: list[dict[str, Any]]) -> None:
    number = qualifying(firm, agreement_needed=True)
    made = supplies.evidence(firm, number, "quality agreement", notice_terms=rows)

    assert "evidence_meets_its_rule" in refused(firm, "rob", "supplier_evidence.accept", made)


def test_what_is_computed_is_asked_of_nobody_and_stays_what_the_agreement_says(firm: TestHome, agreed: str) -> None:
    made = entered(firm, agreed)
    firm.act("sup", "supplier_notice.edit", made, fields={"answer_by": day(300), "terms": "As we like"})
    settle()

    assert told(made)["answer_by"] == day(9)
    assert told(made)["terms"].startswith("SEV-")
    assert {"terms", "answer_by"} <= set(filling.left_out("supplier_notice", head(made)))

"""The life of a complaint: entered by anybody, judged, decided on a clock what is reported, investigated, closed by Quality."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from indelible.kernel import reactions
from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import Record, Signature, Task
from indelible.practice import queries
from tests.homes import TestHome
from tests.modules.events import WHY, action, ago, day, due, head, refused
from tests.modules.reports import (
    INVESTIGATED,
    complaint,
    complaint_in_review,
    decided,
    row,
    triaged,
)

SEVEN = ("what", "received_at", "received_by", "source_kind", "product", "lot", "adverse_event")
WEEK = "IND safety report, 7 days"


# --- entering and triage --------------------------------------------------------------------------------------------------


def test_anybody_enters_one_with_one_form_and_no_signature(home: TestHome) -> None:
    number = complaint(home)

    assert (head(number).state, Signature.objects.filter(record_id=head(number).pk).count()) == ("received", 0)
    assert home.view("rea").configuration.type("complaint").opens == "always"
    assert {task.capacity for task in Task.objects.filter(record_id=head(number).pk)} == {"qa_ops"}


@pytest.mark.parametrize("left_out", SEVEN)
def test_one_that_leaves_one_of_the_seven_out_is_not_made(home: TestHome, left_out: str) -> None:
    with pytest.raises(Invalid) as caught:
        complaint(home, **dict[str, Any]({left_out: None}))
    assert [m.field for m in caught.value.missing] == [left_out]


def test_who_has_no_role_sees_the_own_one_and_no_other(home: TestHome) -> None:
    mine = complaint(home, "rea")

    assert queries.get_record(home.view("rea"), mine).number == mine
    with pytest.raises(NotFound):
        queries.get_record(home.view("rea"), complaint(home, "ann"))


def test_a_late_entry_is_marked_and_explained_before_quality_signs(home: TestHome) -> None:
    number = complaint_in_review(home, received_at=ago(days=3))
    assert head(number).marks["late"]
    assert "exceptions_of_trail_seen" in refused(home, "qua", "complaint.close", number)


@pytest.mark.parametrize("left_out", ["category", "class", "owner", "seriousness", "quality_concerned"])
def test_nobody_investigates_what_is_not_judged(home: TestHome, left_out: str) -> None:
    number = complaint(home)
    home.act("rob", "complaint.edit", number, fields={"category": "delivery", "class": "minor", "owner": "ann", "seriousness": "not serious",
             "quality_concerned": False, "medical_lead": "exe"} | {left_out: None})  # fmt: skip

    assert "required_fields" in refused(home, "rob", "complaint.triage", number)


@pytest.mark.parametrize("event", ["yes", "unknown"])
def test_an_adverse_event_that_is_not_ruled_out_has_a_medical_lead(home: TestHome, event: str) -> None:
    number = complaint(home, adverse_event=event)
    home.act("rob", "complaint.edit", number, fields={"category": "delivery", "class": "minor", "owner": "ann", "seriousness": "not serious",
             "quality_concerned": False, "regulatory_lead": "sys"})  # fmt: skip

    assert "safety_has_its_lead" in refused(home, "rob", "complaint.triage", number)


@pytest.mark.parametrize("who", ["ann", "hed", "qua", "exe"])
def test_only_quality_operations_judge(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "complaint.triage", complaint(home))


def test_what_is_no_complaint_is_void_with_the_word_of_quality(home: TestHome) -> None:
    number = complaint(home)
    assert "signer_authority" in refused(home, "rob", "complaint.void", number)
    assert home.sign("qua", "complaint.void", number, reason=WHY).state == "void"


# --- the clock ------------------------------------------------------------------------------------------------------------


def test_it_is_due_thirty_days_after_it_was_received(home: TestHome) -> None:
    assert due(triaged(home, received_at=ago(days=3))) == day(27)


@pytest.mark.parametrize(
    ("triage", "event", "lead", "soon"),
    [({}, "no", "sys", False), ({}, "unknown", "exe", False), ({"seriousness": "serious"}, "yes", "exe", True)],
)
def test_deciding_what_is_reported_is_an_action_of_the_lead_on_a_clock_of_its_own(
    home: TestHome, triage: dict[str, Any], event: str, lead: str, soon: bool
) -> None:
    number = triaged(home, triage, adverse_event=event)
    reactions.run_pending()

    task = Record.objects.get(type="action")
    assert task.title == f"Decide what is reported of {number}"
    assert {str(t.person_id) for t in Task.objects.filter(record_id=task.pk)} == {str(home.person(lead))}
    assert due(task.number) < day(5 if soon else 8)
    assert due(task.number) > day(0 if soon else 2)


# --- what is reported -------------------------------------------------------------------------------------------------------


def test_it_does_not_go_to_quality_before_it_is_decided_what_is_reported(home: TestHome) -> None:
    number = triaged(home)
    home.act("ann", "complaint.edit", number, fields=INVESTIGATED | {"reportability": [row()]})

    assert "reportability_decided" in refused(home, "ann", "complaint.submit", number)


def test_one_signature_of_two_decides_nothing(home: TestHome) -> None:
    number = triaged(home)
    home.act("ann", "complaint.edit", number, fields=INVESTIGATED | {"reportability": [row()]})
    home.sign("exe", "complaint.decide_reportability", number)

    assert "reportability_decided" in refused(home, "ann", "complaint.submit", number)


@pytest.mark.parametrize("rows", [
    lambda: None, lambda: [row(route=None)], lambda: [row(report=None)], lambda: [row(reason=None)],
    lambda: [row(decided_on=None)], lambda: [row(route=WEEK, report=True)],
    lambda: [row(), row(route=WEEK, report=True, due=day(8))],
    lambda: [row(route="EU trial (SUSAR), 15 days", report=True, due=day(16))],
])  # fmt: skip
def test_a_route_without_answer_reason_or_day_or_beyond_its_clock_is_not_decided(
    home: TestHome, rows: Callable[[], Any]
) -> None:
    number = triaged(home)
    home.act("ann", "complaint.edit", number, fields={"reportability": rows(), "cause": "A weld"})

    assert "every_route_is_decided" in refused(home, "exe", "complaint.decide_reportability", number)


@pytest.mark.parametrize("who", ["ann", "hed", "rob"])
def test_only_the_leads_decide(home: TestHome, who: str) -> None:
    number = triaged(home)
    home.act("ann", "complaint.edit", number, fields={"reportability": [row()]})

    assert "signer_authority" in refused(home, who, "complaint.decide_reportability", number)


def test_the_regulatory_lead_does_not_decide_where_an_adverse_event_is_not_ruled_out(home: TestHome) -> None:
    number = triaged(home, adverse_event="unknown")
    home.act("ann", "complaint.edit", number, fields={"reportability": [row()]})

    assert "safety_is_decided_by_its_lead" in refused(home, "sys", "complaint.decide_reportability", number)
    assert home.sign("exe", "complaint.decide_reportability", number).state == "investigating"


@pytest.mark.parametrize("change", [{"report": True}, {"reason": "Another reason than before"}])
def test_what_was_changed_after_the_decision_is_decided_anew(home: TestHome, change: dict[str, Any]) -> None:
    number = decided(home)
    home.act("ann", "complaint.edit", number, fields=INVESTIGATED | {"reportability": [row(**change)]})

    assert "reportability_decided" in refused(home, "ann", "complaint.submit", number)


def test_what_is_to_be_reported_was_sent_with_proof_and_sending_changes_no_decision(home: TestHome) -> None:
    yes = row(route=WEEK, report=True, due=day(7))
    number = decided(home, yes, adverse_event="yes")
    home.act("ann", "complaint.edit", number, fields=INVESTIGATED)
    assert refused(home, "ann", "complaint.submit", number) >= {"due_reports_sent"}
    home.act("ann", "complaint.edit", number, fields={"reportability": [yes | {"sent_on": day(0)}]})
    assert "due_reports_sent" in refused(home, "ann", "complaint.submit", number)
    home.act("ann", "complaint.edit", number, fields={"reportability": [yes | {"sent_on": day(0), "proof": "Receipt 4711"}]})

    assert home.sign("ann", "complaint.submit", number).state == "qa_review"


# --- investigation and closing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", [*INVESTIGATED])
def test_without_history_cause_impact_and_answer_it_does_not_go_to_quality(home: TestHome, left_out: str) -> None:
    number = decided(home)
    home.act("ann", "complaint.edit", number, fields=INVESTIGATED | {left_out: None, "interim_state": "Written"})

    assert "required_fields" in refused(home, "ann", "complaint.submit", number)


def test_no_investigation_only_with_a_reason(home: TestHome) -> None:
    number = decided(home)
    home.act("ann", "complaint.edit", number, fields=INVESTIGATED | {"investigation": "not needed"})
    assert "required_fields" in refused(home, "ann", "complaint.submit", number)
    home.act("ann", "complaint.edit", number, fields={"no_investigation_reason": "The bag is of another maker"})

    assert home.sign("ann", "complaint.submit", number).state == "qa_review"


def test_quality_closes_what_is_complete(home: TestHome) -> None:
    assert home.sign("qua", "complaint.close", complaint_in_review(home)).state == "closed"


@pytest.mark.parametrize("who", ["rob", "ann", "exe", "hed"])
def test_nobody_but_quality_closes(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "complaint.close", complaint_in_review(home))


def test_who_entered_it_does_not_close_it(home: TestHome) -> None:
    number = complaint_in_review(home, who="quy")

    assert "closer_is_not_reporter_owner_or_assignee" in refused(home, "quy", "complaint.close", number)
    assert home.sign("qua", "complaint.close", number).state == "closed"


def test_it_is_not_closed_before_its_actions_are_verified(home: TestHome) -> None:
    number = complaint_in_review(home)
    action(home, number)

    assert "own_actions_verified" in refused(home, "qua", "complaint.close", number)


def test_where_quality_owns_it_that_is_said_first(home: TestHome) -> None:
    number = complaint_in_review(home)

    assert "quality_cases_are_signed_outside" in refused(home, "rob", "complaint.reassign", number, to="rob")

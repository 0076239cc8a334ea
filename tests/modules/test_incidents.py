"""The life of an incident: reported by anybody and by the product, contained, judged for what it did to data, closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import acts, reactions
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import Record, Signature, Task
from indelible.practice import queries, raising
from tests.homes import TestHome
from tests.modules.events import WHY, action, ago, capa, day, due, head, planned, refused
from tests.modules.reports import JUDGEMENT, contained, in_review, incident, investigated

SEVEN = ("title", "what", "occurred_at", "detected_at", "kind", "system", "source")


# --- reporting ----------------------------------------------------------------------------------------------------------


def test_anybody_reports_one_with_one_form_and_no_signature(home: TestHome) -> None:
    number = incident(home)

    assert (head(number).state, Signature.objects.filter(record_id=head(number).pk).count()) == ("reported", 0)


@pytest.mark.parametrize("left_out", SEVEN)
def test_a_report_that_leaves_one_of_the_seven_out_is_not_made(home: TestHome, left_out: str) -> None:
    with pytest.raises(Invalid) as caught:
        incident(home, **dict[str, Any]({left_out: None}))
    assert [m.field for m in caught.value.missing] == [left_out]


def test_it_can_be_reported_while_the_installation_is_not_released(home: TestHome) -> None:
    assert home.view("rea").configuration.type("incident").opens == "always"


def test_a_late_entry_says_why_and_is_marked(home: TestHome) -> None:
    assert head(incident(home, detected_at=ago(days=3))).marks["late"]


def test_what_the_product_reports_has_no_reporter_and_is_work_at_once(home: TestHome) -> None:
    made = acts.run(SYSTEM, "incident.create", fields={
        "title": "The ledger does not verify", "what": "A row differs from its event", "occurred_at": ago(hours=1),
        "detected_at": ago(hours=1), "kind": "integrity or tamper", "system": "this one", "source": "automatic",
        "critical_at_once": True})  # fmt: skip

    assert {task.capacity for task in Task.objects.filter(record_id=made.record)} == {"sysadmin", "qa_ops"}
    assert queries.get_record(home.view("rob"), made.number).author_id is None


def test_who_has_no_role_sees_the_own_report_and_no_other(home: TestHome) -> None:
    mine, other = incident(home, "rea"), incident(home, "ann")

    assert queries.get_record(home.view("rea"), mine).number == mine
    with pytest.raises(NotFound):
        queries.get_record(home.view("rea"), other)


# --- clocks -------------------------------------------------------------------------------------------------------------


def test_what_is_critical_at_first_sight_is_looked_at_within_four_hours(home: TestHome) -> None:
    number = incident(home, critical_at_once=True)

    record = head(number)
    assert record.due_at == record.created_at + timedelta(hours=4)
    assert {task.due_at for task in Task.objects.filter(record_id=record.pk)} == {record.due_at}


def test_what_is_not_is_looked_at_by_the_next_business_day(home: TestHome) -> None:
    due_at = head(incident(home)).due_at

    assert due_at is not None
    assert timedelta(hours=4) < due_at - clock.now() < timedelta(days=6)


def test_it_is_due_thirty_days_after_detection_and_not_after_the_last_step(home: TestHome) -> None:
    number = investigated(home, detected_at=ago(days=3))

    assert due(number) == day(27)


# --- containment and assessment -------------------------------------------------------------------------------------------


def test_nothing_is_contained_without_saying_how(home: TestHome) -> None:
    assert "required_fields" in refused(home, "adm", "incident.contain", incident(home))


@pytest.mark.parametrize("who", ["hed", "exe", "sys", "qua"])
def test_who_neither_owns_it_nor_runs_systems_does_not_contain_it(home: TestHome, who: str) -> None:
    assert "authority" in refused(home, who, "incident.contain", incident(home))


@pytest.mark.parametrize("who", ["adm", "ann", "qua", "exe"])
def test_only_quality_operations_assess_it(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "incident.assess", contained(home))


@pytest.mark.parametrize("left_out", ["owner", "quality_concerned", "personal_data"])
def test_nobody_investigates_without_owner_and_the_two_answers(home: TestHome, left_out: str) -> None:
    assert "required_fields" in refused(home, "rob", "incident.assess", contained(home, **{left_out: None}))


# --- impact on data -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", [
    {"records_affected": None}, {"impact": None}, {"impact": "n/a"}, {"cause": None}, {"class": None}, {"class_reason": "none"},
    {"data_affected": None}, {"principle": None}, {"capa_needed": None},
])  # fmt: skip
def test_without_an_assessment_of_the_impact_on_data_it_does_not_go_to_quality(
    home: TestHome, left_out: dict[str, Any]
) -> None:
    number = investigated(home, left_out)

    assert refused(home, "ann", "incident.submit", number) & {"data_impact_assessed", "required_fields"}


@pytest.mark.parametrize("said", [{"data_affected": False}, {"principle": ["none"]}])
def test_data_that_are_affected_and_a_principle_that_was_hurt_go_together(home: TestHome, said: dict[str, Any]) -> None:
    assert "data_impact_assessed" in refused(home, "ann", "incident.submit", investigated(home, said))


def test_the_system_owner_signs_with_the_owner_and_management_where_they_are_one(home: TestHome) -> None:
    number = investigated(home, owner="sys")
    home.sign("sys", "incident.submit", number)
    assert "signers_of_a_step_are_distinct" in refused(home, "sys", "incident.submit", number)
    assert home.sign("exe", "incident.submit", number).state == "qa_review"


@pytest.mark.parametrize("who", ["rob", "hed", "qua", "adm"])
def test_nobody_else_signs_for_the_system(home: TestHome, who: str) -> None:
    number = investigated(home)
    home.sign("ann", "incident.submit", number)

    assert "signer_authority" in refused(home, who, "incident.submit", number)


# --- personal data ----------------------------------------------------------------------------------------------------------


def test_personal_data_make_an_action_that_is_due_before_the_72_hours_are_over(home: TestHome) -> None:
    number = contained(home, personal_data=True)
    home.sign("rob", "incident.assess", number)
    reactions.run_pending()

    task = Record.objects.get(type="action")
    assert task.due_at is not None
    assert task.due_at <= clock.now() + timedelta(hours=72)
    assert task.owner_id == head(number).owner_id


def test_no_personal_data_make_no_action(home: TestHome) -> None:
    home.sign("rob", "incident.assess", contained(home))
    reactions.run_pending()

    assert not Record.objects.filter(type="action").exists()


@pytest.mark.parametrize("told", [{}, {"notified_at": "late"}])
def test_an_authority_that_was_not_told_in_time_is_explained(home: TestHome, told: dict[str, Any]) -> None:
    later = {"notified_at": ago(minutes=1)} if told else {}
    number = investigated(
        home, {"notify": "The authority, in 72 hours"} | later, personal_data=True, detected_at=ago(days=5)
    )
    assert "authority_was_told" in refused(home, "ann", "incident.submit", number)

    home.act("ann", "incident.edit", number, fields={"not_notified_reason": "The data could not be read by anybody"})
    home.sign("ann", "incident.submit", number)


def test_whom_to_tell_is_named_where_personal_data_are_concerned(home: TestHome) -> None:
    number = investigated(home, {"notified_at": ago(minutes=1)}, personal_data=True)

    assert "required_fields" in refused(home, "ann", "incident.submit", number)


# --- closing ------------------------------------------------------------------------------------------------------------


def test_quality_closes_what_is_complete(home: TestHome) -> None:
    assert home.sign("qua", "incident.close", in_review(home)).state == "closed"


@pytest.mark.parametrize("who", ["rob", "ann", "sys", "adm", "hed"])
def test_nobody_but_quality_closes(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "incident.close", in_review(home))


def test_who_is_named_in_it_does_not_close_it(home: TestHome) -> None:
    number = in_review(home, people_concerned=["qua"])

    assert "closer_is_not_named_in_it" in refused(home, "qua", "incident.close", number)
    assert home.sign("quy", "incident.close", number).state == "closed"


@pytest.mark.parametrize("kind", ["integrity or tamper", "wrong-owner signing", "late or false entry"])
def test_management_signs_too_where_it_is_about_tampering_or_falsification(home: TestHome, kind: str) -> None:
    number = in_review(home, kind=kind)

    assert home.sign("qua", "incident.close", number).state == "qa_review"
    assert home.sign("exe", "incident.close", number).state == "closed"


def test_a_critical_one_is_closed_with_a_capa_whose_plan_is_approved(home: TestHome) -> None:
    number = in_review(home, {"class": "critical"})
    assert "critical_needs_cause_and_capa" in refused(home, "qua", "incident.close", number)
    capa(home, number)
    assert "critical_needs_cause_and_capa" in refused(home, "qua", "incident.close", number)
    planned(home, number)
    assert home.sign("qua", "incident.close", number).state == "closed"


def test_the_plan_for_another_incident_does_not_count(home: TestHome) -> None:
    number = in_review(home, {"capa_needed": True})
    planned(home, incident(home))

    assert "critical_needs_cause_and_capa" in refused(home, "qua", "incident.close", number)


def test_it_is_not_closed_before_its_actions_are_verified(home: TestHome) -> None:
    number = in_review(home)
    action(home, number)

    assert "own_actions_verified" in refused(home, "qua", "incident.close", number)


def test_exceptions_in_the_trail_are_explained_before_quality_signs(home: TestHome) -> None:
    number = in_review(home, detected_at=ago(days=3))
    assert "exceptions_of_trail_seen" in refused(home, "qua", "incident.close", number)
    home.act("rob", "incident.edit", number, fields={"trail_exceptions": "Entered late: found in the log of the server"})
    assert home.sign("qua", "incident.close", number).state == "closed"


def test_where_quality_is_the_case_management_signs_for_the_system(home: TestHome) -> None:
    number = investigated(home, owner="ann", quality_concerned=True)
    home.sign("ann", "incident.submit", number)

    assert "quality_cases_are_signed_outside" in refused(home, "sys", "incident.submit", number)
    assert home.sign("exe", "incident.submit", number).state == "qa_review"


def test_a_class_that_was_signed_is_changed_with_a_reason_and_voids_what_covered_it(home: TestHome) -> None:
    number = in_review(home, {"class": "critical"})
    home.act("rob", "incident.amend", number, fields={"class": "minor"}, reason=WHY)

    assert head(number).state == "investigating"
    assert "signer_authority" not in refused(home, "ann", "incident.submit", investigated(home, {"cause": None}))


def test_a_duplicate_is_void_with_the_word_of_quality_and_its_number_stays(home: TestHome) -> None:
    number = incident(home)
    assert "signer_authority" in refused(home, "rob", "incident.void", number)
    assert home.sign("qua", "incident.void", number, reason=WHY).state == "void"
    assert incident(home) == "INC-002"


def test_a_deviation_and_a_capa_begin_from_it(home: TestHome) -> None:
    number = in_review(home)
    kinds = {declared.type for declared in raising.list_beginnings(home.view("rob"), head(number))}
    taken = raising.taken_over(home.view("rob"), "deviation", number)

    assert {"deviation", "capa", "action"} <= kinds
    assert taken["what_happened"] == "The server took no entries from 2 to 5"
    assert JUDGEMENT["cause"] == raising.taken_over(home.view("rob"), "capa", number)["cause"]

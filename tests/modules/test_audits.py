"""Audits and their findings: independent, numbered under their audit, answered on a clock, closed when nothing is left open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import reactions, records
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Event, Record, Signature
from indelible.practice import lookup, queries, raising
from tests.homes import TestHome
from tests.modules.audits import ANSWER, ROWS, answered, audit, begun, corrected, finding, issued
from tests.modules.events import WHY, day, due, head, planned, refused


def not_made(home: TestHome, make: Any) -> set[str | None]:
    with pytest.raises((Refused, Invalid)) as caught:
        make()
    return {one.rule for one in caught.value.missing} | {caught.value.rule}


# --- programme and independence -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"lead_auditor": "rob"}, {"lead_auditor": "exe", "team": ["ann"]}])
def test_nobody_audits_the_department_to_which_they_belong(home: TestHome, fields: dict[str, Any]) -> None:
    department = home.departments["Quality Control"]  # everybody here belongs to it

    assert "auditor_is_not_of_audited_department" in not_made(home, lambda: audit(home, department=department, **fields))


def test_who_approves_for_a_department_does_not_audit_it(home: TestHome) -> None:
    assert "auditor_is_not_of_audited_department" in not_made(home, lambda: audit(home, team=["tek"]))


def test_who_heads_a_department_does_not_audit_it(home: TestHome) -> None:
    home.act("rob", "department.edit", home.departments["Operations"], fields={"head": "ann"})

    assert "auditor_is_not_of_audited_department" in not_made(home, lambda: audit(home))


def test_who_moved_into_the_audited_department_leads_no_further(home: TestHome) -> None:
    number = audit(home)
    person = str(records.find(home.person("ann")).number)
    home.act("adm", "person.edit", person, fields={"department": home.departments["Operations"]})

    assert "auditor_is_not_of_audited_department" in refused(home, "rob", "audit.announce", number)


def test_who_belongs_to_the_audited_department_does_not_approve_its_report(home: TestHome) -> None:
    number = begun(home)
    home.sign("rob", "audit.end", number)
    home.act("rob", "audit.edit", number, fields={"summary": "In order"})
    home.sign("rob", "audit.issue", number)
    home.act(
        "adm", "person.edit", records.find(home.person("qua")).number, fields={"department": home.departments["Operations"]}
    )

    assert "auditor_is_not_of_audited_department" in refused(home, "qua", "audit.issue", number)
    assert home.sign("quy", "audit.issue", number).state == "answering"


@pytest.mark.parametrize("fields", [
    {"department": None}, {"kind": "supplier"}, {"audited": "supplier"}, {"supplier": ["CMP-01"]}, {"until_on": "2020-01-01"},
])  # fmt: skip
def test_an_audit_names_what_it_looks_at_and_days_that_follow_each_other(home: TestHome, fields: dict[str, Any]) -> None:
    home.act("rob", "company.create", fields={"name": "Maker"})

    assert "what_is_audited_is_named" in not_made(home, lambda: audit(home, **fields))


@pytest.mark.parametrize("who", ["ann", "rea", "hed", "adm"])
def test_who_audits_nothing_plans_none(home: TestHome, who: str) -> None:
    assert "authority" in not_made(home, lambda: audit(home, who))


def test_an_audit_is_announced_ten_business_days_before_it(home: TestHome) -> None:
    assert "announced_in_time" in refused(home, "rob", "audit.announce", audit(home, from_on=day(9)))
    home.act("rob", "audit.announce", audit(home, from_on=day(20)))


@pytest.mark.parametrize("kind", ["for cause", "regulatory"])
def test_one_for_cause_and_that_of_an_authority_come_any_time(home: TestHome, kind: str) -> None:
    number = audit(home, kind=kind, from_on=day(0))
    home.act("rob", "audit.announce", number)

    assert head(number).state == "announced"


@pytest.mark.parametrize("act", ["announce", "cancel", "put_off"])
def test_neither_team_nor_author_moves_a_plan(home: TestHome, act: str) -> None:
    number = audit(home, "exe")

    assert refused(home, "ann", f"audit.{act}", number) & {"authority", "signer_authority"}
    assert refused(home, "exe", f"audit.{act}", number) & {"authority", "signer_authority"}


def test_it_is_put_off_and_cancelled_with_the_word_of_quality(home: TestHome) -> None:
    number = audit(home)
    home.act("rob", "audit.announce", number)
    assert home.sign("qua", "audit.put_off", number, reason=WHY).state == "planned"
    assert home.sign("qua", "audit.put_off", number, reason=WHY).state == "planned"
    assert home.sign("qua", "audit.cancel", number, reason=WHY).state == "cancelled"


def test_when_an_internal_audit_is_closed_the_next_one_is_planned_a_year_later(home: TestHome) -> None:
    number = issued(home, begun(home))
    home.sign("rob", "audit.close", number)
    home.sign("qua", "audit.close", number)
    reactions.run_pending()

    coming = records.values(records.find("AUD-002"))
    assert (records.find("AUD-002").state, coming["from_on"][:4]) == ("planned", str(int(day(40)[:4]) + 1))
    assert [(row["question"], row.get("answer")) for row in coming["checklist"]] == [(ROWS[0]["question"], None)]


# --- carrying out and reporting -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields", [{"checklist": None}, {"checklist": [*ROWS, {"clause": "11.10(e)", "question": "Is there a trail?"}]}]
)
def test_it_does_not_end_before_every_question_is_answered(home: TestHome, fields: dict[str, Any]) -> None:
    number = begun(home)
    home.act("rob", "audit.edit", number, fields=fields)

    assert "checklist_answered" in refused(home, "rob", "audit.end", number)


@pytest.mark.parametrize("left_out", ["people_met", "records_seen"])
def test_it_does_not_end_without_whom_and_what_was_seen(home: TestHome, left_out: str) -> None:
    number = begun(home)
    home.act("rob", "audit.edit", number, fields={left_out: None})

    assert "required_fields" in refused(home, "rob", "audit.end", number)


def test_the_report_is_signed_by_who_leads_and_then_by_quality(home: TestHome) -> None:
    number = begun(home)
    home.sign("rob", "audit.end", number)
    assert "required_fields" in refused(home, "rob", "audit.issue", number)
    home.act("rob", "audit.edit", number, fields={"summary": "In order"})
    assert "signer_authority" in refused(home, "qua", "audit.issue", number)
    home.sign("rob", "audit.issue", number)
    assert home.sign("qua", "audit.issue", number).state == "answering"


def test_reports_are_not_in_the_scope_of_an_inspector(home: TestHome) -> None:
    number = issued(home, begun(home))
    home.sign("rob", "audit.close", number)
    home.sign("qua", "audit.close", number)

    with pytest.raises(NotFound):
        queries.get_record(home.view("gue"), number)


# --- findings -------------------------------------------------------------------------------------------------------------


def test_findings_are_counted_under_their_audit(home: TestHome) -> None:
    first, second = begun(home), begun(home)

    numbers = [finding(home, first), finding(home, first), finding(home, second), finding(home, first)]
    assert numbers == ["AUD-001-F01", "AUD-001-F02", "AUD-002-F01", "AUD-001-F03"]
    assert lookup.account_of_numbers(home.view("rob"), "finding") == {"AUD-001-F": [], "AUD-002-F": []}


def test_a_finding_begins_from_its_audit_with_what_the_audit_knows(home: TestHome) -> None:
    number = begun(home)

    assert "finding" in {declared.type for declared in raising.list_beginnings(home.view("rob"), head(number))}
    taken = raising.taken_over(home.view("rob"), "finding", number)
    given = {"text": "One", "class": "minor", "requirement": "Two", "evidence": "Three"}
    assert home.act("rob", "finding.create", fields=taken | given).number == f"{number}-F01"


@pytest.mark.parametrize("state", ["planned", "answering"])
def test_findings_are_written_while_an_audit_goes_on(home: TestHome, state: str) -> None:
    number = audit(home) if state == "planned" else issued(home, begun(home))

    assert "finding_is_of_its_audit" in not_made(home, lambda: finding(home, number))


@pytest.mark.parametrize("who", ["qua", "exe"])
def test_who_is_not_of_the_team_writes_no_finding(home: TestHome, who: str) -> None:
    number = begun(home)

    assert "finding_is_of_its_audit" in not_made(home, lambda: finding(home, number, who))


@pytest.mark.parametrize("fields", [{"of": "mock"}, {"lead_auditor": "quy"}, {"department": None}])
def test_a_finding_says_what_its_audit_says(home: TestHome, fields: dict[str, Any]) -> None:
    number = begun(home)

    assert "finding_is_of_its_audit" in not_made(home, lambda: finding(home, number, **fields))


@pytest.mark.parametrize("fields", [{"class": "observation"}, {"text": "Nothing"}, {"evidence": "None"}])
def test_the_audited_do_not_change_what_was_found(home: TestHome, fields: dict[str, Any]) -> None:
    found = finding(home, begun(home), kind="major")

    assert "finding_stays_as_found" in not_made(home, lambda: home.act("tek", "finding.edit", found, fields=fields))


def test_nobody_changes_what_was_found_once_the_report_is_issued(home: TestHome) -> None:
    number = begun(home)
    found = finding(home, number, kind="major")
    home.act("rob", "finding.edit", found, fields={"evidence": "Log of tank 2, pages 7 and 8"})
    issued(home, number)

    assert "finding_stays_as_found" in not_made(
        home, lambda: home.act("rob", "finding.edit", found, fields={"class": "minor"})
    )
    assert home.sign("qua", "finding.void", found, reason=WHY).state == "void"


@pytest.mark.parametrize(("kind", "least", "most"), [("critical", 10, 20), ("major", 20, 35), ("minor", 30, 30)])
def test_the_time_to_answer_depends_on_the_class_and_begins_with_the_report(
    home: TestHome, kind: str, least: int, most: int
) -> None:
    number = begun(home)
    found = finding(home, number, kind=kind)
    issued(home, number)
    clock.simulate(lambda real: real + timedelta(hours=1))
    reactions.run_pending()
    clock.simulate(None)

    assert day(least) <= due(found) <= day(most)
    assert Event.objects.filter(record_id=head(found).pk, payload__contains='"finding.handed_over"').exists()


def test_what_an_authority_found_is_answered_in_fifteen_business_days(home: TestHome) -> None:
    number = begun(home, kind="regulatory")
    found = finding(home, number, kind="critical", of="regulatory")

    assert day(19) <= due(found) <= day(28)


def test_an_observation_asks_for_no_answer(home: TestHome) -> None:
    found = finding(home, begun(home), kind="observation")

    assert head(found).due_at is None
    assert home.act("rob", "finding.note", found).state == "closed"


def test_a_finding_is_not_answered_before_the_report_is_issued(home: TestHome) -> None:
    found = finding(home, begun(home))
    home.act("tek", "finding.edit", found, fields=ANSWER | {"correct_by": day(30)})

    assert "report_is_issued" in refused(home, "tek", "finding.respond", found)


@pytest.mark.parametrize("left_out", ["cause", "correction", "corrective_action", "correct_by", "owner"])
def test_an_answer_without_cause_correction_action_day_and_owner_is_none(home: TestHome, left_out: str) -> None:
    number = begun(home)
    found = finding(home, number)
    issued(home, number)
    home.act("tek", "finding.edit", found, fields=ANSWER | {"correct_by": day(30)} | {left_out: None})

    assert "required_fields" in refused(home, "tek", "finding.respond", found)


@pytest.mark.parametrize("who", ["rob", "qua", "exe"])
def test_only_the_head_of_the_audited_department_answers(home: TestHome, who: str) -> None:
    number = begun(home)
    found = finding(home, number)
    issued(home, number)
    home.act("tek", "finding.edit", found, fields=ANSWER | {"correct_by": day(30)})

    assert "signer_authority" in refused(home, who, "finding.respond", found)


@pytest.mark.parametrize("kind", ["major", "critical"])
def test_a_serious_one_is_answered_with_a_capa(home: TestHome, kind: str) -> None:
    number = begun(home)
    found = finding(home, number, kind=kind)
    issued(home, number)
    home.act("tek", "finding.edit", found, fields=ANSWER | {"correct_by": day(30)})
    assert "serious_ones_have_a_capa" in refused(home, "tek", "finding.respond", found)
    planned(home, found)
    assert home.sign("tek", "finding.respond", found).state == "responded"


def test_a_correction_is_promised_for_ninety_days_at_most(home: TestHome) -> None:
    number = begun(home)
    found = finding(home, number)
    issued(home, number)
    home.act("tek", "finding.edit", found, fields=ANSWER | {"correct_by": day(91)})

    assert "corrected_within_90_days" in refused(home, "tek", "finding.respond", found)


def test_who_owns_the_correction_does_not_verify_it(home: TestHome) -> None:
    _, found = corrected(home)

    assert "signer_authority" in refused(home, "bea", "finding.close", found)
    assert home.sign("rob", "finding.close", found).state == "closed"


def test_a_major_one_is_closed_with_the_word_of_quality(home: TestHome) -> None:
    _, found = corrected(home, "major")

    assert home.sign("rob", "finding.close", found).state == "to_verify"
    assert home.sign("qua", "finding.close", found).state == "closed"


def test_a_correction_is_extended_by_quality_and_a_promise_to_an_authority_with_management_and_a_letter(
    home: TestHome,
) -> None:
    _, found = answered(home)
    home.act("bea", "finding.edit", found, fields={"extend_to": day(50), "interim_state": "The form is at the printer"})
    assert "declared_move" in refused(home, "exe", "finding.move_promise", found)
    assert "signer_authority" in refused(home, "bea", "finding.grant_extension", found)
    home.sign("rob", "finding.grant_extension", found, reason=WHY)
    assert due(found) == day(50)


def test_a_promise_to_an_authority_does_not_move_without_a_letter(home: TestHome) -> None:
    number = begun(home, kind="regulatory")
    found = finding(home, number, of="regulatory")
    issued(home, number)
    home.act("tek", "finding.edit", found, fields=ANSWER | {"correct_by": day(30)})
    home.sign("tek", "finding.respond", found)
    home.sign("rob", "finding.accept", found)
    home.act("bea", "finding.edit", found, fields={"extend_to": day(50), "interim_state": "The form is at the printer"})

    assert "declared_move" in refused(home, "rob", "finding.grant_extension", found)
    assert "letter_is_filed" in refused(home, "exe", "finding.move_promise", found)


# --- closing the audit ----------------------------------------------------------------------------------------------------


def test_an_audit_is_not_closed_while_a_finding_is_open(home: TestHome) -> None:
    number, found = corrected(home)
    assert "findings_closed_or_capa_approved" in refused(home, "rob", "audit.close", number)
    home.sign("rob", "finding.close", found)
    home.sign("rob", "audit.close", number)
    assert home.sign("qua", "audit.close", number).state == "closed"


def test_a_serious_finding_with_an_approved_capa_holds_nothing_up(home: TestHome) -> None:
    number, _ = answered(home, "major")
    home.sign("rob", "audit.close", number)

    assert home.sign("qua", "audit.close", number).state == "closed"


def test_a_capa_that_is_approved_does_not_answer_a_finding_that_was_not(home: TestHome) -> None:
    number = begun(home)
    planned(home, finding(home, number, kind="major"))
    issued(home, number)

    assert "findings_closed_or_capa_approved" in refused(home, "rob", "audit.close", number)


def test_an_open_observation_holds_nothing_up(home: TestHome) -> None:
    number = begun(home)
    finding(home, number, kind="observation")
    issued(home, number)

    assert home.sign("rob", "audit.close", number).state == "answering"


@pytest.mark.parametrize("who", ["ann", "exe", "tek"])
def test_nobody_but_who_leads_and_quality_closes(home: TestHome, who: str) -> None:
    number = issued(home, begun(home))

    assert "signer_authority" in refused(home, who, "audit.close", number)
    assert Record.objects.get(number=number).state == "answering"
    assert Signature.objects.filter(record_id=head(number).pk).count() == 3

"""What validation refuses: each rule is met by somebody who breaks it, and says so by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel import acts, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import Record
from indelible.modules.validation import coverage
from tests.homes import TestHome
from tests.modules import validating as ways
from tests.modules.events import day, head, refused
from tests.modules.validating import RISK, STEPS

WHY = "The record says why this is right"
LOW = {**RISK, "severity": "low", "probability": "low", "detectability": "high"}
Later = Callable[[timedelta], None]


# --- requirements and their document ------------------------------------------------------------------------------------


HALF_WRITTEN: tuple[tuple[dict[str, Any], str], ...] = (
    ({"clauses": None}, "required_fields"), ({"priority": "low"}, "priority_follows_from_its_risks"),
    ({"risks": [{**RISK, "severity": None}]}, "priority_follows_from_its_risks"), ({"process": None}, "required_fields"),
    ({"risks": None}, "required_fields"), ({"document": None}, "required_fields"),
)  # fmt: skip


def test_a_requirement_is_not_proposed_half_written(plant: TestHome) -> None:
    of = ways.planned(plant)
    made = ways.document(plant, of, "requirements")
    for fields, rule in HALF_WRITTEN:
        need = ways.requirement(plant, of, **({"document": [made]} | fields))
        assert rule in refused(plant, "val", "validation_requirement.propose", need), fields


def test_a_requirement_stands_in_a_document_of_its_kind_and_system_that_is_being_written(plant: TestHome) -> None:
    of = ways.planned(plant)
    plan = Record.objects.filter(type="document", title__startswith="plan").latest("number").number
    need = ways.requirement(plant, of, document=[plan])
    assert "its_document_is_in_work" in refused(plant, "val", "validation_requirement.propose", need)
    elsewhere = ways.document(plant, "SYS-001", "requirements")
    plant.act("val", "validation_requirement.edit", need, fields={"document": [elsewhere]})
    assert "its_document_is_in_work" in refused(plant, "val", "validation_requirement.propose", need)
    ways.held(plant, of, need)
    late = ways.requirement(plant, of, document=records.values(head(need))["document"][0]["number"])
    assert "its_document_is_in_work" in refused(plant, "val", "validation_requirement.propose", late)


def test_a_row_is_approved_by_nobody_but_with_its_document(plant: TestHome) -> None:
    of = ways.planned(plant)
    made = ways.document(plant, of, "requirements")
    need = ways.requirement(plant, of, document=[made])
    plant.act("val", "validation_requirement.propose", need)

    assert {"authority"} <= refused(plant, "qua", "validation_requirement.approve", need)
    with pytest.raises(Refused) as told:
        acts.run(SYSTEM, "validation_requirement.approve", head(need).pk)
    assert {one.rule for one in told.value.missing} >= {"its_document_is_approved", "it_is_as_its_document_lists_it"}


def test_a_document_is_not_sent_with_rows_that_it_does_not_list(plant: TestHome) -> None:
    of = ways.planned(plant)
    made = ways.document(plant, of, "requirements")
    assert "rows_are_as_listed" in refused(plant, "val", "document.submit", made)  # it holds none
    need = ways.requirement(plant, of, document=[made])
    plant.act("val", "validation_requirement.propose", need)
    assert "rows_are_as_listed" in refused(plant, "val", "document.submit", made)  # it lists none
    plant.act("val", "document.list_rows", made)
    another = ways.requirement(plant, of, document=[made])
    plant.act("val", "validation_requirement.propose", another)
    assert "rows_are_as_listed" in refused(plant, "val", "document.submit", made)
    forged = [{"number": one, "sha256": "0" * 64} for one in (need, another)]
    plant.act("val", "document.edit", made, fields={"rows": forged})
    assert "rows_are_as_listed" in refused(plant, "val", "document.submit", made)


def test_what_was_taken_back_after_the_listing_stops_the_approval(plant: TestHome) -> None:
    of = ways.planned(plant)
    made = ways.document(plant, of, "requirements")
    need = ways.requirement(plant, of, document=[made])
    plant.act("val", "validation_requirement.propose", need)
    plant.act("val", "document.list_rows", made)
    plant.sign("val", "document.submit", made)
    plant.sign("rob", "document.agree", made)
    plant.act("val", "validation_requirement.take_back", need, reason=WHY)

    assert "rows_are_as_listed" in refused(plant, "qua", "document.approve", made)


def test_documents_of_a_validation_come_in_their_order(plant: TestHome) -> None:
    of = ways.assessed(plant, ways.other(plant))
    for kind in ("requirements", "OQ protocol", "OQ report", "traceability matrix", "summary report"):
        given = {"build": "4.2", "baseline": "-"}
        made = ways.document(plant, of, kind, **given)
        assert "earlier_validation_documents_are_approved" in refused(plant, "val", "document.submit", made), kind
    assert "validation_plan_approved" in refused(plant, "val", "gxp_system.begin_validation", of)


def test_less_than_high_needs_the_word_of_quality(plant: TestHome) -> None:
    of = ways.planned(plant)
    made = ways.document(plant, of, "requirements")
    given = {"risks": [LOW], "priority": "low", "depth": "unscripted or release evidence", "document": [made]}
    lower = ways.requirement(plant, of, **given, thinner_because="Nobody reads this value")
    bare, high = ways.requirement(plant, of, **given), ways.requirement(plant, of, document=[made])
    for one in (lower, bare, high):
        plant.act("val", "validation_requirement.propose", one)
    for one in (bare, high):
        assert "less_is_explained" in refused(plant, "qua", "validation_requirement.authorise_less", one, reason=WHY)
    assert "signer_authority" in refused(plant, "sys", "validation_requirement.authorise_less", lower, reason=WHY)
    ways.approve(plant, made)
    assert [head(one).state for one in (lower, bare, high)] == ["in_review", "in_review", "approved"]  # they wait as tasks


def test_authorised_before_the_document_it_is_approved_with_it(plant: TestHome) -> None:
    of = ways.planned(plant)
    made = ways.document(plant, of, "requirements")
    lower = ways.requirement(
        plant, of, document=[made], touches="other", depth="scripted", thinner_because="Shown by its supplier"
    )
    plant.act("val", "validation_requirement.propose", lower)
    plant.sign("qua", "validation_requirement.authorise_less", lower, WHY)
    ways.approve(plant, made)

    assert head(lower).state == "approved"


def test_a_changed_requirement_makes_its_tests_suspect(lab: TestHome) -> None:
    of = ways.OF
    need = ways.NEED
    test = ways.TEST
    ways.accept(lab, ways.passed(lab, of, test))
    on = coverage.Ground("4.2", "-")
    assert coverage.of_system(of, on) == {need: "covered"}
    lab.act("val", "validation_requirement.change", need, reason=WHY)
    assert coverage.of_system(of, on) == {need: "undecided"}
    lab.act("val", "validation_requirement.edit", need, fields={"text": "The system shall store a result twice"})
    ways.held(lab, of, need)
    assert coverage.of_system(of, on) == {need: "suspect"}


# --- scripts ------------------------------------------------------------------------------------------------------------


def test_an_expected_result_is_fixed_once_the_script_is_in_review(lab: TestHome) -> None:
    test = ways.TEST
    for who in ("val", "sys", "qua"):
        assert refused(lab, who, "test_script.edit", test, fields={"steps": STEPS[:1]}) & {"fields_frozen", "authority"}
    assert refused(lab, "val", "test_script.amend", test, fields={"steps": STEPS[:1]}, reason=WHY) & {"fields_frozen"}


HALF_A_SCRIPT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"steps": [{"action": "Enter 5.2"}]}, "steps_say_what_is_expected"), ({"requirements": []}, "its_requirements_are_known"),
    ({"expected_by": None}, "required_fields"), ({"criterion": None}, "required_fields"),
)  # fmt: skip


def test_a_script_is_not_proposed_half_written(plant: TestHome) -> None:
    of = ways.planned(plant)
    need = ways.requirement(plant, of)
    made = ways.document(plant, of, "OQ protocol")
    for fields, rule in HALF_A_SCRIPT:
        test = ways.script(plant, of, need, **{"protocol": [made]} | fields)
        assert rule in refused(plant, "val", "test_script.propose", test), fields


def test_a_script_names_requirements_of_its_system_as_they_are_now(plant: TestHome) -> None:
    of = ways.planned(plant)
    made = ways.document(plant, of, "OQ protocol")
    need, strange = ways.requirement(plant, of), ways.requirement(plant, "SYS-001")
    test = ways.script(plant, of, need, strange, protocol=[made])
    assert "its_requirements_are_known" in refused(plant, "val", "test_script.propose", test)
    plant.act("val", "test_script.edit", test, fields={"requirements": [need]})
    plant.act("val", "validation_requirement.edit", need, fields={"text": "The system shall store it otherwise"})
    assert "its_requirements_are_known" in refused(plant, "val", "test_script.propose", test)


def test_a_test_of_an_unknown_requirement_cannot_be_written(plant: TestHome) -> None:
    of = ways.planned(plant)
    with pytest.raises(Invalid, match="Requirements"):
        ways.script(plant, of, "URS-OWN-999")


def test_a_script_of_which_there_are_runs_is_changed_under_a_change(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    ways.passed(lab, of, test)
    lab.act("val", "test_script.change", test, reason=WHY)
    made = ways.document(lab, of, "OQ protocol")
    lab.act("val", "test_script.edit", test, fields={"protocol": [made], "title": "Stored, and shown"})
    assert "change_is_named_once_run" in refused(lab, "val", "test_script.propose", test)


# --- runs ---------------------------------------------------------------------------------------------------------------


def test_without_an_approved_protocol_a_run_is_a_trial_that_never_counts(plant: TestHome) -> None:
    of = ways.planned(plant)
    need = ways.requirement(plant, of)
    test = ways.script(plant, of, need)
    official = ways.run(plant, of, test)
    assert "protocol_approved" in refused(plant, "bea", "test_run.start", official)
    trial = ways.run(plant, of, test, purpose="trial")
    assert "declared_move" in refused(plant, "bea", "test_run.start", trial)
    plant.act("bea", "test_run.start_trial", trial)
    ways.step(plant, trial, 1, "5.2 is stored", proof=ways.evidence(plant))
    plant.act("bea", "test_run.finish_trial", trial)
    assert head(trial).state == "trial"
    assert "declared_move" in refused(plant, "rob", "test_run.accept", trial)
    assert coverage.of_system(of, coverage.Ground("4.2", "-")) == {need: "undecided"}


def test_iq_comes_before_oq_and_oq_before_pq(plant: TestHome) -> None:
    of = ways.planned(plant)
    need = ways.requirement(plant, of)
    ways.held(plant, of, need)
    test, use = ways.script(plant, of, need), ways.script(plant, of, need, series="PQ-OWN")
    ways.protocol(plant, of, test)
    ways.protocol(plant, of, use)
    assert "earlier_level_passed" in refused(plant, "bea", "test_run.start", ways.run(plant, of, test))
    ways.installed(plant, of, need)
    assert "earlier_level_passed" in refused(plant, "bea", "test_run.start", ways.run(plant, of, use))
    other_build = ways.run(plant, of, test, build="4.1")
    assert refused(plant, "bea", "test_run.start", other_build) >= {"build_and_baseline_match", "earlier_level_passed"}


def test_evidence_of_another_build_is_stale(lab: TestHome) -> None:
    of = ways.OF
    need = ways.NEED
    test = ways.TEST
    number = ways.passed(lab, of, test)
    ways.accept(lab, number)
    assert coverage.of_system(of, coverage.Ground("4.3", "-")) == {need: "stale"}


def test_who_wrote_the_script_neither_runs_nor_reviews_it(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    own = ways.run(lab, of, test, executor="val")
    assert "executor_did_not_write_the_script" in refused(lab, "val", "test_run.start", own)
    lab.act("val", "test_run.withdraw", own, reason=WHY)
    number = ways.run(lab, of, test, attempt="2")
    lab.act("bea", "test_run.start", number)
    ways.step(lab, number, 1, "5.2 is stored", proof=ways.evidence(lab))
    ways.step(lab, number, 2, "refused")
    lab.sign("bea", "test_run.finish", number)
    assert "reviewer_did_not_write_the_script" in refused(lab, "val", "test_run.accept", number)


def test_nobody_reviews_what_they_carried_out(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    number = ways.run(lab, of, test, executor="rob")
    lab.act("rob", "test_run.start", number)
    proof = ways.evidence(lab, "rob")
    lab.act("rob", "test_run.record_step", number, step=1, actual="5.2 is stored", passed=True, evidence=proof)
    lab.act("rob", "test_run.record_step", number, step=2, actual="refused", passed=True)
    lab.sign("rob", "test_run.finish", number)

    assert "run_reviewer_is_not_executor" in refused(lab, "rob", "test_run.accept", number)
    assert "run_reviewer_is_not_executor" in refused(lab, "rob", "test_run.refuse", number, reason=WHY)
    assert lab.sign("vay", "test_run.accept", number).state == "accepted"


def test_a_result_is_not_accepted_before_its_run_nor_by_who_may_not(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    number = ways.run(lab, of, test)
    assert "declared_move" in refused(lab, "rob", "test_run.accept", number)
    lab.act("bea", "test_run.start", number)
    assert "declared_move" in refused(lab, "rob", "test_run.accept", number)
    assert "every_step_is_recorded" in refused(lab, "bea", "test_run.finish", number)
    for who in ("val", "rob"):
        assert "authority" in refused(lab, who, "test_run.record_step", number, step=1, actual="x", passed=True)


WRONG: tuple[dict[str, Any], ...] = (
    {"step": 2}, {"actual": ""}, {"actual": "As expected."}, {"passed": None}, {"passed": "yes"}, {"evidence": None},
    {"evidence": "0" * 64}, {"expected": "0 is stored"}, {"step": "one"},
)  # fmt: skip


def test_a_step_is_recorded_whole_in_turn_and_as_a_value(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    number = ways.run(lab, of, test)
    lab.act("bea", "test_run.start", number)
    whole: dict[str, Any] = {"step": 1, "actual": "5.2 is stored", "passed": True, "evidence": ways.evidence(lab)}
    before = head(number).position

    for given in WRONG:
        assert "input" in refused(lab, "bea", "test_run.record_step", number, **whole | given), given
    assert head(number).position == before
    lab.act("bea", "test_run.record_step", number, **whole)


def test_evidence_of_nothing_is_refused_and_none_shows_two_steps(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    number = ways.run(lab, of, test)
    lab.act("bea", "test_run.start", number)
    with pytest.raises(Invalid, match="0 bytes"):
        ways.evidence(lab, text="")
    proof = ways.evidence(lab)
    ways.step(lab, number, 1, "5.2 is stored", proof=proof)
    assert "input" in refused(
        lab, "bea", "test_run.record_step", number, step=2, actual="refused", passed=True, evidence=proof
    )


def test_a_recorded_step_is_neither_edited_nor_recorded_again(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    number = ways.run(lab, of, test)
    lab.act("bea", "test_run.start", number)
    ways.step(lab, number, 1, "0 is stored", good=False, proof=ways.evidence(lab))
    assert "input" in refused(lab, "bea", "test_run.record_step", number, step=1, actual="5.2", passed=True)
    for who in ("bea", "val", "qua"):
        assert refused(lab, who, "test_run.edit", number, fields={"verdict": "passed"}) & {"fields_frozen", "authority"}
    assert Record.objects.filter(type="test_deviation").count() == 1


def test_attempts_are_counted_and_an_aborted_one_is_kept(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    first = ways.run(lab, of, test)
    lab.act("bea", "test_run.start", first)
    lab.act("bea", "test_run.abort", first, reason="The server went down in the midst of it")
    again = ways.run(lab, of, test, attempt="1")
    assert "attempt_is_the_next" in refused(lab, "bea", "test_run.start", again)
    assert head(first).state == "aborted"
    assert refused(lab, "qua", "test_run.finish", first) & {"declared_move"}


def test_who_is_not_trained_on_the_system_does_not_test_it(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    sop = lab.until(lab.draft(), "effective")
    lab.act("val", "gxp_system.edit", of, fields={"procedure": [sop]})
    given = {"what": "Use", "trainee": "bea", "kind": "practical", "because": "other", "due_on": day(10), "document": [sop]}
    lab.act("rob", "training.create", fields=given)

    assert "executor_is_trained" in refused(lab, "bea", "test_run.start", ways.run(lab, of, test))

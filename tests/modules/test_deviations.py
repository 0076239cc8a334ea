"""The life of a deviation: reported by anybody, judged, investigated, closed by somebody of Quality who is not in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import acts, reactions
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Record, Signature, Task
from indelible.practice import queries
from tests.homes import TestHome
from tests.modules.events import (
    CAUSE,
    WHY,
    action,
    ago,
    day,
    due,
    head,
    impact,
    in_review,
    investigated,
    judged,
    planned,
    refused,
)
from tests.modules.events import reported as report

DAY = timedelta(days=1)
NINE = ("title", "what_happened", "occurred_at", "discovered_at", "place", "immediate_action", "product_or_lot", "reporter")


# --- reporting ----------------------------------------------------------------------------------------------------------


def test_anybody_reports_without_role_or_signature(home: TestHome) -> None:
    number = report(home, "rea")

    assert (head(number).state, Signature.objects.filter(record_id=head(number).pk).count()) == ("triage", 0)


@pytest.mark.parametrize("left_out", [name for name in NINE if name not in ("title", "reporter")])
def test_a_report_that_leaves_one_of_the_nine_out_is_not_sent(home: TestHome, left_out: str) -> None:
    with pytest.raises(Refused) as caught:
        report(home, "rea", **{left_out: None})
    assert [(m.rule, m.field) for m in caught.value.missing] == [("required_fields", left_out)]


@pytest.mark.parametrize("left_out", ["title", "reporter"])
def test_a_report_does_not_begin_without_title_and_reporter(home: TestHome, left_out: str) -> None:
    with pytest.raises(Invalid):
        report(home, "rea", **{left_out: None})


def test_somebody_else_enters_and_sends_a_report_and_the_reporter_is_named(home: TestHome) -> None:
    number = home.act("ann", "deviation.create", fields={"title": "Seen at the bench", "reporter": "rea"}).number

    assert queries.get_record(home.view("rea"), number).number == number
    assert refused(home, "qua", "deviation.submit", number) == {"authority", None}


def test_a_late_entry_says_why_and_is_marked(home: TestHome) -> None:
    fields = {"title": "Found last week", "reporter": "rea", "discovered_at": ago(days=3)}
    with pytest.raises(Refused) as caught:
        home.act("rea", "deviation.create", fields=fields)
    assert caught.value.rule == "late_entry"

    number = home.act("rea", "deviation.create", fields=fields, reason=WHY).number
    assert head(number).marks["late"]


def test_what_happened_long_ago_and_was_found_today_is_not_late(home: TestHome) -> None:
    fields = {"title": "Found today", "reporter": "rea", "occurred_at": ago(days=90), "discovered_at": ago(hours=1)}

    assert not head(home.act("rea", "deviation.create", fields=fields).number).marks["late"]


# --- triage -------------------------------------------------------------------------------------------------------------


def test_triage_is_due_on_the_next_business_day_and_is_the_work_of_quality_operations(home: TestHome) -> None:
    number = report(home)
    due = head(number).due_at

    assert due is not None
    assert timedelta(hours=2) < due - clock.now() < 5 * DAY
    assert {task.capacity for task in Task.objects.filter(record_id=head(number).pk)} == {"qa_ops"}


@pytest.mark.parametrize("left_out", ["class", "class_reason", "owner", "department", "containment", "lot_hold", "affected"])
def test_nobody_investigates_what_is_not_judged(home: TestHome, left_out: str) -> None:
    number = judged(home, **{left_out: None})

    assert "required_fields" in refused(home, "rob", "deviation.investigate", number)


@pytest.mark.parametrize("who", ["ann", "hed", "rea", "exe"])
def test_only_quality_judges(home: TestHome, who: str) -> None:
    assert refused(home, who, "deviation.investigate", judged(home, reporter="rea")) >= {"signer_authority"}


def test_a_critical_one_is_not_begun_without_the_word_of_quality(home: TestHome) -> None:
    number = judged(home, **{"class": "critical"})

    assert home.sign("rob", "deviation.investigate", number).state == "triage"
    assert "signer_authority" in refused(home, "exe", "deviation.investigate", number)
    assert home.sign("qua", "deviation.investigate", number).state == "investigating"


def test_a_critical_one_is_looked_at_within_three_business_days(home: TestHome) -> None:
    number = investigated(home, **{"class": "critical"})
    assert reactions.run_pending() >= 1

    found = Record.objects.get(type="action")
    assert (found.title, str(found.owner_id)) == (f"Preliminary assessment of {number}", str(home.person("ann")))


@pytest.mark.parametrize("fields", [{"class": "major"}, {"class": "critical"}, {"lot_hold": True}])
def test_only_what_is_minor_and_holds_no_lot_is_corrected_without_investigation(
    home: TestHome, fields: dict[str, Any]
) -> None:
    assert "minor_without_product_impact" in refused(home, "rob", "deviation.correct", judged(home, **fields))


def test_what_is_minor_and_new_is_corrected_without_investigation(home: TestHome) -> None:
    assert home.sign("rob", "deviation.correct", judged(home)).state == "correcting"


@pytest.mark.parametrize("alike", [{"suspected_cause": "procedure"}, {"affected_records": ["PRD-001"]}])
def test_a_repeat_by_cause_or_object_is_not_corrected_without_investigation(home: TestHome, alike: dict[str, Any]) -> None:
    home.act("rob", "product.create", fields={"name": "HCX"})
    product = Record.objects.get(type="product").number
    given = {name: [product] if isinstance(value, list) else value for name, value in alike.items()}
    first, second = judged(home, **given), judged(home, **given)

    assert "not_repeat" in refused(home, "rob", "deviation.correct", second)
    home.sign("qua", "deviation.void", first, reason=WHY)
    assert home.sign("rob", "deviation.correct", second).state == "correcting"


def test_an_unknown_cause_makes_no_repeat(home: TestHome) -> None:
    judged(home)

    assert home.sign("rob", "deviation.correct", judged(home)).state == "correcting"


def test_what_was_long_ago_makes_no_repeat(home: TestHome, later: Callable[[timedelta], None]) -> None:
    judged(home, suspected_cause="procedure")
    later(370 * DAY)

    assert home.sign("rob", "deviation.correct", judged(home, suspected_cause="procedure")).state == "correcting"


def test_a_class_is_lowered_with_the_word_of_quality_alone(home: TestHome) -> None:
    number = investigated(home, **{"class": "major"})
    home.act("rob", "deviation.reclassify", number, reason=WHY)
    home.act("rob", "deviation.edit", number, fields={"class": "minor", "class_reason": "The level never fell"})
    assert "lowering_is_authorised" in refused(home, "rob", "deviation.investigate", number)

    home.act("rob", "deviation.edit", number, fields={"class_lowered": True})
    assert home.sign("rob", "deviation.investigate", number).state == "triage"
    assert home.sign("qua", "deviation.investigate", number).state == "investigating"


# --- investigation ------------------------------------------------------------------------------------------------------


def test_all_classes_are_due_thirty_days_after_discovery_in_every_working_state(home: TestHome) -> None:
    found = investigated(home)
    corrected = judged(home)
    home.sign("rob", "deviation.correct", corrected)

    assert {due(n) for n in (found, corrected, in_review(home))} == {day(30)}


@pytest.mark.parametrize("fields", [
    {"product_reason": None}, {"patient_impact": None}, {"data_reason": "n/a"}, {"extent": None}, {"capa_needed": None},
    {"capa_reason": None}, {"outside_notification": None}, {"outside_notification": True},
])  # fmt: skip
def test_without_impact_extent_and_decision_it_does_not_go_to_quality(home: TestHome, fields: dict[str, Any]) -> None:
    number = investigated(home)
    home.act("ann", "deviation.edit", number, fields=impact() | CAUSE | fields)

    assert refused(home, "ann", "deviation.submit", number) & {"impact_assessed", "required_fields"}


@pytest.mark.parametrize("left_out", ["cause", "cause_code", "method", "look_back", "whys"])
def test_an_investigation_without_cause_method_or_look_back_does_not_go_to_quality(home: TestHome, left_out: str) -> None:
    number = investigated(home)
    home.act("ann", "deviation.edit", number, fields=impact() | CAUSE | {left_out: None})

    assert "cause_named" in refused(home, "ann", "deviation.submit", number)


def test_five_whys_and_fishbone_are_rows_and_not_prose(home: TestHome) -> None:
    number = investigated(home)
    rows = [{"branch": "people", "cause": "Two shifts", "evidence": "Roster", "contributes": "yes"}]
    home.act("ann", "deviation.edit", number, fields={"fishbone": rows} | CAUSE)

    content = queries.get_record(home.view("qua"), number).content
    assert content["36"] == [{"branch": "people", "cause": "Two shifts", "evidence": "Roster", "contributes": True}]
    with pytest.raises(Invalid, match="Fishbone"):
        home.act("ann", "deviation.edit", number, fields={"fishbone": [{"branch": "astrology"}]})


def test_a_critical_one_needs_a_capa(home: TestHome) -> None:
    number = investigated(home, **{"class": "critical"})
    home.act("ann", "deviation.edit", number, fields=impact(needed=False) | CAUSE)

    assert "critical_needs_capa" in refused(home, "ann", "deviation.submit", number)


def test_the_head_of_the_function_signs_a_major_one_too(home: TestHome) -> None:
    number = investigated(home, **{"class": "major"})
    home.act("ann", "deviation.edit", number, fields=impact() | CAUSE)
    assert home.sign("ann", "deviation.submit", number).state == "investigating"
    with pytest.raises(NotFound):
        home.sign("tek", "deviation.submit", number)  # head of another function
    assert home.sign("hed", "deviation.submit", number).state == "qa_review"


def test_a_head_who_owns_it_does_not_sign_for_the_function(home: TestHome) -> None:
    number = investigated(home, **{"class": "major", "owner": "hed"})
    home.act("hed", "deviation.edit", number, fields=impact() | CAUSE)
    home.sign("hed", "deviation.submit", number)

    assert "signers_of_a_step_are_distinct" in refused(home, "hed", "deviation.submit", number)
    assert home.sign("exe", "deviation.submit", number).state == "qa_review"


# --- extension ----------------------------------------------------------------------------------------------------------


def asking(home: TestHome, number: str, days: int) -> None:
    home.act(
        "ann", "deviation.edit", number, fields={"extend_to": day(days), "interim_state": "The supplier's report is awaited"}
    )


def test_the_first_date_and_the_count_stay_and_the_extension_goes_with_it(home: TestHome) -> None:
    number = investigated(home)
    first = head(number).due_at
    asking(home, number, 40)
    home.sign("rob", "deviation.grant_extension", number, reason=WHY)
    home.act("ann", "deviation.edit", number, fields=impact() | CAUSE)
    home.sign("ann", "deviation.submit", number)

    record = head(number)
    assert record.marks["extended"] | {"days": 0} == {
        "first_due": clock.iso(first or clock.now()), "count": 1, "of": "discovered_at", "days": 0}  # fmt: skip
    assert (record.state, due(number)) == ("qa_review", day(40))


def test_a_major_one_is_extended_by_quality_and_from_the_third_time_with_management(home: TestHome) -> None:
    number = investigated(home, **{"class": "major"})
    for days in (40, 50):
        asking(home, number, days)
        assert "signer_authority" in refused(home, "rob", "deviation.grant_extension", number)
        home.sign("qua", "deviation.grant_extension", number, reason=WHY)
    asking(home, number, 60)
    assert "extended_less_than_twice" in refused(home, "qua", "deviation.grant_extension", number)
    home.sign("qua", "deviation.grant_further_extension", number, reason=WHY)
    assert due(number) == day(50)
    home.sign("exe", "deviation.grant_further_extension", number, reason=WHY)
    assert (due(number), head(number).marks["extended"]["count"]) == (day(60), 3)


def test_an_extension_that_nobody_asked_for_or_asks_for_too_late_is_not_granted(
    home: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = investigated(home)
    assert "extension_is_asked" in refused(home, "rob", "deviation.grant_extension", number)
    assert "extended_twice_already" in refused(home, "qua", "deviation.grant_further_extension", number)
    asking(home, number, 20)
    assert "extension_is_asked" in refused(home, "rob", "deviation.grant_extension", number)
    asking(home, number, 60)
    later(40 * DAY)
    assert "extension_is_asked" in refused(home, "rob", "deviation.grant_extension", number)


# --- closing ------------------------------------------------------------------------------------------------------------


def test_quality_closes_what_is_complete(home: TestHome) -> None:
    assert home.sign("qua", "deviation.close", in_review(home)).state == "closed"


@pytest.mark.parametrize("who", ["rob", "hed", "ann", "exe"])
def test_nobody_but_quality_closes(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "deviation.close", in_review(home))


def test_who_reported_owns_or_works_on_it_does_not_close_it(home: TestHome) -> None:
    number = in_review(home)
    action(home, number, assignee="qua")
    assert "closer_is_not_reporter_owner_or_assignee" in refused(home, "qua", "deviation.close", number)
    assert "closer_is_not_reporter_owner_or_assignee" not in refused(home, "quy", "deviation.close", number)


def test_a_reporter_of_quality_does_not_close_the_own_report(home: TestHome) -> None:
    number = report(home, "qua")

    assert "closer_is_not_reporter_owner_or_assignee" in queries_refusal(home, number)


def queries_refusal(home: TestHome, number: str) -> set[str | None]:
    home.act("rob", "deviation.edit", number, fields={
        "category": "equipment", "class": "minor", "class_reason": "Neither product nor data", "owner": "ann",
        "department": home.departments["Quality Control"], "affected": "LN2 tank 2", "containment": "Watch by the hour",
        "lot_hold": False, "suspected_cause": "unknown", "quality_concerned": False,
    })  # fmt: skip
    home.sign("rob", "deviation.correct", number)
    home.act("ann", "deviation.edit", number, fields=impact())
    home.sign("ann", "deviation.submit", number)
    return refused(home, "qua", "deviation.close", number)


def test_it_is_not_closed_before_its_actions_are_verified(home: TestHome) -> None:
    number = in_review(home)
    task = action(home, number)
    assert "own_actions_verified" in refused(home, "qua", "deviation.close", number)
    home.sign("ann", "action.cancel_blocking", task, reason=WHY)
    assert "own_actions_verified" in refused(home, "qua", "deviation.close", number)
    home.sign("rob", "action.cancel_blocking", task, reason=WHY)
    assert home.sign("qua", "deviation.close", number).state == "closed"


def test_an_action_that_does_not_block_holds_nothing_up(home: TestHome) -> None:
    number = in_review(home)
    action(home, number, blocks_closing=False)

    assert home.sign("qua", "deviation.close", number).state == "closed"


def test_a_capa_that_is_needed_has_an_approved_plan_first(home: TestHome) -> None:
    number = in_review(home, needed=True)
    assert "needed_capa_plan_approved" in refused(home, "qua", "deviation.close", number)
    planned(home, number)
    assert home.sign("qua", "deviation.close", number).state == "closed"


def test_the_plan_of_another_deviation_does_not_count(home: TestHome) -> None:
    number = in_review(home, needed=True)
    planned(home)

    assert "needed_capa_plan_approved" in refused(home, "qua", "deviation.close", number)


def test_exceptions_in_the_trail_are_explained_before_quality_signs(home: TestHome) -> None:
    number = in_review(home)
    home.sign("qua", "deviation.return", number, reason=WHY)
    home.sign("ann", "deviation.submit", number)
    assert "exceptions_of_trail_seen" in refused(home, "qua", "deviation.close", number)
    home.act("rob", "deviation.edit", number, fields={"trail_exceptions": "Returned once: the extent was unclear"})
    assert home.sign("qua", "deviation.close", number).state == "closed"


def test_where_quality_is_the_case_management_signs_and_somebody_else_of_quality_closes(home: TestHome) -> None:
    number = in_review(home, quality_concerned=True)
    home.act("rob", "deviation.reassign", number, to="qua", reason=WHY)

    assert [s.meaning for s in Signature.objects.filter(record_id=head(number).pk)] == ["reviewed", "authored", "approved"]
    assert "quality_cases_are_signed_outside" in refused(home, "qua", "deviation.close", number)
    assert home.sign("quy", "deviation.close", number).state == "closed"


def test_an_owner_of_quality_makes_it_a_case_of_quality(home: TestHome) -> None:
    number = investigated(home, owner="rob")
    home.act("rob", "deviation.edit", number, fields=impact() | CAUSE)

    assert "quality_cases_are_signed_outside" in refused(home, "rob", "deviation.submit", number)


def test_what_was_closed_is_reopened_with_the_word_of_quality(home: TestHome) -> None:
    number = in_review(home)
    home.sign("qua", "deviation.close", number)
    assert "signer_authority" in refused(home, "rob", "deviation.reopen", number)
    assert home.sign("qua", "deviation.reopen", number, reason=WHY).state == "investigating"


def test_what_the_product_reports_goes_to_triage_by_itself(home: TestHome) -> None:
    made = acts.run(SYSTEM, "deviation.create", fields={
        "title": "Made by itself", "what_happened": "A time ran out", "occurred_at": ago(hours=1), "discovered_at": ago(hours=1),
        "place": "here", "immediate_action": "none", "product_or_lot": "none", "reporter": "ann"})  # fmt: skip
    reactions.run_pending()

    assert head(made.number).state == "triage"

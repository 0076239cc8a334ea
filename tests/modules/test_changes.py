"""The life of a change: assessed by area and approved before it is made, verified afterwards; and its ways in an emergency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel import reactions, timers
from indelible.kernel.models import Record, Signature
from tests.configuration import changing
from tests.homes import TestHome
from tests.modules.events import AREAS, WHY, action, approved, change, day, due, head, refused, used, verified

DAY = timedelta(days=1)
SYSTEM: dict[str, Any] = {
    "kind": "configuration of this system", "applied_by": "doc", "protected_settings": False, "plan_hash": "9f2c",
    "changed_keys": "idle_minutes", "requirements_and_tests": "URS-SIGN-004",
}  # fmt: skip


def in_approval(home: TestHome, **fields: Any) -> str:
    number = change(home, **fields)
    home.sign("ann", "change.submit", number)
    for who in fields.get("assessors", ["hed"]):
        home.sign(who, "change.assess", number)
    return number


def in_emergency(home: TestHome, **fields: Any) -> str:
    number = change(home, **{"urgency": "emergency"} | fields)
    for who in ("ann", "qua"):
        home.sign(who, "change.emergency", number, reason=WHY)
    return number


# --- assessment and approval --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("area", AREAS)
def test_a_change_is_not_assessed_while_one_of_ten_areas_is_left_open(home: TestHome, area: str) -> None:
    for left_out in (f"{area}_impact", f"{area}_reason"):
        assert "required_fields" in refused(home, "ann", "change.submit", change(home, **{left_out: None}))


@pytest.mark.parametrize(
    "left_out", ["before", "after", "reason", "class", "owner", "criterion", "way_back", "planned_on", "assessors"]
)
def test_a_change_that_does_not_say_what_why_and_how_back_is_not_sent(home: TestHome, left_out: str) -> None:
    assert "required_fields" in refused(home, "ann", "change.submit", change(home, **{left_out: None}))


def test_every_head_who_is_named_assesses_and_approves(home: TestHome) -> None:
    number = change(home, assessors=["hed", "tek"])
    home.sign("ann", "change.submit", number)
    assert [home.sign(who, "change.assess", number).state for who in ("hed", "tek")] == ["assessment", "approval"]
    assert "signer_authority" in refused(home, "sys", "change.approve", number)
    states = [home.sign(who, "change.approve", number).state for who in ("hed", "qua", "tek")]
    assert states == ["approval", "approval", "implementing"]


@pytest.mark.parametrize("who", ["bea", "doc", "exe"])
def test_who_approves_for_no_function_assesses_none(home: TestHome, who: str) -> None:
    assert "assessors_are_heads" in refused(home, "ann", "change.submit", change(home, assessors=["hed", who]))


def test_the_regulatory_lead_approves_what_touches_a_filing(home: TestHome) -> None:
    given = {"regulatory_impact": True, "regulatory_reason": "The site is named in the IND"}
    assert "required_fields" in refused(home, "ann", "change.submit", change(home, **given))
    number = in_approval(home, **given, regulatory_lead="exe")
    assert [home.sign(who, "change.approve", number).state for who in ("hed", "qua")] == ["approval", "approval"]
    assert home.sign("exe", "change.approve", number).state == "implementing"


def test_the_system_owner_approves_what_changes_a_computer_system(home: TestHome) -> None:
    number = in_approval(home, kind="computer system")
    assert [home.sign(who, "change.approve", number).state for who in ("hed", "qua")] == ["approval", "approval"]
    assert home.sign("sys", "change.approve", number).state == "implementing"


def test_who_applies_a_configuration_does_not_approve_it(home: TestHome) -> None:
    number = changing.raised(home, applied_by="qua")
    home.sign("ann", "change.submit", number)
    home.sign("hed", "change.assess", number)

    assert "configuration_approver_is_not_requester_nor_applier" in refused(home, "qua", "change.approve", number)
    assert home.sign("quy", "change.approve", number).state == "approval"


@pytest.mark.parametrize(
    "left_out", ["plan_hash", "changed_keys", "requirements_and_tests", "applied_by", "protected_settings"]
)
def test_a_configuration_says_what_would_change_and_who_applies_it(home: TestHome, left_out: str) -> None:
    assert "required_fields" in refused(home, "ann", "change.submit", change(home, **SYSTEM | {left_out: None}))


@pytest.mark.parametrize(("fields", "rule"), [
    ({"planned_on": 181}, "planned_within_180_days"), ({"temporary_until": 91}, "temporary_for_at_most_90_days"),
])  # fmt: skip
def test_neither_plan_nor_temporary_use_goes_on_for_ever(home: TestHome, fields: dict[str, int], rule: str) -> None:
    given = {name: day(days) for name, days in fields.items()}

    assert rule in refused(home, "ann", "change.submit", change(home, **given))


def test_an_amendment_in_approval_sends_it_back_and_voids_what_was_signed(home: TestHome) -> None:
    number = in_approval(home)
    home.sign("hed", "change.approve", number)
    home.act("ann", "change.amend", number, fields={"after": "Three telephones"}, reason=WHY)

    assert (head(number).state, head(number).signed) == ("draft", {"done": [], "open": []})


def test_what_is_not_approved_is_not_made(home: TestHome) -> None:
    number = in_approval(home)

    assert "declared_move" in refused(home, "ann", "change.ready", number)
    assert home.sign("qua", "change.reject", number, reason=WHY).state == "rejected"


# --- use and closing ----------------------------------------------------------------------------------------------------


def test_tasks_before_use_are_verified_before_use_and_those_after_it_before_closing(home: TestHome) -> None:
    number = approved(home, change(home))
    before, after = action(home, number, before_use=True), action(home, number, before_use=False)
    home.act("ann", "change.edit", number, fields={"test_result": "passed", "test_evidence": "Two calls"})
    assert "tasks_before_use_verified" in refused(home, "ann", "change.ready", number)
    verified(home, before)
    used(home, number)
    assert "own_actions_verified" in refused(home, "qua", "change.close", number)
    verified(home, after)
    assert home.sign("qua", "change.close", number).state == "closed"


def test_its_documents_are_effective_before_use(home: TestHome) -> None:
    first = home.until(home.draft(), "effective")
    number = approved(home, change(home, documents=[first[:-3]]))
    home.act("ann", "change.edit", number, fields={"test_result": "passed", "test_evidence": "Two calls"})
    assert "documents_effective" in refused(home, "ann", "change.ready", number)

    second = home.revise("ann", first, change_record=[number])
    assert "documents_effective" in refused(home, "ann", "change.ready", number)
    home.until(second, "effective")
    assert home.sign("ann", "change.ready", number).state == "verifying"


def test_a_document_that_names_the_change_is_waited_for_too(home: TestHome) -> None:
    number = approved(home, change(home))
    document = home.draft(change_record=[number])
    home.act("ann", "change.edit", number, fields={"test_result": "passed", "test_evidence": "Two calls"})

    assert "documents_effective" in refused(home, "ann", "change.ready", number)
    home.until(document, "effective")
    assert home.sign("ann", "change.ready", number).state == "verifying"


@pytest.mark.parametrize(("kind", "result", "evidence"), [
    ("computer system", "none needed", "It is small"), ("computer system", None, "Two calls"), ("equipment", "failed", "No call"),
    ("equipment", "passed", None), ("equipment", None, None),
])  # fmt: skip
def test_what_was_not_tested_is_not_used(home: TestHome, kind: str, result: str | None, evidence: str | None) -> None:
    number = in_approval(home, kind=kind)
    for who in ("hed", "qua", *(["sys"] if kind == "computer system" else [])):
        home.sign(who, "change.approve", number)
    home.act("ann", "change.edit", number, fields={"test_result": result, "test_evidence": evidence} if result or evidence else
             {"result": "Nothing yet"})  # fmt: skip

    assert "tests_passed" in refused(home, "ann", "change.ready", number)


def test_the_owner_does_not_close_and_nobody_closes_what_misses_its_criterion(home: TestHome) -> None:
    number = in_approval(home, owner="qua")
    assert "head_of_function_does_not_approve_own_work" in refused(home, "qua", "change.approve", number)
    for who in ("hed", "quy"):
        home.sign(who, "change.approve", number)
    home.act("qua", "change.edit", number, fields={"test_result": "passed", "test_evidence": "Two calls"})
    home.sign("qua", "change.ready", number)
    home.act("qua", "change.edit", number, fields={"result": "One call arrived", "criterion_met": False})
    assert "closer_is_not_reporter_owner_or_assignee" in refused(home, "qua", "change.close", number)
    assert "criterion_is_met" in refused(home, "quy", "change.close", number)


def test_the_check_is_due_thirty_days_after_use_or_as_planned(home: TestHome) -> None:
    assert due(used(home, approved(home, change(home)))) == day(30)
    assert due(used(home, approved(home, change(home, check_after_days="90")))) == day(90)


def test_what_was_begun_is_not_given_up_before_it_was_taken_back(home: TestHome) -> None:
    number = approved(home, change(home))
    assert "way_back_is_done" in refused(home, "qua", "change.cancel", number)
    home.act("ann", "change.edit", number, fields={"way_back_done": True})
    assert home.sign("qua", "change.cancel", number, reason=WHY).state == "cancelled"


# --- emergency ----------------------------------------------------------------------------------------------------------


def test_an_emergency_is_not_begun_without_the_word_of_quality(home: TestHome) -> None:
    number = change(home, urgency="emergency")
    assert "declared_move" in refused(home, "ann", "change.submit", number)
    assert home.sign("ann", "change.emergency", number, reason=WHY).state == "draft"
    assert "signer_authority" in refused(home, "exe", "change.emergency", number)
    assert home.sign("qua", "change.emergency", number, reason=WHY).state == "implementing_emergency"


def test_what_is_no_emergency_has_no_emergency_route(home: TestHome) -> None:
    assert "declared_move" in refused(home, "ann", "change.emergency", change(home))


def test_signature_trail_authority_and_retention_have_no_emergency_route(home: TestHome) -> None:
    number = change(home, **SYSTEM | {"urgency": "emergency", "protected_settings": True})

    assert "emergency_is_open_to_it" in refused(home, "ann", "change.emergency", number)


def test_an_emergency_is_approved_afterwards_by_the_same_signers(home: TestHome) -> None:
    number = in_emergency(home)
    assert "declared_move" in refused(home, "ann", "change.ready", number)
    assert [home.sign(who, "change.approve", number).state for who in ("hed", "qua")] == [
        "implementing_emergency", "implementing",
    ]  # fmt: skip


def test_an_emergency_that_is_not_approved_in_two_days_opens_one_deviation(
    home: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = in_emergency(home)
    assert timers.run_due() == []
    later(6 * DAY)
    assert [done.event for done in timers.run_due()] == ["change.approval_fell_overdue"]
    assert timers.run_due() == []
    reactions.run_pending()
    reactions.run_pending()

    found = Record.objects.get(type="deviation")
    assert (found.state, found.content["17"]) == ("triage", [{"number": number}])
    assert home.sign("hed", "change.approve", number).state == "implementing_emergency"


def test_an_emergency_that_was_approved_in_time_opens_none(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = in_emergency(home)
    for who in ("hed", "qua"):
        home.sign(who, "change.approve", number)
    later(6 * DAY)

    assert timers.run_due() == []


# --- for a time only ----------------------------------------------------------------------------------------------------


def test_a_temporary_change_is_undone_or_made_permanent_and_not_simply_closed(home: TestHome) -> None:
    number = used(home, approved(home, change(home, temporary_until=day(30))))
    assert "temporary_change_became_permanent" in refused(home, "qua", "change.close", number)
    following = change(home, sources=[number])
    assert "temporary_change_became_permanent" in refused(home, "qua", "change.close", number)
    approved(home, following)
    assert home.sign("qua", "change.close", number).state == "closed"


def test_a_temporary_change_that_is_undone_ends_so(home: TestHome) -> None:
    number = used(home, approved(home, change(home, temporary_until=day(30))))
    assert "way_back_is_done" in refused(home, "qua", "change.undo", number)
    home.act("ann", "change.edit", number, fields={"result": "Taken back"})
    home.act("qua", "change.fail", number, reason=WHY)
    home.act("ann", "change.edit", number, fields={"way_back_done": True})
    home.sign("ann", "change.ready", number)
    assert home.sign("qua", "change.undo", number, reason=WHY).state == "undone"


def test_a_temporary_change_whose_time_runs_out_opens_a_deviation(
    home: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = used(home, approved(home, change(home, temporary_until=day(30))))
    later(31 * DAY)
    assert [done.event for done in timers.run_due()] == ["change.time_ran_out"]
    reactions.run_pending()

    assert [link["number"] for link in Record.objects.get(type="deviation").content["17"]] == [number]
    assert [s.meaning for s in Signature.objects.filter(record_id=head(number).pk)].count("quality_approved") == 1

"""The life of a supplier: graded by answers, qualified with evidence, approved for a time, suspended, looked at again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import canonical, clock
from indelible.kernel import records, timers
from indelible.kernel.models import Event, Record, Signature, Task
from indelible.practice import queries
from tests.homes import TestHome
from tests.modules import supplies
from tests.modules.events import WHY, day, due, head, refused
from tests.modules.supplies import (
    CRITICAL,
    approved,
    conditional,
    qualifying,
    questioned,
    settle,
    shown,
    supplier,
    suspended,
)

DAY = timedelta(days=1)
LOWER = {"lowered_to": "minor", "lowered_because": "They only sweep the car park"}


@pytest.fixture
def firm(home: TestHome) -> TestHome:
    """Give a home with two supplier managers."""
    return supplies.hire(home)


def told(number: str) -> dict[str, Any]:
    return records.values(head(number))


# --- the tier -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reaches", "data", "record", "noticed", "tier"),
    [
        ("patients or product", "none", "new or unproven", "not before use", "critical"),
        ("patients or product", "none", "proven", "by our own test before use", "minor"),
        ("patients or product", "none", "some findings", "by our own test before use", "major"),
        ("neither", "originals", "new or unproven", "in papers only", "critical"),
        ("quality or data", "none", "some findings", "in papers only", "major"),
        ("neither", "none", "proven", "in papers only", "minor"),
        ("neither", "none", "proven", "not before use", "major"),
    ],
)  # fmt: skip
def test_the_tier_follows_from_four_answers_and_the_formula_stands_beside_it(
    firm: TestHome, reaches: str, data: str, record: str, noticed: str, tier: str
) -> None:
    number = supplier(firm, fault_reaches=reaches, gxp_data=data, track_record=record, noticed=noticed)

    assert told(number)["tier"] == tier
    for said in (reaches, data, record, noticed, tier, "GAMP 5"):
        assert said in told(number)["tier_basis"]


def test_a_tier_that_somebody_writes_is_written_over(firm: TestHome) -> None:
    number = supplier(firm)
    firm.act("sup", "supplier.edit", number, fields={"tier": "minor", "tier_basis": "Because"})
    assert "tier_follows_from_answers" in refused(firm, "sup", "supplier.qualify", number)
    settle()
    assert told(number)["tier"] == "critical"


def test_a_corrected_answer_computes_the_tier_anew(firm: TestHome) -> None:
    number = supplier(firm)
    firm.act("sup", "supplier.edit", number, fields={"fault_reaches": "neither"})
    assert "tier_follows_from_answers" in refused(firm, "sup", "supplier.qualify", number)
    settle()
    assert told(number)["tier"] == "critical"  # the probability of the unproven and what nobody notices
    firm.act("sup", "supplier.edit", number, fields={"track_record": "proven"})
    settle()
    assert told(number)["tier"] == "major"


@pytest.mark.parametrize("name", list(CRITICAL))
def test_without_an_answer_there_is_no_tier_and_no_qualification(firm: TestHome, name: str) -> None:
    number = supplier(firm, **{name: None})

    assert told(number).get("tier") is None
    assert refused(firm, "sup", "supplier.qualify", number) >= {"required_fields", "tier_follows_from_answers"}


def test_lowering_a_tier_takes_the_word_of_quality(firm: TestHome) -> None:
    number = supplier(firm, **LOWER)
    assert told(number)["tier"] == "minor"
    assert firm.sign("sup", "supplier.qualify", number).state == "proposed"
    assert "signer_authority" in refused(firm, "sux", "supplier.qualify", number)
    assert firm.sign("qua", "supplier.qualify", number).state == "qualifying"


@pytest.mark.parametrize(
    "more", [{"lowered_to": "minor"}, {"lowered_to": "minor", "lowered_because": "n/a"},
             {**LOWER, "track_record": "proven", "noticed": "in papers only", "fault_reaches": "neither"}]
)  # fmt: skip
def test_a_tier_is_not_lowered_without_a_reason_or_to_what_it_is(firm: TestHome, more: dict[str, str]) -> None:
    assert refused(firm, "sup", "supplier.qualify", supplier(firm, **more)) & {
        "tier_follows_from_answers",
        "required_fields",
    }


# --- the approval -------------------------------------------------------------------------------------------------------


def test_a_supplier_is_approved_by_those_who_use_it_and_by_quality(firm: TestHome) -> None:
    number = qualifying(firm)
    questioned(firm, number)
    for who in ("sup", "sux", "rob", "ann", "tek", "sys"):
        assert "signer_authority" in refused(firm, who, "supplier.approve", number)
    assert [firm.sign(who, "supplier.approve", number).state for who in ("hed", "qua")] == ["qualifying", "approved"]
    given = Signature.objects.filter(record_id=head(number).pk).order_by("position").values_list("meaning", flat=True)
    assert list(given) == ["reviewed", "approved", "quality_approved"]


def test_without_a_questionnaire_it_is_not_approved(firm: TestHome) -> None:
    number = qualifying(firm)
    assert "questionnaire_accepted" in refused(firm, "qua", "supplier.approve", number)
    supplies.answered(firm, number)
    assert "questionnaire_accepted" in refused(firm, "qua", "supplier.approve", number)


def test_the_questionnaire_of_another_supplier_does_not_count(firm: TestHome) -> None:
    questioned(firm, qualifying(firm, name="Another"))
    assert "questionnaire_accepted" in refused(firm, "qua", "supplier.approve", qualifying(firm))


def test_a_questionnaire_that_is_no_longer_valid_does_not_count(firm: TestHome, later: Callable[[timedelta], None]) -> None:
    number = qualifying(firm)
    questioned(firm, number)
    later(301 * DAY)
    assert "questionnaire_accepted" in refused(firm, "qua", "supplier.approve", number)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [({"audit_decision": None}, "audit_decision_made"), ({"audit_reason": "n/a"}, "audit_decision_made"),
     ({"audited_on": None}, "required_fields"), ({"audited_on": "2020-01-01"}, "audit_decision_made"),
     ({"subcontractors": None}, "required_fields"), ({"scope_approved": None}, "required_fields")],
)  # fmt: skip
def test_the_audit_is_decided_with_a_reason_and_the_scope_is_said(firm: TestHome, fields: dict[str, Any], rule: str) -> None:
    number = qualifying(firm)
    questioned(firm, number)
    firm.act("sux", "supplier.edit", number, fields=fields)

    assert rule in refused(firm, "qua", "supplier.approve", number)
    assert {rule} & refused(firm, "qua", "supplier.approve_with_conditions", number)


def test_an_old_audit_is_enough_for_a_supplier_that_is_not_critical(firm: TestHome) -> None:
    number = qualifying(firm, **supplies.MINOR)
    questioned(firm, number)
    firm.act("sux", "supplier.edit", number, fields={"audited_on": "2020-01-01"})

    assert "audit_decision_made" not in refused(firm, "sys", "supplier.approve", number)
    assert firm.sign("hed", "supplier.approve", number).state == "qualifying"


def test_where_an_agreement_is_needed_one_is_in_force(firm: TestHome, later: Callable[[timedelta], None]) -> None:
    number = qualifying(firm, agreement_needed=True)
    questioned(firm, number)
    assert "agreement_in_force" in refused(firm, "qua", "supplier.approve", number)
    supplies.evidence(firm, number, "quality agreement", valid_until=day(40))
    assert "agreement_in_force" in refused(firm, "qua", "supplier.approve", number)
    waiting = Record.objects.get(type="supplier_evidence", state="to_verify")
    firm.sign("rob", "supplier_evidence.accept", waiting.number)
    assert firm.sign("hed", "supplier.approve", number).state == "qualifying"
    later(41 * DAY)
    assert "agreement_in_force" in refused(firm, "qua", "supplier.approve", number)


def test_whoever_wrote_or_owns_it_does_not_approve_it(firm: TestHome) -> None:
    number = qualifying(firm, owner="hed")
    questioned(firm, number)
    assert "head_of_function_does_not_approve_own_work" in refused(firm, "hed", "supplier.approve", number)
    assert firm.sign("exe", "supplier.approve", number).state == "qualifying"


def test_a_rejected_supplier_stays_rejected(firm: TestHome) -> None:
    number = qualifying(firm)
    assert "signer_authority" in refused(firm, "sup", "supplier.reject", number)
    home_says = firm.sign("qua", "supplier.reject", number, WHY)
    assert home_says.state == "rejected"
    assert "declared_move" in refused(firm, "sup", "supplier.qualify", number)


# --- conditions ---------------------------------------------------------------------------------------------------------


def test_missing_evidence_allows_an_approval_with_conditions_and_no_other(firm: TestHome) -> None:
    number = qualifying(firm)
    firm.act("sux", "supplier.edit", number, fields=supplies.conditions(60))
    assert "questionnaire_accepted" in refused(firm, "qua", "supplier.approve", number)
    states = [firm.sign(who, "supplier.approve_with_conditions", number).state for who in ("hed", "qua")]
    assert states == ["qualifying", "conditional"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("conditional_because", None),
        ("conditional_because", "see above"),
        ("conditional_until", None),
        ("conditions", None),
        ("conditional_until", 181),
        ("conditions", {"owner": None}),
        ("conditions", {"until": None}),
        ("conditions", {"until": 61}),
        ("conditions", {"until": -1}),
    ],
)
def test_conditions_have_a_reason_an_owner_and_an_end_within_180_days(firm: TestHome, name: str, value: Any) -> None:
    number = qualifying(firm)
    if isinstance(value, dict):
        row: dict[str, Any] = {"condition": "Answer", "owner": "sup", "until": 60} | value
        value = [row | {"until": day(row["until"]) if row["until"] else None}]
    fields = supplies.conditions(60, **{name: day(value) if isinstance(value, int) else value})
    firm.act("sux", "supplier.edit", number, fields=fields)

    assert refused(firm, "qua", "supplier.approve_with_conditions", number) & {"conditions_are_set", "required_fields"}


def test_with_conditions_that_are_not_met_it_is_not_approved(firm: TestHome) -> None:
    number = conditional(firm)
    questioned(firm, number)
    firm.act("sup", "supplier.requalify", number)
    assert "conditions_are_met" in refused(firm, "qua", "supplier.approve", number)
    rows = [{**row, "met": True} for row in told(number)["conditions"]]
    firm.act("sux", "supplier.edit", number, fields={"conditions": rows})
    assert [firm.sign(who, "supplier.approve", number).state for who in ("hed", "qua")] == ["requalifying", "approved"]


def test_overdue_conditions_are_quality_s_to_decide_within_five_days(
    firm: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = conditional(firm, days=30)
    later(30 * DAY)
    assert [one.state for one in timers.run_due()] == []
    later(DAY)
    assert [one.state for one in timers.run_due()] == ["conditions_overdue"]
    assert head(number).standing == "in_force"
    assert day(5) <= due(number) <= day(9)
    assert "authority" in refused(firm, "sup", "supplier.requalify", number)
    assert firm.sign("qua", "supplier.suspend", number, WHY).state == "suspended"


# --- time, suspension, requalification ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "answers"),
    [(24, CRITICAL), (36, {**supplies.MINOR, "noticed": "not before use"}), (60, supplies.MINOR)],
)
def test_requalification_is_due_by_tier_and_shown_ninety_days_ahead(
    firm: TestHome, tier: int, answers: dict[str, str]
) -> None:
    number = approved(firm, **answers)
    task = Task.objects.get(record_id=head(number).pk, capacity="supplier_manager")

    assert task.due_at is not None
    assert abs((task.due_at - clock.now()).days - tier * 30.44) < 3
    assert (task.due_at - task.from_at).days == 90


def test_it_stays_in_force_while_it_is_qualified_anew(firm: TestHome) -> None:
    number = approved(firm)
    assert firm.act("sup", "supplier.requalify", number).state == "requalifying"
    assert head(number).standing == "in_force"
    supplies.decide(firm, number, audited_on=day(-2))
    assert [firm.sign(who, "supplier.approve", number).state for who in ("hed", "qua")] == ["requalifying", "approved"]


@pytest.mark.parametrize("who", ["sup", "hed", "rob", "exe"])
def test_only_quality_suspends_and_at_once(firm: TestHome, who: str) -> None:
    number = approved(firm)
    assert "signer_authority" in refused(firm, who, "supplier.suspend", number)
    assert head(suspended(firm, number)).standing == "past"


def test_a_suspended_supplier_is_qualified_before_it_is_used_again(firm: TestHome) -> None:
    number = suspended(firm, approved(firm))
    assert "declared_move" in refused(firm, "qua", "supplier.approve", number)
    firm.act("sup", "supplier.reinstate", number, reason=WHY)
    assert head(number).standing == "in_work"
    assert firm.sign("hed", "supplier.approve", number).state == "qualifying"


def test_a_supplier_is_disqualified_when_its_orders_are_decided(firm: TestHome) -> None:
    number = suspended(firm, approved(firm))
    assert "open_orders_are_decided" in refused(firm, "qua", "supplier.disqualify", number)
    firm.act("sup", "supplier.edit", number, fields={"open_orders": "Order 12: cancelled; lot 7: quarantined"})
    assert "signer_authority" in refused(firm, "sup", "supplier.disqualify", number)
    assert [firm.sign(who, "supplier.disqualify", number, WHY).state for who in ("hed", "qua")] == [
        "suspended",
        "disqualified",
    ]


def test_the_approved_list_can_be_asked_for_any_day(firm: TestHome, later: Callable[[timedelta], None]) -> None:
    number = approved(firm)
    later(10 * DAY)
    suspended(firm, number)
    later(10 * DAY)
    seen = {days: [one.number for one in queries.list_records(firm.view("rea"), "supplier", filters={"as_of": day(days)}).records]
            for days in (-21, -15, -5)}  # fmt: skip

    assert seen == {-21: [], -15: [number], -5: []}


def test_what_quality_authorised_is_what_stood_there(firm: TestHome) -> None:
    number = approved(firm)
    assert "uses_are_named" in refused(firm, "qua", "supplier.authorise_use", number)
    first, second = firm.departments.values()
    firm.act("sup", "supplier.edit", number, fields={"authorised_uses": [first]})
    assert "signer_authority" in refused(firm, "sup", "supplier.authorise_use", number)
    firm.sign("qua", "supplier.authorise_use", number, WHY)
    firm.act("sup", "supplier.edit", number, fields={"authorised_uses": [first, second]})

    assert head(number).marks["authorised_uses"] == [first]
    event = canonical.decode(
        Event.objects.filter(record_id=head(number).pk, position=head(number).position - 1).get().payload
    )
    assert event["note"] == {"uses": [first]}


def test_nothing_is_collected_for_a_supplier_that_was_rejected(firm: TestHome) -> None:
    number = qualifying(firm)
    firm.sign("qua", "supplier.reject", number, WHY)
    fields = {"title": "One", "supplier": [number], "item": "GMP certificate", "owner": "sup"}
    with pytest.raises(Exception, match="nothing more is collected"):
        firm.act("sup", "supplier_evidence.create", fields=fields)


def test_evidence_is_shown_of_another_kind_without_being_asked(firm: TestHome) -> None:
    number = qualifying(firm)
    made = shown(firm, number, "GMP certificate", nature="certificate of a third party", number="G 1", scope="Sterile",
                 site="Leeds", covers_service=True)  # fmt: skip
    assert told(made)["score"] == "100"

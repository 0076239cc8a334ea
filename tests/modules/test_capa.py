"""The life of a CAPA: a criterion set in advance, a plan carried out, and a measured answer by somebody who did not do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import Event, Record, Signature
from tests.homes import TestHome
from tests.modules.events import (
    WHY,
    action,
    approved,
    capa,
    change,
    day,
    due,
    head,
    monitored,
    planned,
    refused,
    used,
    verified,
)

DAY = timedelta(days=1)


def judge(home: TestHome, number: str, *, met: bool) -> None:
    home.act("sys", "capa.edit", number, fields={"result": "Of 31 alarms none was unseen", "criterion_met": met})


# --- the plan -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "left_out", ["criterion", "check_method", "checker", "implement_by", "problem", "cause", "risk_before"]
)
def test_a_plan_without_criterion_checker_or_date_is_not_sent(home: TestHome, left_out: str) -> None:
    number = capa(home, **{left_out: None})
    action(home, number)

    assert refused(home, "ann", "capa.submit", number) & {"criterion_and_checker_set", "required_fields"}


@pytest.mark.parametrize(("checker", "assignee"), [("ann", "bea"), ("bea", "bea"), ("sys", "sys")])
def test_who_owns_it_or_does_an_action_is_not_its_checker(home: TestHome, checker: str, assignee: str) -> None:
    number = capa(home, checker=checker)
    action(home, number, assignee=assignee)

    assert "criterion_and_checker_set" in refused(home, "ann", "capa.submit", number)


def test_a_plan_without_an_action_is_not_sent(home: TestHome) -> None:
    assert "actions_are_planned" in refused(home, "ann", "capa.submit", capa(home))


def test_a_plan_takes_at_most_ninety_days(home: TestHome) -> None:
    number = capa(home, implement_by=day(92))
    action(home, number)
    assert "implemented_within_90_days" in refused(home, "ann", "capa.submit", number)
    home.act("ann", "capa.edit", number, fields={"implement_by": day(90)})
    assert home.sign("ann", "capa.submit", number).state == "plan_approval"


def test_a_plan_is_due_thirty_days_after_it_was_begun(home: TestHome) -> None:
    assert due(capa(home)) == day(30)


@pytest.mark.parametrize("who", ["ann", "rob", "sys", "doc"])
def test_only_the_function_and_quality_approve_a_plan(home: TestHome, who: str) -> None:
    number = capa(home)
    action(home, number)
    home.sign("ann", "capa.submit", number)

    assert "signer_authority" in refused(home, who, "capa.approve", number)
    assert [home.sign(one, "capa.approve", number).state for one in ("hed", "qua")] == ["plan_approval", "implementing"]


def test_a_plan_owned_by_quality_is_approved_by_management_and_somebody_of_quality_outside_it(home: TestHome) -> None:
    number = capa(home, owner="qua")
    action(home, number, owner="qua")
    home.sign("qua", "capa.submit", number)

    assert "quality_cases_are_signed_outside" in refused(home, "hed", "capa.approve", number)
    assert {"signers_of_a_step_are_distinct", "quality_cases_are_signed_outside"} & refused(
        home, "qua", "capa.approve", number
    )
    assert [home.sign(one, "capa.approve", number).state for one in ("exe", "quy")] == ["plan_approval", "implementing"]


# --- the execution ------------------------------------------------------------------------------------------------------


def test_it_is_not_complete_before_its_blocking_actions_are_verified(home: TestHome) -> None:
    number, task = planned(home)
    home.act("ann", "capa.edit", number, fields={"done": "The alarm goes to two telephones"})
    assert "blocking_actions_verified" in refused(home, "ann", "capa.complete", number)
    home.act("bea", "action.edit", task, fields={"done_on": day(0), "evidence": "Test call"})
    home.act("bea", "action.done", task)
    assert "blocking_actions_verified" in refused(home, "ann", "capa.complete", number)
    home.sign("rob", "action.accept", task)
    assert home.sign("ann", "capa.complete", number).state == "verifying"


def test_it_is_not_complete_before_its_documents_are_effective(home: TestHome) -> None:
    document = home.until(home.draft(), "effective")
    number, task = planned(home, documents=[document[:-3]])
    verified(home, task)
    home.act("ann", "capa.edit", number, fields={"done": "The alarm goes to two telephones"})

    assert "linked_documents_effective" in refused(home, "ann", "capa.complete", number)
    second = home.revise("ann", document)
    assert "linked_documents_effective" in refused(home, "ann", "capa.complete", number)
    home.until(second, "effective")
    assert home.sign("ann", "capa.complete", number).state == "verifying"


def test_it_is_not_complete_before_its_changes_are_closed(home: TestHome) -> None:
    number, task = planned(home)
    verified(home, task)
    home.act("ann", "capa.edit", number, fields={"done": "The alarm goes to two telephones"})
    other = used(home, approved(home, change(home, sources=[number])))

    assert "linked_changes_closed" in refused(home, "ann", "capa.complete", number)
    home.sign("qua", "change.close", other)
    assert home.sign("ann", "capa.complete", number).state == "verifying"


def test_who_did_it_does_not_verify_it(home: TestHome) -> None:
    number = capa(home)
    task = action(home, number, assignee="rob")
    home.sign("ann", "capa.submit", number)
    for who in ("hed", "qua"):
        home.sign(who, "capa.approve", number)
    home.act("rob", "action.edit", task, fields={"done_on": day(0), "evidence": "Test call"})
    home.act("rob", "action.done", task)

    assert "verifier_is_not_doer" in refused(home, "rob", "action.accept", task)


def test_an_extension_beyond_half_a_year_needs_management(home: TestHome) -> None:
    number, _ = planned(home)
    home.act("ann", "capa.edit", number, fields={"extend_to": day(190), "interim_state": "The part is delivered in May"})
    assert "implemented_within_180_days" in refused(home, "qua", "capa.grant_extension", number)

    for who in ("qua", "exe"):
        home.sign(who, "capa.grant_further_extension", number, reason=WHY)
    assert (due(number), head(number).marks["extended"]["count"]) == (day(190), 1)


# --- the effect ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "days"), [({}, 90), ({"check_after_days": "30"}, 30), ({"check_after_days": "365"}, 365)])
def test_the_check_is_due_as_many_days_after_verification_as_the_plan_says(
    home: TestHome, given: dict[str, str], days: int
) -> None:
    assert due(monitored(home, **given)) == day(days)


@pytest.mark.parametrize("days", ["29", "366", "soon"])
def test_a_check_is_not_planned_for_a_time_at_which_nothing_can_be_seen(home: TestHome, days: str) -> None:
    with pytest.raises(Invalid):
        capa(home, check_after_days=days)


def test_it_is_not_called_effective_before_its_time(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = monitored(home)
    judge(home, number, met=True)
    assert "effect_could_be_seen" in refused(home, "sys", "capa.effective", number)

    later(91 * DAY)
    assert home.sign("sys", "capa.effective", number).state == "monitoring"
    assert home.sign("qua", "capa.effective", number).state == "closed_effective"


def test_it_is_not_called_effective_without_a_result_that_meets_the_criterion(
    home: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = monitored(home)
    later(91 * DAY)
    assert {"required_fields", "criterion_is_met"} <= refused(home, "sys", "capa.effective", number)
    judge(home, number, met=False)
    assert "criterion_is_met" in refused(home, "sys", "capa.effective", number)


def test_neither_owner_nor_quality_alone_calls_it_effective(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = monitored(home)
    judge(home, number, met=True)
    later(91 * DAY)

    assert "signer_authority" in refused(home, "ann", "capa.effective", number)
    assert "signer_authority" in refused(home, "qua", "capa.effective", number)  # the checker signs first


def test_an_ineffective_one_is_closed_together_with_the_draft_of_the_next(home: TestHome) -> None:
    number = monitored(home)
    judge(home, number, met=False)
    home.sign("sys", "capa.ineffective", number, reason=WHY)
    assert Record.objects.filter(type="capa").count() == 1
    home.sign("qua", "capa.ineffective", number, reason=WHY)

    following = Record.objects.filter(type="capa").exclude(number=number).get()
    content = following.content
    assert (head(number).state, following.state, content["2"]) == ("closed_ineffective", "draft", [{"number": number}])
    assert (content["3"], "4" in content) == ("Alarms are not seen", False)
    first = Event.objects.get(record_id=following.pk, position=1)
    assert bytes(head(number).leaf).hex() in first.payload
    assert str(following.owner_id) == str(home.person("ann"))


def test_what_works_is_not_called_ineffective(home: TestHome) -> None:
    number = monitored(home)
    judge(home, number, met=True)

    assert "criterion_is_not_met" in refused(home, "sys", "capa.ineffective", number)


def test_every_signature_of_a_capa_says_what_was_done(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = monitored(home)
    judge(home, number, met=True)
    later(91 * DAY)
    for who in ("sys", "qua"):
        home.sign(who, "capa.effective", number)

    assert [s.meaning for s in Signature.objects.filter(record_id=head(number).pk).order_by("position")] == [
        "authored", "approved", "quality_approved", "performed", "verified", "verified", "quality_approved",
    ]  # fmt: skip


# --- actions ------------------------------------------------------------------------------------------------------------


def test_an_action_is_due_at_the_latest_with_its_record(home: TestHome) -> None:
    number = capa(home)
    with pytest.raises(Refused) as caught:
        action(home, number, due_on=day(61))
    assert caught.value.rule == "not_after_its_parent"
    assert head(action(home, number, due_on=day(60))).state == "open"


@pytest.mark.parametrize("fields", [
    {"due_on": "2027-12-01"}, {"blocks_closing": False}, {"what": "Nothing"}, {"owner": "bea"}, {"assignee": "doc"},
])  # fmt: skip
def test_an_assignee_does_not_change_what_was_agreed(home: TestHome, fields: dict[str, Any]) -> None:
    task = action(home, capa(home))
    with pytest.raises(Refused) as caught:
        home.act("bea", "action.edit", task, fields=fields)
    assert caught.value.rule == "terms_stay_as_agreed"


def test_an_action_does_not_move_to_another_record(home: TestHome) -> None:
    task, other = action(home, capa(home)), capa(home)
    with pytest.raises(Refused) as caught:
        home.act("ann", "action.edit", task, fields={"belongs_to": [other]})
    assert caught.value.rule == "terms_stay_as_agreed"


def test_an_action_without_evidence_is_not_done(home: TestHome) -> None:
    task = action(home, capa(home))
    home.act("bea", "action.edit", task, fields={"done_on": day(0)})

    assert "evidence_is_given" in refused(home, "bea", "action.done", task)
    assert "authority" in refused(home, "ann", "action.done", task)


def test_no_work_is_added_to_a_record_that_has_ended(home: TestHome) -> None:
    number = capa(home)
    home.sign("qua", "capa.void", number, reason=WHY)
    with pytest.raises(Refused) as caught:
        action(home, number)
    assert caught.value.rule == "its_parent_is_open"


def test_an_action_is_accepted_by_the_owner_of_its_record_and_by_no_other_name(home: TestHome) -> None:
    with pytest.raises(Refused) as caught:
        action(home, capa(home), owner="bea")
    assert caught.value.rule == "its_parent_is_open"


def test_what_blocks_is_cancelled_with_quality_only(home: TestHome) -> None:
    task = action(home, capa(home))
    assert "declared_move" in refused(home, "ann", "action.cancel", task)
    assert home.sign("ann", "action.cancel_blocking", task, reason=WHY).state == "open"
    assert home.sign("rob", "action.cancel_blocking", task, reason=WHY).state == "cancelled"


def test_an_action_is_extended_by_quality_and_never_beyond_its_record(home: TestHome) -> None:
    task = action(home, capa(home))
    home.act("bea", "action.edit", task, fields={"extend_to": day(61), "interim_state": "The part is late"})
    assert "extension_within_its_parent" in refused(home, "rob", "action.grant_extension_for_quality", task)
    home.act("bea", "action.edit", task, fields={"extend_to": day(50)})
    assert "its_parent_is_minor" in refused(home, "ann", "action.grant_extension", task)
    home.sign("rob", "action.grant_extension_for_quality", task, reason=WHY)
    assert (due(task), head(task).marks["extended"]["count"]) == (day(50), 1)

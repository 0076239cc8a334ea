"""What speaks for a supplier: evidence by its rule, questionnaires with their score, requests that are chased, notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel import acts, records, timers
from indelible.kernel.errors import Refused
from indelible.kernel.models import Event, Record, Task
from indelible.modules.suppliers import programme
from indelible.practice import queries, raising, waiting
from tests.homes import TestHome
from tests.modules import supplies
from tests.modules.events import day, due, head, refused
from tests.modules.supplies import answered, evidence, qualifying, questioned, settle, shown

DAY = timedelta(days=1)
VENDOR = {"category": "GxP software", "supplied": "A quality system", "agreement_needed": True}
ITEMS = (
    "SOC 2 Type II report", "ISO 27001 certificate", "validation package", "SDLC documentation", "audit trail specification",
    "audit trail samples", "subprocessor list", "residency and retention", "incident and breach terms", "quality agreement",
    "exit and continuity",
)  # fmt: skip


@pytest.fixture
def firm(home: TestHome) -> TestHome:
    """Give a home with two supplier managers."""
    return supplies.hire(home)


def told(number: str) -> dict[str, Any]:
    return records.values(head(number))


# --- the programme of a vendor ------------------------------------------------------------------------------------------


def test_a_vendor_is_asked_for_every_item_each_of_them_work_of_its_owner(firm: TestHome) -> None:
    number = qualifying(firm, **VENDOR)
    asked = Record.objects.filter(type="supplier_evidence", state="collecting")

    assert sorted(str(records.values(one)["item"]) for one in asked) == sorted(ITEMS) == sorted(programme.PROGRAMME)
    assert {records.values(one)["supplier"][0]["number"] for one in asked} == {number}
    assert {task.person_id for task in Task.objects.filter(record_id__in=asked.values("id"))} == {firm.person("sup")}


def test_a_vendor_is_approved_with_all_of_its_evidence_and_with_nothing_less(firm: TestHome) -> None:
    number = qualifying(firm, **VENDOR)
    questioned(firm, number)
    for item in ITEMS[:-1]:
        shown(firm, number, item)
    with pytest.raises(Refused) as caught:
        firm.sign("hed", "supplier.approve", number)
    assert [one.text for one in caught.value.missing if one.rule == "evidence_is_accepted"] == [
        "Without accepted evidence: exit and continuity. Bring it, or approve with conditions, a reason and an end."
    ]
    last = shown(firm, number, ITEMS[-1])
    assert told(last)["score"] == "100"
    assert [firm.sign(who, "supplier.approve", number).state for who in ("hed", "qua")] == ["qualifying", "approved"]


@pytest.mark.parametrize(
    ("item", "wrong", "said"),
    [
        ("SOC 2 Type II report", {"report_type": "Type I"}, "Type II"),
        ("SOC 2 Type II report", {"period_end": "2020-01-01"}, "a period that ended at most 12 months ago"),
        ("SOC 2 Type II report", {"criteria": ["security", "availability"]}, "confidentiality"),
        ("SOC 2 Type II report", {"exceptions": None}, "its exceptions assessed"),
        ("ISO 27001 certificate", {"covers_service": False}, "cover what is used"),
        ("ISO 27001 certificate", {"nature": "absent"}, "why it can be done without"),
        ("ISO 27001 certificate", {"nature": "absent", "absence_reason": "n/a"}, "a reason that says something"),
        ("validation package", {"covers": ["IQ evidence", "OQ evidence", "test scripts"]}, "traceability matrix"),
        ("validation package", {"release": None}, "of a named release"),
        ("SDLC documentation", {"covers": ["change management"]}, "code review"),
        ("audit trail specification", {"covers": ["what is captured", "where it is stored", "export"]}, "how it is protected"),
        ("audit trail samples", {"covers": None}, "a real sample"),
        ("subprocessor list", {"subprocessors": [{"name": "Rack Ltd", "role": "Host"}]}, "where"),
        ("residency and retention", {"covers": ["location", "deletion"]}, "termination"),
        ("incident and breach terms", {"notice_hours": None}, "notice within a number of hours"),
        ("incident and breach terms", {"nature": "document of the supplier"}, "in writing and signed"),
        ("quality agreement", {"separate_from_order": False}, "apart from the order"),
        ("exit and continuity", {"covers": ["return of the data"]}, "vanishes"),
        ("SDLC documentation", {"nature": "statement only"}, "more than a statement"),
        ("SDLC documentation", {"files": None}, "the file or record itself"),
        ("SDLC documentation", {"valid_until": "2020-01-01"}, "an end that has not come"),
    ],
)  # fmt: skip
def test_evidence_that_misses_its_rule_is_not_accepted(firm: TestHome, item: str, wrong: dict[str, Any], said: str) -> None:
    made = evidence(firm, supplies.supplier(firm), item, **wrong)

    with pytest.raises(Refused) as caught:
        firm.sign("rob", "supplier_evidence.accept", made)
    assert [said in one.text for one in caught.value.missing if one.rule == "evidence_meets_its_rule"] == [True]
    assert int(told(made)["score"]) < 100 or wrong.get("absence_reason")
    assert "no" in told(made)["score_basis"]


def test_a_certificate_can_be_done_without_for_a_written_reason_and_scores_less(firm: TestHome) -> None:
    made = shown(firm, supplies.supplier(firm), "ISO 27001 certificate", nature="absent", files=None,
                 absence_reason="The SOC 2 report covers the same controls")  # fmt: skip

    assert (head(made).state, told(made)["score"]) == ("accepted", "50")


def test_an_old_report_counts_as_long_as_its_bridge_letter(firm: TestHome) -> None:
    made = shown(firm, supplies.supplier(firm), "SOC 2 Type II report", period_end="2025-06-30", bridge_until=day(30))
    assert head(made).state == "accepted"


@pytest.mark.parametrize("who", ["sup", "sux", "hed", "qua"])
def test_evidence_is_accepted_by_its_reviewer_and_nobody_else(firm: TestHome, who: str) -> None:
    made = evidence(firm, supplies.supplier(firm), "SDLC documentation")
    assert "signer_authority" in refused(firm, who, "supplier_evidence.accept", made)


def test_whoever_brought_it_is_not_its_reviewer(firm: TestHome) -> None:
    made = evidence(firm, supplies.supplier(firm), "SDLC documentation", reviewer="sup")
    assert "evidence_reviewer_is_another" in refused(firm, "sup", "supplier_evidence.accept", made)


def test_an_end_is_warned_of_ninety_days_before_and_then_it_speaks_no_more(
    firm: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = qualifying(firm, agreement_needed=True)
    made = shown(firm, number, "quality agreement", valid_until=day(200))
    (task,) = Task.objects.filter(record_id=head(made).pk, person_id=firm.person("sup"))
    assert due(made) == day(200)
    assert task.due_at is not None
    assert (task.due_at - task.from_at).days == 90
    assert "a_newer_one_is_accepted" in refused(firm, "sup", "supplier_evidence.renew", made)
    later(201 * DAY)
    assert [one.state for one in timers.run_due()] == ["expired"]
    assert "agreement_in_force" in refused(firm, "hed", "supplier.approve", number)
    shown(firm, number, "quality agreement", valid_until=day(300))
    assert firm.act("sup", "supplier_evidence.renew", made).state == "renewed"


# --- questionnaires -----------------------------------------------------------------------------------------------------


def test_answers_are_scored_with_the_formula_and_what_went_into_it(firm: TestHome) -> None:
    made = answered(firm, supplies.supplier(firm))

    assert told(made)["score"] == "50"
    assert told(made)["score_basis"] == (
        "Points of points possible: 1 yes (2 each), 1 partly (1 each), 1 no (0 each); 1 not applicable or not answered are left "
        "out: 3 of 6, 50 %."
    )


def test_a_score_that_is_not_that_of_the_answers_is_not_accepted(firm: TestHome) -> None:
    made = answered(firm, supplies.supplier(firm))
    firm.act("sup", "questionnaire.edit", made, fields={"score": "100"})
    assert "score_follows_from_answers" in refused(firm, "sup", "questionnaire.accept", made)
    settle()
    assert told(made)["score"] == "50"
    assert firm.sign("sup", "questionnaire.accept", made).state == "answered"


def test_two_people_accept_and_in_their_order(firm: TestHome) -> None:
    made = answered(firm, supplies.supplier(firm))
    assert "signer_authority" in refused(firm, "rob", "questionnaire.accept", made)
    firm.sign("sup", "questionnaire.accept", made)
    for who in ("sup", "sux", "ann", "qua"):
        assert {"signer_authority", "signers_of_a_step_are_distinct"} & refused(firm, who, "questionnaire.accept", made)
    assert firm.sign("rob", "questionnaire.accept", made).state == "accepted"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [({"original": None}, "answers_are_theirs"), ({"answers": [{"question": "Audited?"}]}, "answers_are_theirs"),
     ({"answered_by": None}, "required_fields"), ({"answers": None}, "required_fields")],
)  # fmt: skip
def test_answers_are_complete_and_come_with_the_original(firm: TestHome, fields: dict[str, Any], rule: str) -> None:
    made = supplies.sent(firm, supplies.supplier(firm))
    given = {"answers": supplies.ANSWERS, "answered_by": "P. Post", "answered_on": day(0),
             "original": [supplies.file(firm, "sup", made)]}  # fmt: skip
    firm.act("sup", "questionnaire.edit", made, fields=given | fields)

    assert rule in refused(firm, "sup", "questionnaire.answer", made)


def test_questions_that_are_not_in_force_are_not_sent(firm: TestHome) -> None:
    fields = {"title": "Questions", "supplier": [supplies.supplier(firm)], "contact": "P. Post",
              "owner": "doc", "sent_on": day(0)}  # fmt: skip
    made = firm.act("rob", "questionnaire.create", fields=fields).number
    assert refused(firm, "sup", "questionnaire.send", made) >= {"template_is_in_force", "required_fields"}


def test_a_questionnaire_is_valid_no_longer_than_its_tier(firm: TestHome) -> None:
    made = answered(firm, supplies.supplier(firm))
    firm.act("sux", "questionnaire.edit", made, fields={"valid_until": day(740)})
    assert "valid_as_long_as_its_tier" in refused(firm, "sup", "questionnaire.accept", made)


def test_a_questionnaire_falls_overdue_and_expires_after_sixty_days(
    firm: TestHome, later: Callable[[timedelta], None]
) -> None:
    made = supplies.sent(firm, supplies.supplier(firm))
    states = []
    for days in (31, 62):
        later(days * DAY)
        states += [one.state for one in timers.run_due()]

    assert states == ["overdue", "expired"]
    assert "declared_move" in refused(firm, "sup", "questionnaire.answer", made)


# --- requests and notices -----------------------------------------------------------------------------------------------


def request(home: TestHome, number: str, **fields: Any) -> str:
    given = {"title": "Wrong label", "supplier": [number], "class": "critical", "what": "Lot 7 had the label of lot 8", "owner": "sup",
             "contact": "P. Post", "answer_by": day(10)}  # fmt: skip
    return home.act("sup", "supplier_request.create", fields=given | fields).number


@pytest.mark.parametrize(("graded", "days"), [("critical", 15), ("major", 29), ("minor", 31), ("minor", 0)])
def test_a_request_names_a_day_that_fits_its_class(firm: TestHome, graded: str, days: int) -> None:
    made = request(firm, supplies.supplier(firm), **{"class": graded}, answer_by=day(days))
    assert "answer_is_asked_in_time" in refused(firm, "sup", "supplier_request.send", made)


def test_a_request_says_for_whom_it_waits_under_which_number_and_its_day_goes_on(firm: TestHome) -> None:
    made = request(firm, supplies.supplier(firm))
    firm.act("sup", "supplier_request.send", made)
    before = head(made).due_at
    firm.act(
        "sup",
        "supplier_request.edit",
        made,
        fields={"their_number": "CAPA-77", "waits": [{"whom": "Their laboratory", "since": day(0)}]},
    )
    found = waiting.of(head(made), "America/New_York")

    assert found is not None
    assert (found.whom, head(made).due_at) == ("Their laboratory", before)
    listed = queries.list_records(firm.view("sup"), "supplier_request", filters={"among": "waiting-supplier_request"})
    assert [one.number for one in listed.records] == [made]


def test_a_request_is_chased_every_week_and_each_time_stands_in_the_trail(
    firm: TestHome, later: Callable[[timedelta], None]
) -> None:
    made = request(firm, supplies.supplier(firm))
    firm.act("sup", "supplier_request.send", made)
    assert due(made) == day(10)
    later(11 * DAY)
    assert [one.state for one in timers.run_due()] == ["overdue"]
    for _ in range(2):
        assert due(made) == day(7)
        with pytest.raises(Refused, match="reason"):
            firm.act("sup", "supplier_request.chase", made)
        firm.act("sup", "supplier_request.chase", made, reason="Called P. Post, who promised it for Friday")
    chased = [
        row for row in Event.objects.filter(record_id=head(made).pk) if '"event":"supplier_request.chased"' in row.payload
    ]
    assert len(chased) == 2


def test_an_open_critical_request_stands_in_the_way_of_an_approval(firm: TestHome) -> None:
    number = qualifying(firm)
    questioned(firm, number)
    made = request(firm, number)
    assert "no_open_critical_finding" in refused(firm, "hed", "supplier.approve", number)
    assert "no_open_critical_finding" in refused(firm, "hed", "supplier.approve_with_conditions", number)
    firm.act("sup", "supplier_request.edit", made, fields={"class": "major"})
    assert firm.sign("hed", "supplier.approve", number).state == "qualifying"


def notice(home: TestHome, number: str, **fields: Any) -> str:
    given = {"title": "New filling line", "supplier": [number], "kind": "change", "what": "Line 2 replaces line 1 in June",
             "their_number": "PCN-77", "received_on": day(-1), "in_time": True, "owner": "sup",
             "department": home.departments["Quality Control"]}  # fmt: skip
    made = home.act("sup", "supplier_notice.create", fields=given | fields).number
    home.act("sup", "supplier_notice.submit", made)
    return made


@pytest.mark.parametrize(("kind", "field", "value"), [
    ("change", "reason", "Line 2 replaces line 1 in June"), ("deviation", "what_happened", "Line 2 replaces line 1 in June"),
])  # fmt: skip
def test_what_follows_from_a_notice_begins_with_what_it_says(firm: TestHome, kind: str, field: str, value: str) -> None:
    made = notice(firm, supplies.supplier(firm))
    firm.act(
        "sup", "supplier_notice.edit", made, fields={"follows": kind, "follows_because": "It touches what we validated"}
    )
    assert "notice_is_followed" in refused(firm, "sup", "supplier_notice.close", made)

    taken = raising.taken_over(firm.view("sup"), kind, made)
    assert (taken["title"], taken[field]) == ("New filling line", value)
    more = {"reporter": "sup"} if kind == "deviation" else {}
    acts.run(firm.people["sup"], f"{kind}.create", fields=taken | more)
    assert firm.sign("sup", "supplier_notice.close", made).state == "judging"
    assert "signer_authority" in refused(firm, "sux", "supplier_notice.close", made)
    assert firm.sign("rob", "supplier_notice.close", made).state == "closed"


def test_that_nothing_follows_has_a_reason(firm: TestHome) -> None:
    made = notice(firm, supplies.supplier(firm))
    firm.act("sup", "supplier_notice.edit", made, fields={"follows": "nothing", "follows_because": "n/a"})
    assert "notice_is_followed" in refused(firm, "sup", "supplier_notice.close", made)

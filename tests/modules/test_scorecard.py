"""The scorecard of a supplier: what stood at the end of a day, each figure with its rows, and nothing that may not be seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel.errors import Invalid, NotFound
from indelible.practice import panels
from indelible.practice.panels import Cell, Sheet
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules import supplies
from tests.modules.events import WHY, day, head, judged, refused, reported
from tests.modules.supplies import approved, qualifying, settle, shown, supplier

Later = Callable[[timedelta], None]
DAY = timedelta(days=1)
TARGETS = [{"target": "Lots in time", "sense": "at least", "value": "95", "unit": "%"},
           {"target": "Days to answer", "sense": "at most", "value": "10", "unit": "days"},
           {"target": "Complaints", "sense": "at most", "value": "2"}]  # fmt: skip


@pytest.fixture
def firm(home: TestHome) -> TestHome:
    """Give a home with two supplier managers."""
    return supplies.hire(home)


def card(home: TestHome, number: str, as_of: str = "", who: str = "sup") -> Sheet:
    return panels.sheet(home.view(who), "scorecard", of=number, as_of=as_of)[2]


def figures(home: TestHome, number: str, as_of: str = "", who: str = "sup") -> dict[str, str]:
    return {what.text: then.text for what, then in cells(card(home, number, as_of, who), "Scorecard")}


def cells(sheet: Sheet, title: str) -> list[tuple[Cell, ...]]:
    return [row for table in sheet.tables if table.title == title for row in table.rows]


def lines(sheet: Sheet, title: str) -> list[list[str]]:
    return [[cell.text for cell in row] for row in cells(sheet, title)]


def measured(**fields: Any) -> dict[str, Any]:
    given = {"target": "lots in  TIME", "value": "97", "from": day(-30), "until": day(-1), "source": "Log of receipts"}
    return given | fields


def asked(home: TestHome, number: str, **fields: Any) -> str:
    given = {"title": "Labels fall off", "supplier": [number], "class": "major", "what": "Three of ten fell off", "owner": "sup",
             "contact": "P. Post", "answer_by": day(20)}  # fmt: skip
    made = home.act("sup", "supplier_request.create", fields=given | fields).number
    home.act("sup", "supplier_request.send", made)
    return made


def told(home: TestHome, number: str, **fields: Any) -> str:
    given = {"title": "New label stock", "supplier": [number], "kind": "change", "what": "From May", "received_on": day(0),
             "in_time": True, "owner": "sup", "department": home.departments["Quality Control"]}  # fmt: skip
    made = home.act("sup", "supplier_notice.create", fields=given | fields).number
    home.act("sup", "supplier_notice.submit", made)
    return made


# --- as it stood --------------------------------------------------------------------------------------------------------


def test_as_of_an_earlier_day_it_says_what_stood_then(firm: TestHome, later: Later) -> None:
    number = approved(firm)
    due = figures(firm, number)["Requalification due"]
    later(10 * DAY)
    made = shown(firm, number, "GMP certificate", nature="certificate of a third party", number="G 1", scope="Cells",
                 site="Leeds", covers_service=True, valid_until=day(100))  # fmt: skip
    request = asked(firm, number)
    firm.sign("qua", "supplier.suspend", number, "A lot failed sterility twice")
    firm.act("sux", "supplier.edit", number, fields={"open_orders": "None"})

    before, now = figures(firm, number, day(-5)), figures(firm, number)
    assert (before["Status"], before["Requalification due"], before["Requests open"]) == ("Approved", due, "0")
    assert (now["Status"], now["Requalification due"], now["Requests open"]) == ("Suspended", "Not set", "1")
    assert (before["Evidence accepted"], now["Evidence accepted"]) == ("1", "2")
    assert [row[0] for row in lines(card(firm, number), "Requests")] == [request]
    assert made not in [row[0] for row in lines(card(firm, number, day(-5)), "Evidence")]
    assert "was not entered yet" in card(firm, number, day(-12)).lead


def test_the_tier_of_a_day_is_that_with_its_formula_and_answers(firm: TestHome, later: Later) -> None:
    number = supplier(firm)
    later(3 * DAY)
    firm.act("sup", "supplier.edit", number, fields={"track_record": "proven", "fault_reaches": "neither"})
    settle()

    then, now = ({row[0]: row[1] for row in lines(card(firm, number, on), "Tier")} for on in (day(-1), ""))
    assert (then["Tier"], then["Track record"]) == ("critical", "new or unproven")
    assert (now["Tier"], now["Track record"]) == ("major", "proven")
    assert "new or unproven" in then["How it was computed"]
    assert "“proven”" in now["How it was computed"]


def test_a_request_that_named_it_then_and_does_not_now_is_counted_then_only(firm: TestHome, later: Later) -> None:
    number, other = supplier(firm), supplier(firm, name="Another")
    made = firm.act("sup", "supplier_request.create", fields={
        "title": "Labels", "supplier": [number], "class": "major", "what": "They fell off", "owner": "sup"}).number  # fmt: skip
    later(2 * DAY)
    firm.act("sup", "supplier_request.edit", made, fields={"supplier": [other]})

    assert lines(card(firm, number), "Requests") == []
    assert [row[0] for row in lines(card(firm, other), "Requests")] == [made]
    assert [row[0] for row in lines(card(firm, number, day(-1)), "Requests")] == [made]
    assert lines(card(firm, other, day(-1)), "Requests") == []


def test_requalification_and_evidence_say_when_they_are_over(firm: TestHome, later: Later) -> None:
    number = approved(firm)
    later(301 * DAY)
    assert figures(firm, number)["Evidence expired, or ending within 90 days"] == "1"  # the questionnaire
    assert lines(card(firm, number), "Evidence")[0][3].endswith(", ended")
    assert not figures(firm, number)["Requalification due"].endswith("overdue")
    later(500 * DAY)
    assert figures(firm, number)["Requalification due"].endswith(", overdue")
    firm.act("sup", "supplier.requalify", number)
    assert figures(firm, number)["Requalification due"].endswith(", overdue")


def test_a_request_past_its_day_is_overdue_and_an_answered_one_is_not(firm: TestHome, later: Later) -> None:
    number = supplier(firm)
    request = asked(firm, number)
    assert figures(firm, number)["Requests overdue"] == "0"
    later(25 * DAY)
    assert figures(firm, number)["Requests overdue"] == "1"
    assert figures(firm, number, day(-10))["Requests overdue"] == "0"
    firm.act("sup", "supplier_request.edit", request, fields={
        "answered_by": "P. Post", "answered_on": day(0), "cause": "Glue", "correction": "New ones", "corrective_action": "Other glue",
        "original": [supplies.file(firm, "sup", "their letter")]})  # fmt: skip
    firm.act("sup", "supplier_request.answer", request)
    assert figures(firm, number)["Requests overdue"] == "0"


# --- what went wrong ----------------------------------------------------------------------------------------------------


def test_what_names_it_or_a_notice_of_it_is_counted_for_twelve_months(firm: TestHome, later: Later) -> None:
    number = supplier(firm)
    notice = told(firm, number)
    assert figures(firm, number)["Notices not judged yet"] == "1"
    direct, through = judged(firm, affected_records=[number]), judged(firm, affected_records=[notice])
    other = judged(firm, affected_records=[supplier(firm, name="Another")])
    named = reported(firm, title=f"{number} is named in words only")

    found = [row[0] for row in lines(card(firm, number), "Events of twelve months")]
    assert found == [direct, through]
    assert {other, named}.isdisjoint(found)
    assert figures(firm, number)["Deviations of twelve months"] == "2"
    assert figures(firm, number)["Complaints of twelve months"] == "0"
    later(366 * DAY)
    assert figures(firm, number)["Deviations of twelve months"] == "0"
    assert figures(firm, number, day(-300))["Deviations of twelve months"] == "2"


def test_what_came_to_name_it_later_is_not_counted_before(firm: TestHome, later: Later) -> None:
    number, made = supplier(firm), judged(firm)
    later(2 * DAY)
    firm.act("rob", "deviation.edit", made, fields={"affected_records": [number]})

    assert figures(firm, number)["Deviations of twelve months"] == "1"
    assert figures(firm, number, day(-1))["Deviations of twelve months"] == "0"


def test_a_void_event_is_not_counted_and_was_before_it_was_void(firm: TestHome, later: Later) -> None:
    number = supplier(firm)
    made = judged(firm, affected_records=[number])
    later(2 * DAY)
    firm.sign("qua", "deviation.void", made, WHY)

    assert figures(firm, number)["Deviations of twelve months"] == "0"
    assert figures(firm, number, day(-1))["Deviations of twelve months"] == "1"


def test_it_counts_only_what_its_reader_may_see(firm: TestHome) -> None:
    number = supplier(firm)
    judged(firm, affected_records=[number])

    assert figures(firm, number, who="rob")["Deviations of twelve months"] == "1"
    assert figures(firm, number, who="gue")["Deviations of twelve months"] == "0"
    assert lines(card(firm, number, who="gue"), "Events of twelve months") == []


# --- targets of an agreement --------------------------------------------------------------------------------------------


def test_targets_of_an_agreement_are_compared_with_the_newest_measurement(firm: TestHome) -> None:
    number = qualifying(firm, agreement_needed=True)
    made = shown(firm, number, "quality agreement", targets=TARGETS)
    supplies.questioned(firm, number)
    for who in ("hed", "qua"):
        firm.sign(who, "supplier.approve", number)
    firm.act("sup", "supplier.edit", number, fields={"measured": [
        measured(value="80", **{"from": day(-90), "until": day(-31)}), measured(), measured(target="Days to answer", value="10.5")]})  # fmt: skip

    rows = [[*row[:1], row[1], row[3], row[-1]] for row in lines(card(firm, number), "Targets of the agreement")]
    assert rows == [[made, "Lots in time", "97 %", "Met"], [made, "Days to answer", "10.5 days", "Missed"],
                    [made, "Complaints", "", "Not measured"]]  # fmt: skip
    assert (figures(firm, number)["Targets missed"], figures(firm, number)["Targets not measured"]) == ("1", "1")


def test_an_agreement_that_is_not_accepted_or_has_ended_sets_no_target(firm: TestHome, later: Later) -> None:
    number = qualifying(firm, agreement_needed=True)
    made = supplies.evidence(firm, number, "quality agreement", targets=TARGETS, valid_until=day(30))
    assert lines(card(firm, number), "Targets of the agreement") == []
    firm.sign("rob", "supplier_evidence.accept", made)
    assert len(lines(card(firm, number), "Targets of the agreement")) == 3
    later(31 * DAY)
    assert lines(card(firm, number), "Targets of the agreement") == []


@pytest.mark.parametrize("row", [{"target": None}, {"sense": None}, {"value": None}, {"target": "lots in TIME"}])
def test_an_agreement_with_half_a_target_or_one_twice_is_not_accepted(firm: TestHome, row: dict[str, str | None]) -> None:
    number = qualifying(firm, agreement_needed=True)
    made = supplies.evidence(firm, number, "quality agreement", targets=[TARGETS[0], {**TARGETS[1], **row}])

    assert "evidence_meets_its_rule" in refused(firm, "rob", "supplier_evidence.accept", made)


@pytest.mark.parametrize(
    "wrong", [{"target": None}, {"value": None}, {"from": None}, {"until": None}, {"source": None}, {"until": "future"},
              {"from": "after"}]
)  # fmt: skip
def test_half_a_measurement_and_one_of_a_time_to_come_are_refused(firm: TestHome, wrong: dict[str, Any]) -> None:
    number = approved(firm)
    days = {"future": day(1), "after": day(0)}
    row = measured(**{name: days.get(value, value) for name, value in wrong.items()})

    assert "measurements_are_whole" in refused(firm, "sup", "supplier.edit", number, fields={"measured": [row]}, reason="")
    assert not head(number).content.get("28")


# --- the page -----------------------------------------------------------------------------------------------------------


def test_each_figure_leads_to_a_table_of_the_page_which_has_its_rows(firm: TestHome) -> None:
    number = approved(firm)
    sheet = card(firm, number)
    titles = {table.title: table for table in sheet.tables}

    led = [(what.text, then) for what, then in cells(sheet, "Scorecard") if then.table]
    assert len(led) >= 12
    assert all(then.table in titles for _, then in led)
    counts = {what: int(then.text) for what, then in led if then.text.isdecimal()}
    assert all(count <= len(titles[then.table].rows) for what, then in led if (count := counts.get(what, 0)))


def test_page_paper_and_api_say_the_same(firm: TestHome) -> None:
    number = approved(firm)

    page = text(sign_in("sup").get(f"/r/{number}/panels/scorecard?as_of={day(0)}"))
    assert 'href="#evidence"' in page
    assert 'id="evidence"' in page
    assert f'href="/r/{number}/panels/scorecard/pdf?as_of={day(0)}"' in page
    assert f'href="/r/{number}/panels/scorecard"' in text(sign_in("sup").get(f"/r/{number}"))
    pdf = sign_in("sup").get(f"/r/{number}/panels/scorecard/pdf")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    told = caller(firm, "sup").get(f"/panels/scorecard?of={number}").json()
    assert [one["title"] for one in told["tables"]] == [one.title for one in card(firm, number).tables]
    assert {cell["table"] for row in told["tables"][0]["rows"] for cell in row} > {None, "Evidence"}


@pytest.mark.parametrize("as_of", ["2026-13-01", "yesterday", "2999-01-01"])
def test_no_day_and_one_to_come_are_refused(firm: TestHome, as_of: str) -> None:
    number = supplier(firm)
    with pytest.raises(Invalid):
        card(firm, number, as_of)
    assert sign_in("sup").get(f"/r/{number}/panels/scorecard/pdf", {"as_of": as_of}).status_code == 422


def test_there_is_no_scorecard_of_what_is_no_supplier(firm: TestHome) -> None:
    made = reported(firm)
    for of in ("", made, "SUP-999"):
        with pytest.raises(NotFound):
            card(firm, of, who="rob")
    assert sign_in("rob").get(f"/r/{made}/panels/scorecard/pdf").status_code == 404

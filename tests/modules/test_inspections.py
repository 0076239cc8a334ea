"""Inspections and their requests: what is asked, what is handed over and checked before, and when an inspection can be closed."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import acts, records
from indelible.kernel.context import SYSTEM, Context
from indelible.kernel.errors import Invalid, Refused
from indelible.modules.inspections import panels
from indelible.practice import uploads
from tests.homes import TestHome
from tests.modules.events import head, refused
from tests.modules.inspecting import handed_over, inspection, request


def rules(home: TestHome, who: str, act: str, number: str | None = None, **fields: Any) -> set[str | None]:
    """Try to write content, and give the rules that stand in the way."""
    with pytest.raises((Refused, Invalid)) as caught:
        home.act(who, act, number, fields=fields)
    return {one.rule for one in caught.value.missing} | {caught.value.rule}


# --- what is asked ------------------------------------------------------------------------------------------------------


def test_a_request_is_numbered_under_its_inspection(home: TestHome) -> None:
    number = inspection(home)
    assert [request(home, number), request(home, number)] == [f"{number}-R01", f"{number}-R02"]


def test_nothing_is_asked_in_an_inspection_that_is_over(home: TestHome) -> None:
    number = inspection(home)
    home.act("rob", "inspection.edit", number, fields={"summary": "It went well, nothing was observed"})
    home.sign("qua", "inspection.close", number)
    with pytest.raises(Refused) as caught:
        request(home, number)
    assert {one.rule for one in caught.value.missing} == {"request_is_of_an_open_inspection"}
    assert "nothing is asked in it any more" in caught.value.missing[0].text


def test_a_request_stays_with_its_inspection(home: TestHome) -> None:
    asked, other = request(home, inspection(home)), inspection(home)
    assert "request_is_of_an_open_inspection" in rules(home, "rob", "inspection_request.edit", asked, inspection=[other])


def test_whoever_holds_no_role_writes_down_no_request(home: TestHome) -> None:
    number = inspection(home)
    for who in ("rea", "gue", "adm"):
        with pytest.raises(Refused) as caught:
            request(home, number, who)
        assert caught.value.rule == "authority"


@pytest.mark.parametrize("days", [{"until_on": "2020-01-01"}, {"records_from": "2026-03-01", "records_until": "2026-02-01"}])
def test_days_follow_each_other(home: TestHome, days: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        inspection(home, running=False, **days)
    assert {one.rule for one in caught.value.missing} == {"inspection_days_follow"}


def test_what_is_left_out_is_a_type(home: TestHome) -> None:
    with pytest.raises(Refused) as caught:
        inspection(home, running=False, left_out="audit, risks")
    assert "No type has the name risks" in caught.value.missing[0].text


# --- what is handed over ------------------------------------------------------------------------------------------------


def test_the_list_names_version_and_hash_of_what_is_handed_over(home: TestHome) -> None:
    series = head(home.until(home.draft(), "effective")).series
    stored = uploads.receive(home.people["rob"], "log.csv", [b"a,b\n1,2\n"])
    number = request(home, inspection(home), how="electronic copy", records=[series], files=[stored.sha256])
    handed_over(home, number)

    record = head(records.values(head(number))["handed_over"][0]["what"])
    assert record.series == series
    assert record.standing == "in_force"
    rows = records.values(head(number))["handed_over"]
    assert [row["sha256"] for row in rows] == [bytes(record.version_sha256).hex(), stored.sha256]
    assert head(number).state == "answered"
    sheet = panels.requests(home.view("rob"), head(number.rpartition("-")[0]), clock.now())
    assert sheet.lead == "1 requests, 0 of them neither answered nor withdrawn."
    assert [cell.text for cell in sheet.tables[0].rows[0]][7] == "Qua Quality"
    assert sheet.tables[0].rows[0][8].text.endswith("Rob Reviewer")
    assert [row[4].text for row in sheet.tables[1].rows] == [row["sha256"] for row in rows]


def test_nobody_types_the_list(home: TestHome) -> None:
    number = request(home, inspection(home))
    typed = [{"what": "SOP-001", "title": "One", "version": "1", "sha256": "0" * 64}]
    assert "list_is_written_by_the_system" in rules(home, "rob", "inspection_request.edit", number, handed_over=typed)
    assert "list_is_written_by_the_system" in rules(home, "rob", "inspection_request.edit", number, prepared_by="ann")


def test_no_draft_is_handed_over(home: TestHome) -> None:
    number, draft = request(home, inspection(home), owner="ann"), home.draft("ann")
    assert "no_draft_is_handed_over" in rules(home, "ann", "inspection_request.edit", number, records=[draft])


@pytest.mark.parametrize(
    "answer", [{"answer": None}, {"answer": "n/a"}, {"how": "copy on paper", "answer": "Here it is, on paper"}]
)
def test_an_answer_without_anything_is_none(home: TestHome, answer: dict[str, Any]) -> None:
    number = request(home, inspection(home), **answer)
    assert "something_is_handed_over_or_said" in refused(home, "rob", "inspection_request.prepare_answer", number)


def test_a_second_person_checks(home: TestHome) -> None:
    number = request(home, inspection(home), owner="ann")
    home.act("rob", "inspection_request.prepare_answer", number)
    assert "checker_does_not_hand_over" in refused(home, "rob", "inspection_request.check", number)
    assert refused(home, "ann", "inspection_request.check", number) & {"authority", "signer_authority"}
    home.sign("qua", "inspection_request.check", number)
    assert head(number).state == "checked"


def test_who_answers_does_not_check_what_another_prepared(home: TestHome) -> None:
    number = request(home, inspection(home), "ann", owner="qua")
    home.act("rob", "inspection_request.prepare_answer", number)
    assert "checker_does_not_hand_over" in refused(home, "qua", "inspection_request.check", number)


def test_who_checked_does_not_hand_over(home: TestHome) -> None:
    number = request(home, inspection(home, "qua", hosts=["rob"]), "ann")
    home.act("ann", "inspection_request.prepare_answer", number)
    home.sign("rob", "inspection_request.check", number)
    assert "checker_does_not_hand_over" in refused(home, "rob", "inspection_request.hand_over", number)
    home.act("ann", "inspection_request.hand_over", number)


def test_nothing_leaves_unchecked(home: TestHome) -> None:
    number = request(home, inspection(home))
    home.act("rob", "inspection_request.prepare_answer", number)
    assert refused(home, "rob", "inspection_request.hand_over", number)
    assert head(number).state == "to_check"


def test_what_changed_since_it_was_listed_is_not_handed_over(home: TestHome) -> None:
    other = request(home, inspection(home), "ann")
    number = request(home, inspection(home), how="copy on paper", records=[other])
    home.act("rob", "inspection_request.prepare_answer", number)
    home.act("ann", "inspection_request.edit", other, fields={"answer": "It was explained twice, step by step"})
    assert "it_is_still_as_listed" in refused(home, "qua", "inspection_request.check", number)
    home.act("qua", "inspection_request.return", number, reason="It has changed meanwhile")
    handed_over(home, number)


# --- when it can be closed ----------------------------------------------------------------------------------------------


def test_an_inspection_is_not_closed_while_something_was_not_answered(home: TestHome) -> None:
    number = inspection(home)
    first, second = request(home, number), request(home, number)
    home.act("rob", "inspection.edit", number, fields={"summary": "It went well, nothing was observed"})
    assert "requests_are_settled" in refused(home, "qua", "inspection.close", number)
    handed_over(home, first)
    assert "requests_are_settled" in refused(home, "qua", "inspection.close", number)
    home.act("rob", "inspection_request.withdraw", second, reason="The inspector needs it no more")
    home.sign("qua", "inspection.close", number)
    assert head(number).state == "closed"


def test_who_hosts_does_not_close(home: TestHome) -> None:
    number = inspection(home, hosts=["qua"])
    home.act("rob", "inspection.edit", number, fields={"summary": "It went well, nothing was observed"})
    assert "host_does_not_close" in refused(home, "qua", "inspection.close", number)
    home.sign("quy", "inspection.close", number)


def test_no_program_presents(home: TestHome) -> None:
    number = inspection(home)
    with pytest.raises(Refused):
        acts.run(SYSTEM, "inspection.present", head(number).pk)
    token = Context(home.person("rob"), "token", scopes=("*",))
    with pytest.raises(Refused) as caught:
        acts.run(token, "inspection.present", head(number).pk)
    assert {one.rule for one in caught.value.missing} == {"presented_at_a_screen"}


def test_nobody_notes_a_page_by_hand(home: TestHome) -> None:
    number = inspection(home)
    with pytest.raises(Refused) as caught:
        home.act("rob", "inspection.note_shown", number, page="/r/SOP-001")
    assert caught.value.rule == "authority"
    with pytest.raises(Invalid):
        acts.run(SYSTEM, "inspection.note_shown", head(number).pk, colour="blue")

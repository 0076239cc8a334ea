"""Access reviews: who decides what, what is refused, and what becomes of each decision when the review is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from indelible.kernel import acts, records, timers
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused
from indelible.kernel.models import AccessGrant, Account, Event, Record
from indelible.practice import accounts, panels
from indelible.practice.models import Token
from tests import homes
from tests.homes import TestHome
from tests.modules import validating
from tests.modules.access import (
    WHY,
    Row,
    begun,
    closed,
    decide,
    decided,
    grant,
    leaver,
    line,
    lines,
    refused_move,
    submitted,
)
from tests.modules.events import day, head, refused
from tests.modules.trained import settle

OWN, UNDECIDED, CARRIED = "nobody_reviews_own_access_or_acts", "no_line_undecided", "revokes_can_be_carried_out"


# --- deciding


def test_nobody_decides_the_own_line(company: TestHome) -> None:
    number = begun(company)

    for who in ("sys", "qua"):
        with pytest.raises(Refused) as caught:
            decide(company, number, who, [line(number, who)])
        assert caught.value.rule == OWN
        assert line(number, who)["decision"] is None
    decide(company, number, "qua", [line(number, "sys")])
    decide(company, number, "sys", [line(number, "qua")])
    assert (line(number, "sys")["decided_by"], line(number, "qua")["decided_by"]) == ("Qua Quality (qua)", "Sys Owner (sys)")


def test_the_own_account_entered_by_hand_is_decided_by_somebody_else(company: TestHome) -> None:
    number = begun(company)
    row = {"account": "owner1", "place": "host", "holder": "Sys Owner", "right": "sudo"}
    company.act("sys", "access_review.edit", number, fields={"entered": [row]})

    with pytest.raises(Refused, match="own access"):
        company.act("sys", "access_review.decide_lines", number, lines=["E1"], decision="keep", reason=WHY)


def test_what_is_kept_together_is_neither_flagged_nor_ones_own(company: TestHome) -> None:
    number = begun(company)
    company.act("sys", "access_review.keep_unflagged", number)

    for row in lines(number):
        assert bool(row["decision"]) == (not row["flags"] and row["user_id"] != "sys"), row
    with pytest.raises(Refused) as caught:
        company.act("sys", "access_review.keep_unflagged", number)
    assert caught.value.rule == "unflagged_lines_are_left"
    with pytest.raises(Invalid):
        company.act("qua", "access_review.keep_unflagged", number, lines=[lines(number)[0]["line"]])


@pytest.mark.parametrize(
    ("decision", "reason"), [("keep", ""), ("keep", "."), ("keep", "see above"), ("revoke", ""), ("change", "n/a")]
)
def test_a_flagged_line_is_decided_with_a_reason_that_says_something(company: TestHome, decision: str, reason: str) -> None:
    number = begun(company)

    with pytest.raises(Refused) as caught:
        decide(company, number, "sys", [line(number, "qua")], decision, reason=reason)
    assert caught.value.rule == "reason_given"


@pytest.mark.parametrize("decision", ["change", "revoke"])
def test_what_is_not_flagged_is_changed_or_revoked_with_a_reason_too(company: TestHome, decision: str) -> None:
    number = begun(company)

    with pytest.raises(Refused) as caught:
        decide(company, number, "sys", [line(number, "ann")], decision, reason="")
    assert caught.value.rule == "reason_given"
    decide(company, number, "sys", [line(number, "ann")], "keep", reason="")


@pytest.mark.parametrize(
    "given",
    [{"lines": ["999"]}, {"lines": []}, {"lines": "1"}, {"decision": "perhaps"}, {"decision": None}, {"request": "GRT-0001"},
     {"decided_by": "Qua"}, {"reason": "x" * 301}],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_decides_nothing(company: TestHome, given: Row) -> None:
    number = begun(company)
    before = lines(number)

    with pytest.raises(Invalid):
        company.act(
            "sys", "access_review.decide_lines", number, **{"lines": ["1"], "decision": "keep", "reason": WHY} | given
        )
    assert lines(number) == before


@pytest.mark.parametrize("who", ["rob", "ann", "exe", "adm", "rea", "gue"])
def test_nobody_else_decides_edits_or_submits(company: TestHome, who: str) -> None:
    number = begun(company)

    for act in ("decide_lines", "keep_unflagged", "submit", "edit"):
        given = (
            {"lines": ["1"], "decision": "keep"}
            if act == "decide_lines"
            else {"fields": {"summary": "x"}}
            if act == "edit"
            else {}
        )
        with pytest.raises((Refused, NotFound)):
            company.act(who, f"access_review.{act}", number, reason=WHY, **given)


def test_a_decision_on_what_has_moved_meanwhile_is_a_conflict(company: TestHome) -> None:
    number = begun(company)
    seen = head(number).position
    decide(company, number, "sys", [line(number, "qua")])

    with pytest.raises(Conflict):
        company.act("qua", "access_review.decide_lines", number, seen=seen, lines=["1"], decision="keep", reason=WHY)


# --- submitting and closing


def test_an_undecided_line_keeps_it_from_being_submitted(company: TestHome) -> None:
    number = begun(company)
    company.act("sys", "access_review.edit", number, fields={"summary": "All is well with access"})

    assert UNDECIDED in refused(company, "sys", "access_review.submit", number)
    decided(company, number)
    company.act("sys", "access_review.edit", number, fields={"entered": [{"account": "root", "place": "host"}]})
    assert refused(company, "sys", "access_review.submit", number) == {UNDECIDED}
    company.act("sys", "access_review.decide_lines", number, lines=["E1"], decision="keep", reason="")
    submitted(company, number)


def test_without_a_line_nothing_was_reviewed(company: TestHome) -> None:
    validating.system(company)
    number = begun(company, system=["SYS-002"], summary="Nobody has access, it is said")
    assert lines(number) == [], "only of this installation the product knows who has access"

    assert refused(company, "sys", "access_review.submit", number) == {UNDECIDED}


def test_whoever_submitted_it_does_not_close_it(company: TestHome) -> None:
    homes.give(company, "sys", ["qa_approver"])
    settle()
    number = submitted(company, decided(company, begun(company)))

    assert "second_reviewer_is_another" in refused(company, "sys", "access_review.close", number)
    closed(company, number, "quy")


@pytest.mark.parametrize("who", ["sys", "rob", "exe"])
def test_only_quality_closes(company: TestHome, who: str) -> None:
    number = submitted(company, decided(company, begun(company)))

    assert refused(company, who, "access_review.close", number) & {"authority", "signer_authority"}


def test_what_was_signed_is_not_decided_again_until_it_is_returned(company: TestHome) -> None:
    number = submitted(company, decided(company, begun(company)))

    assert "declared_move" in refused_move(company, number, "decide_lines", lines=["1"], decision="keep")
    company.act("qua", "access_review.return", number, reason="The administrator's reason says nothing")
    decide(company, number, "sys", [line(number, "adm")], reason="The only person who knows the servers")
    closed(company, submitted(company, number))


# --- what becomes of it


def test_a_revoked_role_ends_when_the_review_is_closed(company: TestHome) -> None:
    number = begun(company)
    decide(company, number, "sys", [line(number, "bea")], "revoke", reason="Works in the laboratory no more")
    submitted(company, decided(company, number))
    held = grant("bea", company, "author")
    assert held.state == "active"
    closed(company, number)

    assert head(held.number).state == "ended"
    assert not AccessGrant.objects.filter(person_id=company.person("bea"), until_at=None).exists()
    said = Event.objects.filter(record_id=held.pk).latest("position").payload
    assert f"Revoked in {number}, line " in said
    assert head(Record.objects.get(pk=company.person("bea")).number).state == "active", "the account stays"
    _, _, sheet = panels.sheet(company.view("qua"), "access-review", of=number)
    assert [(row[2].text, row[3].text) for row in sheet.tables[3].rows] == [(held.number, "Ended")]


def test_an_account_without_a_role_that_is_revoked_is_disabled_at_closing(company: TestHome) -> None:
    number = begun(company)
    decide(company, number, "sys", [line(number, "rea")], "revoke", reason="Works for another company now")
    submitted(company, decided(company, number))
    assert Record.objects.get(pk=company.person("rea")).state == "active"
    closed(company, number)

    assert Record.objects.get(pk=company.person("rea")).state == "disabled"


def test_the_account_of_a_leaver_is_disabled_with_the_decision(company: TestHome) -> None:
    number = leaver(company)
    decide(company, number, "sys", [line(number, "bea")], "revoke", reason="Left in March, as the roster says")

    person = Record.objects.get(pk=company.person("bea"))
    assert (person.state, grant("bea", company, "author").state) == ("disabled", "ended")
    assert f"Has left: revoked in {number}" in Event.objects.filter(record_id=person.pk).latest("position").payload
    settle()
    assert not Account.objects.get(user_id="bea").is_active
    with pytest.raises(Refused) as caught:
        acts.run(company.people["bea"], "document.create", fields={"title": "Still here", "class": "form"})
    assert caught.value.rule == "active_person"
    assert "carried_out_at_once" in refused_move(
        company, number, "decide_lines", lines=[line(number, "bea")["line"]], decision="keep"
    )
    closed(company, submitted(company, decided(company, number)))


def test_a_leaver_who_is_the_last_administrator_is_not_disabled_and_nothing_is_decided(company: TestHome) -> None:
    number = leaver(company, "adm")

    assert "last_administrator_is_kept" in refused_move(
        company, number, "decide_lines", lines=[line(number, "adm")["line"]], decision="revoke"
    )
    assert (line(number, "adm")["decision"], Record.objects.get(pk=company.person("adm")).state) == (None, "active")


@pytest.mark.both
def test_two_administrators_are_not_revoked_together(company: TestHome) -> None:
    homes.hire(company, "ady", "Ady Inistrator", ["sysadmin"])
    settle()
    number = begun(company)
    decide(
        company,
        number,
        "sys",
        [line(number, "adm"), line(number, "ady")],
        "revoke",
        reason="The provider does it from now on",
    )
    decided(company, number)

    assert refused(company, "sys", "access_review.submit", number) == {CARRIED}
    decide(company, number, "sys", [line(number, "adm")], "keep", reason="Stays until the provider is there")
    closed(company, submitted(company, number))
    assert (grant("adm", company, "sysadmin").state, grant("ady", company, "sysadmin").state) == ("active", "ended")


def test_a_revoke_that_has_become_impossible_keeps_the_review_from_being_closed(company: TestHome) -> None:
    homes.hire(company, "ady", "Ady Inistrator", ["sysadmin"])
    settle()
    number = begun(company)
    decide(company, number, "sys", [line(number, "adm")], "revoke", reason="The provider does it from now on")
    submitted(company, decided(company, number))
    company.act("adm", "grant.end", grant("ady", company, "sysadmin").number, reason="Left the provider at once")

    assert CARRIED in refused(company, "qua", "access_review.close", number)
    assert (head(number).state, grant("adm", company, "sysadmin").state) == ("second_review", "active")


def test_a_change_names_the_request_of_that_person_for_what_comes_instead(company: TestHome) -> None:
    number = begun(company)
    theirs = company.act(
        "hed", "grant.create", fields={"person": "ann", "role": "qa_ops", "why": "Works in Quality from now on"}
    ).number
    others = company.act(
        "hed", "grant.create", fields={"person": "bea", "role": "qa_ops", "why": "Works in Quality from now on"}
    ).number
    row = line(number, "ann")
    for request in (None, others, "GRT-9999", row["held_by"]):
        decide(company, number, "sys", [row], "change", reason="Works in Quality from now on", request=request)
        decided(company, number)
        assert refused(company, "sys", "access_review.submit", number) == {CARRIED}, request
    decide(company, number, "sys", [row], "change", reason="Works in Quality from now on", request=theirs)
    closed(company, submitted(company, number))

    assert grant("ann", company, "author").state == "ended"
    assert (
        f"Changed in {number}"
        in Event.objects.filter(record_id=grant("ann", company, "author").pk).latest("position").payload
    )


def test_a_token_that_is_revoked_no_longer_works_before_the_review_is_submitted(company: TestHome) -> None:
    token, _ = accounts.issue_token(company.people["ann"], label="Reads lists", scopes=["document"], days=30)
    number = begun(company)
    decide(company, number, "sys", [line(number, "ann", "API token")], "revoke", reason="The program is no longer used")
    decided(company, number)

    assert refused(company, "sys", "access_review.submit", number) == {CARRIED}
    accounts.revoke_token(company.people["ann"], UUID(str(token.pk)))
    closed(company, submitted(company, number))


def test_what_is_revoked_elsewhere_is_done_there_before_the_review_is_submitted(company: TestHome) -> None:
    number = begun(company)
    row = {"account": "postgres", "place": "database", "holder": "Adm Inistrator", "right": "everything"}
    company.act("sys", "access_review.edit", number, fields={"entered": [row]})
    company.act(
        "sys", "access_review.decide_lines", number, lines=["E1"], decision="revoke", reason="Nobody needs it any more"
    )
    decided(company, number)

    assert refused(company, "sys", "access_review.submit", number) == {CARRIED}
    (kept,) = records.values(head(number))["entered"]
    company.act("sys", "access_review.edit", number, fields={"entered": [kept | {"done_on": day(0)}]})
    closed(company, submitted(company, number))


def test_who_loses_a_role_lends_it_no_longer(company: TestHome) -> None:
    fields = {"person": "hed", "deputy": "tek", "role": "dept_approver", "department": company.departments["Quality Control"],
              "begins": day(0), "until": day(9), "why": "Away for some days"}  # fmt: skip
    lent = company.act("hed", "delegation.create", fields=fields).number
    company.sign("hed", "delegation.offer", lent)
    company.sign("tek", "delegation.accept", lent)
    number = begun(company)
    assert "by delegation" in next(row for row in lines(number) if row["held_by"] == lent)["flags"]
    decide(company, number, "sys", [line(number, "hed")], "revoke", reason="Heads another department now")
    closed(company, submitted(company, decided(company, number)))

    assert (grant("hed", company, "dept_approver").state, head(lent).state) == ("ended", "ended")


def test_nothing_ends_by_a_review_that_is_void(company: TestHome) -> None:
    number = begun(company)
    decide(company, number, "sys", [line(number, "bea")], "revoke", reason="Works in the laboratory no more")
    company.sign("qua", "access_review.void", number, reason="Begun for another day by mistake")

    assert grant("bea", company, "author").state == "active"


def test_the_account_closes_by_whatever_way_its_person_left(company: TestHome, later: Callable[[timedelta], None]) -> None:
    accounts.issue_token(company.people["bea"], label="Reads lists", scopes=["document"], days=30)
    company.act("adm", "person.edit", Record.objects.get(pk=company.person("bea")).number, fields={"left_on": day(2)})
    later(timedelta(days=3))
    timers.run_due()
    settle()

    assert Record.objects.get(pk=company.person("bea")).state == "disabled"
    assert not Account.objects.get(user_id="bea").is_active
    assert not Token.objects.filter(person_id=company.person("bea"), revoked_at=None).exists()

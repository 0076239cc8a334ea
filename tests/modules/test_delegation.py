"""A head of function is away: the deputy acts in the own name, within the same limits, and only for those days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import canonical, clock
from indelible.kernel import acts, timers
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import AccessGrant, Record, Refusal, Signature
from indelible.practice import access, history, queries, uploads
from tests.faces.browsing import sign_in
from tests.homes import TestHome, expect_whole, hire
from tests.modules.events import day, head, refused
from tests.modules.trained import grant

WHY = "Away at the contract manufacturer"


@pytest.fixture
def qc(home: TestHome) -> str:
    return home.departments["Quality Control"]


def offered(home: TestHome, **fields: Any) -> str:
    """Let Hed, head of Quality Control, ask Tek, head of Operations."""
    given = {"person": "hed", "deputy": "tek", "role": "dept_approver", "department": home.departments["Quality Control"],
             "begins": day(0), "until": day(10), "why": WHY}  # fmt: skip
    number = home.act("hed", "delegation.create", fields=given | fields).number
    home.sign("hed", "delegation.offer", number)
    return number


def running(home: TestHome, **fields: Any) -> str:
    number = offered(home, **fields)
    home.sign("tek", "delegation.accept", number)
    return number


def approves(home: TestHome, who: str, number: str) -> set[str | None]:
    """Let somebody try to approve a document; gives the rules that refuse it, `not_visible` where it may not even be seen."""
    with pytest.raises((Refused, NotFound)) as caught:
        home.sign(who, "document.approve", number)
    if not isinstance(caught.value, Refused):
        return {"not_visible"}
    refusal = caught.value
    return {*(one.rule for one in refusal.missing if one.rule), str(refusal.rule)}


def test_the_deputy_signs_in_the_own_name_and_says_for_whom(home: TestHome) -> None:
    document = home.until(home.draft(), "in_approval")
    assert approves(home, "tek", document) == {"not_visible"}

    number = running(home)
    home.sign("tek", "document.approve", document)

    given = Signature.objects.filter(record_id=head(document).pk).latest("at")
    assert given.printed_name == "Tek Head"
    words = f"for Head of function of {home.departments['Quality Control']} by delegation {number} of Hed Head"
    assert queries.manifest_of(given)["statement"]["by_delegation"] == words
    last = history.of_record(head(document))[-1]
    assert (last.grant["delegation"], last.grant["for"]) == (f"{number} of Hed Head", str(home.person("hed")))
    page = sign_in("tek").get(f"/r/{document}").content.decode()
    assert f"<b>Tek Head, Scientist, {words}</b>" in page


def test_who_had_access_says_that_it_was_by_delegation(home: TestHome, qc: str) -> None:
    number = running(home)

    told = [row for row in access.told(clock.now()) if row["user_id"] == "tek" and row["scope"] == qc]

    assert [(row["granted_by"], row["reason"]) for row in told] == [("Hed Head", f"Delegated by {number}: {WHY}")]


def test_what_the_deputy_does_for_the_own_department_says_nothing_of_a_delegation(home: TestHome) -> None:
    running(home)
    document = home.until(home.draft(department=home.departments["Operations"]), "in_approval")

    home.sign("tek", "document.approve", document)

    given = Signature.objects.filter(record_id=head(document).pk).latest("at")
    assert "by_delegation" not in queries.manifest_of(given)["statement"]
    assert "delegation" not in history.of_record(head(document))[-1].grant


def test_who_is_away_can_still_sign_but_not_beside_the_deputy(home: TestHome) -> None:
    document = home.until(home.draft(), "in_approval")
    running(home)

    home.sign("hed", "document.approve", document)

    assert approves(home, "tek", document) == {"signer_authority"}  # the one signature of the function is given


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"deputy": "hed"}, "deputy_holds_the_role"),
        ({"deputy": "ann"}, "deputy_holds_the_role"),
        ({"deputy": "qua"}, "deputy_holds_the_role"),
        ({"person": "ann"}, "own_role_is_delegated"),
        ({"until": 31}, "delegation_is_short"),
        ({"begins": 5, "until": 4}, "delegation_is_short"),
        ({"begins": -20, "until": -1}, "delegation_is_short"),
    ],
)
def test_no_other_role_person_or_span_is_delegated(home: TestHome, fields: dict[str, Any], rule: str) -> None:
    given = {"person": "hed", "deputy": "tek", "role": "dept_approver", "department": home.departments["Quality Control"],
             "begins": day(0), "until": day(10), "why": WHY}  # fmt: skip
    number = home.act(
        "hed", "delegation.create", fields=given | {n: day(v) if isinstance(v, int) else v for n, v in fields.items()}
    ).number

    assert refused(home, "hed", "delegation.offer", number) - {None} == {rule}
    assert not AccessGrant.objects.filter(record_id=head(number).pk).exists()


def test_thirty_days_are_allowed_and_somebody_who_holds_the_role_there_is_no_deputy(home: TestHome, qc: str) -> None:
    offered(home, until=day(30))
    grant(home, "tek", "dept_approver", qc)

    given = {"person": "hed", "deputy": "tek", "role": "dept_approver", "department": qc, "begins": day(0),
             "until": day(2), "why": WHY}  # fmt: skip
    number = home.act("hed", "delegation.create", fields=given).number

    assert refused(home, "hed", "delegation.offer", number) - {None} == {"deputy_holds_the_role"}


@pytest.mark.parametrize("who", ["ann", "qua", "sys", "adm", "gue"])
def test_who_heads_nothing_delegates_nothing(home: TestHome, who: str, qc: str) -> None:
    given = {
        "person": who,
        "deputy": "tek",
        "role": "dept_approver",
        "department": qc,
        "begins": day(0),
        "until": day(2),
        "why": WHY,
    }

    with pytest.raises(Refused) as refusal:
        home.act(who, "delegation.create", fields=given)

    assert refusal.value.rule == "authority"


@pytest.mark.parametrize("role", ["qa_approver", "qa_ops", "system_owner", "executive", "sysadmin"])
def test_a_role_of_the_whole_company_is_not_delegated(home: TestHome, role: str, qc: str) -> None:
    given = {"person": "hed", "deputy": "tek", "role": role, "department": qc, "begins": day(0), "until": day(2), "why": WHY}

    with pytest.raises(Invalid):
        home.act("hed", "delegation.create", fields=given)


@pytest.mark.parametrize("who", ["hed", "ann", "qua", "adm"])
def test_nobody_accepts_for_the_deputy(home: TestHome, who: str) -> None:
    number = offered(home)

    assert refused(home, who, "delegation.accept", number) - {None} == {"signer_authority"}


def test_a_deputy_may_decline_and_then_acts_for_nobody(home: TestHome) -> None:
    document, number = home.until(home.draft(), "in_approval"), offered(home)

    home.act("tek", "delegation.decline", number, reason="I am away myself in that week")

    assert head(number).state == "withdrawn"
    assert approves(home, "tek", document) == {"not_visible"}


def test_nobody_delegates_around_a_separation(home: TestHome) -> None:
    """Hed wrote and owns it, so Hed is kept from approving it, and so is whoever acts for Hed; each attempt is in the ledger."""
    grant(home, "hed", "author")
    number = home.draft("hed")
    home.sign("hed", "document.submit", number)
    home.sign("rob", "document.agree", number)
    running(home)
    barred = {"approver_is_not_author", "head_of_function_does_not_approve_own_work"}

    assert approves(home, "hed", number) == barred
    assert approves(home, "tek", number) == barred

    for user in ("hed", "tek"):
        with pytest.raises(Refused):
            home.act(user, "document.approve", number)
    told = [canonical.decode(one) for one in Refusal.objects.values_list("payload", flat=True)]
    by = {one["person"] for one in told if one["act"] == "document.approve" and one["rule"] in barred}
    assert {str(home.person("hed")), str(home.person("tek"))} <= by
    assert head(number).state == "in_approval"


def test_the_deputys_own_separation_stays(home: TestHome) -> None:
    """Tek wrote it: acting for somebody else does not make another person of Tek."""
    grant(home, "tek", "author")
    number = home.draft("tek")
    home.sign("tek", "document.submit", number)
    home.sign("rob", "document.agree", number)
    running(home)

    assert "approver_is_not_author" in approves(home, "tek", number)


def test_what_is_held_by_delegation_is_not_delegated_further(home: TestHome, qc: str) -> None:
    home.departments["Supply"] = acts.run(SYSTEM, "department.create", fields={"name": "Supply"}).number
    home.people["thd"] = hire(home, "thd", "Thd Head", [("dept_approver", "Supply")])
    running(home)
    given = {
        "person": "tek",
        "deputy": "thd",
        "role": "dept_approver",
        "department": qc,
        "begins": day(0),
        "until": day(2),
        "why": WHY,
    }
    number = home.act("tek", "delegation.create", fields=given).number

    assert refused(home, "tek", "delegation.offer", number) - {None} == {"own_role_is_delegated"}


def test_it_begins_and_ends_with_its_days(home: TestHome, later: Callable[[timedelta], None]) -> None:
    document = home.until(home.draft(), "in_approval")
    number = running(home, begins=day(2), until=day(4))
    assert approves(home, "tek", document) == {"not_visible"}

    later(timedelta(days=3))
    assert any(held.delegation for held in home.view("tek").held)

    later(timedelta(days=3))
    assert [done.event for done in timers.run_due() if done.number == number] == ["delegation.expired"]
    assert not any(held.delegation for held in home.view("tek").held)
    assert approves(home, "tek", document) == {"not_visible"}
    assert head(number).state == "ended"


@pytest.mark.parametrize("who", ["hed", "tek", "sys", "qua"])
def test_either_of_them_and_those_who_answer_for_it_end_it_at_once(home: TestHome, who: str) -> None:
    document, number = home.until(home.draft(), "in_approval"), running(home)

    home.act(who, "delegation.end", number, reason="Back earlier than planned")

    assert approves(home, "tek", document) == {"not_visible"}


@pytest.mark.parametrize("user", ["hed", "tek"])
def test_it_ends_with_the_role_that_it_rests_on(home: TestHome, user: str) -> None:
    number = running(home)
    role = AccessGrant.objects.exclude(record_id=head(number).pk).get(person_id=home.person(user), role="dept_approver")

    acts.run(SYSTEM, "grant.end", role.record_id, reason="Moved to another department")

    assert head(number).state == "ended"
    assert not any(held.delegation for held in home.view("tek").held)


@pytest.mark.parametrize("user", ["hed", "tek"])
def test_it_ends_with_either_person(home: TestHome, user: str) -> None:
    number = running(home)

    home.act("adm", "person.deactivate", person_number(home, user), reason="Left the company this week")

    assert head(number).state == "ended"
    assert not AccessGrant.objects.filter(record_id=head(number).pk, until_at__gt=clock.now()).exists()
    expect_whole()


def test_the_work_of_the_absent_is_on_the_deputys_list_and_says_why(home: TestHome) -> None:
    document = home.until(home.draft(), "in_approval")
    assert document not in {record.number for _, record in queries.list_work(home.view("tek"))}

    number = running(home)

    assert document in {record.number for _, record in queries.list_work(home.view("tek"))}
    words = re.sub(r"<[^>]+>", "", sign_in("tek").get("/").content.decode())
    assert f"by delegation {number} of Hed Head" in words


def test_on_paper_nobody_signs_by_delegation(home: TestHome) -> None:
    running(home)
    number = home.until(home.draft(), "in_approval")
    scan = uploads.receive(home.people["bea"], "page.csv", [b"a scan"]).sha256
    page = {"move": "approve", "signer": "tek", "signed_on": "2020-01-02", "scan": scan, "place": "Binder 3",
            "page_hash": bytes(head(number).version_sha256).hex()[:16]}  # fmt: skip

    with pytest.raises(Refused) as refusal:
        home.act("doc", "document.certify", number, **page)

    assert refusal.value.rule == "signer_authority"


def person_number(home: TestHome, user: str) -> str:
    return str(Record.objects.get(pk=home.person(user)).number)

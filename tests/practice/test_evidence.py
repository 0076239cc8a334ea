"""What stands behind a signature: statement, components, authority, account and refused attempts, and what does not agree is said."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.kernel import acts
from indelible.kernel.errors import Conflict, NotFound, Refused
from indelible.kernel.models import Record
from indelible.practice import evidence, panels
from tests.assurance.damaging import BY_NUMBER, damage
from tests.faces import browsing
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="what is tested is that the damage is said on the page")
DAMAGE = {
    "another name": ("UPDATE signature SET printed_name = 'Eve Quality'", "Name, meaning or person"),
    "another person": ("UPDATE signature SET person_id = (SELECT person_id FROM account WHERE user_id = 'bea')", "Name, meaning or person"),
    "another meaning": ("UPDATE signature SET meaning = 'approved'", "Name, meaning or person"),
    "another title in the statement": ("UPDATE signature SET manifest = replace(manifest, 'Handling', 'Freezing')", "not the one that its event names"),
    "another reason in the event": ("UPDATE event SET payload = replace(payload, '\"state\":\"in_review\"', '\"state\":\"effective\"')", "not what was hashed"),
    "other content": ("UPDATE version SET sha256 = (SELECT sha256 FROM version WHERE number = 1 LIMIT 1 OFFSET 1)", "not the content that was signed"),
}  # fmt: skip


def behind(number: str) -> list[evidence.Evidence]:
    """Give what stands behind the signatures of a record."""
    return evidence.of_record(Record.objects.get(number=number))


def rows(view: Any, number: str, at: int = 0) -> dict[str, str]:
    """Give what the page says of one signature."""
    _, _, sheet = panels.sheet(view, "signatures", of=number)
    return {row[0].text: row[1].text for row in sheet.tables[at].rows}


def test_each_signature_has_its_statement_its_components_and_its_authority(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")
    found = behind(number)

    assert [one.statement["meaning"] for one in found] == ["authored", "reviewed", "approved", "quality_approved"]
    assert not any(one.faults or one.voided_at for one in found)
    assert [(one.grant[:3], [h.role for h in one.held]) for one in found[-2:]] == [
        ("GRT", ["dept_approver"]),
        ("GRT", ["qa_approver"]),
    ]
    assert [one.what for one in found[0].account[:3]] == ["identity verified", "link issued", "activated"]

    told = rows(home.view("qua"), number, 2)
    assert told["By"] == "Hed Head, Scientist, user id hed"
    assert told["Authority"].startswith("role dept_approver for DEP-")
    assert told["Statement"] == found[2].manifest["statement_sha256"]


def test_a_signature_that_counts_no_longer_says_since_when(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)
    before = [one.voided_at for one in behind(number)]
    home.act("ann", "document.amend", number, fields={"text": "## 1\n\nNew"}, reason="Step 3 named the wrong buffer")

    assert (before, [bool(one.voided_at) for one in behind(number)]) == ([None] * 3, [True] * 3)
    assert "Voided" in rows(home.view("qua"), number, 2)


def test_refused_attempts_before_a_signature_are_counted(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    record = Record.objects.get(number=number)
    for _ in range(2):
        with pytest.raises((Refused, Conflict)):
            acts.run(home.people["qua"], "document.approve", record.id, seen=record.position)
    home.sign("hed", "document.approve", number)
    home.sign("qua", "document.approve", number)

    assert [one.refused for one in behind(number)] == [0, 0, 0, 2]


def test_a_role_that_has_ended_since_is_still_the_one_that_was_held_then(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")
    grant = next(one.number for one in behind(number)[2].held)
    acts.run(home.people["adm"], "grant.end", Record.objects.get(number=grant).pk, reason="Moved to another department")

    assert [one.number for one in behind(number)[2].held] == [grant]


@damaged
@pytest.mark.parametrize("what", DAMAGE)
def test_stored_rows_that_do_not_agree_are_named_on_the_page(home: TestHome, what: str) -> None:
    number = home.until(home.draft(), "in_review")
    home.draft(title="Another one")
    sql, told = DAMAGE[what]
    damage(f"{sql} WHERE record_id = {BY_NUMBER}", number)

    assert any(told in fault for one in behind(number) for fault in one.faults), what
    assert "run verify" in panels.sheet(home.view("qua"), "signatures", of=number)[2].lead


@pytest.mark.parametrize("user", ["ann", "rea", "hed", "doc"])
def test_who_reviews_no_trail_does_not_find_the_page(home: TestHome, user: str) -> None:
    number = home.until(home.draft(), "effective")
    with pytest.raises(NotFound):
        panels.sheet(home.view(user), "signatures", of=number)
    assert browsing.sign_in(user).get(f"/r/{number}/panels/signatures").status_code == 404


def test_who_may_not_see_a_record_finds_nothing_behind_it(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")

    assert browsing.sign_in("gue").get(f"/r/{number}/panels/signatures").status_code == 404
    assert browsing.sign_in("qua").get(f"/r/{number}/panels/signatures").status_code == 200


def test_a_record_that_nobody_signed_says_so(home: TestHome) -> None:
    page = browsing.text(browsing.sign_in("qua").get(f"/r/{home.draft()}/panels/signatures"))

    assert "Nobody has signed this record" in page

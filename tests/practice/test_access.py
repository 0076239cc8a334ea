"""Who held what on a day: as the events say, whatever is held now; ended, not yet begun and delegated roles; leavers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from indelible.infra import clock
from indelible.infra.home import Home, fresh_settings
from indelible.kernel import acts, reactions
from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import AccessGrant, Record
from indelible.practice import access, accounts, panels, rights
from tests import homes
from tests.faces import browsing
from tests.faces.terminal import Terminal
from tests.homes import SEEN, TestHome


@pytest.fixture
def later() -> Any:
    """Give a way to let time pass."""
    passed = timedelta()

    def wait(**span: int) -> None:
        nonlocal passed
        passed += timedelta(**span)

    clock.simulate(lambda at: at + passed)
    yield wait
    clock.simulate(None)


def roles(at: Any, user: str) -> set[str]:
    """Give the roles that somebody held at a moment."""
    return {one.role for one in access.as_of(at).held if one.user_id == user}


def grant(user: str, role: str) -> Record:
    """Give the grant by which somebody holds a role now."""
    person = Record.objects.get(type="person", title__startswith=user.capitalize())
    return Record.objects.get(pk=AccessGrant.objects.get(person_id=person.pk, role=role).record_id)


def test_a_role_that_has_ended_is_still_held_on_the_days_before(home: TestHome, later: Any) -> None:
    before = clock.now()
    later(days=3)
    acts.run(home.people["adm"], "grant.end", grant("ann", "author").pk, reason="Moved to another department")
    ended = clock.now()

    assert roles(before, "ann") == {"author"}
    assert roles(ended - timedelta(seconds=1), "ann") == {"author"}
    assert roles(ended + timedelta(seconds=1), "ann") == set()
    assert "ann" in {user for _, user, _ in access.as_of(ended + timedelta(seconds=1)).alone}


@pytest.mark.damaged(reason="the table of what is held now is emptied, to see that it is not asked")
def test_what_was_held_is_read_from_the_events_and_not_from_the_table_of_now(home: TestHome) -> None:
    known = access.as_of(clock.now()).held
    AccessGrant.objects.all().delete()

    assert access.as_of(clock.now()).held == known
    assert {one.user_id for one in known if one.role == "qa_approver"} == {"qua", "quy"}


def test_who_granted_it_and_why_stands_beside_it(home: TestHome) -> None:
    home.file("bea")
    asked = home.act("hed", "grant.create", fields={"person": "bea", "role": "trainer", "why": "Teaches the new method"})
    assert roles(clock.now(), "bea") == {"author"}
    home.sign("sys", "grant.approve", asked.number)

    found = next(one for one in access.as_of(clock.now()).held if one.number == asked.number)
    assert (found.role, found.reason, found.granted_by, found.until) == (
        "trainer",
        "Teaches the new method",
        "Sys Owner",
        None,
    )


def test_a_guest_holds_it_until_its_day_and_a_leaver_holds_nothing(home: TestHome, later: Any) -> None:
    now = clock.now()
    assert roles(now, "gue") == {"guest_inspector"}
    number = Record.objects.get(pk=home.person("gue")).number
    later(hours=1)
    accounts.deactivate(home.people["adm"], number, seen=None, reason="The inspection is over")
    later(hours=1)

    assert roles(now, "gue") == {"guest_inspector"}
    assert roles(clock.now(), "gue") == set()
    assert "gue" not in {user for _, user, _ in access.as_of(clock.now()).alone}


def test_before_somebody_came_they_held_nothing(home: TestHome, later: Any) -> None:
    before = clock.now()
    later(days=1)
    fields = {"printed_name": "New Comer", "job_title": "Analyst", "user_id": "newcomer", "email": "n@quality.example"}
    _, link = accounts.invite(home.people["adm"], fields, identity=SEEN)
    invited = clock.now()
    later(days=1)
    accounts.enrol(link, "correct horse battery staple")

    assert all("newcomer" not in {user for _, user, _ in access.as_of(at).alone} for at in (before, invited))
    assert "newcomer" in {user for _, user, _ in access.as_of(clock.now()).alone}
    assert home.people


def test_a_role_that_slept_was_not_held_on_the_days_on_which_it_slept(home: TestHome, later: Any) -> None:
    asked = home.act("hed", "grant.create", fields={"person": "bea", "role": "trainer", "why": "Teaches the new method"})
    home.sign("sys", "grant.approve", asked.number)
    while reactions.run_pending():
        pass
    asleep = clock.now()
    later(days=2)
    items = home.file("bea")
    while reactions.run_pending():
        pass
    awake = clock.now()
    later(days=2)
    home.sign("qua", "personnel_item.void", items[0], reason="It is of another person")
    while reactions.run_pending():
        pass

    assert ("trainer" in roles(asleep, "bea"), "trainer" in roles(awake, "bea")) == (False, True)
    assert "trainer" not in roles(clock.now() + timedelta(seconds=1), "bea")


@pytest.mark.parametrize("user", ["ann", "rea", "hed", "doc"])
def test_who_reviews_no_access_does_not_find_the_page(home: TestHome, user: str) -> None:
    with pytest.raises(NotFound):
        panels.sheet(home.view(user), "access")
    assert browsing.sign_in(user).get("/panels/access").status_code == 404


def test_a_reviewer_asks_for_a_day_that_was_and_for_none_that_has_not_come(home: TestHome) -> None:
    _, _, sheet = panels.sheet(home.view("gue"), "access")
    told = {(row[0].text, row[1].text) for row in sheet.tables[0].rows}
    assert ("Qua Quality", "Quality approver") in told
    assert {("Hed Head", "Head of function"), ("Adm Inistrator", "System administrator")} <= told

    with pytest.raises(Invalid, match="has not come"):
        panels.sheet(home.view("qua"), "access", as_of="2099-01-01")
    with pytest.raises(Invalid):
        panels.sheet(home.view("qua"), "access", as_of="yesterday")


def test_the_command_gives_grants_as_a_program_reads_them(home: TestHome) -> None:
    database = homes.url_of(str(connection.settings_dict["NAME"]))
    Home(home.path).write(fresh_settings(database, "demo"))
    told = json.loads(Terminal(home.path).run("access", "--json").out)

    one = next(grant for grant in told["grants"] if grant["user_id"] == "hed")
    assert set(one) == {"user_id", "name", "role", "scope", "granted_by", "reason", "from", "until"}
    assert (one["role"], one["scope"]) == ("dept_approver", home.departments["Quality Control"])
    assert Terminal(home.path).run("access", "--as-of", "tomorrow").code == 2
    assert json.loads(Terminal(home.path).run("access", "--as-of", "2020-01-01", "--json").out) == {
        "grants": [],
        "without_grant": [],
    }


# Rights that somebody wrote past the door


def by_sql(sql: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [str(one) if connection.vendor == "postgresql" else getattr(one, "hex", one) for one in given])


def shown(home: TestHome) -> str:
    page = browsing.text(browsing.sign_in("qua").get("/panels/access"))
    return page.partition("Rights that no grant gave")[2].partition("</table>")[0]


def told_by_command(home: TestHome) -> tuple[list[Any], str]:
    database = homes.url_of(str(connection.settings_dict["NAME"]))
    Home(home.path).write(fresh_settings(database, "demo"))
    asked = Terminal(home.path)
    return json.loads(asked.run("access", "--json").out)["without_grant"], asked.run("access").out


def test_where_every_right_has_its_grant_nothing_is_marked(home: TestHome) -> None:
    acts.run(home.people["adm"], "grant.end", grant("ann", "author").pk, reason="Moved to another department")

    assert rights.unfounded() == []
    assert shown(home) == ""
    found, words = told_by_command(home)
    assert (found, "!" in words) == ([], False)


@pytest.mark.damaged(reason="a right was written by SQL")
@pytest.mark.parametrize(
    ("sql", "of", "words"),
    [("UPDATE access_grant SET role = 'qa_approver' WHERE record_id = %s", "ann", "Ann Author: qa_approver"),
     ("UPDATE access_grant SET scope = NULL WHERE record_id = %s", "hed", "Hed Head: dept_approver"),
     ("UPDATE access_grant SET granted_by = NULL, until_at = '2099-01-01 00:00:00+00' WHERE record_id = %s", "qua", "2099"),
     ("DELETE FROM access_grant WHERE record_id = %s", "bea", "nothing")],
)  # fmt: skip
def test_a_right_that_no_grant_gave_is_on_the_page_and_marked_by_the_command(
    home: TestHome, sql: str, of: str, words: str
) -> None:
    role = {"hed": "dept_approver", "qua": "qa_approver"}.get(of, "author")
    found = grant(of, role)
    by_sql(sql, found.pk)

    assert [one.number for one in rights.unfounded()] == [found.number]
    assert found.number in shown(home)
    assert words in shown(home)
    (told,), line = told_by_command(home)
    assert told["record"] == found.number
    assert f"! {found.number} now: " in line
    assert words in line


def test_a_request_that_was_corrected_before_its_approval_is_read_like_any_other(home: TestHome) -> None:
    """An event without effects stands among those of a grant; neither the list nor the comparison of rights stumbles over it."""
    number = home.act("sys", "grant.create", fields={"person": "rea", "role": "author", "why": "Writes from now on"}).number
    home.act("sys", "grant.edit", number, fields={"why": "Writes procedures from now on"})

    assert roles(clock.now(), "rea") == set()
    assert rights.unfounded() == []

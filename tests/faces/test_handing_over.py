"""Handing over open work at a screen, in a terminal and by a program: the same answers, record by record."""

from __future__ import annotations

import re
from typing import Any

import pytest

from indelible.kernel.models import Event, Record
from tests.faces import browsing
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller, stranger
from tests.faces.terminal import Answer
from tests.homes import PASSWORD, TestHome
from tests.operation.keeping import on_disk

WHY = "Ann is on leave until May"


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def path(home: TestHome, user: str) -> str:
    return f"/people/{browsing.person(home, user).number}/hand-over"


def sent(home: TestHome, page: str, *numbers: str, **more: Any) -> dict[str, Any]:
    """Fill in the form that a page shows: the positions and the key stand in it."""
    given = {"step": "do", "to": str(home.person("bea")), "reason": WHY, "chosen": list(numbers)}
    return browsing.asked(page) | given | more


# --- at a screen -------------------------------------------------------------------------------------------------------


def test_the_page_lists_what_is_open_previews_it_and_hands_it_over(home: TestHome) -> None:
    fine, clash = home.draft(), home.draft(reviewers=["bea"])
    client, where = sign_in("doc"), path(home, "ann")
    page, count = text(client.get(where)), Event.objects.count()

    foreseen = text(client.post(where, sent(home, page, fine, clash, step="preview", reason="")))
    assert Event.objects.count() == count
    done = text(client.post(where, sent(home, page, fine, clash)))

    assert "Owner, Author" in page
    assert "goes over" in foreseen
    assert ("A reviewer wrote or edited this document" in foreseen, "reviewers_are_not_authors" in foreseen) == (True, True)
    assert "1 handed over to Bea Author:" in done
    assert "1 not handed over:" in done
    assert (head(fine).owner_id, head(clash).owner_id) == (home.person("bea"), home.person("ann"))
    assert "from Ann Author to Bea Author: owner, author" in text(client.get(f"/r/{fine}"))


def test_sending_the_same_page_twice_hands_over_once(home: TestHome) -> None:
    number, client, where = home.draft(), sign_in("doc"), path(home, "ann")
    form = sent(home, text(client.get(where)), number)

    first, second = client.post(where, form), client.post(where, form)

    assert (first.status_code, second.status_code) == (200, 200)
    assert head(number).position == 2
    assert "Nothing is open" in text(second)


def test_what_moved_since_the_page_was_read_stays_and_says_so(home: TestHome) -> None:
    number, client, where = home.draft(), sign_in("doc"), path(home, "ann")
    form = sent(home, text(client.get(where)), number)
    home.act("ann", "document.edit", number, fields={"title": "Other words"})

    answer = text(client.post(where, form))

    assert "look_again" in answer
    assert head(number).owner_id == home.person("ann")


@pytest.mark.parametrize(("wrong", "words"), [({"to": ""}, "Choose who takes it over"), ({"reason": "x"}, "Say why, in at least"),
                                              ({"chosen": []}, "Choose at least one"), ({"to": "nobody"}, "Choose who takes it over")])  # fmt: skip
def test_a_form_that_is_not_whole_comes_back_with_what_was_typed(home: TestHome, wrong: dict[str, Any], words: str) -> None:
    number, client, where = home.draft(), sign_in("doc"), path(home, "ann")

    answer = client.post(where, sent(home, text(client.get(where)), number, **wrong))

    assert (answer.status_code, words in text(answer)) == (422, True)
    assert head(number).position == 1


def test_who_may_not_reassign_learns_who_can(home: TestHome) -> None:
    number, client, where = browsing.effective(home), sign_in("bea"), path(home, "ann")

    answer = text(client.post(where, sent(home, text(client.get(where)), number, to=str(home.person("qua")))))

    assert ("authority" in answer, "Doc Control" in answer) == (True, True)
    assert head(number).owner_id == home.person("ann")


def test_a_page_of_somebody_who_is_no_person_is_not_there(home: TestHome) -> None:
    assert sign_in("doc").get(f"/people/{browsing.effective(home)}/hand-over").status_code == 404


def test_who_disables_a_person_is_told_of_the_open_work_and_led_to_it(home: TestHome) -> None:
    home.draft()
    client, number = sign_in("adm"), browsing.person(home, "ann").number
    page = text(client.get(f"/accounts/{number}/deactivate"))

    done = client.post(f"/accounts/{number}/deactivate", {**browsing.asked(page), "reason": "Left the company in March"})

    assert "1 record has open work of Ann Author." in page
    assert done["Location"] == path(home, "ann")
    assert "1 more that you may not see." in text(client.get(done["Location"]))
    assert path(home, "ann") in text(client.get(f"/r/{number}"))


# --- in a terminal and by a program ------------------------------------------------------------------------------------


def run(home: TestHome, *arguments: str) -> Answer:
    """Run the command on the test's home, in a process of its own."""
    by = ("--as", "doc", "--password-stdin")
    return on_disk(home).run("user", "hand-over", *arguments, *by, stdin=f"{PASSWORD}\n")


def test_the_command_lists_previews_and_hands_over_and_its_exit_code_tells_of_what_stayed(home: TestHome) -> None:
    fine, clash = home.draft(), home.draft(reviewers=["bea"])
    to = ("ann", "--to", "bea", "--reason", WHY)

    listed, foreseen = run(home, "ann", "--json"), run(home, *to, "--preview", "--json")
    assert (head(fine).position, head(clash).position) == (1, 1)
    done, again = run(home, *to), run(home, *to, "--json")

    assert [(one["number"], one["duties"]) for one in listed.json["records"]] == [
        (fine, ["owner", "its_author"]), (clash, ["owner", "its_author"])]  # fmt: skip
    assert [one["result"] for one in foreseen.json["records"]] == ["goes over", "stays"]
    assert (listed.code, foreseen.code, done.code, again.code) == (0, 1, 1, 1)
    assert re.search(rf"{fine} +handed over", done.out)
    assert "reviewers_are_not_authors" in done.out
    assert [one["number"] for one in again.json["records"]] == [clash]


@pytest.mark.parametrize(("arguments", "code"), [(("nobody",), 2), (("ann", "--to", "nobody", "--reason", WHY), 1)])
def test_the_command_says_whom_it_does_not_know(home: TestHome, arguments: tuple[str, ...], code: int) -> None:
    number = home.draft()

    assert run(home, *arguments).code == code
    assert head(number).position == 1


def test_a_program_asks_what_is_open_and_hands_over_with_whose_it_was(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    program = caller(home, "doc")

    work = program.get("/people/rob/open-work").json()
    answer = program.act(f"/records/document/{number}", "reassign", to="qua", instead_of="rob", reason=WHY)
    clash = program.act(f"/records/document/{number}", "reassign", to="ann", instead_of="qua", reason=WHY)

    assert [(one["number"], one["duties"]) for one in work["records"]] == [(number, ["reviewers"])]
    assert answer.status_code == 200
    assert clash.status_code == 403
    assert {one["rule"] for one in clash.json()["missing"]} >= {"reviewers_are_not_authors"}


def test_a_program_without_rights_sees_only_a_count(home: TestHome) -> None:
    home.draft()

    assert caller(home, "rea").get("/people/ann/open-work").json() | {"person": 0} == {
        "person": 0, "records": [], "more": False, "unseen": 1, "typed": 0, "roles_held_alone": []}  # fmt: skip
    assert caller(home, "doc").get("/people/nobody/open-work").status_code == 404
    assert stranger().get("/people/ann/open-work").status_code == 401

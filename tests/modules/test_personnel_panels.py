"""What a person's page shows of the file, to whom; the training file as of a day, as page, tables for programs and PDF."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from pypdf import PdfReader

from indelible.kernel import timers
from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import Record
from indelible.practice import panels
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules.events import day, head
from tests.modules.files import filed, granted, item
from tests.modules.trained import curriculum, in_force, only, read, settle

Later = Callable[[timedelta], None]
DAY = timedelta(days=1)


def number_of(home: TestHome, user: str) -> str:
    return Record.objects.get(pk=home.person(user)).number


def tables(home: TestHome, name: str, who: str, of: str = "", as_of: str = "") -> dict[str, list[list[str]]]:
    _, _, sheet = panels.sheet(home.view(who), name, of=number_of(home, of) if of else "", as_of=as_of)
    return {table.title: [[cell.text for cell in row] for row in table.rows] for table in sheet.tables}


def page(home: TestHome, who: str, of: str) -> str:
    return text(sign_in(who).get(f"/r/{number_of(home, of)}"))


def test_a_persons_page_shows_what_is_there_what_lacks_and_which_roles_sleep(home: TestHome) -> None:
    grant = granted(home, "bea", "trainer")
    (cv,) = filed(home, "bea", "cv", valid_until=day(20))

    shown = tables(home, "personnel-file", "bea", "bea")

    assert shown["Personnel file"] == [
        ["CV", f"{cv} cv of bea", "Runs out soon", day(20)],
        ["Job description", "There is no job description in force; bring one to the personnel file.", "Missing", ""],
    ]
    assert shown["Roles that sleep"] == [
        ["Trainer", day(0), "There is no job description in force; bring one to the personnel file."]
    ]
    words = page(home, "bea", "bea")
    assert "Roles that sleep" in words
    assert f'href="/r/{grant}"' in words


@pytest.mark.parametrize("who", ["ann", "adm", "doc", "hed", "exe", "gue", "sys"])
def test_others_see_nothing_of_it_on_the_same_page(home: TestHome, who: str) -> None:
    granted(home, "bea", "trainer")
    cv = item(home, "bea", "cv")

    words = page(home, who, "bea")

    assert "Roles that sleep" not in words
    assert "There is no job description" not in words
    assert cv not in words
    assert tables(home, "personnel-file", who, "bea") == {}
    assert cv not in str(tables(home, "training-file", who, "bea"))


def test_the_manager_of_a_job_description_sees_the_file_s_lacks_and_not_the_cv(home: TestHome) -> None:
    granted(home, "bea", "trainer")
    job, cv = item(home, "bea", "job_description", manager="hed"), item(home, "bea", "cv")

    shown = tables(home, "personnel-file", "hed", "bea")

    assert shown["Personnel file"][0][1] == f"{job} job_description of bea"
    assert not any(cv in row[1] and "cv of bea" in row[1] for row in shown["Personnel file"])


def test_the_own_page_of_roles_says_that_one_sleeps_and_so_does_the_list_of_accounts(home: TestHome) -> None:
    granted(home, "bea", "trainer")

    assert "Trainer, asleep" in text(sign_in("bea").get("/me"))
    assert "Trainer (asleep)" in text(sign_in("adm").get("/accounts"))


def test_my_work_of_the_person_names_the_role_that_sleeps(home: TestHome) -> None:
    grant = granted(home, "bea", "trainer")

    words = text(sign_in("bea").get("/"))

    assert grant in words
    assert "Complete the personnel file" in words


def test_the_training_file_holds_items_with_their_signatures_roles_and_training(home: TestHome) -> None:
    granted(home, "bea", "trainer")
    job, cv = filed(home, "bea")
    degree = item(home, "bea", "education")
    home.sign("rob", "personnel_item.see_original", degree)
    draft = item(home, "bea", "cv")
    document = in_force(home)
    curriculum(home, document, everybody=False, people=["bea"])
    read(home, "bea", only(home, "bea", of=document))

    shown = tables(home, "training-file", "qua", "bea")

    items = {row[1].split()[0]: row for row in shown["Personnel file"]}
    assert {*items} == {job, cv, degree}  # a draft is none
    assert draft not in items
    assert items[job][-1] == f"Bea Author (acknowledged {day(0)}), Exe Cutive (approved {day(0)})"
    assert items[degree][-1] == f"Rob Reviewer (verified {day(0)})"
    assert {(row[0], row[1]) for row in shown["Roles"]} == {("Author", "Held"), ("Trainer", "Held")}
    assert [row[-1] for row in shown["Training of Bea Author"]] == ["Done"]


def test_as_of_an_earlier_day_it_says_what_stood_then(home: TestHome, later: Later) -> None:
    granted(home, "bea", "trainer")
    job, cv = filed(home, "bea", valid_until=day(2))
    later(4 * DAY)
    timers.run_due()
    settle()
    later(4 * DAY)
    (newer, _) = filed(home, "bea")

    def stood(days: int) -> tuple[dict[str, str], dict[str, str]]:
        shown = tables(home, "training-file", "qua", "bea", as_of=day(days))
        return {row[1].split()[0]: row[2] for row in shown["Personnel file"]}, {row[0]: row[1] for row in shown["Roles"]}

    assert stood(-8)[0] == {job: "Runs out soon", cv: "Runs out soon"}
    assert stood(-8)[1] == {"Author": "Held", "Trainer": "Held"}
    assert stood(-3) == ({job: "Expired", cv: "Expired"}, {"Author": "Held", "Trainer": "Asleep"})
    assert stood(0)[0][newer] == "In force"
    assert stood(0)[1] == {"Author": "Held", "Trainer": "Held"}
    assert stood(-10) == ({}, {})  # the home that this one was copied from may be of the evening before


def test_a_program_gets_the_same_and_no_more_than_its_person_may_see(home: TestHome) -> None:
    job, _ = filed(home, "bea")

    mine = caller(home, "bea").get(f"/panels/training-file?of={number_of(home, 'bea')}").json()
    theirs = caller(home, "ann").get(f"/panels/training-file?of={number_of(home, 'bea')}").json()

    assert job in str(mine)
    assert job not in str(theirs)


def test_the_training_file_is_a_pdf_as_well(home: TestHome) -> None:
    job, _ = filed(home, "bea")
    client = sign_in("qua")
    here = f"/r/{number_of(home, 'bea')}/panels/training-file"
    assert f'href="{here}/pdf?as_of={day(0)}"' in text(client.get(f"{here}?as_of={day(0)}"))

    answer = client.get(f"{here}/pdf?as_of={day(0)}")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'attachment; filename="Training file {number_of(home, "bea")} {day(0)}.pdf"'
    pages = [one.extract_text() for one in PdfReader(io.BytesIO(answer.content)).pages]
    assert "Training file: Bea Author" in pages[0]
    assert job in "".join(pages)
    assert all("Printed by Qua Quality (qua)" in one for one in pages)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("panels/training-file/pdf?as_of=soon", 422),
        ("panels/training-file/pdf?as_of=2999-01-01", 422),
        ("panels/personnel-file/pdf", 404),  # stands on the page itself
        ("panels/training-matrix/pdf", 404),  # not of a person
        ("panels/nothing/pdf", 404),
    ],
)
def test_no_paper_is_made_of_what_is_no_page_or_no_day(home: TestHome, path: str, status: int) -> None:
    assert sign_in("qua").get(f"/r/{number_of(home, 'bea')}/{path}").status_code == status


def test_the_company_s_page_names_whose_file_lacks_something_or_will_soon(home: TestHome) -> None:
    asleep, soon = granted(home, "bea", "trainer"), granted(home, "rea", "trainer")
    filed(home, "rea", "job_description")
    (cv,) = filed(home, "rea", "cv", valid_until=day(10))

    shown = tables(home, "personnel-gaps", "qua")["Gaps in personnel files"]

    assert [row[:3] for row in shown] == [["Bea Author", "Trainer", "Asleep"], ["Rea Der", "Trainer", "Runs out"]]
    assert shown[1][3] == f"CV until {day(10)}"
    assert (head(asleep).state, head(soon).state, head(cv).state) == ("asleep", "active", "in_force")


@pytest.mark.parametrize("who", ["ann", "adm", "gue", "doc", "hed"])
def test_the_company_s_page_is_for_those_who_keep_files(home: TestHome, who: str) -> None:
    with pytest.raises(NotFound):
        panels.sheet(home.view(who), "personnel-gaps")

    assert sign_in(who).get("/panels/personnel-gaps").status_code == 404


def test_the_company_s_page_shows_what_is_now(home: TestHome) -> None:
    with pytest.raises(Invalid):
        panels.sheet(home.view("qua"), "personnel-gaps", as_of=day(-1))


def test_before_the_release_it_says_what_will_sleep(founding: TestHome) -> None:
    shown = tables(founding, "personnel-gaps", "qua")["Gaps in personnel files"]

    assert ["Hed Head", f"Head of function of {founding.departments['Quality Control']}", "Lacks something"] in [
        row[:3] for row in shown
    ]
    _, _, sheet = panels.sheet(founding.view("qua"), "personnel-gaps")
    assert "Nothing sleeps before the release" in sheet.lead

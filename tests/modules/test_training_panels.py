"""The matrix, the transcript and the record of a document: who was trained in what, as of any day, the same on every face."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import Record
from indelible.practice import panels
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules.events import day, head
from tests.modules.trained import curriculum, everybody_reads, only, read, settle

Later = Callable[[timedelta], None]
DAY = timedelta(days=1)


@pytest.fixture
def procedure(home: TestHome) -> str:
    """Give a procedure in force that Ann and Rea have to know, Ann already trained in it."""
    number = home.until(home.draft(training="read", effective_on=day(14)), "approved")
    home.act("doc", "document.take_effect", number)
    settle()
    curriculum(home, number[:-3], everybody=False, people=["ann", "rea"], retraining_months="12")
    read(home, "ann", only(home, "ann"))
    return number


def rows(home: TestHome, name: str, *, who: str = "rob", of: str = "", as_of: str = "") -> list[list[str]]:
    _, _, sheet = panels.sheet(home.view(who), name, of=of, as_of=as_of)
    return [[cell.text for cell in row] for table in sheet.tables for row in table.rows]


def number_of(home: TestHome, user: str) -> str:
    return Record.objects.get(pk=home.person(user)).number


def test_the_matrix_says_who_is_trained_since_when_and_until_when(home: TestHome, procedure: str) -> None:
    ann, rea = rows(home, "training-matrix")

    assert [ann[0], *ann[2:5], ann[-1]] == ["Ann Author", day(0), day(30), day(0), "Done"]
    assert ann[5] > day(360)
    assert [rea[0], *rea[2:]] == ["Rea Der", day(0), day(30), "", "", "Assigned"]


def test_as_of_an_earlier_day_the_page_says_what_stood_then(home: TestHome, procedure: str, later: Later) -> None:
    later(3 * DAY)
    read(home, "rea", only(home, "rea"))

    assert [row[-1] for row in rows(home, "training-matrix")] == ["Done", "Done"]
    assert [row[-1] for row in rows(home, "training-matrix", as_of=day(-1))] == ["Done", "Assigned"]
    assert rows(home, "training-matrix", as_of=day(-4)) == []
    assert rows(home, "transcript", of=number_of(home, "rea"), as_of=day(-1))[0][-1] == "Assigned"


def test_what_was_superseded_leaves_the_matrix_and_stays_in_the_transcript(
    home: TestHome, procedure: str, later: Later
) -> None:
    later(2 * DAY)
    second = home.until(home.revise("ann", procedure, training="read", effective_on=day(14)), "approved")
    settle()
    everybody_reads(home, second)
    home.act("doc", "document.take_effect", second)
    settle()

    assert {row[1].split(" ")[0] for row in rows(home, "training-matrix")} == {second}
    assert {row[1].split(" ")[0] for row in rows(home, "training-matrix", as_of=day(-1))} == {procedure}
    assert [row[1].split(" ")[0] for row in rows(home, "transcript", of=number_of(home, "ann"))] == [procedure, second]
    assert [row[1] for row in rows(home, "training-record", of=second)] == [procedure, procedure, second, second]


def test_a_training_shows_the_changes_since_the_last_one_first(home: TestHome, procedure: str) -> None:
    second = home.until(home.revise("ann", procedure, training="read", effective_on=day(14)), "approved")
    settle()
    training = only(home, "ann", of=second)

    assert [row[0] for row in rows(home, "to-read", of=training.number)] == [f"Changed since {procedure}", "Document"]
    assert [row[0] for row in rows(home, "to-read", of=only(home, "rea", of=second).number)] == ["Document"]
    page = text(sign_in("ann").get(f"/r/{training.number}"))
    assert f"/r/{second}/compare?from={procedure}" in page


def test_everybody_sees_the_own_transcript_and_of_others_what_is_shown_to_them(home: TestHome, procedure: str) -> None:
    assert len(rows(home, "transcript", who="rea", of=number_of(home, "rea"))) == 1
    assert rows(home, "transcript", who="rea", of=number_of(home, "ann")) == []
    assert len(rows(home, "training-matrix", who="rea")) == 1


def test_a_document_that_no_curriculum_names_says_so(home: TestHome, procedure: str) -> None:
    other = home.until(home.draft(), "effective")

    _, _, sheet = panels.sheet(home.view("rob"), "training-record", of=other)

    assert "No curriculum in force names it" in sheet.lead


@pytest.mark.parametrize(
    ("name", "of", "problem"),
    [
        ("fly", "", NotFound),
        ("transcript", "", NotFound),
        ("transcript", "DEP-01", NotFound),
        ("training-matrix", "SOP-001.01", NotFound),
    ],
)
def test_a_page_that_is_none_is_not_found(
    home: TestHome, procedure: str, name: str, of: str, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        panels.sheet(home.view("rob"), name, of=of)


@pytest.mark.parametrize("as_of", ["2026-13-01", "yesterday", "2999-01-01"])
def test_a_day_that_is_none_or_has_not_come_is_refused(home: TestHome, as_of: str) -> None:
    with pytest.raises(Invalid):
        panels.sheet(home.view("rob"), "training-matrix", as_of=as_of)


def test_page_and_interface_show_the_same(home: TestHome, procedure: str) -> None:
    told = rows(home, "training-matrix")
    page = sign_in("rob").get("/panels/training-matrix")
    sent = caller(home, "rob").get("/panels/training-matrix").json()

    assert [[cell["text"] for cell in row] for row in sent["tables"][0]["rows"]] == told
    assert all(cell in text(page) for row in told for cell in row)
    assert sign_in("rob").get("/panels/training-matrix?as_of=never").status_code == 422
    assert caller(home, "rob").get("/panels/fly").status_code == 404


def test_a_refusal_leads_to_the_training(home: TestHome, procedure: str, later: Later) -> None:
    curriculum(home, procedure[:-3], title="Who writes", everybody=False, people=["bea"], acts="document", before_work=True)
    training = only(home, "bea").number
    number = home.draft()
    answer = sign_in("bea").get("/records/document/new")

    assert answer.status_code == 403
    assert f'href="/r/{training}"' in text(answer)
    assert head(number).state == "draft"

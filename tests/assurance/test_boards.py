"""The boards: nothing is shown by silence, every way leads somewhere, and nobody reads on them what is not theirs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from indelible.assurance.boards import answering, asking, guide, live, probes, readiness, responsibility, showing
from indelible.assurance.boards.answering import Answered, Board
from indelible.assurance.boards.live import Broken
from indelible.assurance.catalogue import coverage, loading
from indelible.assurance.catalogue.requirement import Duty, Obligation, Requirement, Risk
from indelible.assurance.qualification.results import FAILED, SKIPPED, Run
from indelible.assurance.qualification.traced import Traced
from indelible.kernel.errors import NotFound
from indelible.practice import panels
from indelible.practice.panels import Cell, Sheet
from indelible.practice.probing import NOT_SHOWN, OPEN, SHOWN, Finding
from tests.assurance.catalogue import runs
from tests.faces import browsing, calling
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome
from tests.modules import supplies
from tests.modules import validating as ways

BOARDS = ("readiness", "responsibility", "guide", "inspector-asks")
DID, LACKED, UNKNOWN = Finding(SHOWN, "It is there."), Finding(NOT_SHOWN, "It is not there."), Finding(OPEN, "Nobody knows.")
RISK = Risk("It fails", "A fault", "A gap", "low", "low", "high", "Seen at once", "A guard")
NEED = Requirement(
    "URS-SIG-001", "SIG", "It shall sign.", "Approval", ("X-1",), ("data",), True, "function", "other", (RISK,), False, "No"
)


def obligation(kind: str = "shared", who: str = "both", evidence: Duty | None = None, **said: Any) -> Obligation:
    return Obligation(
        "X-1", "A rule", "1", "Sign", "It is signed", kind, who, "high", "By looking", evidence=evidence, **said
    )


def board(home: TestHome, one: Obligation, run: Run | None = None, *, tested: bool = True) -> Board:
    """Give a board over one obligation with one requirement and its script, on a run or none."""
    catalogue = loading.Catalogue({"X-1": one}, {NEED.id: NEED} if tested else {})
    matrix = coverage.trace(catalogue, [runs.planned("OQ-SIG-001", NEED.id)] if tested else [], run)
    return Board(home.view("qua"), Traced(catalogue, matrix, run, {}))


def answered(made: Board, monkeypatch: pytest.MonkeyPatch, *found: Finding) -> Answered:
    """Answer the one duty of a board with these findings."""
    monkeypatch.setattr(answering, "asked", lambda _: tuple(f"planted {number}" for number, _ in enumerate(found)))
    monkeypatch.setattr(made, "_asked", {f"planted {number}": one for number, one in enumerate(found)})
    return made.answer(made.found.matrix.answers[0])


def sheet(home: TestHome, name: str, who: str = "qua") -> Sheet:
    return panels.sheet(home.view(who), name)[2]


def cells(shown: Sheet) -> list[Cell]:
    return [cell for table in shown.tables for row in table.rows for cell in row]


GOOD = runs.result("OQ-SIG-001")
OFFICIAL = runs.run(GOOD)


@pytest.mark.parametrize(
    ("run", "found", "state"),
    [
        (OFFICIAL, (DID,), SHOWN),
        (OFFICIAL, (DID, LACKED), NOT_SHOWN),
        (OFFICIAL, (DID, UNKNOWN), OPEN),
        (OFFICIAL, (), OPEN),
        (None, (DID,), NOT_SHOWN),
        (replace(OFFICIAL, official=False), (DID,), NOT_SHOWN),
        (runs.run(runs.result("OQ-SIG-001", FAILED)), (DID,), NOT_SHOWN),
        (runs.run(runs.result("OQ-SIG-001", SKIPPED)), (DID,), NOT_SHOWN),
        (runs.run(), (DID,), NOT_SHOWN),
    ],
)
def test_a_shared_duty_is_shown_by_an_official_test_and_by_records_together(
    home: TestHome, monkeypatch: pytest.MonkeyPatch, run: Run | None, found: tuple[Finding, ...], state: str
) -> None:
    said = answered(board(home, obligation(), run), monkeypatch, *found)

    assert (said.state, bool(said.why)) == (state, True)


def test_what_people_alone_do_asks_for_no_test_and_is_open_without_a_probe(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = board(home, obligation("procedural", "customer", Duty("document", "A procedure.")), tested=False)

    assert answered(made, monkeypatch, DID).state == SHOWN
    assert answered(made, monkeypatch, LACKED).why == "It is not there."
    silent = answered(made, monkeypatch)
    assert (silent.state, silent.why) == (
        OPEN,
        "The company's duty, and nothing here looks at it by itself. Evidence: A procedure.",
    )


def test_what_the_project_does_stays_open_until_it_is_reviewed_and_what_is_not_done_says_so(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_project = board(home, obligation("procedural", "platform"), tested=False)
    assert (answered(of_project, monkeypatch, LACKED).state, answered(of_project, monkeypatch, DID).state) == (OPEN, SHOWN)
    undone = board(home, obligation("technical", "platform", open="The product does not do it."), OFFICIAL, tested=False)
    assert (answered(undone, monkeypatch, DID).state, answered(undone, monkeypatch, DID).why) == (
        OPEN,
        "The product does not do it.",
    )


def test_the_requirement_that_a_company_leaves_out_shows_nothing(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    one = obligation("technical", "platform")
    catalogue = loading.Catalogue({"X-1": one}, {NEED.id: NEED}, {NEED.id: "Not used in this company"})
    matrix = coverage.trace(catalogue, [runs.planned("OQ-SIG-001", NEED.id)], OFFICIAL)
    made = Board(home.view("qua"), Traced(catalogue, matrix, OFFICIAL, {}))

    assert answered(made, monkeypatch).state == OPEN


def test_the_readiness_of_a_home_without_a_run_shows_no_part_of_the_product(home: TestHome) -> None:
    found = sheet(home, "readiness")
    by_title = {table.title: table for table in found.tables}

    assert "No qualification has run here" in found.lead
    assert [len(by_title[one].rows) for one in readiness.SOURCES] == [56, 56, 12]
    assert {row[2].text for table in found.tables[2:] for row in table.rows} <= {"Shown", "Not shown", "Open"}
    shown = [row for one in readiness.SOURCES for row in by_title[one].rows if row[2].text == "Shown"]
    assert all(not row[3].text for row in shown), "nothing that needs a test is shown"
    figures = {row[0].text: [int(cell.text) for cell in row[1:]] for row in by_title["In figures"].rows}
    assert all(sum(numbers[:3]) == numbers[3] for numbers in figures.values())
    assert "compliant" not in " ".join(cell.text for cell in cells(found)).lower()


def test_each_review_that_comes_back_stands_there_whether_it_is_declared_or_not(home: TestHome) -> None:
    table = next(table for table in sheet(home, "readiness").tables if table.title == "Reviews that come back")

    assert len(table.rows) == len(probes.LONGEST)
    assert {row[1].text for row in table.rows} <= {"Not shown", "Open"}


def test_every_deficiency_and_every_row_of_responsibility_is_looked_at_or_says_why_not() -> None:
    catalogue = loading.load()
    due = [one for one in catalogue.obligations.values() if one.id.startswith(("GUIDE-DEF-", "GUIDE-SR-"))]
    silent = [one.id for one in due if not answering.asked(one) and not one.open and one.kind != "technical"]

    assert set(live.probes()) <= set(catalogue.obligations)
    assert silent == ["GUIDE-SR-data-archive"], "the archive at the end of use is outside the product"


def test_who_hosts_is_said_by_the_entry_of_this_system_and_platform_rows_are_not_shown(home: TestHome) -> None:
    found = sheet(home, "responsibility")

    assert found.lead.startswith("Who hosts this system is not known: enter it as SYS-001")
    assert [table.title for table in found.tables][:5] == [
        "Infrastructure",
        "Platform",
        "Configuration",
        "Business processes",
        "Data",
    ]
    assert sum(len(table.rows) for table in found.tables) == 31
    assert not [row for row in found.tables[1].rows if row[3].text == "Shown"]
    assert {row[2].text for row in found.tables[1].rows} == {"the project; the company reviews", "the company"}


@pytest.mark.parametrize(
    ("supplied", "category", "said"),
    [
        ("hosted", "host", "the host, {}"),
        ("hosted", "GxP software", "the host, {}"),
        ("bought", "host", "the host, {}"),
        ("bought", "GxP software", "the company, by {}"),
        ("made here", None, "the company"),
    ],
)
def test_whose_the_vendors_duties_are_follows_from_who_hosts(
    plant: TestHome, supplied: str, category: str | None, said: str
) -> None:
    number = supplies.supplier(supplies.hire(plant), category=category) if category else ""
    given: dict[str, Any] = {"supplier": [number]} if number else {}
    ways.system(plant, name="This system", supplied=supplied, place="Rack Ltd, Dublin", **given)
    by, rows = responsibility.hosting(plant.view("qua")), loading.load().obligations

    def whose(name: str) -> str:
        return responsibility.whose(Answered(rows[name], OPEN, "", "", (), ()), by)

    assert whose("GUIDE-SR-infra-physical") == whose("GUIDE-SR-data-encrypt-rest") == said.format(number)
    assert whose("GUIDE-SR-platform-sdlc") == "the project; the company reviews"
    assert whose("GUIDE-SR-infra-sla") == whose("GUIDE-SR-process-none") == "the company"
    assert "Dublin" in by.says


def test_every_row_of_the_guide_is_listed_once_with_a_way_or_its_words(home: TestHome) -> None:
    found = sheet(home, "guide")
    rows = [row for table in found.tables[1:] for row in table.rows]

    assert sorted(row[0].text for row in rows) == sorted(
        name for name in loading.load().obligations if name.startswith(guide.ROWS)
    )
    bare = [row[0].text for row in rows if not (row[4].page or row[5].page or row[5].number)]
    assert all(row[2].text == "Open" and row[3].text for row in rows if row[0].text in bare)


def links(page: str) -> list[str]:
    """Give where the table cells of a page lead."""
    main = page.partition("<main")[2]
    return sorted({one.replace("&amp;", "&") for one in re.findall(r'<td[^>]*>\s*<a[^>]* href="(/[^"#]*)"', main)})


def follow(client: Client, page: str) -> list[str]:
    """Give the ways of a page that lead nowhere."""
    found = links(page)
    assert found
    return [one for one in found if client.get(one).status_code != 200]


@pytest.mark.parametrize("name", ["readiness", "responsibility", "guide"])
def test_every_way_of_a_board_leads_somewhere_for_quality(home: TestHome, name: str) -> None:
    browsing.effective(home)
    client = sign_in("qua")

    assert follow(client, text(client.get(f"/panels/{name}"))) == []


@pytest.mark.parametrize("who", ["qua", "gue"])
def test_each_question_of_inspectors_is_answered_in_three_acts_or_says_that_it_cannot_be(home: TestHome, who: str) -> None:
    browsing.effective(home)
    client = sign_in(who)
    page = client.get("/inspector-asks")  # the first act: it stands in the navigation of every page

    assert "/panels/inspector-asks" in text(client.get("/"))
    assert follow(client, text(page)) == []  # the second act; the third one is a filter or a day on that page
    rows = sheet(home, "inspector-asks", who).tables[0].rows
    assert [row[0].text for row in rows] == [f"{number:02}" for number in range(1, 34)]
    assert all(row[2].page or asking.NO_WAY in row[4].text for row in rows)
    cannot = {row[0].text for row in rows if not row[2].page}
    assert cannot <= {"14", "17", "30"}, "no type, nobody who left, no deviation that this person may see"


@pytest.mark.parametrize(("who", "found"), [("qua", BOARDS), ("adm", BOARDS), ("gue", ("inspector-asks",)), ("rea", ())])
def test_who_does_not_oversee_finds_no_board_and_an_inspector_only_the_questions(
    home: TestHome, who: str, found: tuple[str, ...]
) -> None:
    view = home.view(who)

    assert tuple(name for name in BOARDS if name in {one.name for one in panels.list_all(view)}) == found
    for name in set(BOARDS) - set(found):
        with pytest.raises(NotFound):
            panels.sheet(view, name)


@pytest.mark.parametrize(
    ("scopes", "may"), [(None, True), (("*",), True), (("read",), True), (("document",), False), ((), False)]
)
def test_a_token_opens_the_boards_if_it_reads_everything(home: TestHome, scopes: tuple[str, ...] | None, may: bool) -> None:
    view = home.view("qua")

    assert showing.is_inside(replace(view, ctx=replace(view.ctx, scopes=scopes))) is may


def test_a_record_that_the_reader_may_not_see_is_not_named(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = home.draft()
    secret = Finding(NOT_SHOWN, f"{draft} lacks something.", number=draft)
    made = board(home, obligation("procedural", "customer"), tested=False)
    said = answered(made, monkeypatch, secret)

    for user, seen in (("ann", True), ("bea", False)):
        made.view = home.view(user)
        known = showing.seen_of(made, [said])
        told = [
            cell.text
            for cell in (showing.why(said, known), showing.company(said, known), showing.evidence(said, known, made.view))
        ]
        assert (any(draft in one for one in told), showing.UNSEEN in told) == (seen, not seen)


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "ASK-99", "asks": "Why?", "says": "So."},
        {"id": "ASK-99", "asks": "Why?", "says": "So.", "ways": [{"to": "There", "page": "/", "colour": "red"}]},
        {"id": "ASK-99", "asks": "Why?", "says": "So.", "lacks": "It cannot.", "answer": "yes"},
    ],
)
def test_a_question_that_leads_nowhere_or_says_what_nobody_knows_is_not_read(entry: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        live.question(entry)


def test_no_question_has_more_ways_than_the_page_shows() -> None:
    assert [one.id for one in live.questions() if len(one.ways) > 2] == []


def test_the_api_gives_the_way_of_a_cell(home: TestHome) -> None:
    answer = calling.caller(home, "qua", "read").get("/panels/inspector-asks")
    rows = answer.json()["tables"][0]["rows"]

    assert rows[0][3]["page"] == "/trail"
    assert rows[0][0]["page"] is None

"""The review pack says what stood at the end of its period, whatever has happened since, and shows only what may be seen."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from indelible.assurance.reviewing import figures, paper, periods, workbook
from indelible.assurance.reviewing.figures import Pack
from indelible.infra import clock
from indelible.kernel.errors import Invalid
from indelible.practice import queries
from tests.faces.browsing import nobody, sign_in, text
from tests.homes import TestHome
from tests.modules.events import WHY, day, due, in_review, monitored, reported
from tests.modules.trained import settle

Later = Callable[[timedelta], None]
DAY = timedelta(days=1)
FLOW = ("Open at the start", "Opened", "Closed", "Open at the end", "Overdue at the end")


@pytest.fixture
def later() -> Iterator[Later]:
    """Let time go by for the product; spans add up."""
    gone = [timedelta()]

    def let(span: timedelta) -> None:
        gone[0] += span
        clock.simulate(lambda real: real + gone[0])

    yield let
    clock.simulate(None)


def pack(home: TestHome, first: str, last: str, who: str = "qua") -> Pack:
    view = home.view(who)
    return figures.pack(view, periods.chosen(view.configuration.company.zone, first=first, last=last))


def flow(found: Pack, plural: str) -> list[int]:
    (table,) = (one for one in found.tables if one.title == "What came and went")
    assert table.columns[1:] == FLOW
    return next(([int(cell.text) for cell in row[1:]] for row in table.rows if row[0].text == plural), [0] * 5)


def lines(found: Pack, title: str) -> list[list[str]]:
    return [[cell.text for cell in row] for table in found.tables if table.title == title for row in table.rows]


def test_what_was_closed_after_the_end_was_open_and_overdue_at_it(home: TestHome, later: Later) -> None:
    begun, number = day(0), in_review(home)
    until = due(number)
    later(40 * DAY)
    home.sign("qua", "deviation.close", number)
    closed = day(0)
    later(5 * DAY)

    early = pack(home, begun, day(-35))
    assert flow(early, "Deviations") == [0, 1, 0, 1, 0]
    late = pack(home, day(-44), day(-6))
    assert flow(late, "Deviations") == [1, 0, 0, 1, 1]
    assert lines(late, "Deviations open at the end") == [
        [number, "Freezer alarm not acknowledged", "Quality review", begun, f"{until}, overdue", "40"]
    ]
    after = pack(home, day(-6), day(0))
    assert flow(after, "Deviations") == [1, 0, 1, 0, 0]
    assert lines(after, "Deviations open at the end") == []
    assert ["Deviations", "Closed", "1"] in lines(after, "How things closed")
    assert closed == day(-5)


def test_what_was_begun_after_the_end_is_not_in_it(home: TestHome, later: Later) -> None:
    before = day(0)
    later(3 * DAY)
    number = reported(home)
    found = pack(home, before, before)

    assert flow(found, "Deviations") == [0, 0, 0, 0, 0]
    assert number not in json.dumps([[cell.text for row in table.rows for cell in row] for table in found.tables])


def test_what_was_opened_again_later_was_closed_at_the_end(home: TestHome, later: Later) -> None:
    number = in_review(home)
    home.sign("qua", "deviation.close", number)
    then = day(0)
    later(3 * DAY)
    home.sign("qua", "deviation.reopen", number, reason=WHY)

    assert flow(pack(home, then, then), "Deviations") == [0, 1, 1, 0, 0]
    assert flow(pack(home, day(-2), day(0)), "Deviations") == [0, 0, 0, 1, 0]


def test_a_date_that_was_postponed_later_was_overdue_at_the_end(home: TestHome, later: Later) -> None:
    given = {"what": "Handling of samples", "trainee": "rea", "kind": "class", "because": "other", "due_on": day(3)}
    number = home.act("rob", "training.create", fields=given).number
    later(10 * DAY)
    then = day(0)
    later(1 * DAY)
    home.act("rob", "training.extend", number, days=30, reason=WHY)
    assert due(number) > day(1)

    assert flow(pack(home, then, then), "Trainings") == [1, 0, 0, 1, 1]
    assert flow(pack(home, day(0), day(0)), "Trainings") == [1, 0, 0, 1, 0]


def test_whether_capas_worked_is_said_of_the_period_in_which_it_was_found(home: TestHome, later: Later) -> None:
    number = monitored(home)
    begun = day(0)
    later(91 * DAY)
    settle()
    home.act("sys", "capa.edit", number, fields={"result": "No alarm was missed", "criterion_met": True})
    for who in ("sys", "qua"):
        home.sign(who, "capa.effective", number)

    assert ["CAPAs", "Closed, effective", "1"] in lines(pack(home, day(-1), day(0)), "How things closed")
    before = pack(home, begun, day(-2))
    assert lines(before, "How things closed") == [["Actions", "Closed", "1"]]
    assert ["CAPAs", "Monitoring", "1"] in lines(before, "Where everything stood at the end")


def test_opened_and_closed_are_the_rows_of_the_lists(home: TestHome, later: Later) -> None:
    home.sign("qua", "deviation.close", in_review(home))
    reported(home)
    later(2 * DAY)
    first, last = day(-3), day(-1)
    found = flow(pack(home, first, last), "Deviations")

    for at, names in ((1, ("begun_from", "begun_until")), (2, ("ended_from", "ended_until"))):
        listed = queries.list_records(home.view("qua"), "deviation", filters=dict(zip(names, (first, last), strict=True)))
        assert listed.count == found[at] > 0


def test_a_pack_shows_what_its_reader_may_see(home: TestHome) -> None:
    number = home.draft(title="Nobody else's", user="bea", owner="bea")

    def drafts(who: str) -> list[list[str]]:
        return [
            row
            for row in lines(pack(home, day(-1), day(0), who), "Where everything stood at the end")
            if row[0] == "Documents"
        ]

    assert drafts("bea") == [["Documents", "Draft", "1"]]
    assert drafts("gue") == drafts("tek") == drafts("adm") == []
    for who in ("gue", "adm", "tek"):
        assert number not in text(sign_in(who).get("/review"))


@pytest.mark.parametrize("path", ["/review", "/review/pdf", "/review/xlsx"])
def test_the_pack_is_for_those_who_hold_a_role(home: TestHome, path: str) -> None:
    assert sign_in("rea").get(path).status_code == 404
    assert nobody().get(path).status_code == 302
    assert sign_in("exe").get(path).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"quarter": "2026-Q5"}, {"quarter": "autumn"}, {"quarter": "0000-Q1"}, {"quarter": "9999-Q4"}, {"first": "2026-01-01"},
        {"last": "2026-01-01"}, {"first": "2026-02-30", "last": "2026-03-01"}, {"first": "2026-03-02", "last": "2026-03-01"},
        {"first": "2026-03-02", "last": "2999-01-01"},
    ],
)  # fmt: skip
def test_a_period_that_is_none_is_refused(home: TestHome, asked: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        periods.chosen("America/New_York", **asked)


def test_without_a_period_it_is_the_last_whole_quarter(home: TestHome) -> None:
    found = periods.chosen("UTC")

    assert found == periods.offered("UTC")[0] == periods.chosen("UTC", quarter=found.label.lower())
    assert found.end <= clock.now() < found.end + timedelta(days=93)
    assert [found.first[5:], found.last[5:]] in [
        ["01-01", "03-31"],
        ["04-01", "06-30"],
        ["07-01", "09-30"],
        ["10-01", "12-31"],
    ]


def test_nothing_in_the_workbook_is_a_formula(home: TestHome) -> None:
    title = '=HYPERLINK("https://evil.example","Open")'
    reported(home, title=title)
    content = workbook.xlsx(home.view("qua"), pack(home, day(-1), day(0)))
    book = load_workbook(io.BytesIO(content))

    cells: list[Any] = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    (named,) = (cell for cell in cells if cell.value == title)
    assert named.quotePrefix
    assert book["What came and went"]["A1"].value == "Type"
    assert isinstance(book["What came and went"]["B2"].value, int)
    assert book["Review"]["B1"].value == "Your company"


def test_each_page_says_of_what_it_is_who_made_it_and_which_page_of_how_many(home: TestHome) -> None:
    number = reported(home, title="Freezer #1 *alarm* $x$")
    reported(home, title="Unterbeamtengesellschaft" * 6)
    for _ in range(40):
        reported(home)
    view = home.view("qua")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(paper.pdf(view, pack(home, day(-1), day(0))))).pages]

    assert len(pages) > 1
    for at, page in enumerate(pages, 1):
        assert f"{day(-1)} to {day(0)}" in page
        assert f"{at} of {len(pages)}" in page
        assert "Printed by Qua Quality (qua)" in page
        assert "Your company" in page
    assert "Unterbeamtengesellschaft" * 6 not in "".join(pages)  # it breaks, or it would run off the page
    assert "Unterbeamtengesellschaft" * 6 in "".join(pages).replace("\n", "")
    assert any(number in page and "Freezer #1 *alarm* $x$" in page for page in pages)

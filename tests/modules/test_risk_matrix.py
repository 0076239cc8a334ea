"""Risks by severity and probability, before and after control: on the page of figures, above the list, and for programs."""

from __future__ import annotations

import html
import re
from itertools import product

import pytest

from indelible.practice import grading, panels
from indelible.practice.panels import Table
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules.events import WHY
from tests.modules.supplies import settle
from tests.modules.test_risks import AFTER, HIGH, LOW, accepted, risk, treated

BEFORE, LEFT = "Risks before control", "Risks after control"


def matrices(home: TestHome, who: str = "qua") -> dict[str, Table]:
    _, _, sheet = panels.sheet(home.view(who), "risk-matrix")
    return {table.title: table for table in sheet.tables}


def placed(home: TestHome, title: str, who: str = "qua") -> dict[tuple[str, str], int]:
    """Give where risks lie: by severity and probability, without the cells that are empty."""
    table = matrices(home, who)[title]
    across = [column.removeprefix("Probability ") for column in table.columns[1:]]
    return {
        (row[0].text.removeprefix("Severity "), other): int(cell.text)
        for row in table.rows
        for other, cell in zip(across, row[1:], strict=True)
        if cell.text != "0"
    }


def regraded(home: TestHome, **fields: str) -> str:
    number = treated(home)
    home.act("ann", "risk.edit", number, fields=AFTER | fields)
    settle()
    return number


def test_before_control_a_risk_lies_where_it_is_graded(home: TestHome) -> None:
    risk(home, **HIGH)
    risk(home, **HIGH)
    risk(home, severity="low", probability="high", detectability="low")

    assert placed(home, BEFORE) == {("high", "high"): 2, ("low", "high"): 1}


def test_after_control_it_lies_where_it_is_graded_again_and_untreated_where_it_was(home: TestHome) -> None:
    regraded(home)
    risk(home, **LOW)

    assert placed(home, BEFORE) == {("high", "high"): 1, ("low", "low"): 1}
    assert placed(home, LEFT) == {("high", "low"): 1, ("low", "low"): 1}


@pytest.mark.parametrize("name", ["severity_left", "probability_left", "detectability_left"])
def test_what_is_graded_again_in_part_lies_nowhere_after_control(home: TestHome, name: str) -> None:
    regraded(home, **{name: None})  # type: ignore[arg-type]

    assert placed(home, BEFORE) == {("high", "high"): 1}
    assert placed(home, LEFT) == {}


def test_retired_and_void_risks_are_left_out(home: TestHome) -> None:
    home.sign("qua", "risk.void", risk(home), WHY)
    home.sign("qua", "risk.retire", accepted(home), WHY)

    assert placed(home, BEFORE) == placed(home, LEFT) == {}
    accepted(home)
    assert placed(home, BEFORE) == placed(home, LEFT) == {("low", "low"): 1}


def test_a_risk_without_grades_lies_nowhere(home: TestHome) -> None:
    risk(home, severity=None)
    risk(home, probability=None)

    assert placed(home, BEFORE) == placed(home, LEFT) == {}


def test_the_colour_of_each_cell_is_the_class_that_the_tables_give(home: TestHome) -> None:
    for table in matrices(home).values():
        assert [row[0].text for row in table.rows] == ["Severity high", "Severity medium", "Severity low"]
        assert table.columns[1:] == ("Probability low", "Probability medium", "Probability high")
        for row, (severity, cells) in product([0], zip(("high", "medium", "low"), table.rows, strict=True)):
            for cell, probability in zip(cells[1:], ("low", "medium", "high"), strict=True):
                found = grading.risk_class(severity, probability)
                assert (cell.note, cell.tone) == (f"Class {found}", {1: "late", 2: "wait", 3: "done"}[found]), row


def test_each_cell_leads_to_the_list_of_just_its_risks(home: TestHome) -> None:
    regraded(home)
    risk(home, **HIGH)
    risk(home, **LOW)
    home.sign("qua", "risk.void", risk(home, **HIGH), WHY)
    browser = sign_in("qua")

    for path in ("/panels/quality", "/records/risk"):
        page = text(browser.get(path))
        found = re.findall(r'<td class="i-matrix--\w+"><a href="([^"]+)"><b>(\d+)</b> <small>Class \d</small></a>', page)
        assert sorted(int(number) for _, number in found) == [1, 1, 1, 1, 2]
        for url, number in found:
            listed = set(re.findall(r'href="/r/(RSK-\d+)"', text(browser.get(html.unescape(url)))))
            assert len(listed) == int(number), url


def test_the_matrix_counts_only_what_its_reader_may_see(home: TestHome) -> None:
    risk(home, **HIGH)

    assert placed(home, BEFORE, "qua") == {("high", "high"): 1}
    assert placed(home, BEFORE, "gue") == placed(home, LEFT, "gue") == {}
    assert 'i-matrix--late"><a' not in text(sign_in("gue").get("/records/risk"))


def test_a_list_that_is_filtered_and_that_of_another_type_show_no_matrix(home: TestHome) -> None:
    risk(home, **HIGH)
    browser = sign_in("qua")

    assert "i-matrix" in text(browser.get("/records/risk"))
    for path in ("/records/risk?severity=high", "/records/risk?state=draft", "/records/deviation", "/records/document"):
        assert "i-matrix" not in text(browser.get(path)), path


def test_programs_get_figures_classes_and_lists(home: TestHome) -> None:
    regraded(home)
    api = caller(home, "qua")

    told = api.get("/panels/risk-matrix").json()
    cells = [cell for table in told["tables"] for row in table["rows"] for cell in row[1:] if cell["text"] != "0"]
    assert [(cell["text"], cell["note"]) for cell in cells] == [("1", "Class 1"), ("1", "Class 2")]
    assert cells[1]["list"]["filters"]["among"] == "left-high-low"
    assert api.get("/records/risk?among=left-high-low").json()["count"] == 1
    assert api.get("/records/risk?among=left-low-low").json()["count"] == 0
    assert api.get("/records/risk?among=left-high-enormous").status_code == 422
    assert api.get("/records/deviation?among=left-high-low").status_code == 422

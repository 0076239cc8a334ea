"""The PDF of an audit is its report: its findings stand in it, as they are and as far as the printing person may see."""

from __future__ import annotations

from indelible.assurance.rendition import building
from tests.assurance.copies import pages
from tests.homes import TestHome
from tests.modules.audits import begun, corrected, finding, issued
from tests.modules.events import WHY, head


def test_the_report_is_a_controlled_pdf_with_its_findings(home: TestHome) -> None:
    number = begun(home)
    found = [finding(home, number, kind=kind, text=f"The {kind} one") for kind in ("major", "observation")]
    home.sign("qua", "finding.void", found[1], reason=WHY)
    report = building.data(home.view("rob"), head(issued(home, number)), trail=False)

    assert [(part.label, part.columns) for part in report.children] == [("Findings", ["Finding", "Class", "Owner"])]
    assert [(row.number, row.state_label, row.cells) for row in report.children[0].rows] == [
        (found[0], "Open", ["The major one", "major", ""]), (found[1], "Void", ["The observation one", "observation", ""]),
    ]  # fmt: skip
    assert {"Requirement", "Evidence"} == {said.label for said in report.children[0].rows[0].more}
    text = " ".join(" ".join(pages(building.pdf(home.view("rob"), head(number)))).split())
    assert text.index("Findings Number State Finding Class Owner") < text.index(f"{found[0]} Open The major one major")
    assert "Evidence: Log of tank 2, page 7" in text


def test_the_report_holds_the_answers_as_they_stand_and_no_finding_of_another_audit(home: TestHome) -> None:
    number, found = corrected(home)
    other = begun(home)
    elsewhere = finding(home, other, text="Of the other audit")
    text = " ".join(" ".join(pages(building.pdf(home.view("rob"), head(number)))).split())

    assert f"{found} To verify" in text
    assert "Correction: The entry is countersigned" in text
    assert "What was done: Countersigned today, page 7" in text
    assert elsewhere not in text
    assert "Of the other audit" not in text


def test_who_may_not_see_a_finding_prints_the_audit_without_it(home: TestHome) -> None:
    number = begun(home)
    found = finding(home, number)

    assert building.data(home.view("gue"), head(number), trail=False).children == []
    assert [
        row.number for part in building.data(home.view("rob"), head(number), trail=False).children for row in part.rows
    ] == [found]

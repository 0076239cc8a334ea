"""The documents say what was done and what is missing, on pages that anybody can keep (regulations, GUIDE-DEL; Annex 11-4)."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import pikepdf
import pytest
from pypdf import PdfReader

from indelible.assurance.package import front, limits, scripts, writing
from indelible.assurance.package.facts import About, Facts, Matrix
from indelible.assurance.package.limits import NoLimits
from indelible.assurance.qualification import results
from tests.archival.reading import faults
from tests.assurance.package import made
from tests.assurance.package.conftest import Written

pytestmark = pytest.mark.engine_free
CODES = (
    "VP",
    "URS",
    "FRA",
    "CS",
    "IQP",
    "OQP",
    "PQP",
    "IQR",
    "OQR",
    "PQR",
    "RTM",
    "TDV",
    "ADQ",
    "TML",
    "DLT",
    "LIM",
    "VSR",
    "CRT",
)


@cache
def pages(file: Path) -> list[str]:
    return [" ".join((page.extract_text() or "").split()) for page in PdfReader(file).pages]


def text(of: Written, code: str) -> str:
    return " ".join(pages(file(of, code)))


def file(of: Written, code: str) -> Path:
    return of[0] / "documents" / f"{made.ABOUT.number}-{code}.pdf"


def test_every_document_is_there_as_pages_and_as_data(official: Written) -> None:
    place, package = official

    assert [one.id.rpartition("-")[2] for one in package.documents] == list(CODES)
    for one in package.documents:
        assert (place / one.file).is_file()
        assert one.pages == len(pages(place / one.file))
        data = json.loads((place / one.file).with_suffix(".json").read_text("utf-8"))
        assert data["front"]["id"] == one.id


@pytest.mark.parametrize("code", CODES)
def test_each_row_has_a_cell_for_each_column(official: Written, code: str) -> None:
    """Else every value stands under the name of another one."""
    told = json.loads(file(official, code).with_suffix(".json").read_text("utf-8"))
    tables = [one for chapter in told["chapters"] for one in chapter["blocks"] if one["kind"] == "table"]

    assert [one["columns"] for one in tables if any(len(row) != len(one["columns"]) for row in one["rows"])] == []
    assert [one["columns"] for one in tables if one["widths"] and len(one["widths"]) != len(one["columns"])] == []


@pytest.mark.parametrize("code", CODES)
def test_each_is_an_archive_and_holds_its_data(official: Written, code: str) -> None:
    content = file(official, code).read_bytes()

    assert faults(content) == []
    with pikepdf.open(io.BytesIO(content)) as opened:
        assert (
            opened.attachments[f"{made.ABOUT.number}-{code}.json"].get_file().read_bytes()
            == file(official, code).with_suffix(".json").read_bytes()
        )


@pytest.mark.parametrize("code", CODES)
def test_front_matter_names_system_build_configuration_signatures_and_history(official: Written, code: str) -> None:
    first = pages(file(official, code))[0]

    for word in (
        f"{made.ABOUT.number}-{code}",
        made.ABOUT.build,
        made.BUILD,
        made.CONFIGURATION,
        "Signatures",
        "References",
        "Abbreviations",
        "version 1",
    ):
        assert word in first, word
    assert "Revision history" in first


def test_every_page_is_counted_and_bound_to_its_content(official: Written) -> None:
    for code in ("VP", "OQR", "RTM"):
        told = pages(file(official, code))
        content = sha256(file(official, code).with_suffix(".json").read_bytes()).hexdigest()
        for number, page in enumerate(told, 1):
            assert f"{number} of {len(told)}" in page
            assert content in page


def test_a_trial_says_so_on_every_page_and_an_official_run_on_none(official: Written, trial: Written) -> None:
    for code in CODES:
        assert [number for number, page in enumerate(pages(file(trial, code)), 1) if front.TRIAL not in page] == [], code
        assert front.TRIAL not in text(official, code)
    assert "no approved protocol" in pages(file(trial, "CRT"))[0]
    assert "TRIAL" in (trial[0] / "READ-ME.txt").read_text("utf-8")


def test_page_one_of_a_report_lists_every_attempt_of_every_test(tmp_path: Path) -> None:
    given = made.facts(tmp_path, count=6, scripts=6, steps=2)
    key = given.plan[0].key
    first = replace(
        made.altered(given, key, verdict="failed").runs[0],
        id="RUN-00000",
        official=False,
        ended="",
        why_not_official=("no approved plan",),
    )
    page = alone(tmp_path, replace(given, runs=(bare(first), *given.runs)))[0]

    assert "RUN-00000" in page
    assert "aborted" in page
    assert f"{key} 1 failed (trial RUN-00000); 1 passed (official RUN-00001)" in page


def alone(place: Path, given: Facts) -> list[str]:
    """Give the pages of the report of a level, written alone."""
    writing.write_one(given, scripts.report(given, "OQ"), place)
    return pages(place / f"{made.ABOUT.number}-OQR.pdf")


def bare(run: results.Run) -> results.Run:
    """Give a run whose evidence was not kept."""
    cut = tuple(replace(one, steps=tuple(replace(step, evidence=()) for step in one.steps)) for one in run.results)
    return replace(run, results=cut)


def test_protocols_give_what_is_expected_and_no_result(official: Written) -> None:
    given = made.small()
    told = text(official, "OQP")

    for one in given.planned("OQ"):
        assert one.fingerprint in told.replace(" ", "")
        assert one.key in told
    assert "202, state in_review, position 2" in told
    assert " passed " not in told


def test_reports_give_each_value_with_evidence_and_its_hash(official: Written) -> None:
    told = text(official, "OQR").replace(" ", "")

    run = results.read(official[0] / "runs/RUN-00001.json")
    for kept in (kept for one in run.results if one.level == "OQ" for step in one.steps for kept in step.evidence):
        assert kept.sha256 in told


def test_machine_runs_are_process_tests_and_people_are_told_apart(official: Written) -> None:
    protocol, report = text(official, "PQP"), text(official, "PQR")

    assert "performance qualification by people" in protocol
    assert "process tests by machine" in protocol
    assert "they are not a performance qualification by users" in report
    assert "Executor performed" in protocol  # a place for ink at each script that a person executes


def test_the_matrix_leads_forward_backward_and_by_every_obligation(official: Written) -> None:
    given, told = made.small(), text(official, "RTM").replace(" ", "")

    for key in (*given.requirements, *given.obligations, *(one.key for one in given.plan)):
        assert key in told, key
    assert "FRA-SIG-001" in told
    assert "Attributable" in told


def test_the_risk_assessment_explains_its_scheme_and_has_the_other_view_beside_it(official: Written) -> None:
    told = text(official, "FRA")

    assert "No numbers are multiplied" in told
    assert "FRA-SIG-001" in told.replace("FRA- ", "FRA-")
    assert "CSA process risk" in told
    assert "used here as a model" in told


def test_a_setting_stands_as_specified_running_and_tested(official: Written) -> None:
    told = text(official, "CS")

    assert "Specified Running Tested" in told
    assert "not tested" in told
    assert made.sha("x") not in told
    assert "configuration-specification.json" in told


def test_the_summary_says_who_read_too_fast_and_what_nobody_has_said(official: Written) -> None:
    told = text(official, "VSR")

    assert "implausible" in told
    assert "79 s a page" in told
    assert "No restore test is on record." in told
    assert "Monthly, SOP-012." in told
    assert "Ada Morse adm sysadmin privileged" in told
    assert "SOP-021 Validation 2026-10-02 trained" in told


def test_a_category_is_a_proposal_until_it_is_signed(official: Written) -> None:
    told = text(official, "VP")

    assert "Indelible, configured 0.1.0 4 a proposal" in told
    assert "signed: Quinn Adeyemi" in told.replace("\n", " ")


def test_without_facts_the_documents_say_what_is_missing_and_invent_nothing(tmp_path: Path) -> None:
    about: About = replace(made.ABOUT, predicates=(), boundaries="")
    package = writing.write(Facts(about, {}, {}, Matrix(), ()), tmp_path)
    of = (tmp_path, package)

    assert "No approved plan is on record." in text(of, "VP")
    assert "No assessment of the supplier" in text(of, "VP")
    assert "not described" in text(of, "VP")
    assert "Nothing was executed" in text(of, "LIM")
    assert "Not run. No seeded fault was given to this package" in text(of, "ADQ")
    assert "No act of this validation is on record." in text(of, "TML")
    assert "No script of this level is planned." in text(of, "OQP")
    assert "this is the first" in text(of, "DLT")
    assert package.index["approvable"] is False
    for code in ("VP", "OQR", "LIM"):
        assert faults(file(of, code).read_bytes()) == [], code


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"browser": False}, "No real browser took part"),
        ({"about": replace(made.ABOUT, engine="SQLite 3.45")}, "The database is SQLite"),
        ({"faults": ()}, "that the tests can fail was not shown"),
        ({"limits": ("Printers were not tried.",)}, "Printers were not tried."),
        ({"signatures": ()}, "No document of this package is signed."),
    ],
)
def test_limits_follow_from_the_facts(change: dict[str, object], said: str) -> None:
    found = [sentence for kind in limits.of(replace(made.small(), **change)).values() for sentence in kind]  # type: ignore[arg-type]

    assert [sentence for sentence in found if said in sentence], found
    assert not [
        sentence for kind in limits.of(made.small()).values() for sentence in kind if said in sentence and "limits" in change
    ]


def test_a_package_without_limits_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No facts lead there; what would, is a chapter that forgot how to speak."""
    monkeypatch.setattr(limits, "of", lambda _: {})

    with pytest.raises(NoLimits, match="empty"):
        writing.write(made.facts(tmp_path, count=6, scripts=6, steps=1), tmp_path)


def test_a_text_that_no_page_can_hold_in_one_row_is_split_and_not_cut(tmp_path: Path) -> None:
    given = made.facts(tmp_path, count=3, scripts=6, steps=1)
    key = given.planned("OQ")[0].key
    long = " ".join(f"word{number}" for number in range(900)) + " end-of-it"
    [step] = next(one for one in given.runs[0].results if one.key == key).steps

    told = " ".join(alone(tmp_path, made.altered(given, key, steps=(replace(step, actual=long + " 样品 \u202e"),))))

    assert "word0" in told
    assert "end-of-it" in told
    assert "[U+202E]" in told.replace(" ", "")

"""Every kind of PDF that the product makes is held against PDF/A-3a and PDF/UA-1; what does not claim them says so."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from indelible.assurance import continuity
from indelible.assurance.importing import reconciling
from indelible.assurance.rendition import building, stamping
from indelible.assurance.reviewing import figures, paper, periods
from indelible.assurance.specification import content as specified
from indelible.assurance.specification import writing
from indelible.kernel.models import Record
from indelible.practice import panels, papers, uploads
from tests.archival.reading import faults
from tests.faces.browsing import sign_in
from tests.homes import TestHome
from tests.modules.events import day, reported

PNG = Path(__file__).parents[2] / "src/indelible/project/demo/documents/audit-trail-review.rev04.png"
TEXT = """## 1 Purpose

Samples *are* handled **so** that `nothing` is lost, see SOP-001 and [the rule](https://example.org/rule). 样品处理 µ ≥ 70 %

| Step | Who |
|------|-----|
| 1    | QC  |

1. One
2. Two
   - three

![The review](review.png)
"""


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def brought(home: TestHome, name: str, content: bytes) -> str:
    return uploads.receive(home.people["ann"], name, [content]).sha256


def drafted(home: TestHome) -> str:
    """Draft a document with everything that a page can show: a table, lists, a picture, a link, an original."""
    picture = brought(home, "review.png", PNG.read_bytes())
    return home.draft(text=TEXT, pictures=[picture], file=[brought(home, "method.csv", b"a;b\n1;2\n")])


def in_state(home: TestHome, state: str) -> str:
    number = drafted(home)
    ends = {"withdrawn": ("ann", "withdraw"), "void": ("qua", "void")}
    if state in ends:
        who, verb = ends[state]
        home.sign(who, f"document.{verb}", number, reason="It was not needed any longer")
    elif state in ("superseded", "retired"):
        home.until(number, "effective")
        if state == "superseded":
            home.until(home.revise("ann", number), "effective")
        else:
            for who in ("hed", "qua"):
                home.sign(who, "document.retire", number, reason="It was not needed any longer")
    elif state != "draft":
        home.until(number, state)
    assert head(number).state == state
    return number


@pytest.mark.parametrize(
    "state", ["draft", "in_review", "in_approval", "approved", "effective", "superseded", "retired", "withdrawn", "void"]
)
def test_a_printed_copy_in_every_state(home: TestHome, state: str) -> None:
    number = in_state(home, state)

    assert faults(building.pdf(home.view("qua"), head(number), trail=True)) == []


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_a_page_for_signing_by_hand(home: TestHome, paper: str) -> None:
    number = in_state(home, "in_approval")

    assert faults(building.pdf(home.view("qua"), head(number), wet_ink=True, paper=paper)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["person", "grant", "department", "installation"])
def test_a_printed_copy_of_other_types(home: TestHome, kind: str) -> None:
    record = Record.objects.filter(type=kind).order_by("number")[0]

    assert faults(building.pdf(home.view("adm"), record, trail=True)) == []


def test_a_controlled_copy_and_its_own_record(home: TestHome) -> None:
    number = in_state(home, "effective")
    fields = {"document": [number], "kind": "print to work by", "holder": "QC", "place": "Bench 2", "copies": "1"}
    copy = home.act("doc", "controlled_copy.create", fields=fields).number
    home.act("doc", "controlled_copy.issue", copy)

    assert faults(building.pdf(home.view("doc"), head(number), copy=head(copy))) == []
    assert faults(building.pdf(home.view("doc"), head(copy), trail=True)) == []


def test_a_redline(home: TestHome) -> None:
    number = in_state(home, "effective")
    second = home.revise("ann", number, text=TEXT.replace("handled", "kept") + "\n\nOne paragraph more.\n")

    answer = sign_in("ann").get(f"/r/{second}/compare.pdf?from={number}")

    assert answer.status_code == 200
    assert faults(answer.content) == []


def test_a_reconciliation_report() -> None:
    brought = {
        "field": "file",
        "file": "SOP-014.pdf",
        "size": 10,
        "sha256_brought": "ab" * 32,
        "sha256_stored": "ab" * 32,
        "same": True,
    }
    row = {
        "row": 2,
        "number": "SOP-014.01",
        "title": "Über µ",
        "status": "in",
        "state": "draft",
        "files": [brought],
        "problems": [],
    }
    counts = dict.fromkeys(
        ("rows", "brought", "refused", "files_brought", "files_stored", "differences", "files_in_no_row"), 1
    )
    report = {
        "format": 1, "type": "document", "title": "Binders", "source": "Binder 3", "table": "list.xlsx", "table_sha256": "ab" * 32,
        "at": datetime(2026, 3, 14, tzinfo=UTC).isoformat(), "notes": ["One note"], "rows": [row], "counts": counts,
    }  # fmt: skip

    assert faults(reconciling.as_pdf(report, "Europe/Vienna")) == []


def test_a_letter_to_be_signed_by_hand(home: TestHome) -> None:
    known = papers.of("certification_letter")

    assert known is not None
    assert faults(known.make(head("LTR-001"))) == []


def test_a_review_pack(home: TestHome) -> None:
    in_state(home, "effective")
    in_state(home, "draft")
    reported(home)
    view = home.view("qua")

    assert faults(paper.pdf(view, figures.pack(view, periods.chosen("UTC", first="2020-01-01", last=day(0))))) == []


def test_a_configuration_specification(home: TestHome) -> None:
    assert faults(writing.pdf(specified.gather())) == []


def test_a_page_of_a_module(home: TestHome) -> None:
    home.file("bea")
    view, of = home.view("qua"), Record.objects.get(pk=home.person("bea")).number
    _, record, sheet = panels.sheet(view, "training-file", of=of)

    assert record is not None
    assert faults(paper.page(view, f"Training file: {record.title}", sheet, "")) == []


def test_every_pdf_of_a_continuity_set(home: TestHome) -> None:
    in_state(home, "effective")

    pdfs = sorted(Path(continuity.make().path).glob("*.pdf"))

    assert pdfs
    assert {path.name: faults(path.read_bytes()) for path in pdfs} == {path.name: [] for path in pdfs}


def test_what_is_made_of_other_peoples_pages_or_of_several_copies_claims_nothing(home: TestHome) -> None:
    """A stamped reading copy shows somebody's drawing, and numbered sets are joined for the printer: neither is an archive."""
    document = pikepdf.new()
    document.add_blank_page()
    out = io.BytesIO()
    document.save(out)
    number = home.until(home.draft(text="", file=[brought(home, "the file.pdf", out.getvalue())]), "effective")
    fields = {"document": [number], "kind": "blank form to fill in", "holder": "QC", "place": "Bench 2", "copies": "2"}
    copy = home.act("doc", "controlled_copy.create", fields=fields).number
    home.act("doc", "controlled_copy.issue", copy)
    [item] = stamping.pdfs(head(number))

    made = [
        stamping.reading_copy(home.view("ann"), head(number), item["sha256"]),
        building.sets(home.view("doc"), head(number), head(copy), 1),
    ]

    for content in made:
        told = {fault.partition(":")[0] for fault in faults(content)}
        assert b"pdfaid" not in content
        assert told & {"metadata", "structure"}
        assert not told & {"syntax", "actions", "fonts", "streams", "limits"}, told

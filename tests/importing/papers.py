"""A company's binder as files: DOCX and PDF that are what their names say, a table that lists them, and faults put in."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pikepdf

HEADINGS = [
    "Number", "Title", "Class", "Owner", "Department", "Audience", "File", "SHA-256 of file", "Signed scan", "Signers",
    "Effective since", "Binder",
]  # fmt: skip
MAPPING = """
type: document
title: Procedures from the paper binders
source: Binders 1 to 9, room 2.14
columns:
  Number: number
  Class: class
  Signed scan: scan
  Signers: original_signers
  Effective since: original_effective_on
  Binder: place_of_original
values:
  class: {SOP: procedure, Form: form}
defaults:
  origin: imported
then: [bring_in]
"""


@dataclass
class Binder:
    """A folder with its table; each row is a dictionary by heading."""

    place: Path
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.place / "files"

    @property
    def table(self) -> Path:
        return self.place / "list.xlsx"

    @property
    def mapping(self) -> Path:
        return self.place / "mapping.yaml"

    def write(self) -> None:
        """Write table and mapping as the rows are now."""
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(HEADINGS)
        for row in self.rows:
            sheet.append([row.get(heading) for heading in HEADINGS])
        book.save(self.table)
        self.mapping.write_text(MAPPING.lstrip(), encoding="utf-8")

    def put(self, name: str, content: bytes) -> str:
        """Put a file into the folder and give the name that the table uses."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return name


def binder(place: Path, count: int) -> Binder:
    """Fill a binder: every other document is a DOCX with the scan of its signed page, the others are scans alone."""
    made = Binder(place)
    for n in range(1, count + 1):
        number, row = f"SOP-{n:03}", {}
        if n % 2:
            content = word(f"{number}: how things are done, part {n}")
            row["File"] = made.put(f"word/{number}.docx", content)
            row["SHA-256 of file"] = hashlib.sha256(content).hexdigest()
        scan = made.put(f"scans/{number} signed.pdf", pdf(n))
        made.rows.append({
            "Number": f"{number}.{1 + n % 5:02}", "Title": f"Procedure about subject {n}", "Class": "SOP", "Owner": "Ann Author",
            "Department": "Quality Control", "Audience": "Everybody in the laboratory", "Signed scan": scan,
            "Signers": f"H. Muster, QA, {1 + n % 28} May 2021", "Effective since": "2021-06-01", "Binder": f"Binder {1 + n % 9}",
            **row,
        })  # fmt: skip
    made.write()
    return made


def word(text: str) -> bytes:
    """Make a DOCX."""
    made, out = docx.Document(), io.BytesIO()
    made.add_paragraph(text)
    made.save(out)
    return out.getvalue()


def pdf(n: int, change: Callable[[pikepdf.Pdf], None] | None = None, **how: Any) -> bytes:
    """Make a PDF of one page that is like no other."""
    made, out = pikepdf.Pdf.new(), io.BytesIO()
    made.add_blank_page(page_size=(200, 200 + n))
    if change:
        change(made)
    made.save(out, **how)
    return out.getvalue()


def signed_pdf(n: int = 1) -> bytes:
    """Make a PDF with a signature field of another program."""

    def sign(made: pikepdf.Pdf) -> None:
        value = pikepdf.Dictionary(Type=pikepdf.Name.Sig, Filter=pikepdf.Name("/Adobe.PPKLite"))
        box = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="Signature1", V=made.make_indirect(value))
        made.Root.AcroForm = pikepdf.Dictionary(Fields=[made.make_indirect(box)], SigFlags=3)

    return pdf(n, sign)


def with_part(content: bytes, name: str, part: bytes = b"x") -> bytes:
    """Add a part to an Office file."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, part)
    return out.getvalue()


def plant(made: Binder) -> dict[int, str]:
    """Put twenty faults into twenty rows; gives for each row, as the spreadsheet counts, the column that is wrong."""
    rows, expected = made.rows, {}

    def fault(at: int, column: str, value: Any) -> None:
        rows[at][column] = value
        expected[at + 2] = column

    fault(0, "File", "word/not there.docx")
    fault(2, "File", made.put("word/named wrongly.docx", pdf(900)))
    fault(4, "Signed scan", made.put("scans/locked.pdf", pdf(901, encryption=pikepdf.Encryption(owner="o", user="u"))))
    fault(6, "Signed scan", made.put("scans/torn.pdf", pdf(902)[:120]))
    fault(8, "File", made.put("word/macros.docx", with_part(word("macros"), "word/vbaProject.bin")))
    fault(10, "SHA-256 of file", "0" * 64)
    fault(12, "Number", "SOP-015.09")  # the number of row 16
    expected[16] = "Number"
    fault(16, "Number", "SOP-17")
    fault(18, "Number", "WI-019.01")
    fault(20, "Owner", "An Author")
    fault(22, "Department", "Quality Contrl")
    fault(24, "Class", "Recipe")
    fault(26, "Effective since", "2999-01-01")
    fault(28, "Effective since", 44348)  # the first of June 2021, as spreadsheets count
    fault(30, "Title", '=CONCATENATE("Proce","dure")')
    fault(32, "Title", None)
    fault(34, "Title", "long " * 70)
    fault(36, "Signed scan", "../../etc/passwd")
    fault(38, "Signed scan", f"scans/{'x' * 300}.pdf")
    made.write()
    return expected

"""The only place that writes a review pack as a workbook: for people with a spreadsheet, who must not run what somebody typed."""

from __future__ import annotations

import io
import re
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from indelible.assurance.reviewing import figures, paper
from indelible.assurance.reviewing.figures import Pack
from indelible.practice.panels import Table
from indelible.practice.queries import Viewer

NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
LONGEST_NAME, WIDEST = 31, 60  # a sheet's name as the format allows it, a column in characters


def xlsx(view: Viewer, pack: Pack) -> bytes:
    """Give a pack as a workbook: what it is of, then a sheet for each table; nothing in it is a formula."""
    book = Workbook()
    first = book.active
    first.title = "Review"
    for name, value in {**paper.about(view, pack), "How to read it": figures.SAID}.items():
        _row(first, [name, value])
    _widths(first)
    names = {first.title}
    for table in pack.tables:
        _sheet(book.create_sheet(_name(table.title, names)), table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(sheet: Any, table: Table) -> None:
    _row(sheet, table.columns)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    numeric = [table.counts(at) for at in range(len(table.columns))]
    for row in table.rows:
        _row(sheet, [int(cell.text) if is_number else cell.text for cell, is_number in zip(row, numeric, strict=True)])
    _widths(sheet)


def _row(sheet: Any, values: Any) -> None:
    sheet.append([ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value for value in values])
    for cell in sheet[sheet.max_row]:
        if isinstance(cell.value, str):
            cell.data_type = "s"  # what begins as a formula is a text, and is kept as one when somebody edits it
            cell.quotePrefix = True
            cell.alignment = Alignment(vertical="top", wrap_text=True)


def _widths(sheet: Any) -> None:
    for at, column in enumerate(sheet.columns, 1):
        longest = max((len(str(cell.value)) for cell in column if cell.value is not None), default=0)
        sheet.column_dimensions[get_column_letter(at)].width = min(longest + 2, WIDEST)


def _name(title: str, taken: set[str]) -> str:
    """Give a sheet's name: without what the format forbids, short enough, and not taken."""
    plain = NOT_IN_NAMES.sub(" ", title).strip("' ")
    name, count = plain[:LONGEST_NAME], 1
    while name.casefold() in {one.casefold() for one in taken}:
        count += 1
        name = f"{plain[: LONGEST_NAME - 4]} {count}"
    taken.add(name)
    return name

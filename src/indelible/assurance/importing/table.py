"""The only place that reads a spreadsheet that somebody brings: XLSX or CSV into cells that say what they were.

Nothing is computed and nothing is guessed: a formula stays a formula, a number in a date column stays a number, and both
are said to be so. Macros, archives that unpack too far and endless sheets are refused before they are read.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from indelible.infra import recognition
from indelible.infra.recognition import MEGABYTE, Unfit
from indelible.kernel.errors import Invalid, Missing

MOST_ROWS, MOST_COLUMNS, LARGEST = 20_000, 200, 50 * MEGABYTE
What = Literal["text", "number", "date", "formula", "error"]
SAID: dict[str, What] = {"f": "formula", "e": "error"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, and what it was in the sheet."""

    text: str
    what: What = "text"


@dataclass(slots=True)
class Table:
    """A table that was read: its headings, and its rows by the number that the spreadsheet shows."""

    headings: list[str]
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)


def read(path: Path, sheet: str = "") -> Table:
    """Read a table; raises Invalid in words for what cannot be read as one."""
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        raise _unreadable(path, "is neither .xlsx nor .csv", "Save the table as .xlsx or as .csv in UTF-8.")
    if path.stat().st_size > LARGEST:
        raise _unreadable(path, f"is larger than {LARGEST // MEGABYTE} MB", "Split it into several tables.")
    try:
        recognition.media_type(path, path.name, suffix[1:])
        found = _workbook(path, sheet) if suffix == ".xlsx" else _text(path)
    except Unfit as unfit:
        raise Invalid(rule="import_table", text=unfit.text, missing=(Missing(unfit.wanted),)) from None
    found.rows = [(number, cells) for number, cells in found.rows if any(cell.text for cell in cells)]
    _judge(path, found)
    return found


def _judge(path: Path, found: Table) -> None:
    named = [heading for heading in found.headings if heading]
    if not named:
        raise _unreadable(path, "has no headings in its first row", "Write the name of each column into row 1.")
    doubled = sorted({heading for heading in named if named.count(heading) > 1})
    if doubled:
        raise _unreadable(path, f"has two columns called {', '.join(doubled)}", "Give each column its own heading.")
    for number, cells in found.rows:
        lost = [at for at, cell in enumerate(cells) if cell.text and (at >= len(found.headings) or not found.headings[at])]
        if lost:
            raise _unreadable(
                path, f"has a value without a heading in row {number}", "Name the column, or take the value away."
            )


def _workbook(path: Path, sheet: str) -> Table:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError, OSError, TypeError) as problem:
        raise _unreadable(
            path, f"cannot be read as a workbook ({type(problem).__name__})", "Save it anew as .xlsx."
        ) from None
    try:
        names = [one.title for one in book.worksheets]
        if sheet and sheet not in names:
            raise _unreadable(path, f"has no sheet called {sheet}; it has {', '.join(names)}", "Name one of them.")
        chosen = book[sheet] if sheet else book.worksheets[0]
        chosen.reset_dimensions()
        rows = _limited(path, ([_cell(one) for one in row] for row in chosen.iter_rows(max_col=MOST_COLUMNS)))
    except (zipfile.BadZipFile, KeyError, ValueError, ParseError, IndexError) as problem:
        raise _unreadable(
            path, f"cannot be read as a workbook ({type(problem).__name__})", "Save it anew as .xlsx."
        ) from None
    finally:
        book.close()
    return _table(rows, [name for name in names if name != chosen.title])


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell("")
    if cell.data_type in SAID:
        return Cell(str(getattr(value, "text", value)), SAID[cell.data_type])
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, (int, float)):
        whole = Decimal(str(value))
        return Cell(format(whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole, "f"), "number")
    return _written(value)


def _written(value: Any) -> Cell:
    if isinstance(value, datetime):
        return Cell(value.date().isoformat() if value.time() == time() else value.isoformat(timespec="minutes"), "date")
    if isinstance(value, (date, time)):
        return Cell(value.isoformat(), "date")
    return Cell(str(value).strip())


def _text(path: Path) -> Table:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise _unreadable(path, f"is not UTF-8 at byte {problem.start + 1}", "Save it as CSV in UTF-8.") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = _limited(path, ([_typed(value) for value in row] for row in reader))
    except csv.Error as problem:
        raise _unreadable(path, f"cannot be read as CSV near line {reader.line_num}: {problem}", "Save it anew.") from None
    return _table(rows, [])


def _typed(value: str) -> Cell:
    # In a text file nothing is computed; a spreadsheet that opened it would, so what it shows there is not what stands here.
    return Cell(value.strip(), "formula" if value.lstrip().startswith("=") else "text")


def _limited(path: Path, rows: Iterable[list[Cell]]) -> list[list[Cell]]:
    found = []
    for row in rows:
        found.append(row)
        if len(found) > MOST_ROWS + 1 or len(row) > MOST_COLUMNS:
            raise _unreadable(path, f"has more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns", "Split it.")
    return found


def _table(rows: list[list[Cell]], others: list[str]) -> Table:
    headings = [" ".join(cell.text.split()) for cell in rows[0]] if rows else []
    while headings and not headings[-1]:
        headings.pop()
    return Table(headings, list(_numbered(rows[1:])), others)


def _numbered(rows: list[list[Cell]]) -> Iterator[tuple[int, list[Cell]]]:
    yield from enumerate(rows, 2)


def _unreadable(path: Path, what: str, do: str) -> Invalid:
    return Invalid(rule="import_table", text=f"{path.name} {what}.", missing=(Missing(do, field="table"),), do=do)

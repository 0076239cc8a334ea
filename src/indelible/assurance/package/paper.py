"""The only place that sets a document of the package on pages (PDF/A-3a, PDF/UA-1), its data inside the same file."""

from __future__ import annotations

import io
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf

from indelible.assurance.package.pages import LIST, PAIRS, TABLE, Document
from indelible.assurance.rendition.glyphs import printable_tree
from indelible.infra.pdf import Attachment, PdfFailed, compile_pdf

LONG_WORD = re.compile(r"([^\s-]{15,})")  # after a hyphen a line may end anyway
LONG_ROW = 22  # lines of one cell from which a row may be split between two pages
PER_LINE = {True: 190, False: 128}  # letters that fit across a page, wide or not, in the widest face that tables have
LONG_CONTENTS = 60


def pdf(document: Document, data: dict[str, Any], source: bytes, *, name: str, at: datetime) -> bytes:
    """Give the pages of a document: its plain data, the same as JSON to embed under a name, the time for its dates.

    The same input gives the same bytes. Raises PdfFailed when the typesetter is broken, never because of a character.
    """
    carried = [Attachment(name, "application/json", source, "source")]
    drawings = {file: svg.encode() for file, svg in document.drawings.items()}
    shown = data | {"wide": document.wide, "long_contents": len(document.chapters) > LONG_CONTENTS}
    try:
        return compile_pdf(_template(), _laid(printable_tree(shown)), at=at, attachments=carried, pictures=drawings)
    except PdfFailed:
        strict = _laid(printable_tree(shown, strict=True))
        return compile_pdf(_template(), strict, at=at, attachments=carried, pictures=drawings)


def count(content: bytes) -> int:
    """Count the pages of a PDF."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return len(document.pages)


def _laid(data: dict[str, Any]) -> dict[str, Any]:
    """Give the data as the template wants it: words that are too long for a column marked, rows that may split named."""
    front = data["front"] | {name: _block(data["front"][name], wide=data["wide"]) for name in ("signatures", "revisions")}
    front |= {"identity": _texts(front["identity"]), "references": _texts(front["references"])}
    chapters = [one | {"blocks": [_block(block, wide=data["wide"]) for block in one["blocks"]]} for one in data["chapters"]]
    return data | {
        "front": front,
        "first": [_block(block, wide=data["wide"]) for block in data["first"]],
        "chapters": chapters,
    }


def _lines(text: str, letters: float) -> float:
    return len(text) / letters + text.count("\n") + 1


def _block(block: dict[str, Any], *, wide: bool) -> dict[str, Any]:
    if block["kind"] == TABLE:
        room = [max(PER_LINE[wide] * share / sum(block["widths"]), 1) for share in block["widths"]]
        long = [
            any(_lines(cell, letters) > LONG_ROW for cell, letters in zip(row, room, strict=True)) for row in block["rows"]
        ]
        return block | {"rows": _texts(block["rows"]), "columns": _texts(block["columns"]), "long": long}
    if block["kind"] == PAIRS:
        return block | {"rows": _texts(block["rows"])}
    if block["kind"] == LIST:
        return block | {"items": _texts(block["items"])}
    return block | {"text": _texts(block["text"])} if "text" in block else block


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        return _pieces(value)
    return [_texts(one) for one in value]


def _pieces(text: str) -> Any:
    """Give a text as it is, or in pieces, where its long words are lists of one: those may break anywhere."""
    if not LONG_WORD.search(text):
        return text
    return [[piece] if LONG_WORD.fullmatch(piece) else piece for piece in LONG_WORD.split(text) if piece]


@cache
def _template() -> str:
    return Path(__file__).with_name("package.typ").read_text(encoding="utf-8")

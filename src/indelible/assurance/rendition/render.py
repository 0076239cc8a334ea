"""The only place that makes the printed copy of a record: its data on pages, and inside the same file.

What a reader sees and what a program reads come from one value. The JSON is attached as the source of the
pages (PDF/A-3, AFRelationship Source) in canonical form, so its hash can be compared anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno

from indelible.assurance.rendition.data import RenditionData
from indelible.assurance.rendition.glyphs import printable_tree
from indelible.infra import canonical
from indelible.infra.pdf import Attachment, PdfFailed, compile_pdf
from indelible.infra.pictures import Picture, Unprintable, printable

TEMPLATES = ("parts.typ", "template.typ")
SOURCE_NAME = "record.json"
LARGEST_ATTACHMENT = 5 * 1024 * 1024  # a copy must stay a thing that can be mailed and opened
LARGEST_SUM = 20 * 1024 * 1024
MOST_PICTURES = 100
PER_PIXEL, WIDEST, TALLEST = 25.4 / 120, 150, 190  # millimetres: what fits between the margins and inside a list


def render(
    data: RenditionData,
    *,
    at: datetime,
    attachments: Sequence[Attachment] = (),
    pictures: Mapping[str, bytes | None] | None = None,
) -> bytes:
    """Give the PDF of a record, its data attached as `record.json`; the same input gives the same bytes.

    In: the data; `at`, the server's time with zone, for the dates in the file; original files to embed; the bytes of
    the pictures that the texts show, by hash, None where they are gone: a line says of each why it is not shown. Files
    above 5 MB, or beyond 20 MB together, stay outside, and the list of files says of each whether it is
    inside. Raises PdfFailed when the typesetter is broken, never because of a character. Serves 11.10(b),
    11.50(b), Annex 11 8.1 and 8.2.
    """
    inside = _small(attachments)
    told, drawn = _pictures(pictures or {})
    shown = data.model_dump() | {"inside": _inside(data, inside), "qr": _code(data.address), "pictures": told}
    source = canonical.encode(data.model_dump(mode="json")).encode()
    carried = [Attachment(SOURCE_NAME, "application/json", source, "source"), *inside]
    try:
        return compile_pdf(_template(), printable_tree(shown), at=at, attachments=carried, pictures=drawn)
    except PdfFailed:
        # Each character alone can be drawn, but a font may lack a combination: then code points, not failure.
        return compile_pdf(_template(), printable_tree(shown, strict=True), at=at, attachments=carried, pictures=drawn)


def _code(address: str) -> str:
    """Give an address as a drawing that a phone reads; nothing for none."""
    return str(segno.make(address, error="m", micro=False).svg_inline(border=2)) if address else ""


def _pictures(given: Mapping[str, bytes | None]) -> tuple[dict[str, dict[str, Any]], dict[str, bytes]]:
    """Give what the template knows of each picture, and the files of those that it can show."""
    told: dict[str, dict[str, Any]] = {}
    drawn: dict[str, bytes] = {}
    for index, (sha256, content) in enumerate(sorted(given.items())):
        try:
            made = _made(index, content)
        except Unprintable as problem:
            told[sha256] = {"wrong": str(problem)}
            continue
        name = f"picture-{index}.{made.suffix}"
        fitting = min(PER_PIXEL, WIDEST / made.width, TALLEST / made.height)
        told[sha256] = {"file": name, "width": max(1, round(made.width * fitting))}
        drawn[name] = made.content
    return told, drawn


def _made(index: int, content: bytes | None) -> Picture:
    if content is None:
        raise Unprintable("not printed, its bytes are not in the file store")
    if index >= MOST_PICTURES:
        raise Unprintable(f"not printed, one copy shows at most {MOST_PICTURES} pictures")
    return printable(content)


def _small(attachments: Sequence[Attachment]) -> list[Attachment]:
    kept, total = [], 0
    for attachment in attachments:
        size = len(attachment.content)
        if size <= LARGEST_ATTACHMENT and total + size <= LARGEST_SUM:
            kept.append(attachment)
            total += size
    return kept


def _inside(data: RenditionData, attachments: Sequence[Attachment]) -> list[bool]:
    """Say for each file of the record whether exactly its bytes are inside; a name would prove nothing."""
    hashes = {hashlib.sha256(attachment.content).hexdigest() for attachment in attachments}
    return [file.sha256 in hashes for file in data.files]


@cache
def _template() -> str:
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in TEMPLATES)

"""What the tests of printed copies share: a whole record as data, and ways to read a PDF back."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta, timezone
from typing import Any

import pypdf

from indelible.assurance.rendition import RenditionData, render

EASTERN = timezone(timedelta(hours=-5))
AT = datetime(2026, 11, 23, 14, 3, 22, tzinfo=EASTERN)
CONTENT = hashlib.sha256(b"the content").hexdigest()
MINUS = "\u2212"

SIGNATURE: dict[str, Any] = {
    "printed_name": "Aiko Tanabe",
    "title": "QA Manager",
    "meaning_label": "Reviewed",
    "meaning_sentence": "I checked the content.",
    "at": AT,
    "zone": "America/New_York",
    "method": "own session",
    "components": ["password", "one-time code"],
    "version_number": 3,
    "version_sha256_prefix": CONTENT[:16],
    "counts": True,
}
EVENT: dict[str, Any] = {
    "position": 3,
    "at": AT,
    "who": "Linh Tran",
    "roles": ["author"],
    "act_label": "Edited",
    "reason": "logger data added",
    "changes": [{"field": "Cause", "old": "Shipment was late.", "new": "The shipper left its range."}],
    "from_state": "Triage",
    "to_state": "Investigating",
    "voided_signatures": ["Siobhán O'Brien-Nakamura, authored"],
}
RECORD: dict[str, Any] = {
    "type_label": "Deviation",
    "number": "DEV-010",
    "revision": "04",
    "title": "Post-thaw viability 61 % against ≥ 70 %",
    "state_label": "Investigating",
    "version_number": 3,
    "content_sha256": CONTENT,
    "baseline_hash": hashlib.sha256(b"baseline").hexdigest(),
    "build": "0.1.0+ab12cd34",
}
WHOLE: dict[str, Any] = {
    "environment": "DEMO",
    "company": {
        "name": "Halcyra Therapeutics, Inc.",
        "address": "Framingham MA",
        "letterhead": "Quality Unit",
    },
    "record": RECORD,
    "watermark": "DRAFT",
    "printed_by": "Dana Whitfield",
    "printed_at": AT,
    "zone": "America/New_York",
}


def data(**parts: Any) -> RenditionData:
    return RenditionData(**{**WHOLE, **parts})


def field(text: str = "x", **parts: Any) -> dict[str, Any]:
    return {"label": "Description", "kind": "text", "text": text, **parts}


def reader(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in reader(pdf).pages]


def text_of(**parts: Any) -> str:
    """Give the text of a copy as one line: where a line breaks is not what these tests are about."""
    return flat("\n".join(pages(render(data(**parts), at=AT))))


def flat(text: str) -> str:
    return " ".join(text.split())


def heights(page: pypdf.PageObject, words: str) -> list[float]:
    """Give how high above the lower edge of the page each occurrence of `words` stands."""
    found: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        if words in text:
            found.append(tm[4] * cm[1] + tm[5] * cm[3] + cm[5])

    page.extract_text(visitor_text=visit)
    return found

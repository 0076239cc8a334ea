"""Short ways for tests of searching: indexed homes, files with text in them, and what somebody finds."""

from __future__ import annotations

import io

import docx

from indelible.kernel import sequencer
from indelible.practice import indexing, searching, uploads
from indelible.practice.searching import Asked, Hit
from tests.homes import TestHome


def word(*paragraphs: str, cell: str = "") -> bytes:
    """Make a real Word file."""
    document, out = docx.Document(), io.BytesIO()
    for text in paragraphs:
        document.add_paragraph(text)
    if cell:
        document.add_table(1, 1).cell(0, 0).text = cell
    document.save(out)
    return out.getvalue()


def pdf(text: str) -> bytes:
    """Make a real PDF with one line of text, byte by byte."""
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]  # fmt: skip
    out, places = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, io.SEEK_END)
    for number, part in enumerate(parts, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, part))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start))
    return out.getvalue()


def bring(home: TestHome, user: str, name: str, content: bytes) -> str:
    """Bring a file as a person; gives its hash."""
    return uploads.receive(home.people[user], name, [content]).sha256


def index() -> None:
    """Do what the process beside the web does until there is nothing left to read."""
    sequencer.drain()
    indexing.follow()
    while indexing.read_next_file():
        pass


def hits(home: TestHome, user: str, text: str, **narrowed: object) -> list[Hit]:
    """Search as a person, through all pages."""
    view, cursor = home.view(user), None
    found: list[Hit] = []
    while True:
        page = searching.find(view, Asked(text, **narrowed), cursor=cursor)  # type: ignore[arg-type]
        found += page.hits
        cursor = page.next
        if cursor is None:
            return found


def numbers(home: TestHome, user: str, text: str, **narrowed: object) -> list[str]:
    """Search as a person; gives the numbers of what was found, in order."""
    return [hit.record.number for hit in hits(home, user, text, **narrowed)]


def said(hit: Hit) -> str:
    """Give a piece of text with its marks as a person sees it."""
    return "".join(f"[{text}]" if marked else text for text, marked in hit.pieces)

"""The only place that turns a word processor's file into authored text, and authored text into such a file.

The original is kept as it came; the text is a new thing that its author reads before saving it. What the text
cannot carry is named, not dropped in silence. Raw HTML in the file stays text.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

import docx
import mammoth
from bs4 import BeautifulSoup, Tag
from docx.document import Document
from docx.text.paragraph import Paragraph
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from markdownify import MarkdownConverter

WORKING_COPY = "Working copy, not controlled"
LONGEST_CELL = 10_000
_READER = MarkdownIt("commonmark", {"html": False}).enable("table")
_STYLES = "\n".join([
    "p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh", "u => em", "strike => s",
    "p[style-name='Quote'] => blockquote > p:fresh", "p[style-name='Intense Quote'] => blockquote > p:fresh",
    *(f"p[style-name='List {word} 2'] => ul|ol > li > {tag} > li:fresh" for word, tag in (("Bullet", "ul"), ("Number", "ol"))),
    *(f"p[style-name='List {word} 3'] => ul|ol > li > ul|ol > li > {tag} > li:fresh" for word, tag in (("Bullet", "ul"), ("Number", "ol"))),
])  # fmt: skip
_PARTS = (
    (re.compile(r"word/(foot|end)notes\.xml"), "Footnotes stand at the end of the text."),
    (re.compile(r"word/comments\.xml"), "Comments of the file were left out."),
    (re.compile(r"word/(header|footer)\d*\.xml"), "Headers and footers were left out; the printed copy has its own."),
)
_TRACKED = "Tracked insertions were taken over as plain text, and tracked deletions left out."
_MERGED = "Merged table cells were split: the first one carries the text."
_DRAWN = "Charts, drawings and embedded objects were left out: bring them as a picture or keep the file."
_MARKS = {
    b"<w:ins ": _TRACKED,
    b"<w:del ": _TRACKED,
    b"<w:moveFrom ": _TRACKED,
    b"<w:txbxContent": "Text boxes were moved into the running text.",
    b"<m:oMath": "Formulas were left out: bring them as a picture or keep the file.",
    b"<c:chart": _DRAWN,
    b"<dgm:relIds": _DRAWN,
    b"<w:object": _DRAWN,
    b"<w:gridSpan": _MERGED,
    b"<w:vMerge": _MERGED,
}


class Unreadable(Exception):
    """The file cannot be read as a word processor's document; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Authored text (Markdown) made from a file, and what of the file it does not carry."""

    text: str
    warnings: tuple[str, ...]


def from_docx(content: bytes) -> Converted:
    """Give the text of a DOCX with a warning for everything that was changed or left out; raises Unreadable."""
    try:
        warnings = [*_losses(content)]
        found = mammoth.convert_to_html(
            io.BytesIO(content), style_map=_STYLES, convert_image=mammoth.images.img_element(_picture)
        )
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        etree.LxmlError,
        ExpatError,
        RecursionError,
        AttributeError,
    ) as problem:
        raise Unreadable("It cannot be read as a DOCX: open it in a word processor and save it anew.") from problem
    page = BeautifulSoup(found.value, "html.parser")
    if pictures := page.find_all("img"):
        warnings.append(
            f"{len(pictures)} picture{'s were' if len(pictures) > 1 else ' was'} left out: keep the file, or attach them."
        )
    for table in page.find_all("table"):
        _with_head(table)
    text = _Writer(heading_style="ATX", bullets="-", strip=["img", "a"]).convert_soup(page)
    return Converted(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", tuple(dict.fromkeys(warnings)))


def to_docx(text: str, *, title: str, number: str) -> bytes:
    """Give authored text as a DOCX to work on elsewhere: marked as a working copy on each page."""
    document = docx.Document()
    document.core_properties.title, document.core_properties.identifier = title, number
    document.sections[0].header.paragraphs[0].text = f"{number} {title}. {WORKING_COPY}."
    for node in SyntaxTreeNode(_READER.parse(_readable(text))).children:
        _write(document, node)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _readable(text: str) -> str:
    # XML knows no control characters and no half of a surrogate pair.
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)


def _losses(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        main = archive.read("word/document.xml")
        own = any(WORKING_COPY.encode() in archive.read(name) for name in names if name.startswith("word/header"))
    left = {name for name in names if not (own and name.startswith("word/header"))}
    yield from (said for part, said in _PARTS if any(map(part.fullmatch, left)))
    yield from (said for mark, said in _MARKS.items() if mark in main)


def _picture(_image: Any) -> dict[str, str]:
    return {"src": ""}


def _with_head(table: Tag) -> None:
    # Markdown knows no table without a head, and a first row of plain cells is one in most procedures.
    first = table.find("tr")
    if isinstance(first, Tag) and not first.find("th"):
        for cell in first.find_all("td"):
            cell.name = "th"


class _Writer(MarkdownConverter):
    """Markdown in which a table's cell stays one cell, and what looks like HTML stays text."""

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return str(super().escape(text, parent_tags)).replace("<", "\\<") if "pre" not in parent_tags else text  # type: ignore[misc]

    def convert_td(self, _el: Tag, text: str, parent_tags: set[str]) -> str:
        return self._cell(text)

    def convert_th(self, _el: Tag, text: str, parent_tags: set[str]) -> str:
        return self._cell(text)

    def _cell(self, text: str) -> str:
        plain = re.sub(r"\s+", " ", text[:LONGEST_CELL]).strip()
        return f" {plain.replace('|', chr(92) + '|')} |"


def _write(document: Document, node: SyntaxTreeNode, level: int = 1) -> None:
    """Write one block; what has no style of its own becomes a paragraph, so that no word is lost."""
    match node.type:
        case "heading":
            _words(document.add_heading(level=min(9, int(node.tag[1]))), node)
        case "paragraph":
            _words(document.add_paragraph(), node)
        case "bullet_list" | "ordered_list":
            _list(document, node, level)
        case "table":
            _table(document, node)
        case "fence" | "code_block":
            document.add_paragraph(node.content.rstrip("\n"), style="Intense Quote")
        case "blockquote":
            for child in node.children:
                _words(document.add_paragraph(style="Quote"), child)
        case "hr":
            document.add_paragraph("* * *")
        case _:
            document.add_paragraph(node.content)


def _list(document: Document, node: SyntaxTreeNode, level: int) -> None:
    style = ("List Bullet" if node.type == "bullet_list" else "List Number") + ("" if level == 1 else f" {min(level, 3)}")
    for item in node.children:
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                _list(document, child, level + 1)
            else:
                _words(document.add_paragraph(style=style), child)


def _table(document: Document, node: SyntaxTreeNode) -> None:
    rows = [row for part in node.children for row in part.children]
    table = document.add_table(len(rows), max(len(row.children) for row in rows), style="Table Grid")
    for place, row in enumerate(rows):
        for column, cell in enumerate(row.children):
            _words(table.cell(place, column).paragraphs[0], cell)


def _words(paragraph: Paragraph, node: SyntaxTreeNode) -> None:
    for part in node.children:
        _runs(paragraph, part.children if part.type == "inline" else [part], frozenset())


def _runs(paragraph: Paragraph, parts: Iterable[SyntaxTreeNode], looks: frozenset[str]) -> None:
    for part in parts:
        if part.type in ("softbreak", "hardbreak"):
            paragraph.add_run("\n" if part.type == "hardbreak" else " ")
        elif part.children and part.type != "image":
            _runs(paragraph, part.children, looks | {part.type})
        else:
            run = paragraph.add_run(part.content)
            run.bold, run.italic = "strong" in looks or None, "em" in looks or None

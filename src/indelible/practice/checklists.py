"""The only place that reads a table of Markdown into the rows of a table field: the checklists that a company copies and changes."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt

from indelible.kernel.parts import Column

_READER = MarkdownIt("commonmark").enable("table")


class NoTable(ValueError):
    """What keeps a text from being the rows of a field, in words."""


def rows(text: str, columns: Sequence[Column]) -> list[dict[str, str]]:
    """Give the rows of the tables in a text, by column; raises NoTable where a heading is no column of text, or there is no row."""
    names = {column.label.casefold(): column.name for column in columns if column.kind == "text"}
    tokens, found = _READER.parse(text), []
    headings: list[str] = []
    cells: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "thead_open":
            headings = []
        elif token.type == "th_open":
            headings.append(_named(tokens[at + 1].content, names))
        elif token.type == "td_open":
            cells.append(tokens[at + 1].content.strip())
        elif token.type == "tr_close" and cells:
            found.append({name: cell for name, cell in zip(headings, cells, strict=True) if cell})
            cells = []
    if not any(found):
        raise NoTable("There is no table with a row here; write one whose headings are columns of the field.")
    return found


def _named(heading: str, names: dict[str, str]) -> str:
    if (name := names.get(heading.strip().casefold())) is None:
        raise NoTable(f"{heading.strip()[:60]!r} is no column of text; known: {', '.join(sorted(names))}.")
    return name

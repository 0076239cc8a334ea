"""Reads the text out of one file, as a program of its own with little time and memory: what it reads may be hostile.

It is run by `extraction` and imports nothing of ours. `python extracting.py KIND PATH` writes JSON: a list of blocks
`{"kind": "heading" | "paragraph" | "table", "level", "text", "rows"}`.
"""

from __future__ import annotations

import importlib
import json
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS, MEMORY = 20, 1_500_000_000
MOST = 1_000_000  # characters; a procedure of 60 pages has 200,000
BLANK = re.compile(r"\n\s*\n")

Found = dict[str, Any]


def word(path: Path) -> Iterator[Found]:
    """Give headings, paragraphs and tables of a DOCX in their order."""
    docx = importlib.import_module("docx")  # the one reader that is needed: importing both takes a second
    for part in docx.Document(str(path)).iter_inner_content():
        if hasattr(part, "rows"):
            yield {"kind": "table", "rows": [[cell.text for cell in row.cells] for row in part.rows]}
        elif part.text.strip():
            name = str(part.style.name if part.style else "")
            level = name.removeprefix("Heading ")
            if name == "Title" or level.isdigit():
                yield {"kind": "heading", "level": int(level) if level.isdigit() else 1, "text": part.text}
            else:
                yield {"kind": "paragraph", "text": part.text}


def pages(path: Path) -> Iterator[Found]:
    """Give the paragraphs of a PDF, page by page."""
    pypdf = importlib.import_module("pypdf")
    for page in pypdf.PdfReader(str(path)).pages:
        yield from _paragraphs(page.extract_text())


def written(path: Path) -> Iterator[Found]:
    """Give the paragraphs of a plain text."""
    yield from _paragraphs(path.read_text(encoding="utf-8", errors="replace"))


def _paragraphs(text: str) -> Iterator[Found]:
    return ({"kind": "paragraph", "text": part} for part in BLANK.split(text) if part.strip())


WAYS = {"docx": word, "pdf": pages, "text": written}


def main(kind: str, path: str) -> None:
    """Write the blocks of one file, as many as fit."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    found, size = [], 0
    for block in WAYS[kind](Path(path)):
        size += len(block.get("text", "")) + sum(len(cell) for row in block.get("rows", ()) for cell in row)
        if size > MOST:
            break
        found.append(block)
    sys.stdout.write(json.dumps({"blocks": found, "whole": size <= MOST}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

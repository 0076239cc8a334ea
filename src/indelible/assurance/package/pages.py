"""The only place that says what a document of the package consists of, before it is set on pages or written as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LEAD, PAIRS, TABLE, NOTE, LIST, BLANKS, DRAWING = "lead", "pairs", "table", "note", "list", "blanks", "drawing"
Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter or, with a level below the first, a part of one; `apart` begins on a page of its own."""

    title: str
    blocks: Sequence[Block] = ()
    level: int = 1
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document: its code (OQR), title, front matter by name, and chapters; `first` stands on page one."""

    code: str
    title: str
    chapters: Sequence[Chapter]
    abbreviations: Sequence[str] = ()
    references: Sequence[str] = ()
    signers: Sequence[tuple[str, str]] = ()  # who is to sign: (as what, meaning)
    first: Sequence[Block] = ()
    wide: bool = False
    numbered: bool = True
    drawings: dict[str, str] = field(default_factory=dict)  # SVG by name of file

    def data(self, front: dict[str, Any]) -> dict[str, Any]:
        """Give all of it as plain data with its front matter."""
        chapters = [
            {"title": title, "level": one.level, "apart": one.apart, "blocks": list(one.blocks)}
            for one, title in zip(self.chapters, self._titles(), strict=True)
        ]
        return {"front": front, "first": list(self.first), "chapters": chapters}

    def _titles(self) -> list[str]:
        """Number chapters and their parts: 1, 1.1, 1.2, 2."""
        counts = [0, 0]
        told = []
        for one in self.chapters:
            counts = [counts[0] + 1, 0] if one.level == 1 else [counts[0], counts[1] + 1]
            number = str(counts[0]) if one.level == 1 else f"{counts[0]}.{counts[1]}"
            told.append(f"{number} {one.title}" if self.numbered and one.level < 3 else one.title)
        return told


def lead(text: str) -> Block:
    """Give a paragraph."""
    return {"kind": LEAD, "text": text}


def note(text: str, tone: str = "warn") -> Block:
    """Give a sentence in a frame; tones are warn, bad, good."""
    return {"kind": NOTE, "text": text, "tone": tone}


def listed(items: Sequence[str]) -> Block:
    """Give a list."""
    return {"kind": LIST, "items": list(items)}


def pairs(rows: Sequence[tuple[str, str]], *, sticky: bool = False) -> Block:
    """Give names with values; `sticky` keeps them on the page of what follows."""
    return {"kind": PAIRS, "rows": [list(row) for row in rows], "sticky": sticky}


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str, title: str = "", widths: Sequence[float] = ()) -> Block:  # fmt: skip
    """Give a table; widths are shares of the page and, where none are given, follow from the texts; `empty` stands for no row."""
    shares = list(widths) or weights(columns, rows)
    return {
        "kind": TABLE,
        "title": title,
        "columns": list(columns),
        "rows": [list(row) for row in rows],
        "widths": shares,
        "empty": empty,
    }


def blanks(rows: Sequence[tuple[str, str]]) -> Block:
    """Give places for signatures in ink: (as what, meaning)."""
    return {"kind": BLANKS, "rows": [list(row) for row in rows]}


def drawing(file: str, described: str) -> Block:
    """Give a drawing with its text for those who do not see it."""
    return {"kind": DRAWING, "file": file, "described": described}


def weights(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Give each column a share of the width: long texts get room, short words keep theirs."""
    found: list[float] = []
    for at, column in enumerate(columns):
        texts = [row[at] for row in rows]
        longest = max((len(text) for text in texts), default=0)
        word = max((len(word) for text in [*texts, column] for word in text.split()), default=1)
        found.append(4.0 + max(min(longest, 70), min(word, 22) + 3))
    return found


def encoded(data: Any) -> bytes:
    """Write plain data as JSON whose bytes depend on nothing else."""
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def sha256(content: bytes) -> str:
    """Give the SHA-256 (hex) of bytes."""
    return hashlib.sha256(content).hexdigest()

"""The only place that reads authored Markdown as a row of blocks: headings, paragraphs, items, code, tables.

Each block knows its source lines, so joining them gives the text again, and its anchor, which is made of what it
says: it stays the same wherever the block moves and whatever is changed elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from indelible.practice.redline.words import Mark, Word, plain, split

MOST_LINES = 6_000  # 60 pages have about 3,000
DEEPEST = 20  # beyond this nesting the parser drops content without a word
_READER = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("table")
_FRAMES = {"bullet_list_open": "bullet", "ordered_list_open": "ordered", "blockquote_open": "quote"}
_SET = {"strong_open": "strong", "em_open": "em"}

Cells = tuple[tuple[Word, ...], ...]


@dataclass(frozen=True)
class Block:
    """One block of a text. `frame` names the lists and quotes around it, `note` what else is visible of it."""

    kind: str
    words: tuple[Word, ...] = ()
    rows: tuple[Cells, ...] = ()
    level: int = 0
    frame: tuple[str, ...] = ()
    note: str = ""
    label: str = ""
    token: int = -1
    index: int = 0
    anchor: str = ""
    source: str = ""

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """Give what two blocks that read the same have in common."""
        return (self.kind, self.level, self.frame, self.note, self.words, self.rows)

    @cached_property
    def text(self) -> str:
        """Give the words as plain text; the cells of a table stand between bars."""
        if self.kind == "table":
            return "\n".join(" | ".join(plain(cell).strip() for cell in row) for row in self.rows)
        return plain(self.words).strip()

    @property
    def all_words(self) -> Iterator[Word]:
        """Give every word of the block, also those in cells."""
        yield from self.words
        for row in self.rows:
            for cell in row:
                yield from cell


def read(text: str, pictures: Mapping[str, str] | None = None) -> list[Block]:
    """Read Markdown as blocks; `pictures` gives the SHA-256 of the files that the text may name as images.

    A text of very many lines, or nested so deeply that the parser would drop a part of it, is one block of its source.
    """
    tokens = _READER.parse(text) if text.count("\n") <= MOST_LINES else None
    if tokens is None or any(token.level >= DEEPEST - 1 for token in tokens):
        return settled([(Block("code", tuple(split(text, exact=True))), 0)], text)
    return of_tokens(tokens, text, pictures)


def of_tokens(tokens: Sequence[Token], text: str = "", pictures: Mapping[str, str] | None = None) -> list[Block]:
    """Give the blocks of a text that was parsed already; `token` of each is where it opens."""
    return settled(list(_Walk(tokens, pictures or {}).blocks()), text)


def lines_of(text: str) -> list[str]:
    """Give the lines of a text as the parser counts them, with their ends."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def paragraphs(text: str) -> list[Block]:
    """Read plain text: one block with its line breaks."""
    return settled([(Block("text", tuple(split(text, exact=True))), 0)], text) if text else []


def settled(found: list[tuple[Block, int]], text: str) -> list[Block]:
    """Number the blocks, give each its anchor, and let each have its lines and the empty ones before it."""
    seen: Counter[str] = Counter()
    lines, at, settled = lines_of(text), 0, []
    for index, (block, end) in enumerate(found):
        stem = hashlib.sha256(f"{block.kind}\0{block.text}".encode("utf-8", "backslashreplace")).hexdigest()[:12]
        seen[stem] += 1
        anchor = stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
        until = len(lines) if index == len(found) - 1 else max(at, end)
        settled.append(replace(block, index=index, anchor=anchor, source="".join(lines[at:until])))
        at = until
    return settled


class _Walk:
    """One pass over the tokens of one text; remembers the lists and quotes that are open."""

    def __init__(self, tokens: Sequence[Token], pictures: Mapping[str, str]) -> None:
        self.tokens, self.pictures = tokens, pictures
        self.frames: list[str] = []
        self.counts: list[int] = []  # of open lists: the number of the next item, -1 where they have none
        self.item = -1  # where the item that has no block yet opens

    def blocks(self) -> Iterator[tuple[Block, int]]:
        """Give each block with the line at which it ends."""
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.type == "table_open":
                at, block = self._table(at)
                yield block, _end(token)
            elif token.type == "inline":
                yield self._inline(at), _end(token)
            elif token.type in ("fence", "code_block"):
                words = tuple(split(token.content, exact=True))
                yield self._block("code", at, words=words, note=token.info.strip()), _end(token)
            elif token.type == "hr":
                yield self._block("rule", at), _end(token)
            elif token.type == "list_item_close" and self.item >= 0:
                yield self._block("item", at), 0
            else:
                self._around(at, token)
            at += 1

    def _around(self, at: int, token: Token) -> None:
        """Follow the opening and closing of lists, items and quotes."""
        if token.type in _FRAMES:
            self.frames.append(_FRAMES[token.type])
            ordered = token.type == "ordered_list_open"
            self.counts.append(int(token.attrs.get("start", 1)) if ordered else -1)
        elif token.type in ("bullet_list_close", "ordered_list_close", "blockquote_close"):
            self.frames.pop()
            self.counts.pop()
        elif token.type == "list_item_open":
            self.item = at

    def _block(self, kind: str, at: int, **given: Any) -> Block:
        label = ""
        if self.item >= 0 and self.counts:
            label = "•" if self.counts[-1] < 0 else f"{self.counts[-1]}."
            self.counts[-1] += self.counts[-1] >= 0
            kind, at, self.item = "item" if kind == "paragraph" else kind, self.item, -1
        return Block(kind, frame=tuple(self.frames), label=label, token=at, **given)

    def _inline(self, at: int) -> Block:
        opening, words = self.tokens[at - 1], tuple(self._words(self.tokens[at]))
        if opening.type == "heading_open":
            return self._block("heading", at - 1, words=words, level=int(opening.tag[1]))
        return self._block("paragraph", at - 1, words=words)

    def _table(self, at: int) -> tuple[int, Block]:
        start, rows, aligns = at, [], []
        cells: list[tuple[Word, ...]] = []
        while self.tokens[at].type != "table_close":
            token = self.tokens[at]
            if token.type == "tr_open":
                cells = []
            elif token.type == "inline":
                cells.append(tuple(self._words(token)))
            elif token.type == "tr_close":
                rows.append(tuple(cells))
            elif token.type == "th_open":
                aligns.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
            at += 1
        note = ", ".join(aligns) if any(aligns) else ""
        return at, self._block("table", start, rows=tuple(rows), note=note)

    def _words(self, inline: Token) -> Iterator[Word]:
        marks: list[Mark] = []
        gap = ""
        for child in inline.children or ():
            if child.type in ("softbreak", "hardbreak"):
                gap = " "
                if child.type == "hardbreak":
                    yield Word("", "\u21b5", (("break",),))
            elif child.type == "image":
                yield Word(gap, child.content or "image", (*marks, self._image(child)))
                gap = ""
            elif child.type.endswith("_close"):
                marks.pop()
            elif child.type.endswith("_open"):
                marks.append((_SET.get(child.type, "link"), *_address(child)))
            else:
                code: tuple[Mark, ...] = (("code",),) if child.type == "code_inline" else ()
                pieces = split(child.content, (*marks, *code))
                if pieces and gap:
                    pieces[0] = pieces[0]._replace(gap=gap)
                    gap = ""
                yield from pieces

    def _image(self, child: Token) -> Mark:
        source = str(child.attrs.get("src", ""))
        name = unquote(source)
        return ("image", self.pictures.get(name, name), name)


def _address(child: Token) -> tuple[str, ...]:
    if child.type != "link_open":
        return ()
    title = str(child.attrs.get("title", ""))
    return (str(child.attrs.get("href", "")), *([title] if title else []))


def _end(token: Token) -> int:
    return token.map[1] if token.map else 0

"""The only place that draws a comparison as HTML: words, blocks, tables, images. All of it is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from indelible.practice.redline.blocks import Block
from indelible.practice.redline.tables import Row, TableChange
from indelible.practice.redline.texts import BlockChange
from indelible.practice.redline.words import Mark, Segment, Word

Context = dict[str, Any]
SAFE = ("http://", "https://", "mailto:")
AROUND = 2  # unchanged blocks shown beside a change; longer runs are folded
DEEPEST = 6
TAGS = {"strong": "strong", "em": "em", "code": "code"}


@dataclass(frozen=True, slots=True)
class Pen:
    """How a redline is drawn: both sides in one column or beside each other, and where images lie."""

    beside: bool
    old: str
    new: str
    remark: str = ""  # where a block of the new side can be commented on

    def blocks(self, changes: Sequence[BlockChange]) -> SafeString:
        """Draw blocks in order; long unchanged runs are folded."""
        return _join(self._run(status == "same", list(run)) for status, run in groupby(changes, lambda c: c.status))

    def _run(self, same: bool, run: list[BlockChange]) -> SafeString:
        if not same or len(run) <= 2 * AROUND + 1:
            return _join(self.block(change) for change in run)
        folded = _join(self.block(change) for change in run[AROUND:-AROUND])
        count = len(run) - 2 * AROUND
        return _join([
            *(self.block(change) for change in run[:AROUND]),
            format_html('<details class="i-fold"><summary>{} unchanged</summary>{}</details>', _blocks_count(count), folded),
            *(self.block(change) for change in run[-AROUND:]),
        ])  # fmt: skip

    def block(self, change: BlockChange) -> SafeString:
        """Draw one block."""
        body = self._pair(change) if self.beside else self._inline(change)
        if change.status == "same":
            return body
        words = _noted(change)
        note = format_html('<p class="i-moved__from">{}</p>', words) if words else ""
        css = " i-moved" if change.moved else ""
        return format_html('<div class="i-change{}" data-change tabindex="-1">{}{}</div>', css, note, body)

    def value(self, segments: Sequence[Segment]) -> SafeString:
        """Draw a value that is no text of blocks."""
        if not self.beside:
            return format_html("<p>{}</p>", self.inline(segments))
        old, new = self.inline(segments, "ins"), self.inline(segments, "del")
        return format_html('<div class="i-pair"><div><p>{}</p></div><div><p>{}</p></div></div>', old, new)

    def table(self, table: TableChange) -> SafeString:
        """Draw a table field."""
        if not self.beside:
            return _table(self, table, "")
        old, new = _table(self, table, "ins"), _table(self, table, "del")
        return format_html('<div class="i-pair"><div>{}</div><div>{}</div></div>', old, new)

    def inline(self, segments: Iterable[Segment], without: str = "") -> SafeString:
        """Draw words: what went is struck, what came is underlined; `without` leaves one of both out."""
        return _join(self._segment(segment) for segment in segments if segment.op != without)

    def _segment(self, segment: Segment) -> SafeString:
        words = self._words(segment.words, segment.op)
        return words if segment.op == "same" else format_html("<{0}>{1}</{0}>", segment.op, words)

    def _words(self, words: Iterable[Word], op: str) -> SafeString:
        runs = groupby(words, lambda word: word.marks)
        return _join(self._set("".join(w.gap + w.text for w in run), marks, op) for marks, run in runs)

    def _set(self, text: str, marks: tuple[Mark, ...], op: str) -> SafeString:
        shown: SafeString = escape(text)
        for kind, *given in reversed(marks):
            if kind in TAGS:
                shown = format_html("<{0}>{1}</{0}>", TAGS[kind], shown)
            elif kind == "break":
                shown = mark_safe("<br>")
            elif kind == "image":
                shown = self._image(text, given, op)
            elif op != "same":
                shown = format_html("{} <span>⟨{}⟩</span>", shown, given[0])
            elif given[0].lower().startswith(SAFE):
                shown = format_html('<a href="{}" rel="noreferrer">{}</a>', given[0], shown)
        return shown

    def _image(self, text: str, given: list[str], op: str) -> SafeString:
        key, name = given[0], given[-1]
        if key == name:  # no file of this record: nothing is fetched from elsewhere
            return format_html("<span>[image {}: {}]</span>", text.strip(), name)
        url = reverse("file", args=[self.old if op == "del" else self.new, key])
        said = {"del": "Image as it was", "ins": "Image as it is now"}.get(op, "Image")
        return format_html(
            '<span class="i-shot"><img src="{}" alt="{}" loading="lazy"><small>{}: {}, {}</small></span>',
            url, text.strip(), said, name, key[:12],
        )  # fmt: skip

    def _inline(self, change: BlockChange) -> SafeString:
        if change.table is not None:
            return _table(self, change.table, "")
        return self._drawn(change.block, _segments(change), "", change)

    def _pair(self, change: BlockChange) -> SafeString:
        if change.table is not None:
            return self.table(change.table)
        segments = _segments(change)
        old = self._drawn(change.old, segments, "ins") if change.old else ""
        new = self._drawn(change.new, segments, "del", change) if change.new else ""
        return format_html('<div class="i-pair"><div>{}</div><div>{}</div></div>', old, new)

    def _drawn(
        self, block: Block, segments: Sequence[Segment], without: str, change: BlockChange | None = None
    ) -> SafeString:
        if block.kind == "table":
            return _whole_table(self, block, change.status if change else "same")
        if block.kind == "rule":
            return mark_safe("<hr>")
        words = self.inline(segments, without)
        if block.label:
            words = format_html('<span class="i-doc__no">{}</span>{}', block.label, words)
        if self.remark and change is not None and change.new is not None and block.kind != "heading":
            words = format_html("{} {}", words, say(self.remark, block.anchor))
        tag = {"heading": f"h{min(DEEPEST, block.level + 2)}", "code": "pre"}.get(block.kind, "p")
        return format_html('<{0} class="i-in-{1}">{2}</{0}>', tag, min(4, len(block.frame)), words)


def say(address: str, anchor: str) -> SafeString:
    """Draw the way to comment on a block: J and K reach it, so that Tab need not pass every paragraph."""
    return format_html(
        '<a class="i-say i-noprint" tabindex="-1" href="{0}&amp;anchor={1}" hx-get="{0}&amp;anchor={1}" hx-target="#dialogs">Comment'
        '<span class="i-vh"> on this passage</span></a>', address, anchor,
    )  # fmt: skip


def _segments(change: BlockChange) -> tuple[Segment, ...]:
    if change.status == "changed":
        return change.segments
    op = {"added": "ins", "removed": "del"}.get(change.status, "same")
    return (Segment(op, change.block.words),)  # type: ignore[arg-type]


def _noted(change: BlockChange) -> str:
    """Say in words what the marks do not: where it went, or that it is set another way."""
    if change.moved:
        return "Moved here from elsewhere" if change.new else "Moved elsewhere"
    old, new = change.old, change.new
    if old and new and (old.kind, old.level, old.frame, old.note) != (new.kind, new.level, new.frame, new.note):
        return f"Was set as {_shape(old)}, is set as {_shape(new)}"
    return ""


def _shape(block: Block) -> str:
    kind = f"heading {block.level}" if block.kind == "heading" else block.kind
    around = f" in {', '.join(block.frame)}" if block.frame else ""
    return f"{kind}{around}{f' ({block.note})' if block.note else ''}"


def _whole_table(pen: Pen, block: Block, status: str) -> SafeString:
    op = {"added": "ins", "removed": "del"}.get(status, "same")
    rows = [[pen.inline([Segment(op, cell)]) for cell in row] for row in block.rows]  # type: ignore[arg-type]
    css = {"ins": "i-row-ins", "del": "i-row-del"}.get(op, "")
    return _rows([(css, row, at == 0) for at, row in enumerate(rows)])


def _table(pen: Pen, table: TableChange, without: str) -> SafeString:
    """Draw a table; side by side each side leaves out the rows and columns that it does not have."""
    side = {"ins": 0, "del": 1}.get(without)
    kept = [at for at, pair in enumerate(table.columns) if side is None or pair[side] is not None]
    rows = [row for row in table.rows if side is None or (row.old, row.new)[side] is not None]
    drawn = [[pen.inline(row.cells[at].segments, without) for at in kept] for row in rows]
    return _rows([(_row_css(row), cells, row.head) for row, cells in zip(rows, drawn, strict=True)])


def _row_css(row: Row) -> str:
    return {"added": "i-row-ins", "removed": "i-row-del", "changed": "i-row-changed"}.get(row.status, "")


def _rows(rows: Iterable[tuple[str, list[SafeString], bool]]) -> SafeString:
    body = _join(
        format_html('<tr class="{}">{}</tr>', css, _cells(cells, "th" if head else "td"))
        for css, cells, head in rows
    )  # fmt: skip
    return format_html('<div class="i-scroll"><table>{}</table></div>', body)


def _cells(cells: Iterable[SafeString], tag: str) -> SafeString:
    return format_html_join("", f"<{tag}>{{}}</{tag}>", ((cell,) for cell in cells))


def _blocks_count(count: int) -> str:
    return f"{count} paragraph{'s' if count > 1 else ''}"


def _join(parts: Iterable[SafeString] | Iterator[SafeString]) -> SafeString:
    return mark_safe("".join(conditional_escape(part) for part in parts))  # noqa: S308 - every part was escaped

"""The only place that makes the PDF of a redline: what differs between two versions, never a controlled copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings

from indelible.assurance.rendition import building
from indelible.assurance.rendition import data as shown
from indelible.assurance.rendition.glyphs import printable_tree
from indelible.infra import clock
from indelible.infra.pdf import PdfFailed, compile_pdf
from indelible.kernel import records
from indelible.practice.queries import Viewer
from indelible.practice.redline.contents import Comparison, FieldChange, FileChange
from indelible.practice.redline.tables import TableChange
from indelible.practice.redline.texts import BlockChange, Part
from indelible.practice.redline.words import Segment
from indelible.practice.versions import Side

TEMPLATES = ("parts.typ", "redline.typ")
MARK = "REDLINE, NOT A CONTROLLED COPY"
AROUND = 1  # unchanged blocks printed beside a change

Node = dict[str, Any]


def pdf(view: Viewer, old: Side, new: Side, comparison: Comparison, *, paper: Literal["a4", "us-letter"] = "a4") -> bytes:
    """Give the redline of two versions as PDF; each page says that it is no controlled copy."""
    configuration, at = records.configuration_of(new.record), clock.now()
    zone = configuration.company.zone
    head = building.head(new.record, records.type_of(new.record))
    page = shown.RenditionData(
        environment=settings.ENVIRONMENT.upper(), company=building.company(configuration),
        record=head.model_copy(update={"version_number": new.version, "content_sha256": new.sha256}), watermark=MARK,
        printed_by=view.person.name if view.person else "System", printed_at=at.astimezone(ZoneInfo(zone)), zone=zone,
        paper=paper,
    )  # fmt: skip
    data = page.model_dump() | {
        "old": _side(old), "new": _side(new), "coarse": comparison.coarse, "sections": list(_sections(comparison)),
        "withheld": old.content is None or new.content is None,
    }  # fmt: skip
    try:
        return compile_pdf(_template(), printable_tree(data), at=at)
    except PdfFailed:
        return compile_pdf(_template(), printable_tree(data, strict=True), at=at)


def _side(side: Side) -> Node:
    return {"name": f"{side.record.number}, version {side.version}", "sha256": side.sha256}


def _sections(comparison: Comparison) -> Iterator[Node]:
    for field in comparison.fields:
        if field.text is not None:
            yield from (
                _part(part, field.field.title) for part in field.text.parts if part.status != "same" or part.moved_from
            )
        elif field.status != "same":
            yield _section(field.field.title, list(_field(field)))


def _section(title: str, blocks: list[Node], note: str = "", *, moved: bool = False) -> Node:
    return {"title": title or "Text", "note": note, "moved": moved, "blocks": blocks}


def _part(part: Part, title: str) -> Node:
    note = ""
    if part.moved_from is not None:
        stood = f"after “{part.came_after}”" if part.came_after else "first"
        note = "Moved with the section around it." if part.rides else f"Moved: it stood {stood}."
    elif part.status in ("added", "removed"):
        note = "New section." if part.status == "added" else "Section taken out."
    # The heading stands above already; where its words changed it is printed once more, with what went and came.
    known = part.title and part.blocks[0].status == "same"
    blocks = list(_blocks(part.blocks[1:] if known else part.blocks))
    return _section(part.title or title, blocks, note, moved=part.moved_from is not None)


def _field(field: FieldChange) -> Iterator[Node]:
    if field.table is not None:
        yield _table(field.table)
    elif field.files:
        for file in (one for one in field.files if one.status != "same"):
            yield from _file(file)
    else:
        yield {"kind": "paragraph", "runs": _runs(field.segments)}


def _file(file: FileChange) -> Iterator[Node]:
    old, new = file.old or {}, file.new or {}
    names = {"renamed": f"{old.get('name')} is named {new.get('name')} now"}
    named = names.get(file.status, f"{(new or old).get('name')}: {file.status}")
    hashes = [str(one["sha256"]) for one in (old, new) if one]
    yield {"kind": "note", "runs": [_run("same", f"{named}. SHA-256 {' → '.join(dict.fromkeys(hashes))}")]}
    if file.extracted is not None:
        yield {"kind": "note", "runs": [_run("same", "Redline of the text that was read out of both files:")]}
        for part in file.extracted.parts:
            yield from _blocks(part.blocks)
    if file.unread:
        said = file.unread if file.extracted else f"No redline of the text: {file.unread}"
        yield {"kind": "note", "runs": [_run("same", f"{said}.")]}


def _blocks(changes: Sequence[BlockChange]) -> Iterator[Node]:
    """Give the blocks that differ with a little around them; the rest is counted."""
    for same, group in groupby(changes, lambda change: change.status == "same"):
        run = list(group)
        if not same or len(run) <= 2 * AROUND + 1:
            yield from map(_block, run)
            continue
        yield from map(_block, run[:AROUND])
        yield {"kind": "note", "runs": [_run("same", f"… {len(run) - 2 * AROUND} unchanged …")]}
        yield from map(_block, run[-AROUND:])


def _block(change: BlockChange) -> Node:
    block = change.block
    if change.table is not None:
        return _table(change.table)
    op = {"added": "ins", "removed": "del"}.get(change.status, "same")
    if block.kind == "table":
        rows = [{"status": op, "cells": [_runs([Segment(op, cell)]) for cell in row]} for row in block.rows]  # type: ignore[arg-type]
        return {"kind": "table", "rows": rows}
    segments = change.segments if change.status == "changed" else (Segment(op, block.words),)  # type: ignore[arg-type]
    note = ("Moved here: " if change.new else "Moved elsewhere: ") if change.moved else ""
    return {
        "kind": block.kind, "level": block.level, "depth": len(block.frame), "label": block.label, "note": note,
        "runs": _runs(segments),
    }  # fmt: skip


def _table(table: TableChange) -> Node:
    return {
        "kind": "table",
        "rows": [{"status": row.status, "cells": [_runs(cell.segments) for cell in row.cells]} for row in table.rows],
    }


def _runs(segments: Iterable[Segment]) -> list[Node]:
    found = []
    for segment in segments:
        for marks, words in groupby(segment.words, lambda word: word.marks):
            text = "".join(word.gap + word.text for word in words)
            kinds = [mark[0] for mark in marks]
            if "image" in kinds:
                text = f" [picture {text.strip()}: {marks[-1][-1]}, {marks[-1][1][:12]}] "
            elif "link" in kinds and segment.op != "same":
                text = f"{text} ({next(mark[1] for mark in marks if mark[0] == 'link')})"
            found.append(_run(segment.op, text, kinds))
    return found


def _run(op: str, text: str, kinds: Sequence[str] = ()) -> Node:
    return {"op": op, "s": text, "strong": "strong" in kinds, "em": "em" in kinds, "code": "code" in kinds}


@cache
def _template() -> str:
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in TEMPLATES)

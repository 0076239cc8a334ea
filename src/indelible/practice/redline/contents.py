"""The only place that compares two contents of a record, field by field, by what each field declares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indelible.kernel.fields import kind_of
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice.redline.blocks import Cells
from indelible.practice.redline.tables import TableChange, compare_tables
from indelible.practice.redline.texts import TextChange, compare_markdown
from indelible.practice.redline.words import Budget, Segment, Word, compare, split

Content = Mapping[str, Any]
WHOLE = frozenset({"number", "date", "time", "yes_no", "choice"})  # a new value is a new value, not a few new digits


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file: same, added, removed, replaced (same name, other bytes) or renamed.

    `extracted` compares the text that could be read out of both, for a file that was replaced; `unread` says in words
    what of it was not compared, and why.
    """

    status: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    extracted: TextChange | None = None
    unread: str = ""


Reader = Callable[[FileChange, Budget], FileChange]  # adds the comparison of the texts, or why there is none


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of the two contents; one of segments, text, table or files says how it differs."""

    field: FieldDeclaration
    status: str
    old: Any
    new: Any
    segments: tuple[Segment, ...] = ()
    text: TextChange | None = None
    table: TableChange | None = None
    files: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two contents. `coarse` says that something was too large to be compared word by word."""

    fields: tuple[FieldChange, ...]
    coarse: bool

    @property
    def changed(self) -> bool:
        """Say whether any field differs."""
        return any(field.status != "same" for field in self.fields)

    def counts(self) -> Counter[str]:
        """Count what differs by its kind: the figures above a redline."""
        return Counter(kind for field in self.fields for kind in _kinds(field))


def compare_contents(
    declarations: tuple[TypeDeclaration, TypeDeclaration],
    old: Content,
    new: Content,
    extracted: Reader = lambda file, _budget: file,
    budget: Budget | None = None,
) -> Comparison:
    """Compare two contents by field id, under the declarations with which each was sealed."""
    was, now = declarations
    spent = budget or Budget()
    fields = {f.id: f for f in was.fields} | {f.id: f for f in now.fields}
    order = [*(f.id for f in now.fields), *(f.id for f in was.fields if now.field_by_id(f.id) is None)]
    pictures = _pictures(was, old), _pictures(now, new)
    found = []
    for identifier in order:
        before, after = old.get(str(identifier)), new.get(str(identifier))
        if before is not None or after is not None:
            found.append(_field(fields[identifier], before, after, pictures, extracted, spent))
    return Comparison(tuple(found), spent.spent)


def _field(
    field: FieldDeclaration,
    old: Any,
    new: Any,
    pictures: tuple[dict[str, str], dict[str, str]],
    extracted: Reader,
    budget: Budget,
) -> FieldChange:
    if field.kind == "rich_text":
        text = compare_markdown(
            old or "", new or "", budget, old_pictures=pictures[0], new_pictures=pictures[1]
        )  # fmt: skip
        return FieldChange(field, _status(old, new, differs=text.changed or text.unseen), old, new, text=text)
    if field.kind == "table":
        table = compare_tables(_cells(field, old), _cells(field, new), budget)
        return FieldChange(field, _status(old, new, differs=old != new), old, new, table=table)
    if field.kind == "files":
        found = _files(old or [], new or [])
        files = tuple(extracted(one, budget) if one.status == "replaced" else one for one in found)
        return FieldChange(field, _status(old, new, differs=any(f.status != "same" for f in files)), old, new, files=files)
    kind = kind_of(field)
    segments = _value(field, kind.show(field, old), kind.show(field, new), budget)
    return FieldChange(field, _status(old, new, differs=kind.differs(old, new)), old, new, segments)


def _status(old: Any, new: Any, *, differs: bool) -> str:
    if old is None or new is None:
        return "added" if old is None else "removed"
    return "changed" if differs else "same"


def _value(field: FieldDeclaration, old: str, new: str, budget: Budget) -> tuple[Segment, ...]:
    if field.kind not in WHOLE:
        return compare(split(old, exact=True), split(new, exact=True), budget)
    if old == new:
        return (Segment("same", (Word("", new),)),)
    sides = (Segment("del", (Word("", old),)), Segment("ins", (Word("", new),)))
    return tuple(side for side in sides if side.words[0].text)


def _cells(field: FieldDeclaration, rows: Sequence[Mapping[str, Any]] | None) -> list[Cells]:
    if not rows:
        return []
    head = tuple(tuple(split(column.label)) for column in field.columns)
    return [head, *(tuple(tuple(split(_said(row.get(c.name)), exact=True)) for c in field.columns) for row in rows)]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _files(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[FileChange]:
    by_hash = {item["sha256"]: item for item in old}
    kept = {item["sha256"] for item in new} & set(by_hash)
    left = [item for item in old if item["sha256"] not in kept]
    for item in new:
        before = by_hash.get(item["sha256"])
        if before is not None:
            yield FileChange("same" if before["name"] == item["name"] else "renamed", before, item)
            continue
        came = [one for one in new if one["sha256"] not in kept]
        # A file of the same name was replaced; one alone of its kind in the place of one alone was, too.
        former = next((one for one in left if one["name"] == item["name"]), None)
        if former is None and len(left) == len(came) == 1 and _ending(left[0]) == _ending(item):
            former = left[0]
        if former is not None:
            left.remove(former)
        yield FileChange("added" if former is None else "replaced", former, item)
    for item in left:
        yield FileChange("removed", item, None)


def _ending(item: Mapping[str, Any]) -> str:
    return str(item["name"]).rpartition(".")[2].lower()


def _pictures(declaration: TypeDeclaration, content: Content) -> dict[str, str]:
    fields = [str(f.id) for f in declaration.fields if f.kind == "files"]
    return {item["name"]: item["sha256"] for key in fields for item in content.get(key) or []}


def _kinds(field: FieldChange) -> Iterator[str]:
    if field.status == "same":
        return
    if field.text is not None:
        yield from _text_kinds(field.text)
    elif field.table is not None:
        yield from _table_kinds(field.table)
    elif field.files:
        for file in (one for one in field.files if one.status != "same"):
            yield "file"
            yield from _text_kinds(file.extracted) if file.extracted else ()
    else:
        yield "field"


def _text_kinds(text: TextChange) -> Iterator[str]:
    for part in text.parts:
        if part.moved_from and not part.rides:
            yield "moved"
    for change in text.blocks():
        if change.moved:
            if change.new:
                yield "moved paragraph"
        elif change.table is not None:
            yield from _table_kinds(change.table)
        elif change.status in ("added", "removed"):
            yield "image" if _is_image(change.block.words) else "table" if change.block.kind == "table" else "text"
        elif change.status == "changed":
            yield from _edits(change.segments)


def _is_image(words: Sequence[Word]) -> bool:
    return any(mark[0] == "image" for word in words for mark in word.marks)


def _edits(segments: Sequence[Segment]) -> Iterator[str]:
    """Count each place once, whatever went and came there; a block that only changed its shape is one."""
    before, any_ = "same", False
    for segment in segments:
        if segment.op != "same" and before == "same":
            yield "image" if _is_image(segment.words) else "text"
            any_ = True
        before = segment.op
    if not any_:
        yield "text"


def _table_kinds(table: TableChange) -> Iterator[str]:
    for row in table.rows:
        if row.status in ("added", "removed"):
            yield "row"
        else:
            yield from ("cell" for cell in row.cells if cell.changed)

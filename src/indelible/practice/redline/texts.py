"""The only place that compares two authored texts: blocks, tables, images, and sections that were moved whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from indelible.practice.redline import alignment, sections
from indelible.practice.redline.blocks import Block, read
from indelible.practice.redline.sections import Section
from indelible.practice.redline.tables import TableChange, compare_tables
from indelible.practice.redline.words import Budget, Segment, compare

WORTH_FOLLOWING = 5  # words from which a paragraph that stands elsewhere now is called moved


@dataclass(frozen=True, slots=True)
class BlockChange:
    """One block: same, added, removed or changed. `moved` says of one that came or went that it stands elsewhere."""

    status: str
    old: Block | None
    new: Block | None
    segments: tuple[Segment, ...] = ()
    table: TableChange | None = None
    moved: bool = False

    @property
    def block(self) -> Block:
        """Give the block as it is, or as it was where it went."""
        found = self.new or self.old
        if found is None:
            raise LookupError("a change of no block")
        return found


@dataclass(frozen=True)
class Part:
    """One section of the redline: `section` as it is now, or as it was where all of it went.

    `moved_from` is the earlier section of one that was moved whole; `rides` says that it came along with the one
    around it. `left` marks the place that a moved section has left.
    """

    status: str
    section: Section | None
    blocks: tuple[BlockChange, ...]
    moved_from: Section | None = None
    came_after: str = ""
    rides: bool = False
    left: bool = False

    @property
    def title(self) -> str:
        """Give the heading."""
        return self.section.title if self.section else ""

    @cached_property
    def edits(self) -> int:
        """Count the blocks that differ."""
        return sum(block.status != "same" for block in self.blocks)


@dataclass(frozen=True)
class TextChange:
    """Two texts in the order of the new one, with what went where it stood."""

    parts: tuple[Part, ...]
    unseen: bool = False  # the sources differ, and nothing that a reader sees does

    @property
    def changed(self) -> bool:
        """Say whether a reader sees any difference."""
        return any(part.status != "same" or part.moved_from for part in self.parts)

    def blocks(self) -> Iterator[BlockChange]:
        """Give every block in the order of the redline."""
        for part in self.parts:
            yield from part.blocks

    def old_blocks(self) -> list[Block]:
        """Put the old text together again."""
        return sorted((change.old for change in self.blocks() if change.old), key=lambda block: block.index)

    def new_blocks(self) -> list[Block]:
        """Put the new text together again."""
        return sorted((change.new for change in self.blocks() if change.new), key=lambda block: block.index)


def compare_markdown(
    old: str,
    new: str,
    budget: Budget,
    *,
    old_pictures: Mapping[str, str] | None = None,
    new_pictures: Mapping[str, str] | None = None,
) -> TextChange:
    """Compare two Markdown texts; pictures give the SHA-256 of the files that each of them may show."""
    found = compare_blocks(read(old, old_pictures), read(new, new_pictures), budget)
    return replace(found, unseen=old != new and not found.changed)


def compare_blocks(old: Sequence[Block], new: Sequence[Block], budget: Budget) -> TextChange:
    """Compare two texts that were read as blocks."""
    was, now = sections.cut(old), sections.cut(new)
    away = sections.moved(was, now, budget)
    left = {block.index for i in away.values() for block in was[i].blocks}
    came = {block.index for j in away for block in now[j].blocks}
    stayed = _changes([b for b in old if b.index not in left], [b for b in new if b.index not in came], budget)
    there = {j: _changes(was[i].blocks, now[j].blocks, budget) for j, i in away.items()}
    parts = _Parts(was, now, away).made(_followed(stayed), there)
    return TextChange(tuple(parts))


def _changes(old: Sequence[Block], new: Sequence[Block], budget: Budget) -> list[BlockChange]:
    def like(i: int, j: int) -> float:
        if (old[i].kind == "table") != (new[j].kind == "table"):
            return 0.0
        score = alignment.likeness(old[i].all_words, new[j].all_words, budget)
        return score if old[i].kind == new[j].kind else 0.8 * score

    places = alignment.align([b.key for b in old], [b.key for b in new], like, budget)
    return [
        _change(old[i] if i is not None else None, new[j] if j is not None else None, budget) for i, j in places
    ]  # fmt: skip


def _change(old: Block | None, new: Block | None, budget: Budget) -> BlockChange:
    if old is None or new is None:
        return BlockChange("added" if old is None else "removed", old, new)
    if old.key == new.key:
        return BlockChange("same", old, new)
    if old.kind == new.kind == "table":
        return BlockChange("changed", old, new, table=compare_tables(old.rows, new.rows, budget))
    return BlockChange("changed", old, new, compare(old.words, new.words, budget))


def _followed(changes: list[BlockChange]) -> list[BlockChange]:
    """Mark the paragraphs that went in one place and came in another, word by word the same."""
    went = Counter(c.block.key for c in changes if c.status == "removed" and _worth(c.block))
    came = Counter(c.block.key for c in changes if c.status == "added" and _worth(c.block))
    both = {key for key, count in went.items() if count == came[key] == 1}
    return [replace(c, moved=c.status in ("added", "removed") and c.block.key in both) for c in changes]


def _worth(block: Block) -> bool:
    return sum(1 for _ in block.all_words) >= WORTH_FOLLOWING


class _Parts:
    """Puts changes of blocks into sections: those of the new text, those that went, and places that were left."""

    def __init__(self, old: list[Section], new: list[Section], away: dict[int, int]) -> None:
        self.old, self.new, self.away = old, new, away
        self.home = {block.index: section for section in new for block in section.blocks}
        self.former = {block.index: section for section in old for block in section.blocks}

    def made(self, stayed: list[BlockChange], there: dict[int, list[BlockChange]]) -> list[Part]:
        """Give the parts in the order of the new text."""
        gone = self._gone(stayed)
        found: dict[tuple[str, int], list[BlockChange]] = {}
        order: list[tuple[str, int]] = []
        here = ("new", self._first())
        leaving = sorted(self.away.values())
        for change in stayed:
            while change.old and leaving and self.old[leaving[0]].blocks[0].index < change.old.index:
                order.append(("left", leaving.pop(0)))
            if change.new is not None:
                here = ("new", self.home[change.new.index].index)
                key = here
            else:
                former = self.former[change.old.index].index if change.old else 0
                key = ("old", former) if former in gone else here
            if key not in found:
                found[key] = []
                order.append(key)
            found[key].append(change)
        order += [("left", i) for i in leaving]
        return [self._part(key, found.get(key, []), there) for key in self._with_moved(order)]

    def _first(self) -> int:
        return next((s.index for s in self.new if s.index not in self.away), 0)

    def _gone(self, stayed: list[BlockChange]) -> set[int]:
        """Give the old sections of which nothing is left."""
        alive = {self.former[c.old.index].index for c in stayed if c.old and c.status != "removed"}
        return {s.index for s in self.old} - alive - {*self.away.values()}

    def _with_moved(self, order: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Put each moved section where it stands now: behind the section before it."""
        result = list(order)
        for j in sorted(self.away):
            before = ("new", j - 1)
            at = result.index(before) + 1 if before in result else 0
            result.insert(at, ("new", j))
        return result

    def _part(self, key: tuple[str, int], changes: list[BlockChange], there: dict[int, list[BlockChange]]) -> Part:
        kind, at = key
        if kind == "left":
            return Part("same", self.old[at], (), left=True)
        if kind == "old":
            return Part("removed", self.old[at], tuple(changes))
        section = self.new[at] if self.new else None
        if section is None or at not in self.away:
            return Part(_status(changes), section, tuple(changes))
        former = self.old[self.away[at]]
        blocks = tuple(there[at])
        rides = section.parent is not None and self.away.get(section.parent, -1) == former.parent
        before = self.old[former.index - 1].title if former.index else ""
        return Part(_status(blocks), section, blocks, former, came_after=before, rides=rides)


def _status(changes: Sequence[BlockChange]) -> str:
    found = {change.status for change in changes}
    return found.pop() if len(found) == 1 else "changed"

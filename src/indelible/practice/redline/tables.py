"""The only place that compares tables: columns by their heads, rows by what they say, cells word by word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from indelible.practice.redline import alignment
from indelible.practice.redline.blocks import Cells
from indelible.practice.redline.words import Budget, Segment, Word, compare

Place = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its words as they stayed, went and came."""

    segments: tuple[Segment, ...]

    @property
    def changed(self) -> bool:
        """Say whether anything in the cell differs."""
        return any(segment.op != "same" for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: same, added, removed or changed; `old` and `new` are its places."""

    status: str
    cells: tuple[Cell, ...]
    old: int | None
    new: int | None
    head: bool = False


@dataclass(frozen=True)
class TableChange:
    """A table against its earlier self. `columns` pairs the old place of each column with its new one."""

    columns: tuple[Place, ...]
    rows: tuple[Row, ...]

    @cached_property
    def added_columns(self) -> int:
        """Count the columns that came."""
        return sum(old is None for old, _ in self.columns)

    @cached_property
    def removed_columns(self) -> int:
        """Count the columns that went."""
        return sum(new is None for _, new in self.columns)


def compare_tables(old: Sequence[Cells], new: Sequence[Cells], budget: Budget) -> TableChange:
    """Compare two tables whose first row is the head."""
    columns = _columns(old[0] if old else (), new[0] if new else (), budget)
    places = alignment.align([*old], [*new], _likeness(columns, old, new, budget), budget)
    return TableChange(tuple(columns), tuple(_row(old, new, place, columns, budget) for place in places))


def _columns(old: Cells, new: Cells, budget: Budget) -> list[Place]:
    def like(i: int, j: int) -> float:
        return alignment.likeness(old[i], new[j], budget)

    found = alignment.align([*old], [*new], like, budget)
    if len(old) == len(new) and any(i is None or j is None for i, j in found):
        # As many columns as before, with other heads: the columns stayed and their heads changed.
        return [(at, at) for at in range(len(old))]
    return found


def _likeness(
    columns: Sequence[Place], old: Sequence[Cells], new: Sequence[Cells], budget: Budget
) -> Callable[[int, int], float]:
    pairs = [(i, j) for i, j in columns if i is not None and j is not None]

    def like(i: int, j: int) -> float:
        if not i or not j:  # the head is a row of its own
            return 1.0 if i == j else 0.0
        shared = [(_cell(old[i], a), _cell(new[j], b)) for a, b in pairs]
        if not shared:
            return 0.0
        return sum(was == now or alignment.likeness(was, now, budget) for was, now in shared) / len(shared)

    return like


def _row(old: Sequence[Cells], new: Sequence[Cells], place: Place, columns: Sequence[Place], budget: Budget) -> Row:
    i, j = place
    was, now = (old[i] if i is not None else ()), (new[j] if j is not None else ())
    cells = tuple(Cell(compare(_cell(was, a), _cell(now, b), budget)) for a, b in columns)
    status = "added" if i is None else "removed" if j is None else "same"
    if status == "same" and any(cell.changed for cell in cells):
        status = "changed"
    return Row(status, cells, i, j, head=0 in place)


def _cell(row: Cells, at: int | None) -> tuple[Word, ...]:
    return row[at] if at is not None and at < len(row) else ()

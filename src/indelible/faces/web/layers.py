"""The only place that says where the boxes and lines of a drawn thread stand, in columns from left to right.

What led to something stands left of it, as far as that is possible without going round in a circle: what a record was
begun from or belongs to, then what it names, unless it leads on to that. Measures are units of the drawing: pixels at its full size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from indelible.practice.threads import Strand

WIDE, TALL = 168, 88  # one box
ACROSS, BETWEEN = 128, 18  # room for the words on the lines; between two boxes of a column
MARGIN = 6
ROOM = 12  # between two lines that end at the same side of a box, as long as they fit


class Place(NamedTuple):
    """Where a box stands."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line from the box on the left to the one on the right, its arrow, and where its words stand."""

    path: str
    arrow: str
    words: str
    x: int
    y: int
    at_end: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture: its size, its boxes by record and its lines."""

    wide: int
    tall: int
    places: dict[UUID, Place]
    lines: list[Line]


def draw(keys: Sequence[UUID], strands: Sequence[Strand]) -> Drawing:
    """Give the picture of these records, at least one, and of the links between them."""
    pairs = _acyclic(strands)
    columns = _ordered(_columns(keys, pairs), pairs)
    highest = max(len(column) for column in columns)
    tall = highest * (TALL + BETWEEN) - BETWEEN
    places = {}
    for at, column in enumerate(columns):
        top = (tall - len(column) * (TALL + BETWEEN) + BETWEEN) // 2
        for row, key in enumerate(column):
            places[key] = Place(MARGIN + at * (WIDE + ACROSS), MARGIN + top + row * (TALL + BETWEEN))
    wide = len(columns) * (WIDE + ACROSS) - ACROSS
    return Drawing(wide + 2 * MARGIN, tall + 2 * MARGIN, places, _lines(places, _joined(strands)))


def _acyclic(strands: Iterable[Strand]) -> set[tuple[UUID, UUID]]:
    """Give who stands left of whom; of a circle the link that would close it is left out."""
    after: dict[UUID, set[UUID]] = {}
    for strand in sorted(strands, key=lambda one: not (one.follows or one.onward)):
        left, right = (strand.naming, strand.named) if strand.onward else (strand.named, strand.naming)
        if not _reaches(after, right, left):
            after.setdefault(left, set()).add(right)
    return {(left, right) for left, rights in after.items() for right in rights}


def _reaches(after: dict[UUID, set[UUID]], start: UUID, goal: UUID) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        if here == goal:
            return True
        new = after.get(here, set()) - seen
        seen |= new
        ahead += new
    return False


def _columns(keys: Sequence[UUID], pairs: set[tuple[UUID, UUID]]) -> list[list[UUID]]:
    """Put each record right of everything that stands before it, and what nothing stands before close to what follows."""
    at = dict.fromkeys(keys, 0)
    moved = True
    while moved:
        moved = False
        for left, right in pairs:
            if at[right] <= at[left]:
                at[right], moved = at[left] + 1, True
    begun = {right for _, right in pairs}
    for key in keys:
        if key not in begun and (nearest := [at[right] for left, right in pairs if left == key]):
            at[key] = min(nearest) - 1
    lowest = min(at.values())
    columns: list[list[UUID]] = [[] for _ in range(max(at.values()) - lowest + 1)]
    for key in keys:
        columns[at[key] - lowest].append(key)
    return [column for column in columns if column]


def _ordered(columns: list[list[UUID]], pairs: set[tuple[UUID, UUID]]) -> list[list[UUID]]:
    """Put what is linked at like heights: each column twice by the mean place of what it is linked to in the others."""
    beside: dict[UUID, list[UUID]] = {}
    for left, right in pairs:
        beside.setdefault(left, []).append(right)
        beside.setdefault(right, []).append(left)
    for _ in range(2):
        height = {key: row - len(column) / 2 for column in columns for row, key in enumerate(column)}
        for column in columns:
            mean = {key: sum(height[one] for one in beside.get(key, [key])) / len(beside.get(key, [key])) for key in column}
            column.sort(key=lambda key: mean[key])
            height |= {key: row - len(column) / 2 for row, key in enumerate(column)}
    return columns


def _joined(strands: Iterable[Strand]) -> dict[tuple[UUID, UUID], str]:
    """Give the words between two records, naming first; several links between the same two are one line."""
    found: dict[tuple[UUID, UUID], list[str]] = {}
    for strand in strands:
        found.setdefault((strand.naming, strand.named), []).append(strand.label)
    return {pair: ", ".join(dict.fromkeys(labels)) for pair, labels in found.items()}


def _lines(places: dict[UUID, Place], joined: dict[tuple[UUID, UUID], str]) -> list[Line]:
    ends = {pair: sorted(pair, key=lambda key: places[key].x) for pair in joined}
    out: dict[UUID, list[UUID]] = {}
    into: dict[UUID, list[UUID]] = {}
    for left, right in ends.values():
        out.setdefault(left, []).append(right)
        into.setdefault(right, []).append(left)
    found = []
    for pair, words in joined.items():
        left, right = ends[pair]
        x1, y1 = places[left].x + WIDE, places[left].y + _port(out[left], right, places)
        x2, y2 = places[right].x, places[right].y + _port(into[right], left, places)
        bend = max((x2 - x1) // 2, 40)
        path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 5} {y2}"
        at_end = pair[0] == right  # the words stand beside the record that names the other one
        x, y = (x2 - 10, y2 - 4) if at_end else (x1 + 6, y1 - 4)
        found.append(Line(path, f"M{x2} {y2}l-7 -4v8z", words, x, y, at_end))
    return found


def _port(others: list[UUID], other: UUID, places: dict[UUID, Place]) -> int:
    """Give the height at which a line meets a side of its box: lines in the order of their other ends, evenly apart."""
    order = sorted(dict.fromkeys(others), key=lambda key: places[key].y)
    apart = min(ROOM, (TALL - 20) / max(len(order), 1))
    return round(TALL / 2 + (order.index(other) - (len(order) - 1) / 2) * apart) + 4

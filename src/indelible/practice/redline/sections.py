"""The only place that cuts a text into sections and says which of them were moved whole."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from indelible.practice.redline.alignment import likeness
from indelible.practice.redline.blocks import Block
from indelible.practice.redline.words import Budget, Word, numbered, stretches

NUMBER = re.compile(r"^(?P<number>\d+(?:\.\d+)*)\.?\s+(?=\S)")
STILL_IT = 0.5  # a section that says something else under the same heading did not move
RENAMED = 0.7  # moved and renamed: then it has to say the same
MOST_RENAMED = 400  # pairs without a heading in common that are looked at
ANY_SECTION = 1_000_000  # as few sections as possible moved; how long they are decides between two ways
MOST_WEIGHED = 1200  # sections up to which the smaller of two that changed places counts as the moved one


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, up to the next heading. `path` names the headings around it."""

    blocks: tuple[Block, ...]
    path: tuple[str, ...]
    parent: int | None
    index: int
    anchor: str = ""

    @cached_property
    def title(self) -> str:
        """Give the heading as people read it; empty before the first one."""
        return self.blocks[0].text if self.blocks and self.blocks[0].kind == "heading" else ""

    @cached_property
    def number(self) -> str:
        """Give the number that the author gave it, such as 8.2."""
        found = NUMBER.match(self.title)
        return found["number"] if found else ""

    @cached_property
    def key(self) -> tuple[Hashable, ...]:
        """Give what two sections that read the same have in common, whatever their numbers."""
        return (plain_title(self.title), *(block.key for block in self.blocks[1:]))

    @cached_property
    def weight(self) -> int:
        """Give how much it says."""
        return 1 + sum(1 for block in self.blocks for _ in block.all_words)


def cut(blocks: Sequence[Block]) -> list[Section]:
    """Cut a text before each of its headings."""
    starts = [at for at, block in enumerate(blocks) if block.kind == "heading"]
    if blocks and (not starts or starts[0] > 0):
        starts.insert(0, 0)
    found: list[Section] = []
    open_: list[int] = []  # the sections around the next one
    seen: Counter[str] = Counter()
    for start, end in pairwise([*starts, len(blocks)]):
        first = blocks[start]
        level = first.level if first.kind == "heading" else 0
        while open_ and found[open_[-1]].blocks[0].level >= level:
            open_.pop()
        around = found[open_[-1]].path if open_ else ()
        path = (*around, plain_title(first.text)) if level else ()
        stem = hashlib.sha256("\0".join(path).encode("utf-8", "backslashreplace")).hexdigest()[:10]
        seen[stem] += 1
        anchor = stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
        found.append(Section(tuple(blocks[start:end]), path, open_[-1] if open_ else None, len(found), anchor))
        if level:
            open_.append(len(found) - 1)
    return found


def plain_title(title: str) -> str:
    """Give a heading without its number and capitals, as it is recognised elsewhere."""
    return NUMBER.sub("", title).strip().casefold()


def moved(old: Sequence[Section], new: Sequence[Section], budget: Budget) -> dict[int, int]:
    """Give the sections that stand in another order than before: new place to old place."""
    pairs = sorted(_matched(old, new, budget).items())
    if all(before[1] < after[1] for before, after in pairwise(pairs)):
        return {}
    stayed = _in_order(pairs, [ANY_SECTION + new[j].weight for j, _ in pairs])
    away = [(j, i) for j, i in pairs if j not in stayed]
    return {j: i for j, i in away if new[j].key == old[i].key or _alike(old[i], new[j], budget) >= STILL_IT}


def _matched(old: Sequence[Section], new: Sequence[Section], budget: Budget) -> dict[int, int]:
    """Give which section is which: by what it says, by its headings, by its own heading, by its words."""
    a, b = numbered([s.key for s in old], [s.key for s in new])
    found = {
        j: i for same, was, now in stretches(a, b, budget) if same for i, j in zip(range(*was), range(*now), strict=True)
    }
    ways: tuple[Callable[[Section], Hashable], ...] = (_same_words, _path, _title)
    for way in ways:
        taken = set(found.values())
        left = [s for s in old if s.index not in taken]
        rest = [s for s in new if s.index not in found]
        here, there = Counter(map(way, left)), Counter(map(way, rest))
        known = {way(s): s.index for s in left}
        found |= {s.index: known[way(s)] for s in rest if here[way(s)] == there[way(s)] == 1 and s.weight > 1}
    left, rest = [s for s in old if s.index not in set(found.values())], [s for s in new if s.index not in found]
    if len(left) * len(rest) <= MOST_RENAMED:
        for section in rest:
            scored = [(_alike(one, section, budget), one.index) for one in left if one.index not in found.values()]
            if scored and max(scored)[0] >= RENAMED:
                found[section.index] = max(scored)[1]
    return found


def _same_words(section: Section) -> Hashable:
    return section.key


def _path(section: Section) -> Hashable:
    return section.path


def _title(section: Section) -> Hashable:
    return plain_title(section.title)


def _alike(old: Section, new: Section, budget: Budget) -> float:
    return likeness(_words(old), _words(new), budget)


def _words(section: Section) -> Iterator[Word]:
    return (word for block in section.blocks for word in block.all_words)


def _in_order(pairs: Sequence[tuple[int, int]], weights: Sequence[int]) -> set[int]:
    """Give the new places of most sections that stand in the same order on both sides; the longer ones in doubt."""
    if len(pairs) > MOST_WEIGHED:
        return _longest(pairs)
    best: list[tuple[int, int]] = []  # the weight up to here, and the one before
    for at, (_, place) in enumerate(pairs):
        before = max(((best[k][0], k) for k in range(at) if pairs[k][1] < place), default=(0, -1))
        best.append((before[0] + weights[at], before[1]))
    at = max(range(len(best)), key=lambda k: best[k][0])
    kept = set()
    while at >= 0:
        kept.add(pairs[at][0])
        at = best[at][1]
    return kept


def _longest(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """Do the same by number alone, for very many sections."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (_, place) in enumerate(pairs):
        to = bisect_left(tails, place)
        tails[to : to + 1], ends[to : to + 1] = [place], [at]
        before.append(ends[to - 1] if to else -1)
    kept, at = set(), ends[-1] if ends else -1
    while at >= 0:
        kept.add(pairs[at][0])
        at = before[at]
    return kept

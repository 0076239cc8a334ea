"""The only place that splits text into words and says which of them were taken out and put in.

A word carries the space in front of it and how it is set (bold, code, a link, an image), so that joining the words
gives the text again, and a change of emphasis is a change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from rapidfuzz.distance import LCSseq

Mark = tuple[str, ...]  # ("strong",) or ("link", "https://...") or ("image", "sha256 or address")
Op = Literal["same", "del", "ins"]

# Numbers, codes and hyphenated words stay whole; scripts that put no space between words go letter by letter.
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_PIECE = re.compile(
    rf"(?P<gap>[^\S\u00a0\u202f]*)(?P<text>[{_CJK}]|[^\W{_CJK}]+(?:[-.,'’/][^\W{_CJK}]+)*|\S|[\u00a0\u202f])"
)
PASSES = 4  # of tidying: each leaves fewer and longer runs
_TAIL = re.compile(r"[^\S\u00a0\u202f]+\Z")


class Word(NamedTuple):
    """One word or sign, the space before it, and how it is set. Without text it is a space at an end."""

    gap: str
    text: str
    marks: tuple[Mark, ...] = ()


class Segment(NamedTuple):
    """Words that stayed, were taken out or were put in."""

    op: Op
    words: tuple[Word, ...]


@dataclass(slots=True)
class Budget:
    """How much a comparison may cost: cells of word matrices and pairs of blocks that are looked at.

    It is counted, not timed, so the same two texts always give the same redline. `spent` says that something was
    too large to be compared word by word.
    """

    cells: int = 3_000_000_000
    pairs: int = 200_000
    spent: bool = False

    LARGEST = 60_000_000  # one matrix: the library keeps a bit for each cell

    def allows(self, old: int, new: int) -> bool:
        """Take the cells of one matrix, or say that they are not there."""
        need = old * new
        if need > self.LARGEST or need > self.cells:
            self.spent = self.spent or bool(need)
            return False
        self.cells -= need
        return True


def split(text: str, marks: tuple[Mark, ...] = (), *, exact: bool = False) -> list[Word]:
    """Split a text into words; runs of space become one unless they matter (`exact`: code and plain text)."""
    found = [
        Word(m["gap"] if exact else " " if m["gap"] else "", m["text"], marks) for m in _PIECE.finditer(text)
    ]  # fmt: skip
    if tail := _TAIL.search(text):
        found.append(Word(tail.group() if exact else " ", "", marks))
    return found


def plain(words: Iterable[Word]) -> str:
    """Give the text of words."""
    return "".join(word.gap + word.text for word in words)


def texts(words: Iterable[Word]) -> list[int]:
    """Give what likeness is measured by: the words without signs, however they are set."""
    return [hash(word.text) for word in words if word.text[:1].isalnum()]


def compare(old: Sequence[Word], new: Sequence[Word], budget: Budget) -> tuple[Segment, ...]:
    """Give what stayed, went and came, in order; the same words joined again give each side."""
    runs = _tidy(_aligned(old, new, budget))
    return tuple(_segments(old, new, runs))


def sides(segments: Iterable[Segment]) -> tuple[str, str]:
    """Give the old and the new text of segments."""
    told = list(segments)
    old = "".join(plain(s.words) for s in told if s.op != "ins")
    return old, "".join(plain(s.words) for s in told if s.op != "del")


class Run(NamedTuple):
    """Places in both sides: an equal stretch, or what stands there instead."""

    same: bool
    old: tuple[int, int]
    new: tuple[int, int]
    weight: int


def numbered(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Number equal things alike: the library compares by hash, and hashes of unequal things may be equal."""
    known: dict[Any, int] = {}
    return [known.setdefault(one, len(known)) for one in old], [known.setdefault(one, len(known)) for one in new]


def stretches(a: list[int], b: list[int], budget: Budget) -> list[tuple[bool, tuple[int, int], tuple[int, int]]]:
    """Align two sequences: (equal?, from-to in a, from-to in b), alternating; only both ends where the budget is spent."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    n, m = len(a) - start - end, len(b) - start - end
    blocks: list[tuple[int, int, int]] = [(0, 0, start)] if start else []
    if n and m and budget.allows(n, m):
        codes = LCSseq.opcodes(a[start : start + n], b[start : start + m])
        blocks += [(start + c.src_start, start + c.dest_start, c.src_end - c.src_start) for c in codes if c.tag == "equal"]
    if end:
        blocks.append((len(a) - end, len(b) - end, end))
    return _with_gaps(blocks, len(a), len(b))


def _with_gaps(blocks: list[tuple[int, int, int]], n: int, m: int) -> list[tuple[bool, tuple[int, int], tuple[int, int]]]:
    found: list[tuple[bool, tuple[int, int], tuple[int, int]]] = []
    i = j = 0
    for at, to, size in [*blocks, (n, m, 0)]:
        if at > i or to > j:
            found.append((False, (i, at), (j, to)))
        if size:
            found.append((True, (at, at + size), (to, to + size)))
        i, j = at + size, to + size
    return found


def _aligned(old: Sequence[Word], new: Sequence[Word], budget: Budget) -> list[Run]:
    a, b = numbered([word[1:] for word in old], [word[1:] for word in new])
    return [
        Run(same, i, j, max(_weight(old[slice(*i)]), _weight(new[slice(*j)])))
        for same, i, j in stretches(a, b, budget)
    ]  # fmt: skip


def _weight(words: Sequence[Word]) -> int:
    return sum(len(word.text) for word in words)


def _tidy(runs: list[Run]) -> list[Run]:
    """Give up a few equal letters between larger changes: a replaced sentence reads as one, not as confetti."""
    for _ in range(PASSES):
        kept: list[Run] = []
        for at, run in enumerate(runs):
            island = run.same and 0 < at < len(runs) - 1
            given_up = island and run.weight <= min(runs[at - 1].weight, runs[at + 1].weight)
            if kept and not kept[-1].same and (given_up or not run.same):
                last = kept[-1]
                kept[-1] = Run(False, (last.old[0], run.old[1]), (last.new[0], run.new[1]), last.weight + run.weight)
            else:
                kept.append(run)
        if len(kept) == len(runs):
            break
        runs = kept
    return runs


def _segments(old: Sequence[Word], new: Sequence[Word], runs: list[Run]) -> Iterable[Segment]:
    found: list[tuple[Op, list[Word]]] = []

    def put(op: Op, words: Sequence[Word]) -> None:
        if words and found and found[-1][0] == op:
            found[-1][1].extend(words)
        elif words:
            found.append((op, list(words)))

    for run in runs:
        if not run.same:
            put("del", old[slice(*run.old)])
            put("ins", new[slice(*run.new)])
            continue
        for i, j in zip(range(*run.old), range(*run.new), strict=True):
            was, now = old[i], new[j]
            if was.gap == now.gap:
                put("same", [now])
                continue
            # The word stayed and the space before it did not.
            put("del", [Word(was.gap, "", was.marks)] if was.gap else [])
            put("ins", [Word(now.gap, "", now.marks)] if now.gap else [])
            put("same", [now._replace(gap="")])
    return (Segment(op, tuple(words)) for op, words in found)

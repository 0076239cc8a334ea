"""The only place that says which of two rows of things belong together: the equal ones first, then the alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rapidfuzz.distance import LCSseq

from indelible.practice.redline.words import Budget, Word, numbered, stretches, texts

ALIKE = 0.4  # from here on two things are one that was changed
ALONE = 0.2  # enough where nothing else stands in the same place

Place = tuple[int | None, int | None]
Likeness = Callable[[int, int], float]


def align(old: Sequence[Any], new: Sequence[Any], like: Likeness, budget: Budget) -> list[Place]:
    """Pair two sequences in order: (old, new), (old, None) for what went, (None, new) for what came.

    Equal ones are paired by the longest common subsequence, those between them by likeness.
    """
    a, b = numbered(old, new)
    found: list[Place] = []
    for same, i, j in stretches(a, b, budget):
        found += zip(range(*i), range(*j), strict=True) if same else _between(range(*i), range(*j), like, budget)
    return found


def likeness(old: Iterable[Word], new: Iterable[Word], budget: Budget) -> float:
    """Say how alike two texts are, from 0 to 1, by the words that they share in order."""
    a, b = texts(old), texts(new)
    if not a or not b:
        return 1.0 if a == b else 0.0
    if a == b:
        return 1.0
    if not budget.allows(len(a), len(b)):
        return 0.0
    return 2 * float(LCSseq.similarity(a, b)) / (len(a) + len(b))


def _between(old: range, new: range, like: Likeness, budget: Budget) -> list[Place]:
    """Pair what stands between two equal stretches."""
    if not old or not new:
        return [*((i, None) for i in old), *((None, j) for j in new)]
    if len(old) == len(new) == 1:
        alone = like(old[0], new[0]) >= ALONE
        return [(old[0], new[0])] if alone else [(old[0], None), (None, new[0])]
    if len(old) * len(new) <= budget.pairs // 4:
        budget.pairs -= len(old) * len(new)
        pairs = _best(old, new, like)
    else:
        pairs = _nearest(old, new, like, budget)
    return _ordered(old, new, pairs)


def _best(old: range, new: range, like: Likeness) -> list[tuple[int, int]]:
    """Give the pairs in order whose likeness adds up to the most."""
    scores = [[score if (score := like(i, j)) >= ALIKE else 0.0 for j in new] for i in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for x in range(len(old) - 1, -1, -1):
        row, under, scored = best[x], best[x + 1], scores[x]
        for y in range(len(new) - 1, -1, -1):
            row[y] = max(under[y], row[y + 1], scored[y] + under[y + 1] if scored[y] else 0.0)
    found, at, to = [], 0, 0
    while at < len(old) and to < len(new):
        if scores[at][to] and best[at][to] == scores[at][to] + best[at + 1][to + 1]:
            found.append((old[at], new[to]))
            at, to = at + 1, to + 1
        elif best[at][to] == best[at + 1][to]:
            at += 1
        else:
            to += 1
    return found


def _nearest(old: range, new: range, like: Likeness, budget: Budget) -> list[tuple[int, int]]:
    """Pair each with the next alike one: not the best there is, but bounded where there is very much."""
    budget.spent = True
    window, at, found = max(1, min(20, budget.pairs // len(new))), 0, []
    for j in new:
        if budget.pairs <= 0 or at >= len(old):
            break
        near = range(at, min(at + window, len(old)))
        budget.pairs -= len(near)
        score, x = max((like(old[x], j), -x) for x in near)
        if score >= ALIKE:
            found.append((old[-x], j))
            at = -x + 1
    return found


def _ordered(old: range, new: range, pairs: Sequence[tuple[int, int]]) -> list[Place]:
    found: list[Place] = []
    i, j = old.start, new.start
    for at, to in [*pairs, (old.stop, new.stop)]:
        found += [*((x, None) for x in range(i, at)), *((None, y) for y in range(j, to))]
        if at < old.stop or to < new.stop:
            found.append((at, to))
        i, j = at + 1, to + 1
    return found

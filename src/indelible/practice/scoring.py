"""The only place that turns answers, or what a rule found, into a score: in percent, with the formula and what went into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

POINTS = {"yes": 2, "partly": 1, "no": 0}  # what is not applicable is not counted
MOST = 3000  # characters of a sentence that says how


@dataclass(frozen=True, slots=True)
class Score:
    """A score as content keeps it: percent as text, and the sentence that says how it came about."""

    percent: str
    basis: str


def of_answers(rows: Iterable[Mapping[str, Any]]) -> Score | None:
    """Score the answers to a questionnaire; None where nothing that counts was answered."""
    given = [str(row.get("answer") or "") for row in rows]
    counted = [answer for answer in given if answer in POINTS]
    if not counted:
        return None
    points, possible = sum(POINTS[answer] for answer in counted), 2 * len(counted)
    numbers = ", ".join(f"{counted.count(answer)} {answer} ({worth} each)" for answer, worth in POINTS.items())
    left_out = len(given) - len(counted)
    percent = share(points, possible)
    return Score(percent, f"Points of points possible: {numbers}; {left_out} not applicable or not answered are left out: "
                          f"{points} of {possible}, {percent} %.")  # fmt: skip


def of_findings(rule: str, found: Iterable[tuple[str, bool]]) -> Score:
    """Score what a rule asks for: how much of it is there, named one by one."""
    told = list(found)
    met = sum(there for _, there in told)
    percent = share(met, len(told))
    words = "; ".join(f"{asked}: {'yes' if there else 'no'}" for asked, there in told)
    return Score(percent, f"{rule}: {words}. {met} of {len(told)}, {percent} %."[:MOST])


def share(part: int, whole: int) -> str:
    """Give a share in whole percent, as text; nothing of nothing is 0."""
    percent = Decimal(100 * part) / Decimal(whole) if whole else Decimal(0)
    return str(percent.quantize(Decimal(1), ROUND_HALF_UP))
